/** Many virtual PCs in a process of their own. Arguments: how many, `plain` or `tls`, first address. Speaks over the IPC channel. */
import { createSimulators } from '@amtkit/simulator';

/** One PC, as the parent is told of it. */
export interface BenchPc {
  readonly host: string;
  readonly port: number;
  readonly uuid: string;
}

const [count = '0', how = 'plain', firstAddress = '127.0.16.1'] = process.argv.slice(2);
const isTls = how === 'tls';
const pcs = await createSimulators(Number(count), {
  speed: 0,
  firstAddress,
  power: 'off',
  recordLimit: 1,
});
process.send?.(
  pcs.map(({ host, ports, uuid }): BenchPc => ({ host, port: (isTls ? ports.wsmanTls : ports.wsman) ?? 0, uuid })),
);
process.on('message', async (indexes: readonly number[]) => {
  for (const index of indexes) await pcs[index]?.firmware.hardware.apply('on');
  process.send?.('done');
});
process.once('disconnect', () => process.exit());
