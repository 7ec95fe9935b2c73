import { describe, expect, it } from 'vitest';
import { ConnectFailed, TimedOut, Untrusted } from '../errors.ts';
import type { FirmwareInfo, Machine } from '../machine/machine.ts';
import { createContact } from './contact.ts';

const firmware: FirmwareInfo = { version: '', build: '', product: 'amt', port: 16992, tls: false, realm: '' };
const events = { reached: () => {}, identified: () => {}, missed: () => {} };

function contactTo(busy: () => boolean) {
  let [connections, closed] = [0, 0];
  const contact = createContact(
    async () => {
      connections++;
      const close = async () => void closed++;
      return { firmware, close } as unknown as Machine;
    },
    events,
    busy,
  );
  const failing = (error: Error) => contact.use(() => Promise.reject(error), undefined).catch(() => {});
  return { contact, failing, counts: () => ({ connections, closed }) };
}

describe('A contact', () => {
  it('makes its connection anew after it found nobody', async () => {
    const { contact, failing, counts } = contactTo(() => false);
    await failing(new TimedOut('silent'));
    await contact.lend(undefined);
    expect(counts()).toEqual({ connections: 2, closed: 1 });
  });

  it('keeps it while drives are lent over it: they would end with it', async () => {
    const { contact, failing, counts } = contactTo(() => true);
    await failing(new TimedOut('silent'));
    await failing(new ConnectFailed('gone'));
    expect(contact).toMatchObject({ reachability: 'offline', misses: 2 });
    await contact.use(async () => {}, undefined);
    expect(contact.reachability).toBe('online');
    expect(counts()).toEqual({ connections: 1, closed: 0 });
  });

  it('ends it all the same when the certificate is another one', async () => {
    const { contact, failing, counts } = contactTo(() => true);
    await failing(new Untrusted('another one'));
    await contact.lend(undefined);
    expect(counts()).toEqual({ connections: 2, closed: 1 });
  });
});
