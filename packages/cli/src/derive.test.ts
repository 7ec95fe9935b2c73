import { type Capability, capabilities } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { areaOf, deriveCommands, inputsOf, nameOf, splitTargets } from './derive.ts';
import { presentation, views } from './presentation.ts';

const all = capabilities.flatMap((capability) =>
  deriveCommands(capability, presentation[capability.id as keyof typeof presentation]),
);

function commandOf(words: string) {
  const found = all.find(({ area, name }) => `${area} ${name}` === words);
  if (found === undefined) throw new Error(`there is no command ${words}`);
  return found;
}

/** Every derived command as it is typed. Ids are public API: a line here changes only on purpose. */
const lines = `
alarm clear <targets..> --name
alarm list <targets..>
alarm next <targets..>
alarm set <targets..> --at --every --name
alarm wake <targets..> [value]
boot bios <targets..> --now
boot cd <targets..> --now
boot clear <targets..>
boot disk <targets..> --now
boot https <targets..> --url --now
boot ider-cd <targets..> --now
boot ider-floppy <targets..> --now
boot next <targets..> [value]
boot pba <targets..> --now
boot pxe <targets..> --now
boot targets <targets..>
boot winre <targets..> --now
consent cancel <targets..>
consent needed <targets..>
consent request <targets..>
consent send <targets..> --code
consent state <targets..>
features consent <targets..> [value]
features ider <targets..> [value]
features kvm <targets..> [value]
features kvm-in-use <targets..>
features listener <targets..> [value]
features sol <targets..> [value]
hw amt-version <targets..>
hw bios <targets..>
hw bios-date <targets..>
hw board <targets..>
hw chassis <targets..>
hw control-mode <targets..>
hw cpu <targets..>
hw drives <targets..>
hw firmware <targets..>
hw manufacturer <targets..>
hw memory <targets..>
hw memory-modules <targets..>
hw model <targets..>
hw product <targets..>
hw serial <targets..>
hw uuid <targets..>
log audit <targets..>
log clear <targets..>
log event <targets..>
log last <targets..>
net dhcp <targets..>
net host-name <targets..> [value]
net mac <targets..>
net ping <targets..> [value]
net ports <targets..>
net rmcp-ping <targets..> [value]
net static <targets..> --address --netmask --gateway --dns
power allowed <targets..>
power cycle <targets..> --drop-sessions
power hibernate <targets..>
power nmi <targets..>
power off <targets..> --drop-sessions
power on <targets..>
power reset <targets..>
power sleep <targets..>
power soft-off <targets..>
power soft-reset <targets..>
power state <targets..>
power supported <targets..>
power switch <targets..> [value]
time now <targets..>
time offset <targets..>
time sync <targets..>
user add <targets..> --name --new-password-stdin --realms --access
user disable <targets..> --name
user enable <targets..> --name
user list <targets..>
user password <targets..> --name --new-password-stdin
user remove <targets..> --name
`.trim();

describe('Capabilities as commands', () => {
  it('every capability that ends with its command is one, and the list of them is the checked one', () => {
    const derived = all.map(({ area, name, usage, fields }) =>
      [area, name, usage, ...fields.map(({ option, hidden }) => `--${option}${hidden ? '-stdin' : ''}`)].join(' '),
    );
    expect(derived.toSorted().join('\n')).toBe(lines);
    for (const { id } of capabilities) {
      // What goes on after its command, or ends with a file, has commands of its own.
      const isLasting = /^(media|reimage|screen)\./.test(id);
      expect(all.some((command) => command.id === id)).toBe(!isLasting);
    }
  });

  it.each(all)('amt $area $name has a description, examples and the options of its kind', (command) => {
    expect(command.describe).not.toBe('');
    expect(command.describe).not.toMatch(/\.$/);
    expect(command.examples.length).toBeGreaterThanOrEqual(2);
    for (const [line] of command.examples) expect(line.startsWith(`${command.area} ${command.name} `)).toBe(true);
    expect('yes' in command.options).toBe(command.kind !== 'reading');
    expect('wait' in command.options).toBe(command.waits);
    expect(command.note === undefined).toBe(command.effect === 'harmless');
  });

  it('power status is power state', () => {
    expect(commandOf('power state').aliases).toEqual(['status']);
  });

  it('an alias with inputs of its own asks for the others only', () => {
    expect(inputsOf(commandOf('user disable'), { name: 'bob' })).toEqual({ name: 'bob', enabled: false });
    expect(inputsOf(commandOf('user enable'), { name: 'bob' })).toEqual({ name: 'bob', enabled: true });
  });

  it('a missing input is named with its option', () => {
    expect(() => inputsOf(commandOf('boot https'), {})).toThrow('amt boot https needs --url.');
  });

  it('a secret is never taken from the command line, except the consent code', () => {
    const secrets = all.flatMap(({ fields, options }) =>
      fields
        .filter(({ type }) => type.type === 'secret')
        .map((field) => ({ ...field, typed: field.option in options })),
    );
    expect(secrets.filter(({ typed }) => typed).map(({ input }) => input)).toEqual(['code']);
    const given = { name: 'bob', realms: 'x', 'new-password': 'P@ss', password: 'P@ss' };
    expect(inputsOf(commandOf('user add'), given)).not.toHaveProperty('password');
  });

  it('the last of two or more words is the value of a setting, and a target of anything else', () => {
    expect(splitTargets({ kind: 'setting' }, ['a', 'b', 'on'])).toEqual({ targets: ['a', 'b'], value: 'on' });
    expect(splitTargets({ kind: 'setting' }, ['a'])).toEqual({ targets: ['a'] });
    expect(splitTargets({ kind: 'reading' }, ['a', 'b'])).toEqual({ targets: ['a', 'b'] });
  });

  it('a capability nobody has seen yet is a command, too', () => {
    const reading: Capability = {
      kind: 'reading',
      id: 'plugin.mood',
      title: 'Mood',
      value: { type: 'text' },
      from: { refresh: 'asked', read: async () => 'good' },
      pick: () => 'good',
    };
    expect(deriveCommands(reading)).toMatchObject([{ area: 'plugin', name: 'mood', usage: '<targets..>' }]);
  });
});

describe('Presentation', () => {
  it('views show readings there are, each once', () => {
    for (const { ids } of Object.values(views)) {
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of ids) expect(capabilities.find((entry) => entry.id === id)?.kind).not.toBe('action');
    }
  });

  it('the view of an area leaves out none of its readings that are quick to read', () => {
    for (const area of ['features', 'hw', 'consent', 'time', 'alarm', 'user', 'net']) {
      const readings = capabilities.filter((entry) => areaOf(entry) === area && entry.kind !== 'action');
      expect(views[area]?.ids.toSorted()).toEqual(readings.map(({ id }) => id).toSorted());
    }
  });

  it('no alias hides a capability', () => {
    for (const { area, aliases } of all) {
      for (const alias of aliases) {
        expect(capabilities.some((entry) => areaOf(entry) === area && nameOf(entry) === alias)).toBe(false);
      }
    }
  });
});
