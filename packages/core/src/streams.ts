/** Streams of bytes and their wrappers: no socket. For simulators, relays and tests. */
export { type ByteStream, type Dial, type DialTarget, type DialTls, memoryPair } from './transport/stream.ts';
