/** Who may do what: which realms each class belongs to. [AMT: User Management] */
import type { Call } from './behavior.ts';
import { PT_ADMINISTRATION } from './state.ts';

/** Whether the account of a call has a realm that permits it. Reading general information is everybody's. */
export function mayUse({ account, className, action }: Pick<Call, 'account' | 'className' | 'action'>): boolean {
  if (account.realms.includes(PT_ADMINISTRATION)) return true;
  const entry = REALMS.find(([pattern]) => pattern.test(className));
  if (entry === undefined) return false;
  const [, read, write = read] = entry;
  const reading = action === 'Get' || action === 'Enumerate';
  return (reading ? read : write).some((realm) => account.realms.includes(realm));
}

/** Whether the account may open redirection sessions. [AMT: User Management] */
export function mayRedirect({ realms }: Pick<Call['account'], 'realms'>): boolean {
  return realms.includes(PT_ADMINISTRATION) || realms.includes(Realm.redirection);
}

const Realm = {
  redirection: 2,
  hardwareAsset: 4,
  remoteControl: 5,
  eventManager: 7,
  networkTime: 12,
  generalInfo: 13,
  eventLogReader: 19,
  auditLog: 20,
  accounts: 21,
} as const;

const ALL = [2, 4, 5, 7, 12, 13, 19, 20, 21];
const NOBODY: readonly number[] = [];

/** Patterns of class names, realms that may read, and those that may write or invoke where they are others. */
const REALMS: readonly (readonly [RegExp, readonly number[], (readonly number[])?])[] = [
  [/^AMT_AuditLog$/, [Realm.auditLog]],
  [/^AMT_MessageLog$/, [Realm.eventLogReader, Realm.eventManager]],
  [
    /^(CIM_FilterCollection(Subscription)?|CIM_ListenerDestinationWSManagement|AMT_SNMPEventSubscriber|AMT_PETFilterSetting)$/,
    [Realm.eventManager, Realm.generalInfo],
    [Realm.eventManager],
  ],
  [/^AMT_AuthorizationService$/, [Realm.accounts, Realm.generalInfo], [Realm.accounts]],
  [/^AMT_TimeSynchronizationService$/, [Realm.networkTime, Realm.generalInfo], [Realm.networkTime]],
  [
    /^(CIM_BootConfigSetting|CIM_BootService|CIM_BootSourceSetting|AMT_Boot\w+|IPS_HostBootReason)$/,
    [Realm.remoteControl, Realm.generalInfo],
    [Realm.remoteControl],
  ],
  [
    /^(CIM_AssociatedPowerManagementService|CIM_PowerManagement\w+|IPS_PowerManagementService|CIM_ServiceAvailableToElement)$/,
    [Realm.remoteControl, Realm.generalInfo],
    [Realm.remoteControl],
  ],
  [
    /^(AMT_RedirectionService|CIM_KVMRedirectionSAP|CIM_RedirectionService|IPS_KVMRedirectionSettingData|IPS_OptInService|IPS_S(creenSettingData|ecIOService))$/,
    [Realm.redirection, Realm.generalInfo],
    [Realm.redirection],
  ],
  [
    /^CIM_(Chassis|Card|Chip|Processor|PhysicalMemory|MediaAccessDevice|PhysicalPackage|BIOSElement|BIOSFeature|Battery|Fan|Sensor|ComputerSystem|ComputerSystemPackage|SystemPackaging)$/,
    [Realm.hardwareAsset, Realm.generalInfo],
    NOBODY,
  ],
  [
    /^(AMT_GeneralSettings|CIM_SoftwareIdentity|AMT_SetupAndConfigurationService|IPS_HostBasedSetupService)$/,
    ALL,
    NOBODY,
  ],
  [/./, [Realm.generalInfo], NOBODY],
];
