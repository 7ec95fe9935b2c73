import { array, boolean, defineClass, sint32, string, uint8, uint32 } from '../../class.ts';

/** Screens attached to the machine: four places, with resolution 0 where there is none. [AMT: IPS_ScreenSettingData] */
export const IPS_ScreenSettingData = defineClass({
  name: 'IPS_ScreenSettingData',
  properties: {
    ElementName: string,
    InstanceID: string,
    IsActive: array(boolean),
    /** 1-based, like the three other indices. */
    PrimaryIndex: uint8,
    /** Spelled as the schema spells it. */
    QuadraryIndex: uint8,
    ResolutionX: array(uint32),
    ResolutionY: array(uint32),
    SecondaryIndex: uint8,
    TertiaryIndex: uint8,
    UpperLeftX: array(sint32),
    UpperLeftY: array(sint32),
  },
});
