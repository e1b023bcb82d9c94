// Numbers as the whole page writes them, with the same digits in every language.

/** Return a time in ms with three digits at the least: 0.0123 ms, 1.23 ms, 45.6 ms, 1234 ms; none above 0 as 0. */
export function ms(value: number): string {
  if (value > 0 && value < 0.001) return "< 0.001 ms";
  if (value > 0 && value < 1) return `${value.toFixed(2 - Math.floor(Math.log10(value)))} ms`;
  return `${value.toFixed(value < 10 ? 2 : value < 1000 ? 1 : 0)} ms`;
}

/** Return a size in units of ten: 512 B, 3 kB, 1.5 MB. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 999_500) return `${(value / 1e3).toFixed(0)} kB`;
  if (value < 999_950_000) return `${(value / 1e6).toFixed(1)} MB`;
  return `${(value / 1e9).toFixed(2)} GB`;
}

/** Return a share in per cent, never rounded up to the whole: 0.99999 is not 100 %. */
export function percent(share: number): string {
  const text = (share * 100).toFixed(2);
  return `${share < 1 && text === "100.00" ? "99.99" : text} %`;
}

/** Return a share of pixels in per cent: 12.3 %, and 0 % only where there is none. */
export function roughPercent(share: number): string {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  if (share > 0.999 && share < 1) return "> 99.9 %";
  return share === 0 || share === 1 ? `${share * 100} %` : `${(share * 100).toFixed(1)} %`;
}

/** Return a score from 0 to 1 with four digits, as tables of the desktop do. */
export function score(value: number): string {
  return value.toFixed(4);
}

/** Return so many of a thing: 1 file, 3 files. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** Return how long something still takes, as coarse as it is known: about 40 s, about 3 min. */
export function left(seconds: number): string {
  if (seconds < 5) return "a few seconds left";
  if (seconds < 58) return `about ${Math.round(seconds / 5) * 5 || 5} s left`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `about ${minutes || 1} min left` : `about ${(minutes / 60).toFixed(1)} h left`;
}

/** Return how long something takes at most, never less than it may be: 20 s at most, 2 min at most. */
export function atMost(seconds: number): string {
  if (seconds <= 90) return `${Math.max(5, Math.ceil(seconds / 5) * 5)} s at most`;
  return `${Math.ceil(seconds / 60)} min at most`;
}

/** Return a clock's step in the unit that says it best: 100 µs, 1 ms. */
export function step(step_ms: number): string {
  return step_ms < 1 ? `${Math.max(1, Math.round(step_ms * 1000))} µs` : `${Number(step_ms.toFixed(1))} ms`;
}
