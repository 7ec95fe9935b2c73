/** For tests, ours and our users': what they need from outside, and bytes that were written down. */

export { chunksOf, joined } from './testing/bytes.ts';
export { officeRsa, type TestCertificate } from './testing/certificates.ts';
export { ImageServer, type Misbehaviour } from './testing/image-server.ts';
export {
  type MeshCentralDesktop,
  type MeshCentralDesktopOptions,
  meshcentralDesktop,
} from './testing/meshcentral-desktop.ts';
export { findProgram, type Need, type NeedOptions, needs, peersFolder } from './testing/needs.ts';
export { type Picture, type PictureName, picture, wrongPixels } from './testing/pictures.ts';
export { PixelCanvas } from './testing/pixel-canvas.ts';
export {
  hex,
  oneByteAtATime,
  parseRecording,
  type RecordedLine,
  type ReplayOptions,
  replay,
} from './testing/recording.ts';
export {
  ScreenEncoder,
  shownPixels,
  type Tile,
  type TileKind,
  tileBytes,
  tilesOf,
  type WireFormat,
  type WireWay,
  wirePixels,
} from './testing/screen-encoder.ts';
export { type TestLine, testLine } from './testing/test-line.ts';
