import type { DiscoveredMachine, FeatureState, FirmwareInfo, GeneralInfo } from '@amtkit/core';
import { describe, expect, it } from 'vitest';
import { type Finding, findingsOf, type Sight } from './findings.ts';

const pong: DiscoveredMachine = {
  address: '10.0.0.1',
  dualPorts: false,
  state: 'configured',
  via: 'rmcp',
  roundTripMs: 1,
};
const firmware: FirmwareInfo = {
  version: '12.0.67',
  build: '1',
  product: 'amt',
  uuid: 'a',
  port: 16993,
  tls: true,
  realm: 'r',
};
const general: GeneralInfo = {
  hostName: 'pc',
  domainName: '',
  controlMode: 'admin',
  provisioning: 'post',
  powerSource: 'ac',
};
const features: FeatureState = {
  sol: true,
  ider: true,
  kvm: true,
  listener: true,
  consent: 'none',
  consentChangeable: true,
  kvmInUse: false,
};
const well: Sight = {
  name: 'pc',
  inBook: true,
  pong,
  wsmanPorts: [
    { port: 16992, open: false },
    { port: 16993, open: true },
  ],
  redirectionPorts: [
    { port: 16994, open: false },
    { port: 16995, open: true },
  ],
  firmware,
  expectedUuid: 'a',
  certificate: { protocol: 'TLSv1.2', validTo: new Date('2040-01-01'), fingerprint: 'AA' },
  general,
  features,
  consent: 'not-started',
  clockOffset: 2,
  unread: [],
  now: new Date('2030-01-01'),
};

const { firmware: _firmware, ...locked } = well;

/** What is different, and what must be found then. */
const table: [string, Sight, Pick<Finding, 'check' | 'status'> & { fix?: RegExp }][] = [
  ['no answer to pings', { ...well, pong: undefined }, { check: 'ping', status: 'note', fix: /--rmcp-ping on/ }],
  [
    'not set up',
    { ...well, pong: { ...pong, state: 'not-configured' } },
    { check: 'ping', status: 'broken', fix: /MEBx/ },
  ],
  ['no port open', { ...locked, wsmanPorts: [{ port: 16992, open: false }] }, { check: 'ports', status: 'broken' }],
  [
    'refused log-in',
    { ...locked, failure: { code: 'AUTHENTICATION_FAILED', message: 'Refused.' } },
    { check: 'login', status: 'broken', fix: /amt edit pc/ },
  ],
  [
    'refused log-in at an address',
    { ...locked, inBook: false, failure: { code: 'AUTHENTICATION_FAILED', message: 'Refused.' } },
    { check: 'login', status: 'broken', fix: /^Give .*--password-stdin/ },
  ],
  [
    'locked account',
    { ...locked, failure: { code: 'AUTHENTICATION_FAILED', message: 'Locked.', lockedUntil: '2030-01-01T00:01:00Z' } },
    { check: 'login', status: 'broken', fix: /^Wait until 2030-01-01T00:01:00Z/ },
  ],
  [
    'changed certificate',
    { ...locked, failure: { code: 'UNTRUSTED', message: 'Changed.', hint: 'amt trust pc' } },
    { check: 'tls', status: 'broken', fix: /amt trust pc/ },
  ],
  [
    'another machine',
    { ...locked, stranger: true, failure: { code: 'UNTRUSTED', message: 'Another UUID.' } },
    { check: 'identity', status: 'broken', fix: /amt edit pc --host/ },
  ],
  [
    'another realm',
    {
      ...locked,
      expectedUuid: undefined,
      stranger: true,
      failure: { code: 'UNTRUSTED', message: 'Another realm.', hint: 'run: amt trust pc' },
    },
    { check: 'identity', status: 'broken', fix: /amt trust pc/ },
  ],
  [
    'a version with a known hole',
    {
      ...well,
      advice: { installed: '11.6.20.1221', advised: '11.6.27.3264', advisory: 'Open.', url: 'https://a.test' },
    },
    { check: 'version', status: 'broken', fix: /11\.6\.27\.3264 or later; https:/ },
  ],
  ['no TLS', { ...well, certificate: undefined }, { check: 'tls', status: 'note' }],
  [
    'old certificate',
    { ...well, certificate: { protocol: 'TLSv1.2', validTo: new Date('2020-01-01'), fingerprint: 'AA' } },
    { check: 'tls', status: 'note' },
  ],
  [
    'old TLS',
    { ...well, certificate: { protocol: 'TLSv1.1', validTo: new Date('2040-01-01'), fingerprint: 'AA' } },
    { check: 'tls', status: 'note' },
  ],
  ['half set up', { ...well, general: { ...general, provisioning: 'in' } }, { check: 'mode', status: 'broken' }],
  ['client mode', { ...well, general: { ...general, controlMode: 'client' } }, { check: 'mode', status: 'note' }],
  [
    'features off',
    { ...well, features: { ...features, sol: false, kvm: false } },
    { check: 'features', status: 'note', fix: /--sol on --kvm on/ },
  ],
  [
    'listener off',
    { ...well, features: { ...features, listener: false } },
    { check: 'listener', status: 'note', fix: /--listener on/ },
  ],
  [
    'listener behind a firewall',
    { ...well, redirectionPorts: [{ port: 16995, open: false }] },
    { check: 'listener', status: 'note' },
  ],
  [
    'consent needed',
    { ...well, features: { ...features, consent: 'all' } },
    { check: 'consent', status: 'note', fix: /--consent none/ },
  ],
  ['clock off', { ...well, clockOffset: -300 }, { check: 'clock', status: 'note', fix: /amt time sync pc/ }],
  ['clock wrong', { ...well, clockOffset: 90_000 }, { check: 'clock', status: 'broken', fix: /amt time sync pc/ }],
  ['somebody watches', { ...well, features: { ...features, kvmInUse: true } }, { check: 'sessions', status: 'note' }],
  [
    'the account may not read the log',
    { ...well, unread: [{ what: 'consent', failure: { code: 'WSMAN_FAULT', message: 'AccessDenied.' } }] },
    { check: 'consent', status: 'note' },
  ],
  [
    'one of the readings fails',
    { ...well, unread: [{ what: 'consent', failure: { code: 'TIMED_OUT', message: 'Silent.' } }] },
    { check: 'consent', status: 'broken' },
  ],
];

describe('The doctor', () => {
  it('finds nothing where all is well', () => {
    const findings = findingsOf(well);
    expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual([
      'ping',
      'ports',
      'login',
      'identity',
      'tls',
      'mode',
      'features',
      'listener',
      'consent',
      'clock',
      'sessions',
    ]);
  });

  it.each(table)('finds: %s', (_name, sight, { fix, ...expected }) => {
    const found = findingsOf(sight).find(({ check, status }) => check === expected.check && status !== 'ok');
    expect(found).toMatchObject(expected);
    if (fix !== undefined) expect(found?.fix).toMatch(fix);
  });

  it('has a fix for everything that is broken', () => {
    for (const [name, sight] of table) {
      for (const { status, fix } of findingsOf(sight)) {
        if (status === 'broken' && name !== 'one of the readings fails') expect(fix).toBeDefined();
      }
    }
  });

  it('does not advise to switch pings on where nobody answers at all', () => {
    const dead = { ...locked, pong: undefined, wsmanPorts: [{ port: 16992, open: false }] };
    expect(findingsOf(dead).find(({ check }) => check === 'ping')?.fix).toBeUndefined();
  });

  it('says nothing of what lies behind a closed door', () => {
    const { general: _g, features: _f, clockOffset: _c, consent: _s, certificate: _t, ...outside } = locked;
    const findings = findingsOf({ ...outside, wsmanPorts: [{ port: 16992, open: false }] });
    expect(findings.map(({ check }) => check)).toEqual(['ping', 'ports']);
  });
});
