/**
 * Messages of a screen session: the eight bytes that open the KVM channel, and RFB as the firmware speaks it from then
 * on. [REDIR §KVM] [RFC 6143 §7] Integers are big-endian. There is no framing between the two and none afterwards.
 */
import { ascii, type Field, prefixed, reserved, s32be, u8, u16be, u32be } from '../../bytes/fields.ts';
import { layout, type MessageOf, messages, type ValuesOf } from '../../bytes/layout.ts';

/** What opens the channel after the log-in, 8 bytes each way. The reply and the version often share a segment. */
export const channelMessages = messages({
  /** Console → firmware. */
  OpenKvmChannel: [0x40, { _reserved: reserved(7) }],
  /** Firmware → console. Everything behind it is RFB. */
  OpenKvmChannelReply: [0x41, { _reserved: reserved(7) }],
});

/** One of them. */
export type ChannelMessage = MessageOf<typeof channelMessages>;

/** The version consoles answer with, whatever the firmware offers: 4.0 up to AMT 11, 3.8 since. [RFC 6143 §7.1.1] */
export const RFB_VERSION = 'RFB 003.008\n';

/** Both ways, 12 bytes, first of all. */
export const rfbVersion = layout({ version: ascii(RFB_VERSION.length) });

/** How a console proves itself inside RFB. In the KVM channel it has done so already: None. [RFC 6143 §7.1.2] */
export const RfbSecurity = { Invalid: 0, None: 1, VncAuthentication: 2 } as const;

/** Server → client: the types on offer, one byte each; none at all is a refusal with a reason behind it. */
export const securityTypes = layout({ types: prefixed(u8) });

/** Server → client, 4 bytes after every type: 0 is success. A reason follows a failure. [RFC 6143 §7.1.3] */
export const securityResult = layout({ status: u32be });

/** Why a server refuses, as Latin-1. [RFC 6143 §7.1.3] */
export const refusalReason = layout({ reason: prefixed(u32be) });

/** How the bytes of a pixel make a colour, 16 bytes. [RFC 6143 §7.4] */
const pixelFormat = {
  bitsPerPixel: u8,
  depth: u8,
  bigEndian: u8,
  trueColour: u8,
  redMax: u16be,
  greenMax: u16be,
  blueMax: u16be,
  redShift: u8,
  greenShift: u8,
  blueShift: u8,
  _padding: reserved(3),
};

/** How the bytes of a pixel make a colour. */
export type PixelFormat = ValuesOf<typeof pixelFormat>;

/** The formats the firmware honours. It closes at once when asked for 32 bits; other shifts are UNCERTAIN. [REDIR §KVM 3.5] */
export const PixelFormats = {
  /** Two bytes, little-endian. */
  rgb565: formatOf({ bits: 16, depth: 16, max: [31, 63, 31], shift: [11, 5, 0] }),
  rgb332: formatOf({ bits: 8, depth: 8, max: [7, 7, 3], shift: [5, 2, 0] }),
  /** 256 levels of grey. AMT 16 and later, where `GrayscalePixelFormatSupported` says so. */
  grey8: formatOf({ bits: 8, depth: 8, max: [255, 0, 0], shift: [0, 0, 0] }),
  /** 16 levels of grey, one byte a pixel. As `grey8`. */
  grey4: formatOf({ bits: 8, depth: 4, max: [15, 0, 0], shift: [0, 0, 0] }),
} as const;

/** Name of a format in {@link PixelFormats}. */
export type PixelFormatName = keyof typeof PixelFormats;

/** Server → client: the screen. The firmware calls itself `Intel(r) AMT KVM`, which is what viewers know it by. */
export const serverInit = layout({ width: u16be, height: u16be, ...pixelFormat, name: prefixed(u32be, 4096) });

/** Kinds of rectangle, and what a console says it can do by listing a number that is none. [RFC 6143 §7.7] */
export const RfbEncoding = {
  Raw: 0,
  /** RLE in Intel's words. One tile a rectangle, in a zlib stream that spans the session. */
  ZRLE: 16,
  /** No rectangle: the console speaks the data channel, which travels in cut texts. */
  KvmDataChannel: 1092,
  /** The screen has another size now; no pixels. */
  DesktopSize: -223,
} as const;

/** A cut text longer than this is nonsense: the largest in use are a few lines. */
export const MAX_CUT_TEXT = 1024 * 1024;

/** Console → firmware. */
export const rfbClientMessages = messages({
  /** 20 bytes. Holds for updates asked for after it. [RFC 6143 §7.5.1] */
  SetPixelFormat: [0, { _reserved: reserved(3), ...pixelFormat }],

  /** 4 bytes and 4 for each encoding. Raw must be among them. [RFC 6143 §7.5.2] */
  SetEncodings: [2, { _reserved: reserved(1), encodings: encodingList() }],

  /** 10 bytes. Answered once something changed in the area; with `incremental` 0 at once and wholly. [RFC 6143 §7.5.3] */
  FramebufferUpdateRequest: [3, { incremental: u8, x: u16be, y: u16be, width: u16be, height: u16be }],

  /** 8 bytes. `keysym` as in `keysyms.ts`. [RFC 6143 §7.5.4] */
  KeyEvent: [4, { down: u8, _reserved: reserved(2), keysym: u32be }],

  /** 6 bytes. `buttons` as in `pointer.ts`, x and y in pixels of the screen. [RFC 6143 §7.5.5] */
  PointerEvent: [5, { buttons: u8, x: u16be, y: u16be }],

  /** 8 bytes and the text: clipboard for RFB, for the firmware the envelope of Intel's extensions. [RFC 6143 §7.5.6] */
  ClientCutText: [6, { _reserved: reserved(3), text: prefixed(u32be, MAX_CUT_TEXT) }],
});

/** One of them. */
export type RfbClientMessage = MessageOf<typeof rfbClientMessages>;

/** Firmware → console. Of an update only the head is here: its rectangles are `rectangleHead` and an encoding's bytes. */
export const rfbServerMessages = messages({
  /** 4 bytes, then the rectangles, never none. [RFC 6143 §7.6.1] */
  FramebufferUpdate: [0, { _padding: reserved(1), rectangles: u16be }],

  /** The firmware has no palette and never sends it. [RFC 6143 §7.6.2] */
  SetColourMapEntries: [1, { _padding: reserved(1), first: u16be, colours: colourList() }],

  /** 1 byte. Observed before the firmware closes over a pixel format it does not like. [RFC 6143 §7.6.3] */
  Bell: [2, {}],

  /** As ClientCutText, the other way. [RFC 6143 §7.6.4] */
  ServerCutText: [3, { _padding: reserved(3), text: prefixed(u32be, MAX_CUT_TEXT) }],
});

/** One of them. */
export type RfbServerMessage = MessageOf<typeof rfbServerMessages>;

/** Head of a rectangle, 12 bytes. [RFC 6143 §7.6.1] */
export const rectangleHead = layout({ x: u16be, y: u16be, width: u16be, height: u16be, encoding: s32be });

/** What `rectangleHead` reads. */
export type RectangleHead = ValuesOf<{
  x: typeof u16be;
  y: typeof u16be;
  width: typeof u16be;
  height: typeof u16be;
  encoding: typeof s32be;
}>;

function formatOf(of: {
  bits: number;
  depth: number;
  max: readonly [red: number, green: number, blue: number];
  shift: readonly [red: number, green: number, blue: number];
}): PixelFormat {
  const [redMax, greenMax, blueMax] = of.max;
  const [redShift, greenShift, blueShift] = of.shift;
  const bits = { bitsPerPixel: of.bits, depth: of.depth, bigEndian: 0, trueColour: 1 };
  return { ...bits, redMax, greenMax, blueMax, redShift, greenShift, blueShift };
}

function encodingList(): Field<readonly number[]> {
  return {
    size: (value) => 2 + 4 * value.length,
    write(view, offset, value) {
      u16be.write(view, offset, value.length);
      value.forEach((encoding, i) => {
        s32be.write(view, offset + 2 + 4 * i, encoding);
      });
    },
    read(reader) {
      const count = u16be.read(reader);
      if (count === undefined || reader.remaining < 4 * count) return undefined;
      return Array.from({ length: count }, () => s32be.read(reader) ?? 0);
    },
  };
}

/** Red, green and blue of each entry, 0 to 65,535. */
function colourList(): Field<readonly (readonly [red: number, green: number, blue: number])[]> {
  return {
    size: (value) => 2 + 6 * value.length,
    write(view, offset, value) {
      u16be.write(view, offset, value.length);
      value.flat().forEach((level, i) => {
        u16be.write(view, offset + 2 + 2 * i, level);
      });
    },
    read(reader) {
      const count = u16be.read(reader);
      if (count === undefined || reader.remaining < 6 * count) return undefined;
      const level = (): number => u16be.read(reader) ?? 0;
      return Array.from({ length: count }, () => [level(), level(), level()] as const);
    },
  };
}
