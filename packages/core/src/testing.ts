/** For tests, ours and our users': what they need from outside, and bytes that were written down. */

export { ImageServer, type Misbehaviour } from './testing/image-server.ts';
export { findProgram, type Need, type NeedOptions, needs, peersFolder } from './testing/needs.ts';
export {
  hex,
  oneByteAtATime,
  parseRecording,
  type RecordedLine,
  type ReplayOptions,
  replay,
} from './testing/recording.ts';
