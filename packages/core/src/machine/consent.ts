/** The consent of the person at the machine. [AMT: User Consent] [AMT: IPS_OptInService] */
import { NotSupported } from '../errors.ts';
import { IPS_OptInService } from '../wsman/classes/ips/IPS_OptInService.ts';
import type { WsmanClient } from '../wsman/client.ts';
import { policyOf } from './features.ts';
import type { Consent, ConsentInfo, ConsentState } from './machine.ts';

/** The consent façade over one client. */
export function consentOf(wsman: WsmanClient): Consent {
  async function read(): Promise<ConsentInfo> {
    const service = await wsman.tryGet(IPS_OptInService);
    if (service === undefined) return { required: 'none', state: 'not-started' };
    return {
      required: policyOf(service.OptInRequired),
      state: STATES[String(service.OptInState)] ?? 'unknown',
      displaySeconds: service.OptInDisplayTimeout,
      idleSeconds: service.OptInCodeTimeout,
    };
  }

  return {
    read,
    async request() {
      const now = await read();
      if (now.required === 'none') return now;
      if (now.state === 'not-started' || now.state === 'unknown')
        await wsman.invoke(IPS_OptInService, 'StartOptIn', {});
      return await read();
    },
    async send(code) {
      if (!/^\d{6}$/.test(code)) throw new TypeError('A consent code has six digits.');
      const { required } = await read();
      if (required === 'none') {
        throw new NotSupported(`${wsman.host} asks for no consent; there is nothing to send a code for.`, {
          host: wsman.host,
        });
      }
      await wsman.invoke(IPS_OptInService, 'SendOptInCode', { OptInCode: code });
    },
    async cancel() {
      const { state } = await read();
      if (state !== 'not-started') await wsman.invoke(IPS_OptInService, 'CancelOptIn', {});
    },
  };
}

const STATES: Record<string, ConsentState> = {
  'Not started': 'not-started',
  Requested: 'requested',
  Displayed: 'displayed',
  Received: 'received',
  'In Session': 'in-session',
};
