/** Who listens to what, on the embedded broker: other brokers do not tell. */
import type { Aedes, Client } from 'aedes';
import { matches } from '../topics.ts';

/** Says whether somebody subscribes to a topic at this moment; those whom `isInsider` knows are nobody. */
export function audienceOf(broker: Aedes, isInsider: (client: Client) => boolean): (topic: string) => boolean {
  const filters = new Map<Client, Set<string>>();
  broker.on('subscribe', (subscriptions, client) => {
    if (isInsider(client)) return;
    const known = filters.get(client) ?? new Set();
    // Those that were refused have the quality of service 128.
    for (const { topic, qos } of subscriptions) if (Number(qos) < REFUSED) known.add(topic);
    filters.set(client, known);
  });
  broker.on('unsubscribe', (topics, client) => {
    for (const topic of topics) filters.get(client)?.delete(topic);
  });
  broker.on('clientDisconnect', (client) => filters.delete(client));
  return (topic) => {
    for (const known of filters.values()) for (const filter of known) if (matches(filter, topic)) return true;
    return false;
  };
}

const REFUSED = 128;
