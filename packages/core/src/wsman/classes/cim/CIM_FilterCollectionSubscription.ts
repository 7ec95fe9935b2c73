import { defineClass, reference, uint16 } from '../../class.ts';

/** One subscription to alerts: what, and whereto. [AMT: CIM_FilterCollectionSubscription] */
export const CIM_FilterCollectionSubscription = defineClass({
  name: 'CIM_FilterCollectionSubscription',
  properties: {
    Filter: reference,
    Handler: reference,
    OnFatalErrorPolicy: uint16,
    RepeatNotificationPolicy: uint16,
    SubscriptionState: uint16,
  },
});
