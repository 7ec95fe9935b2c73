/** The identity of a machine as its maker programmed it. [DSP0134 §7.2] */

/** Placeholders of makers who programmed none. */
const NOBODY = new Set([
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '03000200-0400-0500-0006-000700080009',
  '03020100-0504-0706-0809-0a0b0c0d0e0f',
]);

/**
 * The UUID as the BIOS shows it, lower case, from the 32 hex digits of `PlatformGUID`: their first three groups are
 * little-endian. Nothing where the digits are none, or those of a maker who programmed none.
 */
export function platformUuid(guid: string): string | undefined {
  const digits = guid.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
  const groups = [swapped(digits.slice(0, 8)), swapped(digits.slice(8, 12)), swapped(digits.slice(12, 16))];
  const uuid = [...groups, digits.slice(16, 20), digits.slice(20)].join('-');
  return NOBODY.has(uuid) ? undefined : uuid;
}

function swapped(digits: string): string {
  return (digits.match(/../g) ?? []).reverse().join('');
}
