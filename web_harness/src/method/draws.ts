// Draws with replacement that every language draws alike: a hash over a counter; docs/method.md, "Drawing".

/** How many rounds an interval is made of. */
export const ROUNDS = 1000;

/** Return which of `count` things draw `place` of all takes; `count` below 2^21, so that the product is exact. */
export function draw(place: number, count: number): number {
  let x = (Math.imul(place, 0x9e3779b9) + 1) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  x ^= x >>> 16;
  return Math.floor(((x >>> 0) * count) / 2 ** 32);
}

/** Return how often each of `count` things is drawn in a round. */
export function timesDrawn(round: number, count: number): Uint32Array {
  const times = new Uint32Array(count);
  for (let place = 0; place < count; place++) {
    const drawn = draw(round * count + place, count);
    times[drawn] = times[drawn]! + 1;
  }
  return times;
}
