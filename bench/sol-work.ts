/** What clients of the serial benchmark are asked for. */
export type SerialOrder =
  /** Type so many characters, each when the one before has come back. */
  | { readonly do: 'type'; readonly characters: number }
  /** Say that it begins, and wait until so many bytes have come. */
  | { readonly do: 'receive'; readonly bytes: number };

/** What came of it. */
export interface SerialResult {
  readonly ms: number;
  readonly cpuMs: number;
}

/** A serial port, as bare or as comfortable as it may be: what comes is told to `heard`. */
export interface Port {
  type(byte: number): void;
  heard: (bytes: number) => void;
}

/** Does what the parent asks for with a port, until the parent goes. */
export function obeyWith(port: Port): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (order: SerialOrder) => {
    const cpu = process.cpuUsage();
    const from = performance.now();
    const done = () => {
      const { user, system } = process.cpuUsage(cpu);
      const result: SerialResult = { ms: performance.now() - from, cpuMs: (user + system) / 1000 };
      process.send?.(result);
    };
    let left = order.do === 'type' ? order.characters : order.bytes;
    port.heard = (bytes) => {
      left -= bytes;
      if (left <= 0) {
        port.heard = () => {};
        done();
      } else if (order.do === 'type') port.type(0x61);
    };
    if (order.do === 'type') port.type(0x61);
    else process.send?.({});
  });
  process.send?.({});
}
