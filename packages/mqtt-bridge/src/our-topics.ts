/** Which topics are spoken for: those of machines and of bridges. Nobody may have answers sent there. */
import type { AnswerRules } from './answer.ts';
import type { BridgeContext } from './context.ts';

/** Where answers may go, by the settings as they are when one is given. */
export function answerRules({ topics, knows, settings }: BridgeContext): AnswerRules {
  return {
    topics,
    get responsePrefixes() {
      return settings.responsePrefixes;
    },
    isOurs: ourTopics({ topics, knows }),
  };
}

/** Tells topics of machines and bridges from those that are free. */
function ourTopics({ topics, knows }: Pick<BridgeContext, 'topics' | 'knows'>): (topic: string) => boolean {
  return (topic) => {
    if (!topic.startsWith(`${topics.base}/`)) return false;
    const [first = '', , third] = topic.slice(topics.base.length + 1).split('/');
    return first === 'bridge' ? third !== 'response' : knows(first);
  };
}
