/** Other people's clients, unmodified, and a real guest: one serves its installation, another one presses the key. */
import { needs } from '@amtkit/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { hashOfDisk } from '../support/disk.ts';
import { mediaFor, realGuest } from '../support/real-guest.ts';
import { password } from '../support/scenario.ts';
import { talk } from './amtterm.ts';
import { meshConnect, meshIder, meshStop, ownAddress } from './meshcentral-redirection.ts';

vi.setConfig({ testTimeout: 180_000 });

describe('A real guest', () => {
  it(
    "installs itself from MeshCentral's storage module, and amtterm presses the key that its loader waits for",
    needs('peers', 'qemu', 'amtterm'),
    async (context) => {
      const media = await mediaFor(context);
      await using guest = await realGuest(context, {
        profile: 'amt-7',
        connect: { tls: 'off' },
        // Each command costs 40 ms on loopback: MeshCentral sends its answers in pieces that wait for one another.
        qemu: { clusterBytes: 131_072 },
        host: ownAddress(3),
        ports: { redirection: 16994, redirectionTls: 16995 },
      });
      const { simulator, machine } = guest;
      const mesh = meshConnect(meshIder({ cd: media.press }, 0), simulator, { tls: false, password });
      await expect.poll(() => simulator.received.messages('DisableEnableFeatures').length).toBe(1);
      const amtterm = await talk(simulator, password);
      await amtterm.until(/serial-over-lan redirection ok/);
      await machine.boot.once('ider-cd', { now: true });
      await amtterm.until(/Press Enter or space/);
      amtterm.type(' ');
      await amtterm.until(new RegExp(`amtkit-installer: sha256 ${media.image.sha256}`));
      await simulator.firmware.until(({ power }) => power === 'off');
      expect(await hashOfDisk(guest.disk, media.image.bytes)).toBe(media.image.sha256);
      meshStop(mesh);
    },
  );
});
