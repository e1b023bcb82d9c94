// Numbers in sentences, with the same digits in every language, rounded as Python rounds them.

/** Digits behind the point by which a number that is half and one that is not are told apart. */
const TELLING = 30;

/** Return a number with so many places: 0.60. Halves of what a number really holds go to the even digit. */
export function fixed(value: number, places: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  let text = size.toFixed(places); // halves go up
  if (size < 2 ** 50 && /^50*$/.test(size.toFixed(places + TELLING).slice(-TELLING))) {
    const below = size
      .toFixed(places + TELLING)
      .slice(0, -TELLING)
      .replace(/\.$/, "");
    if (Number(below.at(-1)) % 2 === 0) text = below;
  }
  return value < 0 && /[1-9]/.test(text) ? `-${text}` : text;
}

/** Return a share in per cent: 5.0%. */
export function percent(share: number, places: number): string {
  return `${fixed(share * 100, places)}%`;
}

/** Return a number rounded to so many places. */
export function rounded(value: number, places: number): number {
  return Number(fixed(value, places));
}
