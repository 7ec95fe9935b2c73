import { array, boolean, defineClass, string, uint16 } from '../../class.ts';

/**
 * A processor as a part; `Version` is its brand text. Observed (12): the memory modules, a subclass in the schema, are
 * not among its instances. [AMT: CIM_Chip]
 */
export const CIM_Chip = defineClass({
  name: 'CIM_Chip',
  properties: {
    CanBeFRUed: boolean,
    CreationClassName: string,
    ElementName: string,
    Manufacturer: string,
    OperationalStatus: array(uint16),
    Tag: string,
    Version: string,
  },
});
