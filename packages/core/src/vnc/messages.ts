/**
 * What viewers say beyond the messages of a screen session, and the numbers they know things by. [RFB] Integers are
 * big-endian.
 */
import { type Field, reserved, s32be, u8, u16be, u32be } from '../bytes/fields.ts';
import { layout, type MessageOf, messages } from '../bytes/layout.ts';
import type { Reader } from '../bytes/reader.ts';
import { ProtocolError } from '../errors.ts';
import { rfbClientMessages } from '../redirection/kvm/messages.ts';

/** Kinds of rectangle that viewers can be sent, and what they ask for by listing a number. [RFB §Encodings] */
export const VncEncoding = {
  Raw: 0,
  Tight: 7,
  ZRLE: 16,
  /** The screen has another size. */
  DesktopSize: -223,
  /** Levels of compression, from this one (0: none) to the next (9: best). */
  CompressionLevel0: -256,
  CompressionLevel9: -247,
  /** Keys come with their scan code. */
  ExtendedKeyEvent: -258,
  /** The screen has another size, and how it is made up of monitors. */
  ExtendedDesktopSize: -308,
} as const;

/** A key with its place on the keyboard, whatever its layout. [RFB §QEMU Extended Key Event Message] */
const extensions = messages({
  /** 12 bytes. `scanCode` of set 1, 0x80 added where E0 stands in front; `submessage` 0 is all there is. */
  ExtendedKeyEvent: [255, { submessage: u8, down: u16be, keysym: u32be, scanCode: u32be }],

  /** 8 bytes and 16 for each monitor. Asks for another size. [RFB §SetDesktopSize] */
  SetDesktopSize: [251, { _padding: reserved(1), width: u16be, height: u16be, screens: screenList() }],
});

/** Everything a viewer may say once it is in. */
export type ViewerMessage = MessageOf<typeof rfbClientMessages> | MessageOf<typeof extensions>;

/** A clipboard of more than this is refused: it would have to be typed. */
const MAX_CLIPBOARD = 256 * 1024;

const CLIENT_CUT_TEXT = 6;

/**
 * The next message of a viewer. A clipboard in the extended format, which nobody was offered, is read as an empty one.
 * @throws ProtocolError for a message that was never agreed on
 */
export function decodeViewerMessage(reader: Reader): ViewerMessage | undefined {
  const number = reader.bytes[reader.offset];
  if (number === CLIENT_CUT_TEXT) return decodeCutText(reader);
  return number !== undefined && number > CLIENT_CUT_TEXT
    ? extensions.decode(reader)
    : rfbClientMessages.decode(reader);
}

function decodeCutText(reader: Reader): ViewerMessage | undefined {
  const start = reader.offset;
  reader.offset += 4;
  const length = s32be.read(reader);
  if (length !== undefined && Math.abs(length) > MAX_CLIPBOARD) {
    throw new ProtocolError(`A viewer sends a clipboard of ${Math.abs(length)} bytes; the limit is ${MAX_CLIPBOARD}.`);
  }
  const text = length === undefined ? undefined : reader.take(Math.abs(length));
  if (text === undefined || length === undefined) {
    reader.offset = start;
    return undefined;
  }
  return { type: 'ClientCutText', text: length < 0 ? new Uint8Array(0) : text };
}

/** The choice of 3.3, 4 bytes: there the server decides. [RFC 6143 §7.1.2, Appendix A] */
export const decidedSecurity = layout({ type: u32be });

/** Monitors in an ExtendedDesktopSize rectangle: always one, the whole. Its x says why, its y how it went. [RFB] */
export const singleScreen = layout({
  _one: always(1),
  _padding: reserved(3),
  _id: reserved(4),
  _left: reserved(2),
  _top: reserved(2),
  width: u16be,
  height: u16be,
  _flags: reserved(4),
});

/** Why an ExtendedDesktopSize rectangle comes, its x; and its y where a viewer asked: nobody may. */
export const ResizeReason = { server: 0, viewer: 1, prohibited: 1 } as const;

/** Behind the count of monitors each has 16 bytes. Nobody looks at them. */
function screenList(): Field<Uint8Array> {
  return {
    size: (value) => 2 + value.length,
    write: (view, offset, value) => {
      u8.write(view, offset, value.length / 16);
      new Uint8Array(view.buffer, view.byteOffset + offset + 2, value.length).set(value);
    },
    read: (reader) => {
      const count = u8.read(reader);
      return count === undefined || reader.take(1) === undefined ? undefined : reader.take(16 * count);
    },
  };
}

function always(value: number): Field<unknown> {
  return { size: () => 1, write: (view, offset) => u8.write(view, offset, value), read: (reader) => u8.read(reader) };
}
