import { array, defineClass, named, string, uint16 } from '../../class.ts';

/** How the firmware tells home from away. [AMT: AMT_EnvironmentDetectionSettingData.DetectionAlgorithm] */
export const DetectionAlgorithm = { 'Local Domains': 0, 'Remote URLs': 1 } as const;

/** Domains that count as home. Outside them the firmware closes its ports and calls out instead. [AMT: AMT_EnvironmentDetectionSettingData] */
export const AMT_EnvironmentDetectionSettingData = defineClass({
  name: 'AMT_EnvironmentDetectionSettingData',
  properties: {
    DetectionAlgorithm: named(uint16, DetectionAlgorithm),
    DetectionIPv6LocalPrefixes: array(string),
    DetectionStrings: array(string),
    ElementName: string,
    InstanceID: string,
  },
});
