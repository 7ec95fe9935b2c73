import { boolean, defineClass, named, string, uint8, uint16 } from '../../class.ts';
import { EnabledState, RequestedState, requestStateChange } from '../cim/CIM_EnabledLogicalElement.ts';

/** What the firmware itself draws on the screen: the consent code and the frame around it. [AMT: IPS_SecIOService] */
export const IPS_SecIOService = defineClass({
  name: 'IPS_SecIOService',
  properties: {
    CreationClassName: string,
    DefaultScreen: uint8,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    Name: string,
    NumberOfScreens: uint8,
    RequestedLanguage: uint16,
    RequestedState: named(uint16, RequestedState),
    Started: boolean,
    Status: string,
    SystemCreationClassName: string,
    SystemName: string,
    language: uint16,
    zoom: uint16,
  },
  methods: { RequestStateChange: requestStateChange(RequestedState) },
});
