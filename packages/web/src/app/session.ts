/** The page's session with its server: the key, requests, WebSockets. */
import { paths, type Reply, type SessionReply, type SessionRequest, SUBPROTOCOL } from '../messages.ts';

/** The server said no, or is not there. */
class Failed extends Error {}

/** A key to the server, for this tab. */
export interface Session {
  /** @throws Failed with a sentence for people */
  post(path: string, body: object, signal?: AbortSignal): Promise<string>;
  socket(path: string): WebSocket;
}

/** Where the key lies: a tab that is loaded again keeps it, other tabs and other servers never see it. */
const STORED = 'amtkit-key';

/** Trades the token of the address for a key, once; a page that is loaded again has one. @throws Failed */
export async function openSession(): Promise<Session> {
  const token = location.hash.slice(1);
  // The token is spent, and is not to stay in the address or in the history.
  if (token !== '') history.replaceState(null, '', location.pathname);
  const kept = sessionStorage.getItem(STORED);
  if (token === '' && kept === null) {
    throw new Failed('Open the whole address that amt kvm open printed, up to its end.');
  }
  const key = token === '' ? (kept as string) : await keyFor(token, kept);
  sessionStorage.setItem(STORED, key);
  const authorization = `Bearer ${key}`;
  return {
    post: async (path, body, signal) => (await send<Reply>(path, body, { authorization }, signal)).message,
    socket: (path) => new WebSocket(`ws://${location.host}${path}`, [SUBPROTOCOL, key]),
  };
}

async function keyFor(token: string, kept: string | null): Promise<string> {
  try {
    return (await send<SessionReply>(paths.session, { token } satisfies SessionRequest, {})).key;
  } catch (error) {
    // The same address a second time in the same tab.
    if (kept !== null) return kept;
    throw error;
  }
}

async function send<T>(path: string, body: object, headers: Record<string, string>, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw new Failed('Stopped.');
    throw new Failed(`amt kvm open does not answer any more: ${(error as Error).message}.`);
  }
  const answer: unknown = await response.json();
  if (!response.ok) throw new Failed((answer as Reply).message);
  return answer as T;
}
