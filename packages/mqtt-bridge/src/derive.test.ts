import {
  action,
  capabilities,
  flag,
  integer,
  oneOf,
  reading,
  secret,
  setting,
  source,
  text,
} from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { componentOf, derive } from './derive.ts';
import { topicsOf } from './topics.ts';

const topics = topicsOf('amtkit', 'main');
const uuid = '4c4c4544-0042-4710-8058-b4c04f595831';

describe('Every capability', () => {
  it('has the topics and the entity of the list, which are public', () => {
    const lines = capabilities.map(derive).map(({ capability, path, published, command = '-', entity }) => {
      const off = entity?.config.enabled_by_default === false ? ' off' : '';
      return `${capability.id} ${published ? path : '-'} ${command} ${entity ? `${entity.platform} ${entity.key}${off}` : '-'}`;
    });
    expect(lines.toSorted()).toEqual(list.trim().split('\n').toSorted());
  });

  it('that may destroy work is off by default in Home Assistant', () => {
    for (const { capability, entity } of capabilities.map(derive)) {
      if (entity === undefined || capability.kind === 'reading' || capability.effect !== 'destructive') continue;
      expect(entity.config.enabled_by_default, capability.id).toBe(false);
    }
  });

  it('keeps one key of its own for unique ids', () => {
    const keys = capabilities.map(derive).flatMap(({ entity }) => (entity === undefined ? [] : [entity.key]));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('An entity', () => {
  const values = new Map<string, never>();
  const component = (capability: Parameters<typeof derive>[0], known: ReadonlyMap<string, unknown> = values) =>
    componentOf(derive(capability), { name: 'pc', values: known as typeof values }, uuid, topics);
  const from = source({ refresh: 'seconds', read: async () => 0 });

  it('of a setting of numbers says limits and unit', () => {
    const minutes = setting({
      id: 'time.idle',
      title: 'Idle time',
      value: integer({ min: 1, max: 90, unit: 'minutes' }),
      from,
      pick: (n) => n,
      write: async () => {},
    });
    expect(component(minutes, new Map([['time.idle', 5]]))).toEqual({
      platform: 'number',
      unique_id: `${uuid}_time_idle`,
      name: 'Idle time',
      entity_category: 'config',
      min: 1,
      max: 90,
      step: 1,
      mode: 'box',
      unit_of_measurement: 'min',
      state_topic: 'amtkit/pc/time/idle',
      command_topic: 'amtkit/pc/time/idle/set',
    });
  });

  it('of long text shows what a state can hold', () => {
    const note = reading({ id: 'hw.note', title: 'Note', value: text(), from, pick: () => '' });
    expect(component(note, new Map([['hw.note', 'x']]))).toMatchObject({ value_template: '{{ value[:255] }}' });
  });

  it('is missing where the machine has no such value', () => {
    const one = reading({ id: 'hw.odd', title: 'Odd', value: flag, from, pick: () => undefined });
    expect(component(one)).toBeUndefined();
    expect(component(one, new Map([['hw.odd', undefined]]))).toBeUndefined();
    expect(component(one, new Map([['hw.odd', false]]))).toMatchObject({ platform: 'binary_sensor' });
  });

  it('of an action is missing where the machine does not offer it', () => {
    const nmi = capabilities.find(({ id }) => id === 'power.nmi') as (typeof capabilities)[number];
    expect(component(nmi)).toBeUndefined();
    expect(component(nmi, new Map([['power.supported', ['on', 'off']]]))).toBeUndefined();
    expect(component(nmi, new Map([['power.supported', ['on', 'nmi']]]))).toMatchObject({
      platform: 'button',
      command_topic: 'amtkit/pc/do/power/nmi',
      enabled_by_default: false,
    });
  });

  it('that chooses offers only what the machine has, and shows anything else as unknown', () => {
    const next = capabilities.find(({ id }) => id === 'boot.next') as (typeof capabilities)[number];
    const known = new Map<string, unknown>([
      ['boot.next', 'unknown'],
      ['boot.targets', ['pxe', 'bios']],
    ]);
    expect(component(next, known)).toMatchObject({
      options: ['none', 'pxe', 'bios'],
      value_template: '{{ value if value in ["none","pxe","bios"] else "None" }}',
    });
  });

  it('that chooses among what the machine lists is missing while that is empty', () => {
    const selected = capabilities.find(({ id }) => id === 'media.selected') as (typeof capabilities)[number];
    expect(
      component(
        selected,
        new Map<string, unknown>([
          ['media.selected', 'none'],
          ['media.library', []],
        ]),
      ),
    ).toBeUndefined();
    const known = new Map<string, unknown>([
      ['media.selected', 'none'],
      ['media.library', ['debian', 'rescue']],
    ]);
    expect(component(selected, known)).toMatchObject({
      platform: 'select',
      options: ['debian', 'rescue'],
      value_template: '{{ value if value in ["debian","rescue"] else "None" }}',
      command_topic: 'amtkit/pc/media/selected/set',
    });
  });

  it('of a record shows one field of it', () => {
    const progress = capabilities.find(({ id }) => id === 'reimage.progress') as (typeof capabilities)[number];
    expect(component(progress, new Map([['reimage.progress', { percent: 1 }]]))).toMatchObject({
      platform: 'sensor',
      value_template: '{{ value_json.percent }}',
      unit_of_measurement: '%',
    });
  });

  it('of a firmware version is an update that informs', () => {
    const firmware = capabilities.find(({ id }) => id === 'hw.firmware') as (typeof capabilities)[number];
    const known = new Map([['hw.firmware', { installed: '11.6.20.1221', advised: '11.6.27.3264' }]]);
    expect(component(firmware, known)).toEqual({
      platform: 'update',
      unique_id: `${uuid}_hw_firmware`,
      name: 'Firmware',
      device_class: 'firmware',
      entity_category: 'diagnostic',
      title: 'Intel AMT',
      state_topic: 'amtkit/pc/hw/firmware',
      value_template:
        '{{ {"installed_version": value_json.installed, "latest_version": value_json.advised, "release_summary": value_json.advisory, "release_url": value_json.url} | tojson }}',
    });
  });

  it('of a time that can be set is empty while there is none', () => {
    const wake = capabilities.find(({ id }) => id === 'alarm.wake') as (typeof capabilities)[number];
    expect(component(wake, new Map([['alarm.wake', 'none']]))).toMatchObject({
      platform: 'datetime',
      value_template: '{{ value if value != "none" else "None" }}',
      command_topic: 'amtkit/pc/alarm/wake/set',
    });
    expect(component(wake, new Map([['alarm.wake', undefined]]))).toBeUndefined();
  });

  it('never exists for secrets, nor for actions that need input', () => {
    const pin = setting({ id: 'user.pin', title: 'Pin', value: secret(), from, pick: () => '', write: async () => {} });
    expect(derive(pin)).toMatchObject({ published: false });
    expect(derive(pin).command).toBeUndefined();
    expect(derive(pin).entity).toBeUndefined();
    const send = action({
      id: 'user.send',
      title: 'Send',
      effect: 'harmless',
      input: { how: oneOf('a', 'b') },
      run: async () => {},
    });
    expect(derive(send).entity).toBeUndefined();
  });

  it('of a boot action restarts right away', () => {
    const bios = capabilities.find(({ id }) => id === 'boot.bios') as (typeof capabilities)[number];
    expect(component(bios, new Map([['boot.targets', ['bios']]]))).toMatchObject({ payload_press: '{"now":true}' });
  });
});

/** id, published path, command topic, entity. */
const list = `
power.switch power/switch set switch power_switch
power.allowed - - -
power.cycle - do button power_cycle off
power.hibernate - do button power_hibernate off
power.nmi - do button power_nmi off
power.off - do button power_off off
power.on - do button power_on off
power.reset - do button power_reset off
power.sleep - do button power_sleep off
power.soft-off - do button power_soft-off off
power.soft-reset - do button power_soft-reset
power.state power/state - sensor power_state
power.supported power/supported - -
boot.next boot/next set select boot_next
boot.bios - do button boot_bios
boot.cd - do button boot_cd off
boot.clear - do button boot_clear off
boot.disk - do button boot_disk off
boot.https - do -
boot.ider-cd - do button boot_ider-cd off
boot.ider-floppy - do button boot_ider-floppy off
boot.pba - do button boot_pba off
boot.pxe - do button boot_pxe
boot.targets boot/targets - -
boot.winre - do button boot_winre off
consent.cancel - do button consent_cancel off
consent.needed consent/needed - binary_sensor consent_needed
consent.request - do button consent_request off
consent.send - do -
consent.state consent/state - sensor consent_state
media.attach - do button media_attach
media.attached media/attached - sensor media_attached
media.eject - do button media_eject
media.in-use media/in-use - binary_sensor media_in-use
media.library media/library - -
media.rate media/rate - sensor media_rate off
media.read media/read - sensor media_read off
media.selected media/selected set select media_selected
reimage.cancel - do button reimage_cancel
reimage.message reimage/message - sensor reimage_message
reimage.progress reimage/progress - sensor reimage_progress
reimage.rate reimage/rate - sensor reimage_rate off
reimage.stage reimage/stage - sensor reimage_stage
reimage.start - do button reimage_start off
screen.shot - do button screen_shot off
features.consent features/consent set select features_consent off
features.ider features/ider set switch features_ider off
features.kvm features/kvm set switch features_kvm off
features.kvm-in-use features/kvm-in-use - binary_sensor features_kvm-in-use
features.listener features/listener set switch features_listener off
features.sol features/sol set switch features_sol off
hw.amt-version hw/amt-version - sensor hw_amt-version
hw.bios hw/bios - sensor hw_bios off
hw.bios-date hw/bios-date - sensor hw_bios-date off
hw.board hw/board - sensor hw_board off
hw.chassis hw/chassis - sensor hw_chassis off
hw.control-mode hw/control-mode - sensor hw_control-mode
hw.cpu hw/cpu - sensor hw_cpu off
hw.drives hw/drives - -
hw.firmware hw/firmware - update hw_firmware
hw.manufacturer hw/manufacturer - sensor hw_manufacturer off
hw.memory hw/memory - sensor hw_memory off
hw.memory-modules hw/memory-modules - -
hw.model hw/model - sensor hw_model off
hw.product hw/product - sensor hw_product off
hw.serial hw/serial - sensor hw_serial off
hw.uuid hw/uuid - sensor hw_uuid off
log.audit - - -
log.clear - do button log_clear off
log.event - - -
log.last log/last - sensor log_last
net.dhcp - do -
net.host-name net/host-name set text net_host-name off
net.mac net/mac - sensor net_mac off
net.ping net/ping set switch net_ping off
net.ports net/ports - -
net.rmcp-ping net/rmcp-ping set switch net_rmcp-ping off
net.static - do -
user.add - - -
user.enable - do -
user.list - - -
user.password - - -
user.remove - do -
time.now - - -
time.offset - - -
time.sync - do button time_sync off
alarm.clear - do button alarm_clear off
alarm.list alarm/list - -
alarm.next alarm/next - sensor alarm_next
alarm.set - do -
alarm.wake alarm/wake set datetime alarm_wake
`;
