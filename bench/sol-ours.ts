/** The serial port by amtkit. Arguments: doors as JSON, way. */
import { connect } from '@amtkit/core';
import { firstDoor, password } from './redirection-work.ts';
import { obeyWith, type Port } from './sol-work.ts';

const [doors = '[]', way = ''] = process.argv.slice(2);
const { host, ports } = firstDoor(doors);
const machine =
  way === 'tls'
    ? await connect({
        host,
        password,
        tls: 'on',
        ports: { wsmanTls: ports.wsmanTls, redirection: ports.redirectionTls },
      })
    : await connect({ host, password, tls: 'off', ports: { wsman: ports.wsman, redirection: ports.redirection } });
const serial = await machine.serial();
const port: Port = { type: (byte) => void serial.write(Uint8Array.of(byte)), heard: () => {} };
obeyWith(port);
for await (const bytes of serial) port.heard(bytes.length);
