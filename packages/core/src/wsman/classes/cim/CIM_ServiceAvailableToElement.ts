import { defineClass, reference } from '../../class.ts';

/**
 * Ties a service to who may use it. Has no instances of its own: an Enumerate yields those of
 * CIM_AssociatedPowerManagementService. [AMT: CIM_ServiceAvailableToElement]
 */
export const CIM_ServiceAvailableToElement = defineClass({
  name: 'CIM_ServiceAvailableToElement',
  properties: { ServiceProvided: reference, UserOfService: reference },
});
