/** Streams of bytes and their wrappers: no socket. For simulators, relays and tests. */
export { faulty, type StreamFaults, seededRandom } from './transport/faulty.ts';
export {
  type ByteStream,
  type Dial,
  type DialTarget,
  type DialTls,
  memoryPair,
  type PresentedCertificate,
} from './transport/stream.ts';
export { type TraceDecoder, type TraceOptions, trace } from './transport/trace.ts';
