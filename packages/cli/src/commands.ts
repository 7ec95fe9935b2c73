/** Every command of `amt` by name, in the order of the help. Their modules are loaded when they are used. */
import type { Entry, Section } from './command.ts';

/** All of them. */
export const sections: readonly Section[] = [
  {
    title: 'Find',
    entries: [
      entry('scan', 'Find machines in a range of addresses', async () => (await import('./commands/scan.ts')).scan),
      entry('watch', 'Show what changes', async () => (await import('./commands/watch.ts')).watch),
    ],
  },
  {
    title: 'Machine book',
    entries: [
      entry('add', 'Add a machine', async () => (await import('./commands/add.ts')).add),
      entry('edit', 'Change the entry of a machine', async () => (await import('./commands/edit.ts')).edit),
      entry('rm', 'Remove machines', async () => (await import('./commands/rm.ts')).rm),
      entry('ls', 'List machines', async () => (await import('./commands/ls.ts')).ls),
      entry('import', 'Add machines from a list', async () => (await import('./commands/import.ts')).importList),
      entry('export', 'Write the machines as a list', async () => (await import('./commands/export.ts')).exportList),
      entry(
        'plugin',
        'Plugins: those of the book, and new ones',
        async () => (await import('./commands/plugin.ts')).plugin,
      ),
      entry('trust', 'Accept a changed certificate', async () => (await import('./commands/trust.ts')).trust),
    ],
  },
  {
    title: 'Machines',
    entries: [
      derived('info', 'What a machine is and how it is'),
      entry(
        'doctor',
        'Find out what is wrong, and how to fix it',
        async () => (await import('./commands/doctor.ts')).doctor,
      ),
      derived('features', 'Switches of remote control'),
      derived('power', 'Switch machines on and off'),
      derived('boot', 'Choose what boots next, once'),
      derived('hw', 'Hardware'),
      derived('log', 'Event log and audit log'),
      derived('net', 'Network of the firmware'),
      derived('user', 'Accounts of the firmware'),
      derived('time', "The firmware's clock"),
      derived('alarm', 'The alarm clock, which switches the PC on'),
      derived('consent', 'Consent of the person at the machine'),
    ],
  },
  {
    title: 'Screen, serial port and drives',
    entries: [
      entry('kvm', 'The screen: picture, keys, any VNC viewer', async () => (await import('./commands/kvm.ts')).kvm),
      entry('sol', 'The serial port: terminal, scripts, bridge', async () => (await import('./commands/sol.ts')).sol),
      entry('ider', 'Lend a CD or a floppy', async () => (await import('./commands/ider.ts')).ider),
      entry(
        'reimage',
        'Install a machine anew, unattended',
        async () => (await import('./commands/reimage.ts')).reimage,
      ),
    ],
  },
  {
    title: 'Raw',
    entries: [
      entry('wsman', 'Speak WS-Management', async () => (await import('./commands/wsman.ts')).wsman),
      entry('explain', 'Say what a code means', async () => (await import('./commands/explain.ts')).explain),
    ],
  },
  {
    title: 'Serve',
    entries: [
      entry('bridge', 'Bridge to MQTT and Home Assistant', async () => (await import('./commands/bridge.ts')).bridge),
      entry('simulate', 'Run virtual vPro PCs', async () => (await import('./commands/simulate.ts')).simulate),
      entry('completion', 'Print a script for the shell', async () =>
        (await import('./commands/completion.ts')).completionOf(sections),
      ),
    ],
  },
];

/** The entry of a name. */
export function findEntry(name: string): Entry | undefined {
  return sections.flatMap(({ entries }) => entries).find((entry) => entry.name === name);
}

function entry(name: string, describe: string, load: Entry['load']): Entry {
  return { name, describe, load };
}

/** A group, or a view, from the table of capabilities. */
function derived(name: string, describe: string): Entry {
  return { name, describe, derived: true, load: async () => await (await import('./areas.ts')).area(name) };
}
