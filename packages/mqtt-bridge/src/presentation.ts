/**
 * How Home Assistant shows what the capability table says: icon, device class, category, what is off by default. Only
 * what differs from the rules of `derive.ts` is here.
 */
import type { CapabilityId } from '@amtkit/core/automation';

/** The taste of one entity. */
export interface Presentation {
  /** Such as `mdi:power`; left out where a device class gives one. */
  readonly icon?: string;
  readonly deviceClass?: string;
  /** `primary` entities are shown on the device's own card. @default readings 'diagnostic', the others 'config' */
  readonly category?: 'primary' | 'config' | 'diagnostic';
  /** Off by default: in the registry, but not shown before somebody enables it. @default all but destructive ones are on */
  readonly enabled?: boolean;
  /** In place of the capability's title; `null` takes the device's name. */
  readonly name?: string | null;
  /** What a button sends as the action's input. @default nothing */
  readonly press?: Readonly<Record<string, unknown>>;
  /** The field of a record that is shown. Without it, and without `update`, a record is on MQTT only. */
  readonly field?: string;
  /** Makes an update of a record, which informs and installs nothing: what of it Home Assistant calls what. */
  readonly update?: Readonly<
    Record<'installed_version' | 'latest_version' | 'release_summary' | 'release_url', string>
  >;
  /**
   * Key of the entity, where the capability once had another id: with a new key it would be another entity, without its
   * history and whatever its users made of it. @default the id with an underscore
   */
  readonly key?: string;
  /**
   * What a select offers: these, and those that the list `reading` of the machine holds; it makes a select of a text.
   * @default all of the type
   */
  readonly options?: { readonly always: readonly string[]; readonly reading: CapabilityId };
  /** `false`: on MQTT only. */
  readonly entity?: false;
}

const off = { enabled: false } as const;

/** By capability id; a renamed capability does not compile. */
export const presentation: Partial<Record<CapabilityId, Presentation>> = {
  'power.switch': { name: null, deviceClass: 'switch', category: 'primary' },
  'power.state': { icon: 'mdi:power-settings', category: 'primary' },
  'power.on': { icon: 'mdi:power-on', category: 'primary', ...off },
  'power.off': { icon: 'mdi:power-off', category: 'primary' },
  'power.cycle': { deviceClass: 'restart', category: 'primary' },
  'power.reset': { deviceClass: 'restart', category: 'primary' },
  'power.soft-off': { icon: 'mdi:power-standby', category: 'primary', ...off },
  'power.soft-reset': { deviceClass: 'restart', category: 'primary' },
  'power.sleep': { icon: 'mdi:power-sleep', category: 'primary', ...off },
  'power.hibernate': { icon: 'mdi:snowflake', category: 'primary', ...off },
  'power.nmi': { icon: 'mdi:bug-outline', category: 'config' },

  'boot.next': {
    icon: 'mdi:page-next-outline',
    options: { always: ['none'], reading: 'boot.targets' },
  },
  'boot.pxe': { name: 'Restart from the network', icon: 'mdi:lan', category: 'primary', press: { now: true } },
  'boot.bios': { name: 'Restart to BIOS setup', icon: 'mdi:chip', category: 'primary', press: { now: true } },
  'boot.disk': { name: 'Restart from disk', icon: 'mdi:harddisk', press: { now: true }, ...off },
  'boot.cd': { name: 'Restart from CD', icon: 'mdi:disc', press: { now: true }, ...off },
  'boot.ider-cd': { name: 'Restart from the redirected CD', icon: 'mdi:disc-player', press: { now: true }, ...off },
  'boot.ider-floppy': { name: 'Restart from the redirected floppy', icon: 'mdi:floppy', press: { now: true }, ...off },
  'boot.winre': { name: 'Restart to Windows recovery', icon: 'mdi:lifebuoy', press: { now: true }, ...off },
  'boot.pba': { name: 'Restart to the pre-boot application', icon: 'mdi:lifebuoy', press: { now: true }, ...off },
  'boot.clear': { icon: 'mdi:backspace-outline', ...off },

  'consent.state': { icon: 'mdi:account-check-outline' },
  'consent.needed': { icon: 'mdi:account-question-outline' },
  'consent.request': { icon: 'mdi:account-question-outline', ...off },
  'consent.cancel': { icon: 'mdi:account-cancel-outline', ...off },

  'media.selected': { icon: 'mdi:disc', options: { always: [], reading: 'media.library' } },
  'media.attached': { icon: 'mdi:disc-player', category: 'primary' },
  'media.in-use': { icon: 'mdi:disc-player' },
  'media.rate': { deviceClass: 'data_rate', ...off },
  'media.read': { deviceClass: 'data_size', ...off },
  'media.attach': { name: 'Attach selected medium', icon: 'mdi:disc-player' },
  'media.eject': { icon: 'mdi:eject', category: 'primary' },

  'reimage.stage': { icon: 'mdi:progress-download', category: 'primary' },
  'reimage.progress': { icon: 'mdi:percent-outline', category: 'primary', field: 'percent' },
  'reimage.rate': { deviceClass: 'data_rate', ...off },
  'reimage.message': { icon: 'mdi:message-text-outline' },
  'reimage.start': {
    name: 'Reimage from selected medium',
    icon: 'mdi:monitor-arrow-down-variant',
    category: 'primary',
  },
  'reimage.cancel': { icon: 'mdi:cancel', category: 'primary' },

  'screen.shot': { icon: 'mdi:monitor-screenshot', ...off },

  'features.sol': { icon: 'mdi:console', ...off },
  'features.ider': { icon: 'mdi:disc-player', ...off },
  'features.kvm': { icon: 'mdi:monitor', ...off },
  'features.listener': { icon: 'mdi:ear-hearing', ...off },
  'features.kvm-in-use': { icon: 'mdi:monitor-eye' },
  'features.consent': { icon: 'mdi:account-lock-outline', ...off },

  'hw.amt-version': { icon: 'mdi:memory' },
  'hw.firmware': {
    deviceClass: 'firmware',
    update: {
      installed_version: 'installed',
      latest_version: 'advised',
      release_summary: 'advisory',
      release_url: 'url',
    },
  },
  'hw.product': off,
  'hw.uuid': off,
  'hw.control-mode': { icon: 'mdi:shield-account-outline' },
  'hw.manufacturer': off,
  'hw.model': off,
  'hw.serial': off,
  'hw.chassis': off,
  'hw.board': off,
  'hw.bios': off,
  'hw.bios-date': off,
  'hw.cpu': { icon: 'mdi:cpu-64-bit', ...off },
  'hw.memory': { icon: 'mdi:memory', ...off },

  'log.last': { icon: 'mdi:text-box-outline' },
  'log.clear': { icon: 'mdi:text-box-remove-outline' },

  'net.mac': off,
  'net.host-name': { icon: 'mdi:rename-outline', ...off },
  'net.ping': { icon: 'mdi:lan-check', ...off },
  'net.rmcp-ping': { icon: 'mdi:radar', ...off },
  'net.dhcp': { entity: false },

  'time.sync': { icon: 'mdi:clock-check-outline', ...off },

  'alarm.next': { icon: 'mdi:alarm' },
  'alarm.wake': { icon: 'mdi:alarm', category: 'primary' },
  'alarm.clear': { icon: 'mdi:alarm-off', ...off },
};
