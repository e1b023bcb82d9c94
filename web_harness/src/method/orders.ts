// The order of each pass: every run once, shuffled anew; docs/method.md, "Turns and passes".
import { draw } from "./draws";

const PASSES = 2 ** 14;
const MOST_RUNS = 1024;

/** Return the order of a pass, the same for the same seed whatever the language and however often it is asked. */
export function orderOf(seed: number, pass: number, runs: number): number[] {
  const order = Array.from({ length: runs }, (_, place) => place);
  const start = Math.imul(Math.imul(seed, PASSES) + pass, MOST_RUNS); // draws look at its lowest 32 bits alone
  for (let last = runs - 1; last > 0; last--) {
    const other = draw(start + last, last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
