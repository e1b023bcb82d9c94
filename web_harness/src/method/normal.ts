// The normal distribution, to some thirteen digits.

const STEPS = 60;
const FAR = 5;

/** Return the value below which a share of `probability`, between a half and one, lies. */
export function normalQuantile(probability: number): number {
  const tail = 1 - probability;
  let value = tail < 0.5 ? Math.sqrt(Math.max(0, -2 * Math.log(2 * tail))) : 0;
  for (let round = 0; round < STEPS; round++) {
    const step = (above(value) - tail) / density(value);
    value += step;
    if (Math.abs(step) < 1e-15 * Math.max(1, value)) break;
  }
  return value;
}

function density(value: number): number {
  return Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI);
}

/** The share above a value: a series near the middle, a continued fraction in the tail. */
function above(value: number): number {
  if (value < FAR) return 0.5 - density(value) * series(value);
  let fraction = value;
  for (let place = 200; place >= 1; place--) fraction = value + place / fraction;
  return density(value) / fraction;
}

function series(value: number): number {
  let term = value;
  let sum = value;
  let odd = 1;
  while (Math.abs(term) > 1e-18 * Math.abs(sum)) {
    odd += 2;
    term *= (value * value) / odd;
    sum += term;
  }
  return sum;
}
