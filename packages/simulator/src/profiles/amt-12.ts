/** Intel AMT 12.0 of 2018: plain and TLS 1.2. The instances are written for it, so it changes nothing. */
import type { Profile, Quirks } from './profile.ts';

/** What 12.0 does; the other profiles say where they differ. */
const quirks: Quirks = {
  serverHeader: 'full',
  contentType: 'application/soap+xml; charset=UTF-8',
  frameOptions: true,
  qop: ['auth'],
  nonceSeconds: 900,
  nonceUses: 0,
  saysStale: true,
  lockoutAfter: 10,
  lockoutScope: 'all',
  maxConnections: { plain: 5, tls: 4 },
  closesAfterFault: false,
  missingRealm: 400,
  wrongMethod: 405,
  identifyNeedsLogin: true,
  getOfMany: 'fault',
  pullCharacters: 40_000,
  oneEnumeration: false,
  contextSeconds: 60,
  rmcpAck: false,
  dashBit: true,
  busyWhileBootingSeconds: 0,
  listedWhileOff: [2],
  sessionsBlockGraceful: false,
  queuesRefusedPower: false,
  lms: true,
  modernStandby: false,
  savingStateWhileOff: false,
  bootNeedsRole: true,
  consentMissing: 'AccessDenied',
  wrongCode: 2066,
  consentSurvivesReset: true,
  consentTries: { codes: 3, requests: 3 },
  lockedOff: [],
  port5900: true,
  eventsPerReply: 390,
  auditPerReply: 10,
  clockSkewSeconds: 0,
  tlsRestartSeconds: 5,
  recoveryNeedsTls: true,
};

/** The default. */
export const amt12: Profile = {
  name: 'amt-12',
  version: '12.0.67',
  build: '1579',
  product: 'Active Management Technology',
  sku: 16392,
  tls: {
    min: 'TLSv1.2',
    max: 'TLSv1.2',
    ciphers:
      'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA:AES128-SHA',
  },
  plain: true,
  powerCodes: [2, 4, 5, 7, 8, 10, 11, 12, 14],
  recovery: [],
  // From 15 on. UNCERTAIN.
  absent: ['CIM_Battery'],
  changes: {},
  instances: {},
  quirks,
};
