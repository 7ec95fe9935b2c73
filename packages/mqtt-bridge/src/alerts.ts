/** How the bridge's fleet learns of what happens at machines, after its settings. */
import { readFile } from 'node:fs/promises';
import { InvalidBook } from '@amtkit/core';
import type { AlertSettings, BridgeSettings } from '@amtkit/core/automation';

/** Milliseconds between two looks at an event log, at least. */
const TAIL_MS = 60_000;

/** What the fleet is told; nothing where alerts are switched off. @throws InvalidBook where a file cannot be read */
export async function alertSettingsOf({ alerts, pollSeconds }: BridgeSettings): Promise<AlertSettings | undefined> {
  const { enabled, listen, port, advertise, cert, key, login, petPort } = alerts;
  if (!enabled) return undefined;
  const tls =
    cert === undefined || key === undefined
      ? undefined
      : { cert: await read('cert', cert), key: await read('key', key) };
  return {
    listen: listen === undefined ? undefined : { host: listen, port },
    advertise,
    tls,
    login,
    petPort,
    // Many machines are polled seldom, and their logs are looked at seldom, too.
    patience: { tailMs: Math.max(TAIL_MS, 2 * pollSeconds * 1000) },
  };
}

async function read(key: 'cert' | 'key', file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InvalidBook(`The alert listener cannot read ${file}: ${code}.`, {
      key: `bridge.alerts.${key}`,
      hint: 'It takes files in PEM that the bridge may read.',
      cause: error,
    });
  }
}
