/**
 * What Home Assistant's templates make of a payload: of those that our messages use, written a second time. A template
 * nobody knows here fails the test that meets it.
 */

type Json = Readonly<Record<string, unknown>>;

/** The text that a template makes of a payload; the payload itself without a template. */
export function rendered(template: unknown, payload: string): string {
  if (template === undefined) return payload;
  const text = String(template);
  for (const [pattern, make] of TEMPLATES) {
    const found = pattern.exec(text);
    if (found !== null) return make(found[1] ?? '', payload);
  }
  throw new Error(`Nobody knows what ${text} makes of ${payload}.`);
}

const TEMPLATES: readonly (readonly [RegExp, (part: string, payload: string) => string])[] = [
  [/^\{\{ value\[:(\d+)\] \}\}$/, (length, payload) => payload.slice(0, Number(length))],
  [/^\{\{ value if value != "none" else "None" \}\}$/, (_, payload) => (payload === 'none' ? 'None' : payload)],
  [
    /^\{\{ value if value in (\[.*\]) else "None" \}\}$/,
    (options, payload) => ((JSON.parse(options) as string[]).includes(payload) ? payload : 'None'),
  ],
  [/^\{\{ value_json\.([\w.]+) \}\}$/, (path, payload) => String(there(path, payload))],
  [/^\{\{ value_json\.([\w.]+) \| default\(none\) \}\}$/, (path, payload) => String(at(path, payload) ?? 'None')],
  [/^\{\{ value_json\.([\w.]+) \| count \}\}$/, (path, payload) => String((there(path, payload) as unknown[]).length)],
  [
    /^\{\{ "ON" if value_json\.([\w.]+) is defined else "OFF" \}\}$/,
    (path, payload) => (at(path, payload) === undefined ? 'OFF' : 'ON'),
  ],
  [/^\{\{ "ON" if value_json\.([\w.]+) else "OFF" \}\}$/, (path, payload) => (at(path, payload) ? 'ON' : 'OFF')],
  [
    /^\{\{ \{(("\w+": value_json\.\w+(?: \| default\(none\))?(?:, )?)+)\} \| tojson \}\}$/,
    (fields, payload) => {
      const pairs = [...fields.matchAll(/"(\w+)": value_json\.(\w+)( \| default\(none\))?/g)];
      return JSON.stringify(
        Object.fromEntries(
          pairs.map(([, name, path = '', fallback]) => [
            name,
            fallback === undefined ? there(path, payload) : (at(path, payload) ?? null),
          ]),
        ),
      );
    },
  ],
];

function at(path: string, payload: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Json | undefined)?.[name], JSON.parse(payload));
}

/** What has to be there: of an undefined value Jinja makes nothing, or an error in the log. */
function there(path: string, payload: string): unknown {
  const value = at(path, payload);
  if (value === undefined) throw new Error(`There is no ${path} in ${payload}.`);
  return value;
}
