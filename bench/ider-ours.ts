/** Storage redirection by amtkit, to one virtual PC or to many from this one process. Arguments: doors as JSON, way, image. */
import { connect, type Machine, openImage } from '@amtkit/core';
import { type Door, password, reportUsage } from './redirection-work.ts';

const [doors = '[]', way = '', image = ''] = process.argv.slice(2);
const source = await openImage(image);
const machines = await Promise.all((JSON.parse(doors) as readonly Door[]).map(enter));
reportUsage();
process.send?.({});
await Promise.all(machines.map(serve));

function enter({ host, ports: { wsman, wsmanTls, redirection, redirectionTls } }: Door): Promise<Machine> {
  return way === 'tls'
    ? connect({ host, password, tls: 'on', ports: { wsmanTls, redirection: redirectionTls } })
    : connect({ host, password, tls: 'off', ports: { wsman, redirection } });
}

async function serve(machine: Machine): Promise<void> {
  const media = await machine.mount({ cd: source, start: 'now' });
  for await (const _event of media);
}
