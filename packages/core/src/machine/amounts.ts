/** Amounts as people read them. */

/** Such as `1.2 MB` or `3.4 GB`; powers of 1000, as drives are sold. */
export function megabytes(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** Such as `40 seconds`, `12 minutes` or `2 hours`. */
export function seconds(ms: number): string {
  const whole = Math.round(ms / 1000);
  if (whole < 120) return `${whole} second${whole === 1 ? '' : 's'}`;
  if (whole < 7200) return `${Math.round(whole / 60)} minutes`;
  const hours = Math.round(whole / 360) / 10;
  return `${hours} hours`;
}
