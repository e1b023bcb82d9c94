// Moments as records write them.

const LAST_MS = 253_402_300_799_999; // of the year 9999

/** Return milliseconds since 1970 as UTC: 2026-01-02T03:04:05.678Z. Other clocks' nonsense is brought into bounds. */
export function moment(epoch_ms: number): string {
  const ms = Number.isFinite(epoch_ms) ? Math.trunc(epoch_ms) : 0;
  return new Date(Math.min(Math.max(ms, 0), LAST_MS)).toISOString();
}

/** Return what the clock says now, as a record writes it. */
export function now(): string {
  return moment(Date.now());
}
