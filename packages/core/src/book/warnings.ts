/** What is allowed in a book, and still worth a word. */
import { openTo } from './places.ts';
import type { BookContent } from './schema.ts';

/** Sentences for a person. @param mode permissions of the file */
export function warningsOf(content: BookContent, path: string, mode: number): string[] {
  const warnings: string[] = [];
  const { reading, writing } = openTo({ mode }, process.platform);
  if (writing) warnings.push(`Others may write ${path}, and it says how passwords are found: chmod 600 ${path}`);
  const plain = plainPasswords(content);
  if (reading && plain.length > 0) {
    warnings.push(
      `${path} holds passwords as plain text (${plain.join(', ')}) and others may read it: chmod 600 ${path}`,
    );
  }
  return [...warnings, ...twins(content, path), ...strangers(content, path)];
}

function plainPasswords({ credentials, machines, bridge: { broker } }: BookContent): string[] {
  const found = [
    ...Object.entries(credentials).map(([name, { password }]) => [`credentials.${name}`, password] as const),
    ...Object.entries(machines).map(([name, { password }]) => [`machines.${name}`, password] as const),
    ...(broker.kind === 'embedded'
      ? Object.entries(broker.users).map(([name, { password }]) => [`broker user ${name}`, password] as const)
      : [['bridge.broker', broker.password] as const]),
  ];
  return found.flatMap(([key, password]) => (typeof password === 'string' ? [key] : []));
}

/** Two names for one machine: its topics and entities would be there twice. */
function twins({ machines }: BookContent, path: string): string[] {
  const byUuid = new Map<string, string>();
  return Object.entries(machines).flatMap(([name, { uuid }]) => {
    if (uuid === undefined) return [];
    const other = byUuid.get(uuid);
    byUuid.set(uuid, name);
    return other === undefined ? [] : [`${path}: ${other} and ${name} have the same uuid, so they are one machine.`];
  });
}

function strangers({ machines, plugins }: BookContent, path: string): string[] {
  return plugins.flatMap(({ use, machines: filter = [] }) =>
    filter
      .filter((target) => !target.startsWith('@') && !Object.hasOwn(machines, target))
      .map((target) => `${path}: the plugin ${use} is for ${target}, and there is no such machine.`),
  );
}
