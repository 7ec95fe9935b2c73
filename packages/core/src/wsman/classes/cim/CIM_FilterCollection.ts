import { defineClass, string } from '../../class.ts';

/** A group of alerts that can be subscribed to. [AMT: CIM_FilterCollection] */
export const CIM_FilterCollection = defineClass({
  name: 'CIM_FilterCollection',
  properties: { CollectionName: string, ElementName: string, InstanceID: string },
});
