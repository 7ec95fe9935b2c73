/** Consoles that get SNMP traps. [AMT: Event Filter Subscribers] */
import type { Behavior } from '../behavior.ts';
import { SoapFault } from '../behavior.ts';
import { text } from '../values.ts';
import { matches, referenceTo } from '../wsman/selecting.ts';

const CLASS = 'AMT_SNMPEventSubscriber';
/** Subscribers that fit, from 6.0 on. */
const MOST = 14;

/** Answers for subscribers to traps. */
export const traps: Behavior = {
  name: 'traps',

  create(firmware, { className, input }) {
    const before = firmware.instances(CLASS);
    if (className !== CLASS || before === undefined) return undefined;
    const address = text(input.AccessInfo);
    const policy = text(input.PolicyID);
    const known = (firmware.instances('AMT_PETFilterSetting') ?? []).some((each) => text(each.PolicyID) === policy);
    if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address) || !known) throw new SoapFault('InvalidRepresentation');
    if (before.some((each) => text(each.AccessInfo) === address && text(each.PolicyID) === policy)) {
      throw new SoapFault('AlreadyExists');
    }
    if (before.length >= MOST) throw new SoapFault('InternalError', 'AMT-STATUS 1');
    const taken = new Set(before.map(({ Name }) => text(Name)));
    let number = 0;
    while (taken.has(`Intel(r) AMT Event Subscriber ${number}`)) number++;
    const properties = {
      AccessInfo: address,
      CommunityString: text(input.CommunityString) || 'public',
      CreationClassName: CLASS,
      ElementName: 'Intel(r) AMT Event Subscriber',
      InfoFormat: 3,
      Name: `Intel(r) AMT Event Subscriber ${number}`,
      PolicyID: Number(policy),
      SystemCreationClassName: 'CIM_ComputerSystem',
      SystemName: 'Intel(r) AMT',
    };
    firmware.change(() => firmware.store(CLASS, [...before, properties]));
    return referenceTo({ className: CLASS, properties });
  },

  delete(firmware, { className, selectors }) {
    const before = firmware.instances(CLASS);
    if (className !== CLASS || before === undefined) return undefined;
    const left = before.filter((each) => !matches(each, selectors));
    if (Object.keys(selectors).length === 0 || left.length === before.length) throw new SoapFault('InvalidSelectors');
    firmware.change(() => firmware.store(CLASS, left));
    return 'deleted';
  },
};
