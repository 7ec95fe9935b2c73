import { defineClass, reference, string } from '../../class.ts';

/** Ties the machine to its case and carries its UUID. [AMT: CIM_ComputerSystemPackage] */
export const CIM_ComputerSystemPackage = defineClass({
  name: 'CIM_ComputerSystemPackage',
  parent: 'CIM_SystemPackaging',
  properties: {
    Antecedent: reference,
    Dependent: reference,
    /** 32 hex digits in the byte order of SMBIOS: the first three groups are little-endian. */
    PlatformGUID: string,
  },
});
