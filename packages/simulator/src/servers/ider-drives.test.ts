/** What firmware finds in the drives a console lends, and how it notices that it changed. */
import { describe, expect, test } from 'vitest';
import { data, FieldConsole, image, lend, NO_INPUT, NOW, OPEN, opcodes, SENSE } from '../testing/field-console.ts';
import { desk, settled } from '../testing/redirection.ts';

describe('looking what is there', () => {
  test.each<[string, readonly string[], string[]]>([
    ['2 GiB, computed wrongly', ['ff ef ff ff 00 00 08 00'], []],
    ['4 GiB, computed wrongly', ['ff ff ff ff 00 00 08 00'], []],
    ['blocks of no length', ['00 00 00 ff 00 00 00 00'], []],
    ['a size of 8 TiB less a little', ['ff df ff ff 00 00 08 00'], ['cd 4292870144×2048']],
  ])('at %s', async (_, [capacity = ''], inserted) => {
    const made = await desk({ quirks: { iderPollSeconds: 0 } });
    const console = await made.enter('ider');
    const field = new FieldConsole(console, 'right', { cd: new Uint8Array(2048) });
    const answer = `${data('b0', 8).slice(0, 34 * 3)}${capacity}`;
    field.instead.push((cdb) => (cdb[0] === 0x25 ? [answer] : undefined));
    await console.say(OPEN, NOW);
    for (let i = 0; i < 20; i++) {
      made.clock.advance(20);
      await field.answer();
    }
    expect(made.pc.inserted).toEqual(inserted);
    expect(console.ended).toBe(false);
    expect(made.simulator.received.nonsense).toHaveLength(inserted.length === 0 ? 1 : 0);
  });

  test('waits for a drive that is getting ready, not for ever', async () => {
    const made = await desk({ quirks: { iderPollSeconds: 0 } });
    const console = await made.enter('ider');
    const field = new FieldConsole(console, 'right', { cd: image(2048) });
    const becoming = ['51 00 00 02 09 00 00 00', NO_INPUT, SENSE('b0', '02 04 01')].join(' ');
    for (let i = 0; i < 2; i++) field.instead.push(() => [becoming]);
    await console.say(OPEN, NOW);
    const times: number[] = [];
    for (let ms = 0; ms < 2000; ms += 20) {
      made.clock.advance(20);
      const before = field.asked.length;
      await field.answer();
      if (field.asked.slice(before).some((each) => each.startsWith('b000'))) times.push(ms);
    }
    expect(made.pc.inserted).toEqual(['cd 1×2048']);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(480);
  });

  test('ends with the session even while it waits', async () => {
    const made = await desk({ quirks: { iderPollSeconds: 0 } });
    const console = await made.enter('ider');
    const field = new FieldConsole(console, 'right', {});
    field.instead.push(() => [['51 00 00 02 09 00 00 00', NO_INPUT, SENSE('b0', '02 04 01')].join(' ')]);
    await console.say(OPEN, NOW);
    for (let i = 0; i < 4; i++) {
      made.clock.advance(20);
      await field.answer();
    }
    await made.simulator.close();
    expect(made.pc.inserted).toEqual([]);
  });

  test('is done again and again, so that another medium is noticed', async () => {
    const made = await lend({ cd: image(4 * 2048) }, 'right', { quirks: { iderPollSeconds: 2 } });
    const pass = async (ms: number) => {
      for (let at = 0; at < ms; at += 100) {
        made.clock.advance(100);
        await made.field.answer();
      }
    };
    expect(made.pc.inserted).toEqual(['cd 4×2048']);
    const old = made.pc.media.cd;
    made.field.lent = {};
    await pass(2500);
    expect(made.pc.inserted.slice(1)).toEqual(['cd out']);
    made.field.lent = { cd: image(8 * 2048) };
    await pass(2500);
    expect(made.pc.inserted.slice(2)).toEqual(['cd 8×2048']);
    made.field.lent = { cd: image(9 * 2048) };
    made.field.instead.push((cdb) =>
      cdb[0] === 0 ? [['51 00 00 02 09 00 00 00', NO_INPUT, SENSE('b0', '06 28 00')].join(' ')] : undefined,
    );
    await pass(2500);
    expect(made.pc.inserted.slice(3)).toEqual(['cd out', 'cd 9×2048']);
    // What the PC still holds of the first one is not answered from the last one.
    await expect(old?.read(0, 1)).rejects.toMatchObject({ sense: [2, 0x3a, 0] });
  });

  test('does not trouble the console while the PC is off', async () => {
    const made = await lend({ cd: image(2048) }, 'right', { quirks: { iderPollSeconds: 2 } });
    made.pc.tell({ kind: 'power', power: 'off' });
    await settled();
    const before = opcodes(made).length;
    for (let i = 0; i < 50; i++) {
      made.clock.advance(100);
      await made.field.answer();
    }
    expect(opcodes(made).length).toBe(before);
  });
});
