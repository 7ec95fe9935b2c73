/** What the page and its server say to each other, as JSON. The screen itself is RFB on a WebSocket of its own. */

/** Paths of the server. */
export const paths = {
  /** POST {@link SessionRequest}: the token of the address, good for once → {@link SessionReply}. */
  session: '/api/session',
  /** POST {@link RunRequest} → {@link Reply}. */
  run: '/api/run',
  /** POST {@link KeysRequest} → {@link Reply}. */
  keys: '/api/keys',
  /** POST {@link TypeRequest} → {@link Reply}, when all is typed. Hanging up stops it. */
  type: '/api/type',
  /** POST {@link DisplayRequest} → {@link Reply}. */
  display: '/api/display',
  /** WebSocket: {@link News}, from the server only. */
  news: '/api/news',
  /** WebSocket: RFB 3.8. */
  screen: '/api/screen',
} as const;

/** Subprotocol of both WebSockets; the key of the session follows it in the list. */
export const SUBPROTOCOL = 'amtkit';

export interface SessionRequest {
  readonly token: string;
}

/** `key` is sent as `Authorization: Bearer …` from now on. */
export interface SessionReply {
  readonly key: string;
}

/** An action of the power menu. */
export interface RunRequest {
  readonly id: string;
}

/** A combination, such as `ctrl+alt+del`. */
export interface KeysRequest {
  readonly keys: string;
}

/** Text, for the layout that the machine is set to. */
export interface TypeRequest {
  readonly text: string;
  readonly layout: string;
}

/** Another display of the machine is to be shown. */
export interface DisplayRequest {
  readonly display: number;
}

/** What came of a request. Failures have a status of HTTP from 400. */
export interface Reply {
  /** One sentence for people. */
  readonly message: string;
}

/** An action that the machine has, for the power menu. */
export interface PowerChoice {
  readonly id: string;
  readonly title: string;
  /** What is asked about before. */
  readonly effect: 'harmless' | 'disruptive' | 'destructive';
}

/** A display that can be shown. */
export interface DisplayChoice {
  readonly number: number;
  readonly title: string;
  /** It is the one that is shown. */
  readonly shown: boolean;
}

/** Everything the page shows beside the picture. */
export interface PageState {
  readonly machine: string;
  /** Such as `AMT 16.1.25`. */
  readonly firmware: string | undefined;
  /** `on`, `off`, `turning-on`, …; `unknown` before the first answer. */
  readonly power: string;
  /** Why the machine does not answer, where it does not. */
  readonly problem: string | undefined;
  /** Whether there is a session with the screen, and why not. */
  readonly screen: { readonly open: boolean; readonly reason: string | undefined };
  readonly choices: readonly PowerChoice[];
  /** Empty where there is nothing to choose. */
  readonly displays: readonly DisplayChoice[];
  readonly layouts: readonly string[];
  readonly layout: string;
}

/** What the server says by itself. */
export type News =
  | { readonly type: 'state'; readonly state: PageState }
  /** A power change that was begun is there, or is not. */
  | { readonly type: 'outcome'; readonly ok: boolean; readonly message: string };
