/**
 * The virtual PC for the WS-Man benchmark, in a process of its own. Sends its ports; answers every message with the number
 * of requests it has received; ends when its parent goes.
 */
import { createSimulator } from '@amtkit/simulator';
import { password } from './wsman-work.ts';

const simulator = await createSimulator({ profile: 'amt-12', speed: 0, password, power: 'on' });
process.on('message', () => process.send?.({ requests: simulator.received.count }));
process.on('disconnect', () => process.exit(0));
process.send?.({ host: simulator.host, plain: simulator.ports.wsman, tls: simulator.ports.wsmanTls });
