/** Connections made by somebody else, with what sockets of this computer do by themselves: a time limit, and the pinned certificate. */
import { Untrusted } from '../errors.ts';
import type { ByteStream, Dial } from './stream.ts';
import { cancelledConnect, changedCertificate, type SocketTarget, sameFingerprint, silentConnect } from './tcp.ts';

/**
 * A connection through `dial`, given up after a while even when `dial` does not listen to its signal.
 * @throws ConnectFailed, Untrusted, Cancelled, and what `dial` throws
 */
export async function dialled(dial: Dial, target: SocketTarget): Promise<ByteStream> {
  const stream = await attempted(dial, target);
  const { certificate } = stream;
  const expected = target.tls?.fingerprint;
  if (expected === undefined) return stream;
  if (certificate !== undefined && sameFingerprint(expected, certificate.fingerprint)) return stream;
  await stream.close();
  if (certificate !== undefined) throw changedCertificate(target, expected, certificate.fingerprint);
  throw new Untrusted(`${target.host} port ${target.port} shows no certificate to compare with the pinned one.`, {
    host: target.host,
    expected,
  });
}

function attempted(dial: Dial, target: SocketTarget): Promise<ByteStream> {
  const { timeoutMs = 30_000, signal, ...where } = target;
  const attempt = new AbortController();
  return new Promise<ByteStream>((resolve, reject) => {
    const stop = (error: Error) => {
      attempt.abort(error);
      reject(error);
    };
    const timer = setTimeout(() => stop(silentConnect(target, timeoutMs)), timeoutMs);
    const cancel = () => stop(cancelledConnect(target));
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    dial({ ...where, signal: attempt.signal })
      .then((opened) => {
        if (attempt.signal.aborted) return opened.close();
        resolve(opened);
      })
      .catch(reject)
      .finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
      });
  });
}
