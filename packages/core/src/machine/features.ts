/** Switches of remote control. The order of calls is the one consoles in the field use. [AMT: AMT_RedirectionService] */
import { NotSupported, Refused } from '../errors.ts';
import { AMT_RedirectionService } from '../wsman/classes/amt/AMT_RedirectionService.ts';
import { CIM_KVMRedirectionSAP } from '../wsman/classes/cim/CIM_KVMRedirectionSAP.ts';
import { IPS_KVMRedirectionSettingData } from '../wsman/classes/ips/IPS_KVMRedirectionSettingData.ts';
import { IPS_OptInService } from '../wsman/classes/ips/IPS_OptInService.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { ConsentPolicy, FeatureState, Features } from './machine.ts';

/** The features façade over one client. */
export function featuresOf(wsman: WsmanClient): Features {
  async function read(): Promise<FeatureState> {
    const redirection = await wsman.get(AMT_RedirectionService);
    const sap = await wsman.tryGet(CIM_KVMRedirectionSAP);
    const optIn = await wsman.tryGet(IPS_OptInService);
    const bits = redirectionBits(redirection.EnabledState);
    return {
      sol: bits.sol,
      ider: bits.ider,
      kvm: sap === undefined ? undefined : sap.EnabledState === 'Enabled' || sap.EnabledState === 'Enabled but Offline',
      kvmInUse: sap === undefined ? undefined : sap.EnabledState === 'Enabled',
      listener: redirection.ListenerEnabled ?? false,
      consent: optIn === undefined ? await kvmConsent() : policyOf(optIn.OptInRequired),
      consentChangeable: optIn === undefined || (optIn.CanModifyOptInPolicy ?? 1) !== 0,
    };
  }

  /** Before 6.2 only KVM knows consent. */
  async function kvmConsent(): Promise<ConsentPolicy> {
    const settings = await wsman.tryGet(IPS_KVMRedirectionSettingData);
    return settings?.OptInPolicy === true ? 'kvm' : 'none';
  }

  async function setConsent(consent: ConsentPolicy, now: FeatureState): Promise<void> {
    if (now.consent === consent) return;
    if (!now.consentChangeable) {
      throw new Refused(
        `${wsman.host} does not let its consent policy be changed from here; it stays ${now.consent}.`,
        {
          host: wsman.host,
          hint: 'In client control mode the policy is fixed. In admin mode allow it in MEBx: "Opt-in configurable from remote IT".',
        },
      );
    }
    if ((await wsman.tryGet(IPS_OptInService)) !== undefined) {
      await wsman.update(IPS_OptInService, { OptInRequired: POLICY[consent] });
    } else {
      if (consent === 'all') throw new NotSupported(`${wsman.host} knows consent for KVM only.`, { host: wsman.host });
      await wsman.update(IPS_KVMRedirectionSettingData, { OptInPolicy: consent === 'kvm' });
    }
  }

  return {
    read,
    async set(changes) {
      const now = await read();
      const sol = changes.sol ?? now.sol;
      const ider = changes.ider ?? now.ider;
      const kvm = changes.kvm ?? now.kvm;
      if (changes.kvm !== undefined && now.kvm === undefined) {
        throw new NotSupported(`${wsman.host} has no KVM: Standard Manageability comes without it.`, {
          host: wsman.host,
        });
      }
      const switchedOn = changes.sol === true || changes.ider === true || changes.kvm === true;
      const listener = changes.listener ?? (switchedOn ? true : now.listener);
      const at = (ider ? 1 : 0) + (sol ? 2 : 0);
      if (sol !== now.sol || ider !== now.ider) {
        await wsman.invoke(AMT_RedirectionService, 'RequestStateChange', {
          RequestedState: REQUESTS[at] as (typeof REQUESTS)[number],
        });
      }
      if (kvm !== undefined && kvm !== now.kvm) {
        await wsman.invoke(CIM_KVMRedirectionSAP, 'RequestStateChange', {
          RequestedState: kvm ? 'Enabled' : 'Disabled',
        });
      }
      if (listener !== now.listener || sol !== now.sol || ider !== now.ider) {
        await wsman.update(AMT_RedirectionService, {
          EnabledState: STATES[at] as (typeof STATES)[number],
          ListenerEnabled: listener,
        });
      }
      if (changes.consent !== undefined) await setConsent(changes.consent, now);
      const then = await read();
      confirm(wsman.host, changes, then);
      return then;
    },
  };
}

/** A switch that MEBx holds accepts the request and stays where it was: only reading back tells. */
function confirm(host: string, wanted: Parameters<Features['set']>[0], got: FeatureState): void {
  const stubborn = (['sol', 'ider', 'kvm', 'listener', 'consent'] as const).filter(
    (name) => wanted[name] !== undefined && wanted[name] !== got[name],
  );
  if (stubborn.length === 0) return;
  throw new Refused(`${host} accepted the change but did not make it for ${stubborn.join(', ')}.`, {
    host,
    hint: 'The feature is probably disabled in MEBx (Ctrl+P at start): enable it there.',
  });
}

const POLICY = { none: 'None', kvm: 'KVM', all: 'All' } as const;

/** A consent policy by the name the schema gives it. */
export function policyOf(required: string | number | undefined): ConsentPolicy {
  if (required === 'KVM') return 'kvm';
  return required === undefined || required === 'None' ? 'none' : 'all';
}

/** By two bits: 1 is storage redirection, 2 is serial-over-LAN. */
const STATES = [
  'IDER and SOL are disabled',
  'IDER is enabled and SOL is disabled',
  'SOL is enabled and IDER is disabled',
  'IDER and SOL are enabled',
] as const;

const REQUESTS = [
  'disable IDER and SOL',
  'enable IDER and disable SOL',
  'enable SOL and disable IDER',
  'enable IDER and SOL',
] as const;

function redirectionBits(state: string | number | undefined): { sol: boolean; ider: boolean } {
  const bits = STATES.indexOf(state as (typeof STATES)[number]);
  return { ider: bits > 0 && (bits & 1) !== 0, sol: bits > 0 && (bits & 2) !== 0 };
}
