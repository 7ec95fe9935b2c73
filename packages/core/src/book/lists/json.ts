/** Lists in JSON: MeshCommander's, MeshCentral's, the Intel migration tool's. [MeshCommander] [MeshCentral] */
import { fingerprintOf } from '../fingerprint.ts';
import { isObject, type List, type ListProblem, type ListRow, textOf, tlsOf } from './list.ts';

/** The list in JSON data, or undefined where it is none of those known. */
export function listFromJson(data: unknown): List | undefined {
  if (Array.isArray(data)) {
    const simple = data.some((item) => isObject(item) && 'fqdn' in item && !('host' in item));
    return rows(simple ? 'meshcentral' : 'meshcommander', data, simple ? meshCentralRow : meshCommanderRow);
  }
  if (!isObject(data)) return undefined;
  if (Array.isArray(data.computers)) return rows('meshcommander', data.computers, meshCommanderRow);
  const systems = data.ManagedSystems;
  if (isObject(systems) && Array.isArray(systems.ManagedSystemsList)) {
    return rows('intel-migration', systems.ManagedSystemsList, migrationRow);
  }
  return undefined;
}

/**
 * Undoes MeshCommander's percent-encoding, which its Add dialog applies and its Edit dialog does not. Decoded is what
 * only encoding can have made: `%` with two hex digits, and no character that would have been encoded.
 */
function percentDecoded(text: string): string {
  if (!/%[0-9a-f]{2}/i.test(text) || !/^[A-Za-z0-9\-_.!~*'()%]*$/.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

type Item = Readonly<Record<string, unknown>>;

function rows(format: List['format'], items: readonly unknown[], read: (item: Item, row: number) => ListRow): List {
  const problems: ListProblem[] = [];
  const found = items.flatMap((item, index) => {
    if (isObject(item)) return [read(item, index + 1)];
    problems.push({ row: index + 1, text: 'This entry is not an object.' });
    return [];
  });
  return { format, rows: found, problems };
}

/** `tls: 0` may only mean that nobody looked, so it counts only beside a port that is not a standard one. */
function meshCommanderRow(item: Item, row: number): ListRow {
  const decoded = (value: unknown) => {
    const text = textOf(value);
    return text === undefined ? undefined : percentDecoded(text);
  };
  const host = decoded(item.host) ?? textOf(item.fqdn);
  const user = decoded(item.user);
  const kerberos = user === '*';
  const literal = kerberos ? undefined : textOf(item.pass);
  const password = literal === undefined ? undefined : percentDecoded(literal);
  const notes = [...pinNotes(item)];
  if (kerberos) notes.push('It logs in with Kerberos in MeshCommander; amtkit needs a user and a password.');
  if (password !== undefined && password !== literal && encodeURIComponent(password) !== literal) {
    notes.push('Its password may have been encoded or not; amtkit takes it as encoded.');
  }
  const group = decoded(item.tags);
  return {
    row,
    name: decoded(item.name),
    host,
    tls: tlsOf(item.tls) === 'on' ? 'on' : undefined,
    user: kerberos ? undefined : user,
    password,
    literalPassword: password === literal ? undefined : literal,
    tags: group === undefined ? [] : [group],
    uuid: textOf(item.uuid),
    fingerprint: pinOf(item),
    realm: textOf(item.digestrealm),
    notes,
  };
}

function meshCentralRow(item: Item, row: number): ListRow {
  return {
    row,
    name: textOf(item.name),
    host: textOf(item.fqdn) ?? textOf(item.host),
    tls: tlsOf(item.tls) === 'on' ? 'on' : undefined,
    user: textOf(item.username),
    password: textOf(item.password),
    uuid: textOf(item.uuid),
    realm: textOf(item.digestrealm),
    notes: pinNotes(item),
  };
}

function migrationRow(item: Item, row: number): ListRow {
  return {
    row,
    name: textOf(item.Fqdn),
    host: textOf(item.Fqdn) ?? textOf(item.IPv4),
    tls: tlsOf(item.ConnectionType) === 'on' ? 'on' : undefined,
    password: textOf(item.ConfiguredPassword),
    uuid: textOf(item.Uuid),
  };
}

/** SHA-256 of the pinned certificate, when the list has the certificate itself. */
function pinOf({ tlscert }: Item): string | undefined {
  const hex = textOf(tlscert);
  return hex !== undefined && /^([0-9a-f]{2})+$/i.test(hex) ? fingerprintOf(Buffer.from(hex, 'hex')) : undefined;
}

function pinNotes(item: Item): string[] {
  if (textOf(item.tlscerthash) === undefined || pinOf(item) !== undefined) return [];
  return ['The list pins its certificate by SHA-1 only; amtkit will accept the one it meets first and remember that.'];
}
