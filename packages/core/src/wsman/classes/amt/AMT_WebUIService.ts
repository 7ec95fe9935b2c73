import { defineClass, named, string, uint16 } from '../../class.ts';
import { EnabledState, RequestedState, requestStateChange } from '../cim/CIM_EnabledLogicalElement.ts';

/** The firmware's own web pages. [AMT: AMT_WebUIService] */
export const AMT_WebUIService = defineClass({
  name: 'AMT_WebUIService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    Name: string,
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: { RequestStateChange: requestStateChange(RequestedState) },
});
