import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InvalidBook } from '../../errors.ts';
import { definePlugin, type OptionsSchema, type Plugin } from '../plugin.ts';
import { pluginOptions } from './options.ts';

const options = z.strictObject({
  url: z.url().default('https://example.test'),
  minutes: z.number().min(5).max(60).optional(),
  mode: z.enum(['soft', 'hard']).optional(),
  token: z.string().min(8).optional(),
  rooms: z.array(z.strictObject({ name: z.string() })).default([]),
});
const plugin = definePlugin<unknown>({ name: 'quiet', options });
const place = { file: '/home/me/amtkit.yaml', key: 'plugins[2].options' };

describe('Options of a plugin', () => {
  it('are what the schema makes of them', async () => {
    expect(await pluginOptions(plugin, { minutes: 7 })).toEqual({
      url: 'https://example.test',
      minutes: 7,
      rooms: [],
    });
    expect(await pluginOptions(plugin, undefined)).toMatchObject({ rooms: [] });
    expect(await pluginOptions(definePlugin({ name: 'none' }) as Plugin, {})).toEqual({});
  });

  it.each([
    [{ minutes: 'x' }, 'plugins[2].options.minutes', 'must be a number, not text'],
    [{ minutes: 2 }, 'plugins[2].options.minutes', 'must be at least 5'],
    [{ minutes: 200 }, 'plugins[2].options.minutes', 'must be at most 60'],
    [{ mode: 'loud' }, 'plugins[2].options.mode', 'must be soft or hard'],
    [{ url: 'nowhere' }, 'plugins[2].options.url', 'must be a URL'],
    [{ token: 'hunter2' }, 'plugins[2].options.token', 'must have at least 8 characters'],
    [{ minuets: 7 }, 'plugins[2].options.minuets', 'is not known'],
    [{ rooms: [{ name: 'a' }, {}] }, 'plugins[2].options.rooms[1].name', 'is missing'],
    [{ rooms: [{ name: 'a', size: 2 }] }, 'plugins[2].options.rooms[0].size', 'is not known'],
    ['text', 'plugins[2].options', 'must be a mapping, not text'],
  ])('%j are refused with a sentence that names the key and not the value', async (given, key, text) => {
    const failure = await pluginOptions(plugin, given, place).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidBook);
    expect(failure).toMatchObject({
      key,
      file: place.file,
      message: `/home/me/amtkit.yaml: ${key} of the plugin quiet ${text}.`,
    });
    expect(String((failure as Error).message)).not.toContain('hunter2');
  });

  it('with several things wrong are told of all at once', async () => {
    await expect(pluginOptions(plugin, { minutes: 2, mode: 'loud' })).rejects.toMatchObject({
      hint: 'Also: options.mode of the plugin quiet must be soft or hard.',
    });
  });

  it('where a plugin takes none are not known', async () => {
    await expect(pluginOptions(definePlugin({ name: 'none' }) as Plugin, { a: 1 }, place)).rejects.toThrow(
      'plugins[2].options.a of the plugin none is not known: the plugin takes no options.',
    );
  });

  it('may have a schema of any library that keeps to the Standard Schema', async () => {
    const schema = (validate: OptionsSchema<unknown>['~standard']['validate']): Plugin =>
      definePlugin<unknown>({ name: 'other', options: { '~standard': { version: 1, vendor: 'other', validate } } });
    expect(
      await pluginOptions(
        schema(async (value) => ({ value: { ...(value as object), b: 2 } })),
        { a: 1 },
      ),
    ).toEqual({
      a: 1,
      b: 2,
    });
    const issue = { message: 'Expected a number.', path: [{ key: 'rooms' }, 0, 'size'] };
    await expect(
      pluginOptions(
        schema(() => ({ issues: [issue] })),
        {},
      ),
    ).rejects.toMatchObject({
      key: 'options.rooms[0].size',
      message: 'options.rooms[0].size of the plugin other: Expected a number.',
    });
    const broken = schema(() => {
      throw new Error('no schema at all');
    });
    await expect(pluginOptions(broken, {})).rejects.toThrow(
      'options of the plugin other cannot be checked: no schema at all.',
    );
  });
});
