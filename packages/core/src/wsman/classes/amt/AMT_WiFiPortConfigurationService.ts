import {
  boolean,
  defineClass,
  embedded,
  named,
  optional,
  reference,
  returnValue,
  string,
  uint16,
  uint32,
} from '../../class.ts';
import { EnabledState, RequestedState } from '../cim/CIM_EnabledLogicalElement.ts';
import { CIM_IEEE8021xSettings } from '../cim/CIM_IEEE8021xSettings.ts';
import { CIM_WiFiEndpointSettings } from '../cim/CIM_WiFiEndpointSettings.ts';

/** Results of the wireless profile methods. [AMT: AMT_WiFiPortConfigurationService] */
export const WiFiSettingsReturnValue = {
  'Completed with No Error': 0,
  'Not Supported': 1,
  Failed: 2,
  'Invalid Parameter': 3,
  'Invalid Reference': 4,
} as const;

/** Whose wireless profiles the firmware takes over. [AMT: AMT_WiFiPortConfigurationService.localProfileSynchronizationEnabled] */
export const LocalProfileSynchronization = {
  'Local synchronization disabled': 0,
  'Local user profile synchronization enabled': 1,
  'Unrestricted synchronization': 3,
} as const;

/** Adds and removes wireless profiles. [AMT: AMT_WiFiPortConfigurationService] */
export const AMT_WiFiPortConfigurationService = defineClass({
  name: 'AMT_WiFiPortConfigurationService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    HealthState: uint16,
    LastConnectedSsidUnderMeControl: string,
    Name: string,
    NoHostCsmeSoftwarePolicy: uint32,
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
    UEFIWiFiProfileShareEnabled: boolean,
    /** Begins with a small letter in the schema. */
    localProfileSynchronizationEnabled: named(uint32, LocalProfileSynchronization),
  },
  readOnly: ['LastConnectedSsidUnderMeControl'],
  methods: {
    AddWiFiSettings: {
      input: {
        WiFiEndpoint: reference,
        WiFiEndpointSettingsInput: embedded(CIM_WiFiEndpointSettings),
        IEEE8021xSettingsInput: optional(embedded(CIM_IEEE8021xSettings)),
        ClientCredential: optional(reference),
        CACredential: optional(reference),
      },
      output: {
        WiFiEndpointSettings: reference,
        IEEE8021xSettings: reference,
        ReturnValue: returnValue(WiFiSettingsReturnValue),
      },
    },
    UpdateWiFiSettings: {
      input: {
        WiFiEndpointSettings: reference,
        WiFiEndpointSettingsInput: embedded(CIM_WiFiEndpointSettings),
        IEEE8021xSettingsInput: optional(embedded(CIM_IEEE8021xSettings)),
        ClientCredential: optional(reference),
        CACredential: optional(reference),
      },
      output: { ReturnValue: returnValue(WiFiSettingsReturnValue) },
    },
    DeleteAllITProfiles: { input: {}, output: { ReturnValue: returnValue(WiFiSettingsReturnValue) } },
    DeleteAllUserProfiles: { input: {}, output: { ReturnValue: returnValue(WiFiSettingsReturnValue) } },
  },
});
