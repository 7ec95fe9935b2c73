import { defineClass, string } from '../../class.ts';

/** With which name the firmware logs in to a management presence server. [AMT: AMT_MPSUsernamePassword] */
export const AMT_MPSUsernamePassword = defineClass({
  name: 'AMT_MPSUsernamePassword',
  properties: {
    InstanceID: string,
    RemoteID: string,
    /** Write-only. */
    Secret: string,
  },
});
