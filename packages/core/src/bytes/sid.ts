/** Windows security identifiers: how firmware names Kerberos users. [MS-DTYP §2.4.2] */

/** The identifier as Windows shows it, `S-1-5-21-…`; bytes that are none come back as hex digits. */
export function sidText(sid: Uint8Array): string {
  const [revision, count = 0] = sid;
  if (revision !== 1 || sid.length !== 8 + 4 * count) {
    return Array.from(sid, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  const view = new DataView(sid.buffer, sid.byteOffset, sid.byteLength);
  const authority = view.getUint16(2) * 2 ** 32 + view.getUint32(4);
  const parts = Array.from({ length: count }, (_, i) => view.getUint32(8 + 4 * i, true));
  return ['S', revision, authority, ...parts].join('-');
}
