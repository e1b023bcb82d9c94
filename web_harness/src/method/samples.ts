// Medians, percentiles and deviations of numbers; there must be one, of a deviation two.

/** Return the values in order. */
export function ordered(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** Return the one in the middle, or the mean of the two there. */
export function median(values: readonly number[]): number {
  const inOrder = ordered(values);
  const half = inOrder.length >> 1;
  return inOrder.length % 2 === 1 ? inOrder[half]! : (inOrder[half - 1]! + inOrder[half]!) / 2;
}

/** Return the mean. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/** Return the standard deviation of a sample. */
export function deviation(values: ArrayLike<number>): number {
  const middle = mean(values);
  let squares = 0;
  for (let place = 0; place < values.length; place++) squares += (values[place]! - middle) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/** Return a percentile, linear between neighbours in order; the lowest value is 0 %, the highest 100 %. */
export function percentile(values: readonly number[], percent: number): number {
  return percentileOfOrdered(ordered(values), percent);
}

/** Return a percentile of values that are in order. */
export function percentileOfOrdered(inOrder: ArrayLike<number>, percent: number): number {
  if (inOrder.length === 0) throw new RangeError("no values have no percentile");
  const at = (percent / 100) * (inOrder.length - 1);
  const low = Math.min(Math.trunc(at), inOrder.length - 1);
  const high = Math.min(low + 1, inOrder.length - 1);
  return inOrder[low]! + (at - low) * (inOrder[high]! - inOrder[low]!);
}

function sum(values: ArrayLike<number>): number {
  let found = 0;
  for (let place = 0; place < values.length; place++) found += values[place]!;
  return found;
}
