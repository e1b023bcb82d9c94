// Orders and draws: every run once, and the same numbers as arithmetic of any length gives.
import { expect, test } from "vitest";
import { draw } from "../../src/method/draws";
import { orderOf } from "../../src/method/orders";

const M = 2n ** 32n;

/** docs/method.md, "Drawing", in whole numbers without end. */
function drawOf(place: bigint, count: bigint): bigint {
  let x = (((place % M) + M) * 0x9e3779b9n + 1n) % M;
  x = ((x ^ (x >> 16n)) * 0x85ebca6bn) % M;
  x = ((x ^ (x >> 13n)) * 0xc2b2ae35n) % M;
  x ^= x >> 16n;
  return (x * count) / M;
}

test("draws are those of whole numbers without end, at places of any size", () => {
  for (const count of [1, 2, 7, 32, 1000, 2 ** 20 + 1]) {
    for (const place of [
      0,
      1,
      2,
      999,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 40 + 12_345,
      Number.MAX_SAFE_INTEGER,
    ]) {
      expect(draw(place, count)).toBe(Number(drawOf(BigInt(place), BigInt(count))));
    }
  }
});

test("each order has every run once, and seeds and passes give others", () => {
  const orders = [0, 1, 2, 3].flatMap((seed) =>
    Array.from({ length: 21 }, (_, pass) => orderOf(seed, pass, 8)),
  );
  for (const order of orders)
    expect([...order].sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(new Set(orders.map(String)).size).toBeGreaterThan(80);
  expect(new Set(orders.map((order) => order[0])).size).toBe(8);
});

test("the order of the greatest seed is that of whole numbers without end", () => {
  const [seed, pass, runs] = [4_294_967_295, 999, 1000];
  const wanted = Array.from({ length: runs }, (_, place) => place);
  const start = (BigInt(seed) * 2n ** 14n + BigInt(pass)) * 1024n;
  for (let last = runs - 1; last > 0; last--) {
    const other = Number(drawOf(start + BigInt(last), BigInt(last + 1)));
    [wanted[last], wanted[other]] = [wanted[other]!, wanted[last]!];
  }
  expect(orderOf(seed, pass, runs)).toEqual(wanted);
});
