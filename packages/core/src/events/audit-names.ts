/** Names of what the audit log records: the firmware's applications and their events, by number. [AMT: Access Monitor] */

/** Name of an application, such as `Remote control`. */
export function auditApplication(application: number): string {
  return APPLICATIONS[application]?.name ?? `Application ${application}`;
}

/** Name of an event of an application, such as `Performed reset`. */
export function auditEvent(application: number, event: number): string {
  return APPLICATIONS[application]?.events[event] ?? `Event ${event}`;
}

interface Application {
  readonly name: string;
  /** By number, from 0. */
  readonly events: readonly string[];
}

const APPLICATIONS: Readonly<Record<number, Application>> = {
  16: {
    name: 'Security admin',
    events: [
      'Provisioning started',
      'Provisioning completed',
      'Account added',
      'Account changed',
      'Account removed',
      'Access with wrong credentials',
      'Account enabled or disabled',
      'TLS state changed',
      'TLS server certificate set',
      'TLS server certificate removed',
      'Trusted root certificate added',
      'Trusted root certificate removed',
      'TLS pre-shared key set',
      'Kerberos settings changed',
      'Kerberos main key changed',
      'Flash wear-out counters reset',
      'Power package changed',
      'Realm authentication mode set',
      'Upgraded from client to admin control mode',
      'Unprovisioning started',
    ],
  },
  17: {
    name: 'Remote control',
    events: [
      'Performed power up',
      'Performed power down',
      'Performed power cycle',
      'Performed reset',
      'Set boot options',
      'Graceful power down initiated',
      'Graceful reset initiated',
      'Standby initiated',
      'Hibernate initiated',
      'NMI initiated',
    ],
  },
  18: {
    name: 'Redirection',
    events: [
      'IDE-R session opened',
      'IDE-R session closed',
      'IDE-R enabled',
      'IDE-R disabled',
      'SOL session opened',
      'SOL session closed',
      'SOL enabled',
      'SOL disabled',
      'KVM session started',
      'KVM session ended',
      'KVM enabled',
      'KVM disabled',
      'VNC password failed three times',
    ],
  },
  19: { name: 'Firmware update', events: ['Firmware updated', 'Firmware update failed'] },
  20: {
    name: 'Audit log',
    events: ['Log cleared', 'Policy changed', 'Log disabled', 'Log enabled', 'Log exported', 'Log recovered'],
  },
  21: { name: 'Network time', events: ['Time set'] },
  22: {
    name: 'Network administration',
    events: [
      'TCP/IP parameters set',
      'Host name set',
      'Domain name set',
      'VLAN parameters set',
      'Link policy set',
      'IPv6 parameters set',
    ],
  },
  23: {
    name: 'Storage administration',
    events: [
      'Global storage attributes set',
      'Storage access list changed',
      'Storage partner list changed',
      'Storage written',
    ],
  },
  24: {
    name: 'Event manager',
    events: ['Alert subscribed', 'Alert unsubscribed', 'Event log cleared', 'Event log frozen'],
  },
  25: {
    name: 'System defence',
    events: [
      'Filter added',
      'Filter removed',
      'Policy added',
      'Policy removed',
      'Default policy set',
      'Heuristics option set',
      'Heuristics state cleared',
    ],
  },
  26: { name: 'Agent presence', events: ['Watchdog added', 'Watchdog removed', 'Watchdog action set'] },
  27: {
    name: 'Wireless configuration',
    events: [
      'Profile added',
      'Profile removed',
      'Profile updated',
      'Profile synchronization changed',
      'Link preference changed',
      'Profile sharing with UEFI changed',
    ],
  },
  28: {
    name: 'Endpoint access control',
    events: ['Posture signer set', 'Enabled', 'Disabled', 'Posture state', 'Options set'],
  },
  29: {
    name: 'KVM',
    events: ['Consent required', 'Consent no longer required', 'Password changed', 'Consent given', 'Consent failed'],
  },
  30: { name: 'User consent', events: ['Policy changed', 'Consent code sent', 'Request blocked'] },
  32: { name: 'Screen blanking', events: [] },
  33: { name: 'Watchdog', events: ['Event 0', 'Action settings changed', 'Action connected to a watchdog changed'] },
};
