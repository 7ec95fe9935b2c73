import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidBook } from '@amtkit/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertSettingsOf } from './alerts.ts';
import { settingsOf } from './config.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-alerts-'));
  await writeFile(join(folder, 'cert.pem'), 'a certificate');
  await writeFile(join(folder, 'key.pem'), 'a key');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const settings = (alerts: Parameters<typeof settingsOf>[2], pollSeconds = 30) =>
  alertSettingsOf(settingsOf(undefined, { pollSeconds }, alerts));

describe('What the settings say of alerts', () => {
  it('is nothing where they are off', async () => {
    expect(await settings({ enabled: false })).toBeUndefined();
  });

  it('is where to listen, and with which certificate', async () => {
    const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    expect(await settings({ listen: '0.0.0.0', advertise: 'bridge.lan', ...files })).toMatchObject({
      listen: { host: '0.0.0.0', port: 16_999 },
      advertise: 'bridge.lan',
      tls: { cert: 'a certificate', key: 'a key' },
    });
    expect(await settings({ petPort: 162 })).toMatchObject({ listen: undefined, tls: undefined, petPort: 162 });
  });

  it('is to look at logs half as often as machines are polled, and every minute at most', async () => {
    expect((await settings({}))?.patience?.tailMs).toBe(60_000);
    expect((await settings({}, 300))?.patience?.tailMs).toBe(600_000);
  });

  it('is a mistake where a file cannot be read', async () => {
    const missing = settings({ listen: '0.0.0.0', cert: join(folder, 'cert.pem'), key: join(folder, 'no.pem') });
    await expect(missing).rejects.toThrow(InvalidBook);
    await expect(missing).rejects.toMatchObject({
      key: 'bridge.alerts.key',
      message: expect.stringContaining('ENOENT'),
    });
  });
});
