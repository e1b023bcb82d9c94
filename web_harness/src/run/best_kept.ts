// The least that the yardstick is known to take on this device, kept from one job to the next; docs/method.md, "The yardstick".

import type { Reading, Turn } from "../contract/documents";
import type { Store } from "./store";

/** `launches`: turns and earlier ones that came within 3 % of it. `reached_at_ms`: when one last did, since 1970. */
export interface Best {
  readonly reading: Reading;
  readonly launches: number;
  readonly reached_at_ms: number;
}

const KEY = "best";
const NEAR = 1.03;
const KNOWN_LAUNCHES = 2;
const MOST_LAUNCHES = 1_000_000;
const EXPIRES_MS = 30 * 24 * 3_600_000;
const CLOCK_MS = 60_000;

/** Whether it is known, or but one turn's own. */
export function isKnown(best: Best): boolean {
  return best.launches >= KNOWN_LAUNCHES;
}

function isRead(reading: Reading): boolean {
  return reading.integer_ms > 0 && reading.memory_ms > 0;
}

/** Return the best of what was kept and of a job's turns; null without either. A reading of nothing is none. */
export function bestOf(known: Best | null, turns: readonly Turn[], nowMs: number): Best | null {
  const kept = known && isRead(known.reading) ? known : null;
  const least = turns
    .map(({ before, after }) => ({
      integer_ms: Math.min(before.integer_ms, after.integer_ms),
      memory_ms: Math.min(before.memory_ms, after.memory_ms),
    }))
    .filter(isRead);
  const all = kept ? [...least, kept.reading] : least;
  if (all.length === 0) return null;
  const reading = {
    integer_ms: Math.min(...all.map((one) => one.integer_ms)),
    memory_ms: Math.min(...all.map((one) => one.memory_ms)),
  };
  const isNear = (one: Reading) =>
    one.integer_ms <= NEAR * reading.integer_ms && one.memory_ms <= NEAR * reading.memory_ms;
  const near = least.filter(isNear).length;
  const before = kept && isNear(kept.reading) ? kept.launches : 0;
  return {
    reading,
    launches: Math.min(near + before, MOST_LAUNCHES),
    reached_at_ms: near > 0 ? nowMs : (kept?.reached_at_ms ?? nowMs),
  };
}

/** Return what is kept of this version of the yardstick; null for what is damaged, of the future or older than 30 days. */
export async function readBest(store: Store, version: string, nowMs: number): Promise<Best | null> {
  const said = (await store.get(KEY)) as (Best & { version: string }) | undefined;
  if (typeof said !== "object" || said === null || said.version !== version) return null;
  const { reading, launches, reached_at_ms } = said;
  const numbers = [reading?.integer_ms, reading?.memory_ms, launches, reached_at_ms];
  if (!numbers.every((one) => typeof one === "number" && Number.isFinite(one) && one > 0)) return null;
  const age = nowMs - reached_at_ms;
  return age >= -CLOCK_MS && age <= EXPIRES_MS ? { reading, launches, reached_at_ms } : null;
}

/** Keep it, but nothing that no clock saw: against it no turn would ever count again. */
export async function writeBest(store: Store, version: string, best: Best): Promise<void> {
  if (!isRead(best.reading)) return;
  await store.put(KEY, { ...best, version });
}
