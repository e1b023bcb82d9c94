// The order of each pass: every run once, shuffled anew; docs/method.md, "Turns and passes".

const PASSES = 1 << 14;
const MOST_RUNS = 1024;

/** Return which of `count` things draw `place` takes; docs/method.md, "Drawing". `place` may be any whole number below 2^53. */
function draw(place: number, count: number): number {
  let x = (Math.imul(place >>> 0, 0x9e3779b9) + 1) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) >>> 0;
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
  x = (x ^ (x >>> 16)) >>> 0;
  return Math.floor((x * count) / 2 ** 32);
}

/** Return the order of a pass: the same for the same seed whatever language the device has and however often it is asked. */
export function orderOf(seed: number, pass: number, runs: number): number[] {
  const order = Array.from({ length: runs }, (_, place) => place);
  // modulo 2^32 all along, as a draw takes no more of it
  const start = Math.imul(Math.imul(seed >>> 0, PASSES) + pass, MOST_RUNS);
  for (let last = runs - 1; last > 0; last -= 1) {
    const other = draw((start + last) >>> 0, last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
