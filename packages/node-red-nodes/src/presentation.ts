/** What Node-RED's editor calls things, by id: its own taste, where the table's titles do not suit a palette. */
import type { Capability, CapabilityId } from '@amtkit/core/automation';

/** What an entry is called, where its title is not enough. */
const LABELS: Partial<Record<CapabilityId, string>> = {
  'power.switch': 'Power, on or off',
  'boot.next': 'Next boot, by name',
  'screen.shot': 'Picture of the screen',
};

/** Headings of areas. An area of a plugin has its own name. */
const AREAS: Readonly<Record<string, string>> = {
  power: 'Power',
  boot: 'Boot',
  consent: 'Consent',
  media: 'Media',
  reimage: 'Reimage',
  screen: 'Screen',
  features: 'Remote control',
  hw: 'Hardware',
  log: 'Logs',
  net: 'Network',
  user: 'Accounts',
  time: 'Clock',
  alarm: 'Alarm clock',
  alert: 'Alerts',
  cert: 'Certificates',
  tls: 'TLS',
  wifi: 'Wireless',
};

/** What a capability is called in lists. */
export function labelOf({ id, title }: Capability): string {
  return LABELS[id as CapabilityId] ?? title;
}

/** What stands above an area's entries. */
export function areaTitle(area: string): string {
  return AREAS[area] ?? area;
}
