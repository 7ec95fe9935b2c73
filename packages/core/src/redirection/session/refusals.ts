/** What a refused start of a redirection session means, and what to do about it. [REDIR §Session] */
import { type AmtError, ConsentRequired, RedirectionRefused } from '../../errors.ts';
import { type RedirectionService, StartStatus } from './messages.ts';

type Service = keyof typeof RedirectionService;

/** The services as people call them. */
export const SERVICE_WORDS: Readonly<Record<Service, string>> = {
  sol: 'the serial port (SOL)',
  ider: 'storage redirection (IDE-R)',
  kvm: 'the screen (KVM)',
};

/** The error for the status of StartRedirectionSessionReply, which is not Success. */
export function startRefusal(host: string, service: Service, status: number): AmtError {
  const what = SERVICE_WORDS[service];
  switch (status) {
    case StartStatus.Busy:
      return new RedirectionRefused(`Somebody has ${what} of ${host} open; it is lent to one console at a time.`, {
        host,
        busy: true,
        hint: 'Close it there. A console that is gone is noticed after half a minute; a power request with dropped sessions, or switching the feature off and on, ends it at once.',
      });
    case StartStatus.Disabled:
      return new RedirectionRefused(`${host} refused to open ${what}: the feature is switched off.`, {
        host,
        hint: `Switch it on: features.set({ ${service}: true }), in the shell: amt features TARGET --${service} on`,
      });
    case StartStatus.UnknownService:
      return new RedirectionRefused(`${host} does not know ${what}.`, {
        host,
        hint: 'Its model or firmware lacks it: amt features TARGET tells what it has.',
      });
    case StartStatus.ConsentRequired:
      return new ConsentRequired(`${host} opens ${what} only with the consent of the person at it.`, {
        host,
        hint: 'Ask for a code (consent request), have it read out, send it (consent send), then try again.',
      });
    default:
      return new RedirectionRefused(`${host} refused to open ${what} without a reason (status ${status}).`, {
        host,
        hint: 'Try once more: firmware of 4.2 to 6.2 does this now and then.',
      });
  }
}
