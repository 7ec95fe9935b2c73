/** The taste of the command line, by capability id: other names, option names, and which readings are shown together. */
import type { CapabilityId } from '@amtkit/core/automation';
import type { Presentation } from './derive.ts';

/**
 * What a process keeps in mind while it serves images, as `amt ider` and `amt reimage` do for as long as they run; and a
 * picture, which `amt kvm shot` puts into a file.
 */
const lasting: Presentation = { lasting: true };

/** What the table of capabilities does not say. */
export const presentation: Partial<Record<CapabilityId, Presentation>> = {
  'media.library': lasting,
  'media.selected': lasting,
  'media.attached': lasting,
  'media.in-use': lasting,
  'media.rate': lasting,
  'media.read': lasting,
  'media.attach': lasting,
  'media.eject': lasting,
  'reimage.stage': lasting,
  'reimage.progress': lasting,
  'reimage.rate': lasting,
  'reimage.message': lasting,
  'reimage.start': lasting,
  'reimage.cancel': lasting,
  'screen.shot': lasting,
  'power.state': { aliases: { status: {} } },
  'boot.next': { readOnly: ['https'] },
  'boot.https': { example: { url: 'https://boot.example/winpe.efi' } },
  // A consent code is shown on the machine's screen for minutes and good for once.
  'consent.send': { shown: ['code'], example: { code: '123456' } },
  'net.static': { example: { address: '192.168.1.30', netmask: '255.255.255.0' } },
  'user.list': { aliases: { ls: {} } },
  'user.add': {
    options: { password: 'new-password' },
    example: { name: 'operator', realms: 'hardware-asset,remote-control' },
  },
  'user.remove': { aliases: { rm: {} }, example: { name: 'operator' } },
  'user.enable': {
    titles: { enable: 'Let an account in again', disable: 'Lock an account out' },
    preset: { enabled: true },
    aliases: { disable: { enabled: false } },
    example: { name: 'operator' },
  },
  'user.password': { options: { password: 'new-password' }, example: { name: 'operator' } },
  'alarm.list': { aliases: { ls: {} } },
  'alarm.set': { example: { at: '07:00' } },
};

/** Columns of lists whose records hold more than a table should. */
export function columnsOf(id: string): readonly string[] | undefined {
  return columns[id as CapabilityId];
}

const columns: Partial<Record<CapabilityId, readonly string[]>> = {
  'log.event': ['at', 'severity', 'entity', 'text'],
  'log.audit': ['at', 'application', 'event', 'by', 'from', 'detail'],
  'user.list': ['name', 'enabled', 'access', 'realms'],
  'alarm.list': ['name', 'next', 'everyMinutes'],
};

/** Readings that answer one question together; `amt <name> TARGET`. */
export interface View {
  readonly describe: string;
  readonly ids: readonly CapabilityId[];
}

/** By command: an area's own, or one that crosses areas. Settings among the readings can be set as options. */
export const views: Readonly<Record<string, View>> = {
  info: {
    describe: 'What a machine is and how it is',
    ids: [
      'power.state',
      'hw.amt-version',
      'hw.product',
      'hw.control-mode',
      'hw.manufacturer',
      'hw.model',
      'hw.serial',
      'hw.uuid',
      'net.host-name',
      'net.mac',
      'features.sol',
      'features.ider',
      'features.kvm',
      'features.listener',
      'features.consent',
      'log.last',
    ],
  },
  features: {
    describe: 'Switches of remote control: show them, or set them',
    ids: [
      'features.sol',
      'features.ider',
      'features.kvm',
      'features.listener',
      'features.consent',
      'features.kvm-in-use',
    ],
  },
  hw: {
    describe: 'Hardware, as the BIOS told the firmware',
    ids: [
      'hw.manufacturer',
      'hw.model',
      'hw.serial',
      'hw.chassis',
      'hw.uuid',
      'hw.board',
      'hw.bios',
      'hw.bios-date',
      'hw.cpu',
      'hw.memory',
      'hw.memory-modules',
      'hw.drives',
      'hw.amt-version',
      'hw.firmware',
      'hw.product',
      'hw.control-mode',
    ],
  },
  net: {
    describe: 'Network of the firmware: show it, or set how it answers',
    ids: ['net.host-name', 'net.mac', 'net.ping', 'net.rmcp-ping', 'net.ports'],
  },
  consent: { describe: 'Consent of the person at the machine', ids: ['consent.state', 'consent.needed'] },
  user: { describe: 'Accounts of the firmware', ids: ['user.list'] },
  time: { describe: "The firmware's clock", ids: ['time.now', 'time.offset'] },
  alarm: {
    describe: 'The alarm clock, which switches the PC on',
    ids: ['alarm.next', 'alarm.wake', 'alarm.list'],
  },
};
