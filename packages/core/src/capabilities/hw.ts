/** Hardware, as the BIOS told the firmware; and what the firmware is. */

import { adviceFor } from '../machine/advisories.ts';
import type { Hardware } from '../machine/facts.ts';
import { integer, list, oneOf, reading, record, source, type Typed, text, timestamp } from './capability.ts';
import { general } from './general.ts';

const hardware = source({ refresh: 'once', read: (machine) => machine.inventory.read() });
const firmware = source({ refresh: 'once', read: async (machine) => machine.firmware });

/** Firmware version such as `12.0.67`. */
export const hwAmtVersion = reading({
  id: 'hw.amt-version',
  title: 'AMT version',
  value: text(),
  from: firmware,
  pick: ({ version }) => version,
});
/** The whole version, and the one that ought to run where this one is known to be open. */
export const hwFirmware = reading({
  id: 'hw.firmware',
  title: 'Firmware',
  value: record({ installed: text(), advised: text(), advisory: text(), url: text() }),
  from: firmware,
  pick: ({ version, build }) => (version === '' ? undefined : { ...adviceFor(version, build) }),
});
/** Full AMT or Standard Manageability. */
export const hwProduct = reading({
  id: 'hw.product',
  title: 'Manageability product',
  value: oneOf('amt', 'standard-manageability', 'unknown'),
  from: firmware,
  pick: ({ product }) => product,
});
/** Platform UUID as the BIOS shows it. */
export const hwUuid = reading({
  id: 'hw.uuid',
  title: 'UUID',
  value: text(),
  from: firmware,
  pick: ({ uuid }) => uuid,
});
/** Who may do what: client or admin control mode. */
export const hwControlMode = reading({
  id: 'hw.control-mode',
  title: 'Control mode',
  value: oneOf('none', 'client', 'admin'),
  from: general,
  pick: ({ controlMode }) => controlMode,
});

/** The maker of the machine. */
export const hwManufacturer = fact('manufacturer', 'Manufacturer', text(), ({ system }) => system.manufacturer);
/** The maker's name for it. */
export const hwModel = fact('model', 'Model', text(), ({ system }) => system.model);
/** The number on its label. */
export const hwSerial = fact('serial', 'Serial number', text(), ({ system }) => system.serialNumber);
/** Desktop, notebook and so on. */
export const hwChassis = fact('chassis', 'Chassis', text(), ({ system }) => system.chassis);
/** Main board. */
export const hwBoard = fact('board', 'Main board', text(), ({ board }) =>
  `${board.manufacturer} ${board.model}`.trim(),
);
/** BIOS version text. */
export const hwBios = fact('bios', 'BIOS version', text(), ({ bios }) => bios.version);
/** When the BIOS was released. */
export const hwBiosDate = fact('bios-date', 'BIOS date', timestamp, ({ bios }) => bios.releaseDate);
/** Name of the first processor. */
export const hwCpu = fact('cpu', 'Processor', text(), ({ processors }) => processors[0]?.name);
/** All memory together. */
export const hwMemory = fact('memory', 'Memory', integer({ unit: 'MiB' }), ({ memory }) =>
  Math.round(memory.reduce((sum, { bytes }) => sum + bytes, 0) / 1048576),
);
/** One entry per memory module. */
export const hwMemoryModules = fact('memory-modules', 'Memory modules', list<object>(), ({ memory }) => memory);
/** One entry per drive. */
export const hwDrives = fact('drives', 'Drives', list<object>(), ({ drives }) => drives);

function fact<const N extends string, V>(
  name: N,
  title: string,
  value: Typed<V>,
  pick: (hardware: Hardware) => V | undefined,
) {
  // What the maker left empty the machine does not have.
  const known = (read: Hardware): V | undefined => {
    const found = pick(read);
    return found === '' ? undefined : found;
  };
  return reading({ id: `hw.${name}`, title, value, from: hardware, pick: known });
}
