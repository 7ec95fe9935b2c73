/** Every WS-Man class against its instance of the virtual machine, and against recordings of real firmware. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { needs } from '@amtkit/core/testing';
import {
  type ClassDefinition,
  classes,
  classNameOf,
  decodeFault,
  decodeFields,
  decodeInstance,
  decodeMessage,
  elementOf,
  encodeField,
  encodeFields,
  type Fields,
  listOf,
  parseXml,
  type ValueType,
  type XmlObject,
  type XmlValue,
} from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';

const folder = join(import.meta.dirname, 'instances');
const definitions = Object.values(classes);
/** Only subclasses of these have instances. */
const abstract = new Set(definitions.flatMap(({ parent }) => parent ?? []));

describe('the virtual machine', () => {
  test.each(definitions.filter(({ name }) => !abstract.has(name) || name === 'CIM_PhysicalPackage'))(
    '$name decodes its instances and encodes them the same',
    (definition) => {
      for (const raw of instancesOf(definition.name)) {
        const { losses, kept } = compare(definition.properties, raw, definition.name);
        expect(losses).toEqual([]);
        expect(kept).toBe(0);
        expect(decodeInstance(definition, definition.name, raw).raw).toBe(raw);
      }
    },
  );

  test.each(readdirSync(folder))('%s is of a known class, with its properties in ASCII order', (file) => {
    const name = file.replace('.xml', '');
    expect(classes[name]).toBeDefined();
    for (const raw of instancesOf(name)) {
      expect(Object.keys(raw)).toEqual(Object.keys(raw).sort());
    }
  });

  test('points only to instances that are there', () => {
    for (const { name, properties } of definitions) {
      for (const raw of instancesOf(name)) {
        for (const value of Object.values(decodeFields(properties, raw, name))) {
          if (typeof value !== 'object' || value === null || !('selectors' in value)) continue;
          const { className, selectors } = value as { className: string; selectors: Record<string, string> };
          expect(instancesOf(className)).toContainEqual(expect.objectContaining(selectors));
        }
      }
    }
  });
});

describe('what is written can be read again', () => {
  test.each(definitions)('$name: properties, inputs and outputs', (definition) => {
    const { properties, methods = {}, name } = definition;
    const sets: Fields[] = [properties, ...Object.values(methods).flatMap(({ input, output }) => [input, output])];
    for (const fields of sets) {
      const values = Object.fromEntries(Object.entries(fields).map(([key, type]) => [key, sample(type)]));
      const element = elementOf(parseXml(`<r:x xmlns:r="r">${encodeFields(fields, values, name)}</r:x>`).x);
      expect(decodeFields(fields, element, name)).toEqual(values);
    }
  });

  test.each(definitions.filter(({ readOnly }) => readOnly !== undefined))(
    '$name refuses only what it has',
    (definition) => {
      for (const property of definition.readOnly ?? []) expect(definition.properties).toHaveProperty(property);
    },
  );
});

describe('recordings of real firmware', needs('corpus'), () => {
  /** Recordings whose authors put a word where base64 belongs; they must be refused. */
  const placeholders = [
    'amt/publickey/management/generatepkcs10requestex.xml',
    'amt/setupandconfiguration/getuuid-bad.xml',
  ];
  const corpus = process.env.AMTKIT_CORPUS ?? '';

  test('all parse, and those of our classes decode without loss', () => {
    let parsed = 0;
    let decoded = 0;
    let kept = 0;
    const lost: string[] = [];
    const refused: string[] = [];
    for (const file of recordings(corpus)) {
      // Some were saved with a blank line before the XML declaration.
      const message = decodeMessage(readFileSync(join(corpus, file), 'utf8').trimStart());
      parsed++;
      const parts = partsOf(message);
      if (parts.length > 0) decoded++;
      for (const { where, fields, element } of parts) {
        try {
          const result = compare(fields, element, where);
          kept += result.kept;
          lost.push(...result.losses.map((loss) => `${file}: ${loss}`));
        } catch (error) {
          if (!placeholders.includes(file)) throw error;
          expect(String(error)).toContain('ought to be base64');
          refused.push(file);
          decoded--;
        }
      }
    }
    console.log(
      `${parsed} parsed, ${decoded} decoded, ${lost.length} lost ` +
        `(${kept} properties kept as text, ${refused.length} placeholders refused)`,
    );
    expect(lost).toEqual([]);
    expect(refused).toEqual(placeholders);
    expect(parsed).toBe(297);
    expect(decoded).toBeGreaterThanOrEqual(190);
  });

  test.each([
    ['mps_200_CIM_Card_get', 200, 'CIM_Card'],
    ['mps_200_CIM_ComputerSystemPackage_get', 200, 'CIM_ComputerSystemPackage'],
    ['mps_200_CIM_SoftwareIdentity_enumerate', 200, 'EnumerateResponse'],
    ['rps_response200Good', 200, 'AMT_GeneralSettings'],
    ['rps_400_fault_AlreadyExists', 400, 'Fault'],
  ])('%s comes through HTTP as %i with %s', async (name, status, element) => {
    const { statusCode, body } = await replay(corpus, name);
    expect(statusCode).toBe(status);
    const message = decodeMessage(body);
    expect(Object.keys(message.body)).toEqual([element]);
    for (const { where, fields, element: raw } of partsOf(message)) {
      expect(compare(fields, raw, where).losses).toEqual([]);
    }
    if (element === 'Fault') expect(decodeFault(message.body)).toMatchObject({ name: 'AlreadyExists' });
  });

  test('a reply cut off by its connection is no reply', async () => {
    await expect(replay(corpus, 'rps_response200Incomplete')).rejects.toThrow();
  });

  test('a reply whose XML is cut off is refused', async () => {
    const { body } = await replay(corpus, 'rps_response200BadWsmanXML');
    expect(() => decodeMessage(body)).toThrow('malformed');
  });

  test.each([
    ['rps_response401', 401],
    ['rps_response400', 400],
  ])('%s is %i with a page, which is no message', async (name, status) => {
    const { statusCode, body } = await replay(corpus, name);
    expect(statusCode).toBe(status);
    expect(() => decodeMessage(body)).toThrow('DOCTYPE');
  });

  test.each([
    ['go_fault_DestinationUnreachable', 'DestinationUnreachable'],
    ['meshcentral_event_CIM_AlertIndication', undefined],
  ])('%s is a message', (name, fault) => {
    const message = decodeMessage(readFileSync(join(corpus, 'http-raw', `${name}.xml`), 'utf8'));
    expect(decodeFault(message.body)?.name).toBe(fault);
  });
});

/** Instances of one class as they stand in its file. */
function instancesOf(name: string): readonly XmlObject[] {
  const file = `${name}.xml`;
  if (!readdirSync(folder).includes(file)) return [];
  const root = parseXml(readFileSync(join(folder, file), 'utf8'));
  return listOf((root.instances === undefined ? root : elementOf(root.instances))[name]).map(elementOf);
}

/** What of an element survives decoding and encoding: `losses` names what does not, `kept` counts what we do not list. */
function compare(fields: Fields, element: XmlObject, where: string) {
  const decoded = decodeFields(fields, element, where);
  const losses: string[] = [];
  let kept = 0;
  for (const [name, raw] of Object.entries(element)) {
    if (name.startsWith('@') || name === '#text') continue;
    const type = fields[name];
    if (type === undefined) {
      kept++;
      continue;
    }
    const again = elementOf(parseXml(`<r:x xmlns:r="r">${encodeField(type, name, decoded[name])}</r:x>`).x)[name];
    const [before, after] = [canonical(raw), again === undefined ? undefined : canonical(again)].map((value) =>
      JSON.stringify(value),
    );
    if (before !== after) losses.push(`${where}.${name} was ${before} and became ${after}`);
  }
  return { losses, kept };
}

/** A value without what does not count: prefixes, addresses of references, the order of selectors, white space. */
function canonical(value: XmlValue): unknown {
  if (typeof value === 'string') return value.trim();
  if (Array.isArray(value)) return value.map(canonical);
  const element = value as XmlObject;
  const inner = element.Datetime ?? element.Interval;
  if (inner !== undefined) return canonical(inner);
  if (element.Selector !== undefined) {
    return listOf(element.Selector)
      .map((selector) => canonical(selector))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  const entries = Object.entries(element)
    .filter(([name]) => name === '@Name' || (!name.startsWith('@') && name !== 'Address'))
    .map(([name, each]) => [name, canonical(each)] as const)
    .filter(([, each]) => each !== '');
  if (entries.length === 0) return '';
  return entries.length === 1 && entries[0]?.[0] === '#text' ? entries[0][1] : Object.fromEntries(entries.sort());
}

/** A value that makes use of a type, by the words it uses for itself. */
function sample(type: ValueType<unknown>): unknown {
  if (type.item !== undefined) return [sample(type.item), sample(type.item)];
  const { kind } = type;
  if (kind === 'text') return 'a <b> & "c"';
  if (kind === 'true or false') return true;
  if (kind.startsWith('a whole number')) return Number(kind.match(/\d+$/)?.[0]) - 1;
  if (kind === 'a date and time') return new Date('2030-01-02T03:04:00Z');
  if (kind === 'an interval') return 'P1DT2H3M';
  if (kind === 'base64') return Uint8Array.of(0, 0xff, 0x80, 7);
  if (kind === 'a reference') return { className: 'CIM_ComputerSystem', selectors: { Name: 'ManagedSystem' } };
  const embedded = classes[kind];
  if (embedded === undefined) throw new Error(`no sample for ${kind}`);
  return Object.fromEntries(Object.entries(embedded.properties).map(([name, inner]) => [name, sample(inner)]));
}

/** Instances and method outputs of classes we define, in one message. */
function partsOf(message: ReturnType<typeof decodeMessage>) {
  const parts: { where: string; fields: Fields; element: XmlObject }[] = [];
  const owner: ClassDefinition | undefined = classes[classNameOf(message.resource)];
  const items = elementOf(elementOf(message.body.PullResponse).Items);
  for (const [name, value] of [...Object.entries(message.body), ...Object.entries(items)]) {
    const output = owner?.methods?.[name.replace(/_OUTPUT$/, '')]?.output;
    const fields = classes[name]?.properties ?? (name.endsWith('_OUTPUT') ? output : undefined);
    if (fields === undefined) continue;
    parts.push(...listOf(value).map((each) => ({ where: name, fields, element: elementOf(each) })));
  }
  return parts;
}

/** XML files below the corpus, but for those that are kept with their HTTP headers. */
function recordings(corpus: string): readonly string[] {
  return readdirSync(corpus, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.xml') && !file.startsWith('http-raw'))
    .sort();
}

/** Serves a recorded reply, byte for byte, to an ordinary HTTP client. */
async function replay(corpus: string, name: string): Promise<{ statusCode: number | undefined; body: string }> {
  const bytes = readFileSync(join(corpus, 'http-raw', `${name}.http`));
  const server = createServer((socket) => socket.once('data', () => socket.end(bytes)).on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const request = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false });
    const [reply] = (await once(request, 'response')) as [IncomingMessage];
    return { statusCode: reply.statusCode, body: await text(reply) };
  } finally {
    server.close();
  }
}
