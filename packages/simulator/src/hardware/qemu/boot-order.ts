/** What a PC made of QEMU starts from: the order given to its BIOS, and what the BIOS then says that it did. */
import type { BootChoice } from '../hardware.ts';
import type { BootDevice, Part } from './parts.ts';
import type { Qmp } from './qmp.ts';

/** What is tried first for a choice; the ordinary order follows. Others mean nothing to this PC: it starts as ever. */
const FIRST: Partial<Record<BootChoice, BootDevice>> = {
  cd: 'cd',
  pxe: 'pxe',
  'ider-cd': 'ider-cd',
  'ider-floppy': 'ider-floppy',
};

/** The order of a start without any wish. A redirected drive is not in it: only an override starts from one. */
const ORDINARY: readonly BootDevice[] = ['disk', 'cd', 'pxe'];

/** The parts that a BIOS tries, in this order. */
export function bootOrder(parts: readonly Part[], choice: BootChoice): readonly Part[] {
  const first = FIRST[choice];
  const order = first === undefined ? ORDINARY : [first, ...ORDINARY.filter((each) => each !== first)];
  return order.flatMap((id) => parts.filter((part) => part.id === id));
}

/** Tells QEMU the order, among all parts that are there. No two devices may have one place, not even for a moment. */
export async function setBootOrder(qmp: Qmp, parts: readonly Part[], order: readonly Part[]): Promise<void> {
  const place = (part: Part, value: number) =>
    qmp.execute('qom-set', { path: `/machine/peripheral/${part.id}`, property: 'bootindex', value });
  for (const part of parts) await place(part, -1);
  for (const [index, part] of order.entries()) await place(part, index);
}

/** What a choice wants and this PC has not; `undefined` where it can be had. */
export function missingFor(parts: readonly Part[], choice: BootChoice): string | undefined {
  if (OF_THE_BIOS.includes(choice) || choice === 'disk') return undefined;
  const first = FIRST[choice];
  return first !== undefined && parts.some(({ id }) => id === first) ? undefined : choice;
}

/** The menu of the BIOS, or its set-up: a pause before the start ends in the same place. */
export const OF_THE_BIOS: readonly BootChoice[] = ['bios', 'bios-pause'];

/** Follows one start by what the BIOS says, on its debug port or on the screen that the serial port repeats. */
export class BootWatch {
  readonly #parts: readonly Part[];
  readonly #decoder = new TextDecoder('latin1');
  /** What is not tried yet, in order. */
  #left: readonly Part[];
  #trying: Part | undefined;
  #rest = '';
  #met: () => void = () => {};
  /**
   * SeaBIOS has moved into memory. Observed (1.16, QEMU 7.2 without hardware virtualisation): a reset in the few
   * milliseconds before that leaves the machine hanging.
   */
  readonly settled: Promise<void>;
  /** The BIOS has found nothing to start. */
  foundNothing = false;
  /** SeaBIOS waits for the key to its menu. */
  prompted: () => void = () => {};

  /** @param order what the BIOS was told @param parts all there is */
  constructor(order: readonly Part[], parts: readonly Part[]) {
    this.#left = order;
    this.#parts = parts;
    this.settled = new Promise((resolve) => {
      this.#met = resolve;
    });
  }

  /** What the BIOS handed over to, as often as these bytes say that it did. */
  feed(bytes: Uint8Array): readonly BootChoice[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(END_OF_LINE);
    this.#rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
    return lines.map((line) => this.#read(line)).filter((choice) => choice !== undefined);
  }

  #read(line: string): BootChoice | undefined {
    if (/^Found \d+ cpu/.test(line)) this.#met();
    if (/^No bootable device/.test(line)) this.foundNothing = true;
    if (/^Press ESC for boot menu/.test(line)) this.prompted();
    if (/^Select boot device:|Boot Maintenance Manager/.test(line)) return 'bios';
    const [, device] = /^Booting from (Hard Disk|DVD\/CD|ROM)\.\.\./.exec(line) ?? [];
    if (device !== undefined) {
      const at = this.#left.findIndex(({ kind }) => kind === device);
      // What a person picked from the menu stands in no order.
      this.#trying = this.#left[at] ?? this.#parts.find(({ kind }) => kind === device);
      this.#left = at < 0 ? this.#left : this.#left.slice(at + 1);
      return undefined;
    }
    if (/^Booting from [0-9a-f]{4}:[0-9a-f]{4}/.test(line)) return this.#trying?.id;
    const [, path] = /BdsDxe: starting Boot[0-9A-F]{4} .* from (.*)$/.exec(line) ?? [];
    return path === undefined ? undefined : this.#deviceAt(path);
  }

  /** An entry that an installed system made names its partition only. */
  #deviceAt(path: string): BootChoice | undefined {
    if (path.includes('Fv(')) return 'bios';
    return this.#parts.find((part) => path.includes(part.path))?.id ?? (path.startsWith('HD(') ? 'disk' : undefined);
  }
}

/** UEFI draws its menu by moving the cursor, without ends of lines. */
const END_OF_LINE = /[\r\n]+|\[\d+;\d+H/;

/** Beyond this a line is none that is looked for. */
const LONGEST_LINE = 1024;
