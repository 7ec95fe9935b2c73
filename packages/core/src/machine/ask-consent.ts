/** The consent of the person at a machine, asked for and waited for. */
import { ConsentRequired, MethodFailed } from '../errors.ts';
import { seconds } from './amounts.ts';
import type { ConsentInfo, ConsentState, Machine } from './machine.ts';
import type { AskCode } from './screen-session.ts';
import { inTime, pause, until } from './waiting.ts';

/** How it is asked for. */
export interface ConsentPlan {
  /** For it to be given. */
  readonly consentMs: number;
  readonly pollMs: number;
  /** @default somebody gives the code in another way */
  readonly consentCode: AskCode | undefined;
  readonly tell: (state: ConsentState, message: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** How often a wrong code may be typed. More of them block the firmware. */
const ATTEMPTS = 3;

/** Ends when the consent is there. @throws ConsentRequired when it is not given, MethodFailed when no code was right, Cancelled */
export async function askConsent(machine: Pick<Machine, 'host' | 'consent'>, plan: ConsentPlan): Promise<void> {
  const { consentMs, signal } = plan;
  const { host } = machine;
  const late = () => new ConsentRequired(`Nobody at ${host} consented within ${seconds(consentMs)}.`, { host });
  await inTime(consentMs, signal, (within) => ask(machine, { ...plan, signal: within }), late);
}

async function ask(
  { host, consent }: Pick<Machine, 'host' | 'consent'>,
  { pollMs, consentCode, tell, signal }: ConsentPlan & { readonly signal: AbortSignal },
): Promise<void> {
  const request = async (): Promise<ConsentInfo> => {
    const info = await consent.request({ signal });
    tell(info.state, `${host} shows a code on its screen, which somebody there must read out.`);
    return info;
  };
  let info = await request();
  for (let attempt = 1; !isGiven(info.state); ) {
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
    info = await request();
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
