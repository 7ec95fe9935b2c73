/** Every class we define, in one list: the client uses them by name, the simulated firmware serves them. */
import type { ClassDefinition } from '../class.ts';
import { CIM_AssociatedPowerManagementService } from './cim/CIM_AssociatedPowerManagementService.ts';
import { CIM_PowerManagementService } from './cim/CIM_PowerManagementService.ts';

export { CIM_AssociatedPowerManagementService, CIM_PowerManagementService };

/** Class name → definition. */
export const classes: Readonly<Record<string, ClassDefinition>> = {
  CIM_AssociatedPowerManagementService,
  CIM_PowerManagementService,
};
