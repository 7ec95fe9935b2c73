import { expect, test } from 'vitest';
import { type BrokerPlan, brokerPlan, risksOf, secretsOf, settingsOf } from './config.ts';

const users = new Map([['eve', { password: 'eves-own', publish: ['#'], subscribe: ['#'] }]]);
const tls = { cert: 'cert.pem', key: 'key.pem' };

test.each<[string, BrokerPlan, RegExp | undefined]>([
  ['on loopback', { kind: 'embedded', options: { listen: '127.0.0.1', port: 1883, users: new Map() } }, undefined],
  ['without TLS', { kind: 'embedded', options: { listen: '0.0.0.0', port: 1883, users } }, /passwords travel in clear/],
  ['with TLS', { kind: 'embedded', options: { listen: '0.0.0.0', port: 8883, users, tls } }, undefined],
  ['elsewhere', { kind: 'external', access: { url: 'mqtts://broker' } }, undefined],
  [
    'elsewhere, unchecked',
    { kind: 'external', access: { url: 'mqtts://broker', rejectUnauthorized: false } },
    /anybody may pretend/,
  ],
])('a broker %s is warned of where it should be', (_where, plan, warning) => {
  const risks = [...risksOf(plan)];
  expect(risks).toHaveLength(warning === undefined ? 0 : 1);
  if (warning !== undefined) expect(risks[0]).toMatch(warning);
});

test('the passwords of a plan are those that no log may show', async () => {
  const external = await brokerPlan(settingsOf(undefined), undefined, 'mqtt://eve:P%40ss@broker:1883');
  expect(external).toEqual({
    kind: 'external',
    access: { url: 'mqtt://broker:1883', user: 'eve', password: 'P@ss' },
  });
  expect([...secretsOf(external)]).toEqual(['P@ss']);
  expect([...secretsOf({ kind: 'embedded', options: { listen: '::1', port: 0, users } })]).toEqual(['eves-own']);
});
