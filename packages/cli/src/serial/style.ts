/** How what is typed is told to the host. Its words stand here, so that options and help need nothing of core. */
import type { SerialEncoding, SerialKeyStyle } from '@amtkit/core/automation';

/** Characters a host may write in. */
export const encodings = ['utf8', 'cp437'] as const satisfies readonly SerialEncoding[];

/** Ways to tell it function keys. */
export const keyStyles = ['terminal', 'intel', 'ansi', 'vt100'] as const satisfies readonly SerialKeyStyle[];

/** What Enter becomes. BIOS menus and Linux take CR. */
export type Enter = 'cr' | 'lf' | 'crlf' | 'asis';

/** All of them, for options. */
export const enters = ['cr', 'lf', 'crlf', 'asis'] as const satisfies readonly Enter[];

/** How typing is translated; can be changed at any time. */
export interface TypingStyle {
  encoding: SerialEncoding;
  keys: SerialKeyStyle;
  readonly enter: Enter;
  /** What the Backspace key becomes: DEL as Linux has it, or BS as BIOSes do. */
  readonly backspace: 'del' | 'bs';
  /** Lines that end in LF come out of a pipe, where it stands for Enter. */
  readonly lines: boolean;
}
