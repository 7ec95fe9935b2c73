/** Every class we define, in one list: the client uses them by name, the simulated firmware serves them. */
import type { ClassDefinition } from '../class.ts';
import { AMT_8021XProfile } from './amt/AMT_8021XProfile.ts';
import { AMT_AlarmClockService } from './amt/AMT_AlarmClockService.ts';
import { AMT_AuditLog } from './amt/AMT_AuditLog.ts';
import { AMT_AuthorizationService } from './amt/AMT_AuthorizationService.ts';
import { AMT_BootCapabilities } from './amt/AMT_BootCapabilities.ts';
import { AMT_BootSettingData } from './amt/AMT_BootSettingData.ts';
import { AMT_CryptographicCapabilities } from './amt/AMT_CryptographicCapabilities.ts';
import { AMT_EnvironmentDetectionSettingData } from './amt/AMT_EnvironmentDetectionSettingData.ts';
import { AMT_EthernetPortSettings } from './amt/AMT_EthernetPortSettings.ts';
import { AMT_GeneralSettings } from './amt/AMT_GeneralSettings.ts';
import { AMT_KerberosSettingData } from './amt/AMT_KerberosSettingData.ts';
import { AMT_ManagementPresenceRemoteSAP } from './amt/AMT_ManagementPresenceRemoteSAP.ts';
import { AMT_MessageLog } from './amt/AMT_MessageLog.ts';
import { AMT_MPSUsernamePassword } from './amt/AMT_MPSUsernamePassword.ts';
import { AMT_PETFilterSetting } from './amt/AMT_PETFilterSetting.ts';
import { AMT_PublicKeyCertificate } from './amt/AMT_PublicKeyCertificate.ts';
import { AMT_PublicKeyManagementService } from './amt/AMT_PublicKeyManagementService.ts';
import { AMT_PublicPrivateKeyPair } from './amt/AMT_PublicPrivateKeyPair.ts';
import { AMT_RedirectionService } from './amt/AMT_RedirectionService.ts';
import { AMT_RemoteAccessCapabilities } from './amt/AMT_RemoteAccessCapabilities.ts';
import { AMT_RemoteAccessPolicyAppliesToMPS } from './amt/AMT_RemoteAccessPolicyAppliesToMPS.ts';
import { AMT_RemoteAccessPolicyRule } from './amt/AMT_RemoteAccessPolicyRule.ts';
import { AMT_RemoteAccessService } from './amt/AMT_RemoteAccessService.ts';
import { AMT_SetupAndConfigurationService } from './amt/AMT_SetupAndConfigurationService.ts';
import { AMT_SNMPEventSubscriber } from './amt/AMT_SNMPEventSubscriber.ts';
import { AMT_SystemPowerScheme } from './amt/AMT_SystemPowerScheme.ts';
import { AMT_TimeSynchronizationService } from './amt/AMT_TimeSynchronizationService.ts';
import { AMT_TLSCredentialContext } from './amt/AMT_TLSCredentialContext.ts';
import { AMT_TLSProtocolEndpointCollection } from './amt/AMT_TLSProtocolEndpointCollection.ts';
import { AMT_TLSSettingData } from './amt/AMT_TLSSettingData.ts';
import { AMT_UserInitiatedConnectionService } from './amt/AMT_UserInitiatedConnectionService.ts';
import { AMT_WebUIService } from './amt/AMT_WebUIService.ts';
import { AMT_WiFiPortConfigurationService } from './amt/AMT_WiFiPortConfigurationService.ts';
import { CIM_AssociatedPowerManagementService } from './cim/CIM_AssociatedPowerManagementService.ts';
import { CIM_Battery } from './cim/CIM_Battery.ts';
import { CIM_BIOSElement } from './cim/CIM_BIOSElement.ts';
import { CIM_BIOSFeature } from './cim/CIM_BIOSFeature.ts';
import { CIM_BootConfigSetting } from './cim/CIM_BootConfigSetting.ts';
import { CIM_BootService } from './cim/CIM_BootService.ts';
import { CIM_BootSourceSetting } from './cim/CIM_BootSourceSetting.ts';
import { CIM_Card } from './cim/CIM_Card.ts';
import { CIM_Chassis } from './cim/CIM_Chassis.ts';
import { CIM_Chip } from './cim/CIM_Chip.ts';
import { CIM_ComputerSystem } from './cim/CIM_ComputerSystem.ts';
import { CIM_ComputerSystemPackage } from './cim/CIM_ComputerSystemPackage.ts';
import { CIM_ElementSettingData } from './cim/CIM_ElementSettingData.ts';
import { CIM_EthernetPort } from './cim/CIM_EthernetPort.ts';
import { CIM_Fan } from './cim/CIM_Fan.ts';
import { CIM_FilterCollection } from './cim/CIM_FilterCollection.ts';
import { CIM_FilterCollectionSubscription } from './cim/CIM_FilterCollectionSubscription.ts';
import { CIM_IEEE8021xSettings } from './cim/CIM_IEEE8021xSettings.ts';
import { CIM_KVMRedirectionSAP } from './cim/CIM_KVMRedirectionSAP.ts';
import { CIM_ListenerDestinationWSManagement } from './cim/CIM_ListenerDestinationWSManagement.ts';
import { CIM_MediaAccessDevice } from './cim/CIM_MediaAccessDevice.ts';
import { CIM_PhysicalMemory } from './cim/CIM_PhysicalMemory.ts';
import { CIM_PhysicalPackage } from './cim/CIM_PhysicalPackage.ts';
import { CIM_PowerManagementCapabilities } from './cim/CIM_PowerManagementCapabilities.ts';
import { CIM_PowerManagementService } from './cim/CIM_PowerManagementService.ts';
import { CIM_Processor } from './cim/CIM_Processor.ts';
import { CIM_RedirectionService } from './cim/CIM_RedirectionService.ts';
import { CIM_Sensor } from './cim/CIM_Sensor.ts';
import { CIM_ServiceAvailableToElement } from './cim/CIM_ServiceAvailableToElement.ts';
import { CIM_SoftwareIdentity } from './cim/CIM_SoftwareIdentity.ts';
import { CIM_SystemPackaging } from './cim/CIM_SystemPackaging.ts';
import { CIM_WiFiEndpointSettings } from './cim/CIM_WiFiEndpointSettings.ts';
import { CIM_WiFiPort } from './cim/CIM_WiFiPort.ts';
import { IPS_AlarmClockOccurrence } from './ips/IPS_AlarmClockOccurrence.ts';
import { IPS_HostBasedSetupService } from './ips/IPS_HostBasedSetupService.ts';
import { IPS_HostBootReason } from './ips/IPS_HostBootReason.ts';
import { IPS_HostIPSettings } from './ips/IPS_HostIPSettings.ts';
import { IPS_IEEE8021xSettings } from './ips/IPS_IEEE8021xSettings.ts';
import { IPS_IPv6PortSettings } from './ips/IPS_IPv6PortSettings.ts';
import { IPS_KVMRedirectionSettingData } from './ips/IPS_KVMRedirectionSettingData.ts';
import { IPS_LANEndpoint } from './ips/IPS_LANEndpoint.ts';
import { IPS_OptInService } from './ips/IPS_OptInService.ts';
import { IPS_PowerManagementService } from './ips/IPS_PowerManagementService.ts';
import { IPS_ProvisioningRecordLog } from './ips/IPS_ProvisioningRecordLog.ts';
import { IPS_ScreenSettingData } from './ips/IPS_ScreenSettingData.ts';
import { IPS_SecIOService } from './ips/IPS_SecIOService.ts';

export * from './amt/AMT_8021XProfile.ts';
export * from './amt/AMT_AlarmClockService.ts';
export * from './amt/AMT_AuditLog.ts';
export * from './amt/AMT_AuthorizationService.ts';
export * from './amt/AMT_BootCapabilities.ts';
export * from './amt/AMT_BootSettingData.ts';
export * from './amt/AMT_CryptographicCapabilities.ts';
export * from './amt/AMT_EnvironmentDetectionSettingData.ts';
export * from './amt/AMT_EthernetPortSettings.ts';
export * from './amt/AMT_GeneralSettings.ts';
export * from './amt/AMT_KerberosSettingData.ts';
export * from './amt/AMT_ManagementPresenceRemoteSAP.ts';
export * from './amt/AMT_MessageLog.ts';
export * from './amt/AMT_MPSUsernamePassword.ts';
export * from './amt/AMT_PETFilterSetting.ts';
export * from './amt/AMT_PublicKeyCertificate.ts';
export * from './amt/AMT_PublicKeyManagementService.ts';
export * from './amt/AMT_PublicPrivateKeyPair.ts';
export * from './amt/AMT_RedirectionService.ts';
export * from './amt/AMT_RemoteAccessCapabilities.ts';
export * from './amt/AMT_RemoteAccessPolicyAppliesToMPS.ts';
export * from './amt/AMT_RemoteAccessPolicyRule.ts';
export * from './amt/AMT_RemoteAccessService.ts';
export * from './amt/AMT_SetupAndConfigurationService.ts';
export * from './amt/AMT_SNMPEventSubscriber.ts';
export * from './amt/AMT_SystemPowerScheme.ts';
export * from './amt/AMT_TimeSynchronizationService.ts';
export * from './amt/AMT_TLSCredentialContext.ts';
export * from './amt/AMT_TLSProtocolEndpointCollection.ts';
export * from './amt/AMT_TLSSettingData.ts';
export * from './amt/AMT_UserInitiatedConnectionService.ts';
export * from './amt/AMT_WebUIService.ts';
export * from './amt/AMT_WiFiPortConfigurationService.ts';
export * from './cim/CIM_AssociatedPowerManagementService.ts';
export * from './cim/CIM_Battery.ts';
export * from './cim/CIM_BIOSElement.ts';
export * from './cim/CIM_BIOSFeature.ts';
export * from './cim/CIM_BootConfigSetting.ts';
export * from './cim/CIM_BootService.ts';
export * from './cim/CIM_BootSourceSetting.ts';
export * from './cim/CIM_Card.ts';
export * from './cim/CIM_Chassis.ts';
export * from './cim/CIM_Chip.ts';
export * from './cim/CIM_ComputerSystem.ts';
export * from './cim/CIM_ComputerSystemPackage.ts';
export * from './cim/CIM_ElementSettingData.ts';
export * from './cim/CIM_EnabledLogicalElement.ts';
export * from './cim/CIM_EthernetPort.ts';
export * from './cim/CIM_Fan.ts';
export * from './cim/CIM_FilterCollection.ts';
export * from './cim/CIM_FilterCollectionSubscription.ts';
export * from './cim/CIM_IEEE8021xSettings.ts';
export * from './cim/CIM_KVMRedirectionSAP.ts';
export * from './cim/CIM_ListenerDestinationWSManagement.ts';
export * from './cim/CIM_MediaAccessDevice.ts';
export * from './cim/CIM_NetworkPort.ts';
export * from './cim/CIM_PhysicalMemory.ts';
export * from './cim/CIM_PhysicalPackage.ts';
export * from './cim/CIM_PowerManagementCapabilities.ts';
export * from './cim/CIM_PowerManagementService.ts';
export * from './cim/CIM_Processor.ts';
export * from './cim/CIM_RedirectionService.ts';
export * from './cim/CIM_Sensor.ts';
export * from './cim/CIM_ServiceAvailableToElement.ts';
export * from './cim/CIM_SoftwareIdentity.ts';
export * from './cim/CIM_SystemPackaging.ts';
export * from './cim/CIM_WiFiEndpointSettings.ts';
export * from './cim/CIM_WiFiPort.ts';
export * from './ips/IPS_AlarmClockOccurrence.ts';
export * from './ips/IPS_HostBasedSetupService.ts';
export * from './ips/IPS_HostBootReason.ts';
export * from './ips/IPS_HostIPSettings.ts';
export * from './ips/IPS_IEEE8021xSettings.ts';
export * from './ips/IPS_IPv6PortSettings.ts';
export * from './ips/IPS_KVMRedirectionSettingData.ts';
export * from './ips/IPS_LANEndpoint.ts';
export * from './ips/IPS_OptInService.ts';
export * from './ips/IPS_PowerManagementService.ts';
export * from './ips/IPS_ProvisioningRecordLog.ts';
export * from './ips/IPS_ScreenSettingData.ts';
export * from './ips/IPS_SecIOService.ts';

/** Class name → definition. */
export const classes: Readonly<Record<string, ClassDefinition>> = {
  AMT_8021XProfile,
  AMT_AlarmClockService,
  AMT_AuditLog,
  AMT_AuthorizationService,
  AMT_BootCapabilities,
  AMT_BootSettingData,
  AMT_CryptographicCapabilities,
  AMT_EnvironmentDetectionSettingData,
  AMT_EthernetPortSettings,
  AMT_GeneralSettings,
  AMT_KerberosSettingData,
  AMT_MPSUsernamePassword,
  AMT_ManagementPresenceRemoteSAP,
  AMT_MessageLog,
  AMT_PETFilterSetting,
  AMT_PublicKeyCertificate,
  AMT_PublicKeyManagementService,
  AMT_PublicPrivateKeyPair,
  AMT_RedirectionService,
  AMT_RemoteAccessCapabilities,
  AMT_RemoteAccessPolicyAppliesToMPS,
  AMT_RemoteAccessPolicyRule,
  AMT_RemoteAccessService,
  AMT_SNMPEventSubscriber,
  AMT_SetupAndConfigurationService,
  AMT_SystemPowerScheme,
  AMT_TLSCredentialContext,
  AMT_TLSProtocolEndpointCollection,
  AMT_TLSSettingData,
  AMT_TimeSynchronizationService,
  AMT_UserInitiatedConnectionService,
  AMT_WebUIService,
  AMT_WiFiPortConfigurationService,
  CIM_AssociatedPowerManagementService,
  CIM_BIOSElement,
  CIM_BIOSFeature,
  CIM_Battery,
  CIM_BootConfigSetting,
  CIM_BootService,
  CIM_BootSourceSetting,
  CIM_Card,
  CIM_Chassis,
  CIM_Chip,
  CIM_ComputerSystem,
  CIM_ComputerSystemPackage,
  CIM_ElementSettingData,
  CIM_EthernetPort,
  CIM_Fan,
  CIM_FilterCollection,
  CIM_FilterCollectionSubscription,
  CIM_IEEE8021xSettings,
  CIM_KVMRedirectionSAP,
  CIM_ListenerDestinationWSManagement,
  CIM_MediaAccessDevice,
  CIM_PhysicalMemory,
  CIM_PhysicalPackage,
  CIM_PowerManagementCapabilities,
  CIM_PowerManagementService,
  CIM_Processor,
  CIM_RedirectionService,
  CIM_Sensor,
  CIM_ServiceAvailableToElement,
  CIM_SoftwareIdentity,
  CIM_SystemPackaging,
  CIM_WiFiEndpointSettings,
  CIM_WiFiPort,
  IPS_AlarmClockOccurrence,
  IPS_HostBasedSetupService,
  IPS_HostBootReason,
  IPS_HostIPSettings,
  IPS_IEEE8021xSettings,
  IPS_IPv6PortSettings,
  IPS_KVMRedirectionSettingData,
  IPS_LANEndpoint,
  IPS_OptInService,
  IPS_PowerManagementService,
  IPS_ProvisioningRecordLog,
  IPS_ScreenSettingData,
  IPS_SecIOService,
};

/** The classes whose instances an Enumerate of `className` yields, in that order: its subclasses, then itself. */
export function instanceClassesOf(className: string): readonly string[] {
  const children = Object.values(classes).filter(({ parent }) => parent === className);
  return [...children.flatMap(({ name }) => instanceClassesOf(name)), className];
}
