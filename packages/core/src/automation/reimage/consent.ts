/** The consent of the person at a machine, asked for and waited for. */
import { ConsentRequired, MethodFailed } from '../../errors.ts';
import type { ConsentInfo, ConsentState, Machine } from '../../machine/machine.ts';
import { pause, until } from '../../machine/waiting.ts';
import { seconds } from './amounts.ts';
import type { ReimageOptions } from './options.ts';

/** How it is asked for. */
export interface ConsentPlan {
  /** For it to be given. */
  readonly consentMs: number;
  readonly pollMs: number;
  /** @default somebody gives the code in another way */
  readonly consentCode: ReimageOptions['consentCode'];
  readonly tell: (state: ConsentState, message: string) => void;
  readonly signal: AbortSignal;
}

/** How often a wrong code may be typed. More of them block the firmware. */
const ATTEMPTS = 3;

/** Ends when the consent is there. @throws ConsentRequired when it is not given, Cancelled */
export async function askConsent(
  { host, consent }: Pick<Machine, 'host' | 'consent'>,
  plan: ConsentPlan,
): Promise<void> {
  const { consentMs, pollMs, consentCode, tell, signal } = plan;
  const startedAt = performance.now();
  const ask = async (): Promise<ConsentInfo> => {
    const info = await consent.request({ signal });
    tell(info.state, `${host} shows a code on its screen, which somebody there must read out.`);
    return info;
  };
  let info = await ask();
  for (let attempt = 1; !isGiven(info.state); ) {
    const refused = new ConsentRequired(`Nobody at ${host} consented within ${seconds(consentMs)}.`, { host });
    if (performance.now() - startedAt >= consentMs) throw refused;
    if (consentCode === undefined) {
      await pause(pollMs, signal);
    } else {
      const code = await until(consentCode({ host, attempt }), signal);
      const wrong = await refusalOf(consent.send(code.trim()));
      if (wrong !== undefined && attempt === ATTEMPTS) throw wrong;
      if (wrong !== undefined) attempt++;
    }
    info = await consent.read();
    if (info.state !== 'not-started') continue;
    if (consentCode === undefined) {
      throw new ConsentRequired(`The request for consent at ${host} ended without a consent.`, { host });
    }
    info = await ask();
  }
  tell(info.state, `The person at ${host} has consented.`);
}

/** A code that was not the right one, or was none at all. */
async function refusalOf(sent: Promise<void>): Promise<Error | undefined> {
  try {
    await sent;
    return undefined;
  } catch (error) {
    if (error instanceof MethodFailed || error instanceof TypeError) return error;
    throw error;
  }
}

function isGiven(state: ConsentState): boolean {
  return state === 'received' || state === 'in-session';
}
