/** Which topics are spoken for: those of machines and of bridges. Nobody may have answers sent there. */
import type { BridgeContext } from './feature.ts';

/** Tells topics of machines and bridges from those that are free. */
export function ourTopics({ topics, fleet }: Pick<BridgeContext, 'topics' | 'fleet'>): (topic: string) => boolean {
  return (topic) => {
    if (!topic.startsWith(`${topics.base}/`)) return false;
    const [first = '', , third] = topic.slice(topics.base.length + 1).split('/');
    return first === 'bridge' ? third !== 'response' : fleet.machines.has(first);
  };
}
