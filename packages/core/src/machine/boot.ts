/** Boot overrides of one machine. [AMT: Set SOL/Storage Redirection and other Boot Options] */
import { ConsentRequired, MethodFailed, NotSupported, WsmanFault } from '../errors.ts';
import { type BootParameter, encodeBootParameters } from '../wsman/boot-parameters.ts';
import type { PropertiesOf } from '../wsman/class.ts';
import { AMT_BootCapabilities } from '../wsman/classes/amt/AMT_BootCapabilities.ts';
import { AMT_BootSettingData } from '../wsman/classes/amt/AMT_BootSettingData.ts';
import { CIM_BootConfigSetting } from '../wsman/classes/cim/CIM_BootConfigSetting.ts';
import { CIM_BootService } from '../wsman/classes/cim/CIM_BootService.ts';
import { CIM_BootSourceSetting } from '../wsman/classes/cim/CIM_BootSourceSetting.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { Boot, BootOptions, BootTarget, Consent, Power } from './machine.ts';

type Settings = PropertiesOf<(typeof AMT_BootSettingData)['properties']>;

const CONFIG = {
  className: 'CIM_BootConfigSetting',
  selectors: { InstanceID: 'Intel(r) AMT: Boot Configuration 0' },
};

/** The boot façade over one client; `now` needs the power, refusals are explained by the consent. */
export function bootOf(wsman: WsmanClient, power: Power, consent: Consent): Boot {
  return new MachineBoot(wsman, power, consent);
}

class MachineBoot implements Boot {
  readonly #wsman: WsmanClient;
  readonly #power: Power;
  readonly #consent: Consent;
  #supported: readonly BootTarget[] | undefined;

  constructor(wsman: WsmanClient, power: Power, consent: Consent) {
    this.#wsman = wsman;
    this.#power = power;
    this.#consent = consent;
  }

  async supported(): Promise<readonly BootTarget[]> {
    if (this.#supported === undefined) {
      const can = await this.#wsman.get(AMT_BootCapabilities);
      const targets = (Object.keys(CAPABILITY) as BootTarget[]).filter((target) => can[CAPABILITY[target]] === true);
      this.#supported = targets;
    }
    return this.#supported;
  }

  async once(target: BootTarget, options: BootOptions = {}): Promise<void> {
    const supported = await this.supported();
    if (!supported.includes(target)) throw this.#lacks(target, supported);
    if (target === 'https' && options.url === undefined)
      throw new TypeError('Booting from HTTPS needs the address of an image.');
    await this.#consented();
    try {
      await this.#prepare(target, options);
    } catch (error) {
      throw await this.#explain(error);
    }
    if (options.now !== true) return;
    const on = (await this.#power.state()) === 'on';
    const { wait, timeoutMs, sessions, signal } = options;
    await this.#power.request(on ? 'reset' : 'on', {
      ...(wait === undefined ? {} : { wait }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(sessions === undefined ? {} : { sessions }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async clear(): Promise<void> {
    await this.#wsman.invoke(CIM_BootConfigSetting, 'ChangeBootOrder', {});
    await this.#write({});
    try {
      await this.#wsman.invoke(CIM_BootService, 'SetBootConfigRole', { BootConfigSetting: CONFIG, Role: 'IsNotNext' });
    } catch (error) {
      // Before 7.0 there is no such role; clearing order and settings is all there is.
      if (!(error instanceof MethodFailed) || (error.returnValue !== 1 && error.returnValue !== 5)) throw error;
    }
  }

  /**
   * 1. find the source where the target has one, 2. clear an older override, or the firmware refuses the settings,
   * 3. write the settings, 4. make the configuration the next one, 5. name the source, or none.
   */
  async #prepare(target: BootTarget, options: BootOptions): Promise<void> {
    const { source, settings } = await this.#plan(target, options);
    await this.#wsman.invoke(CIM_BootConfigSetting, 'ChangeBootOrder', {});
    await this.#write(settings);
    await this.#wsman.invoke(CIM_BootService, 'SetBootConfigRole', {
      BootConfigSetting: CONFIG,
      Role: 'IsNextSingleUse',
    });
    await this.#wsman.invoke(
      CIM_BootConfigSetting,
      'ChangeBootOrder',
      source === undefined
        ? {}
        : { Source: [{ className: 'CIM_BootSourceSetting', selectors: { InstanceID: source } }] },
    );
  }

  async #plan(
    target: BootTarget,
    { url, secureBoot = true }: BootOptions,
  ): Promise<{ source?: string; settings: Settings }> {
    switch (target) {
      case 'pxe':
        return { source: 'Intel(r) AMT: Force PXE Boot', settings: {} };
      case 'disk':
        return { source: 'Intel(r) AMT: Force Hard-drive Boot', settings: {} };
      case 'cd':
        return { source: 'Intel(r) AMT: Force CD/DVD Boot', settings: {} };
      case 'bios':
        return { settings: { BIOSSetup: true } };
      case 'ider-cd':
        return { settings: { UseIDER: true, IDERBootDevice: 'CD Boot' } };
      case 'ider-floppy':
        return { settings: { UseIDER: true, IDERBootDevice: 'Floppy Boot' } };
      case 'https':
        return {
          source: 'Intel(r) AMT: Force OCR UEFI HTTPS Boot',
          settings: recovery(secureBoot, [
            { type: 'OCR_EFI_NETWORK_DEVICE_PATH', value: url as string },
            { type: 'OCR_HTTPS_CERT_SYNC_ROOT_CA', value: true },
          ]),
        };
      case 'winre':
      case 'pba': {
        const sources = await this.#wsman.enumerate(CIM_BootSourceSetting);
        const found = sources.find(
          ({ InstanceID = '', BIOSBootString = '' }) =>
            InstanceID.startsWith('Intel(r) AMT: Force OCR UEFI Boot Option') &&
            /winre/i.test(BIOSBootString) === (target === 'winre'),
        );
        if (found?.InstanceID === undefined) {
          throw new NotSupported(`The BIOS of ${this.#wsman.host} lists no loader for ${target}.`, {
            host: this.#wsman.host,
          });
        }
        const path = new TextEncoder().encode(found.BootString ?? '');
        return {
          source: found.InstanceID,
          settings: recovery(secureBoot, [
            { type: 'OCR_EFI_FILE_DEVICE_PATH', value: path },
            { type: 'OCR_EFI_DEVICE_PATH_LEN', value: path.length },
          ]),
        };
      }
    }
  }

  /** All options off but the given ones. Options this firmware did not send are not written to it. */
  async #write(settings: Settings): Promise<void> {
    const { raw } = await this.#wsman.get(AMT_BootSettingData);
    const known = Object.fromEntries(Object.entries(CLEARED).filter(([name]) => raw[name] !== undefined));
    await this.#wsman.update(AMT_BootSettingData, { ...known, ...settings });
  }

  /** Without consent some firmware accepts everything and does nothing, so it is looked at first. */
  async #consented(): Promise<void> {
    const { required, state } = await this.#consent.read();
    if (required !== 'all' || state === 'received' || state === 'in-session') return;
    throw this.#consentRequired();
  }

  #consentRequired(cause?: unknown): ConsentRequired {
    const { host } = this.#wsman;
    return new ConsentRequired(
      `${host} lets boot options be changed only with the consent of the person in front of it.`,
      {
        host,
        hint: 'Ask for a code (consent request), have it read out, send it (consent send), then try again.',
        cause,
      },
    );
  }

  async #explain(error: unknown): Promise<unknown> {
    const denied =
      (error instanceof MethodFailed && (error.returnValue === 6 || error.returnName === 'USER_CONSENT_REQUIRED')) ||
      (error instanceof WsmanFault && error.fault === 'AccessDenied');
    if (!denied) return error;
    const { required } = await this.#consent.read();
    return required === 'none' ? error : this.#consentRequired(error);
  }

  #lacks(target: BootTarget, supported: readonly BootTarget[]): NotSupported {
    const { host } = this.#wsman;
    const recovers = target === 'https' || target === 'winre' || target === 'pba';
    return new NotSupported(
      `${host} cannot boot ${target} on demand; it offers ${supported.join(', ') || 'nothing'}.`,
      {
        host,
        hint: recovers ? 'One-Click Recovery needs AMT 15 or later and the permission of the BIOS.' : undefined,
      },
    );
  }
}

/** Which capability of firmware and BIOS each target needs. [AMT: AMT_BootCapabilities] */
const CAPABILITY = {
  pxe: 'ForcePXEBoot',
  disk: 'ForceHardDriveBoot',
  cd: 'ForceCDorDVDBoot',
  bios: 'BIOSSetup',
  'ider-cd': 'IDER',
  'ider-floppy': 'IDER',
  https: 'ForceUEFIHTTPSBoot',
  winre: 'ForceWinREBoot',
  pba: 'ForceUEFILocalPBABoot',
} as const satisfies Record<BootTarget, keyof (typeof AMT_BootCapabilities)['properties']>;

const CLEARED: Settings = {
  BIOSPause: false,
  BIOSSetup: false,
  BootMediaIndex: 0,
  ConfigurationDataReset: false,
  FirmwareVerbosity: 'System default',
  ForcedProgressEvents: false,
  IDERBootDevice: 'Floppy Boot',
  LockKeyboard: false,
  LockPowerButton: false,
  LockResetButton: false,
  LockSleepButton: false,
  PlatformErase: false,
  ReflashBIOS: false,
  SecureErase: false,
  UseIDER: false,
  UseSOL: false,
  UseSafeMode: false,
  UserPasswordBypass: false,
};

function recovery(secureBoot: boolean, parameters: readonly BootParameter[]): Settings {
  return {
    EnforceSecureBoot: secureBoot,
    UefiBootParametersArray: encodeBootParameters(parameters),
    UefiBootNumberOfParams: parameters.length,
  };
}
