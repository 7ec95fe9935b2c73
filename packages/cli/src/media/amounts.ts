/** Amounts of data as people read them; a megabyte is a million bytes. */

/** `0 B`, `1.5 kB`, `12 MB`, `4.7 GB`. */
export function sizeText(bytes: number): string {
  const unit = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** unit;
  return `${amount >= 100 || unit === 0 ? Math.round(amount) : Number(amount.toFixed(1))} ${UNITS[unit]}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `12.3 MB/s`, always in the same unit so that a line does not jump. */
export function rateText(bytesPerSecond: number): string {
  return `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
}

/** `now`, `4 s`, `3 min`, `2 h`. */
export function agoText(ms: number): string {
  if (ms < 1000) return 'now';
  if (ms < 100_000) return `${Math.floor(ms / 1000)} s ago`;
  return ms < 7_200_000 ? `${Math.floor(ms / 60_000)} min ago` : `${Math.floor(ms / 3_600_000)} h ago`;
}

/** `4 s`, `3 min 20 s`, `1 h 4 min`. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
