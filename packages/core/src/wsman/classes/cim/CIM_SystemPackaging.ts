import { defineClass, reference } from '../../class.ts';

/**
 * Ties a system to its case. Has no instances of its own: an Enumerate yields those of CIM_ComputerSystemPackage.
 * [AMT: CIM_SystemPackaging]
 */
export const CIM_SystemPackaging = defineClass({
  name: 'CIM_SystemPackaging',
  properties: { Antecedent: reference, Dependent: reference },
});
