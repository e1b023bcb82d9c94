// What a measurement was made under, as far as it was seen; docs/method.md, "The verdict".
import type { Accelerator, GoldenPart, StatePart, Turn } from "../contract/documents";

/** null: not known here. `frequency`, `stolen`: shares; `others_*`: cores that other processes kept busy. */
export interface Conditions {
  readonly best_known: boolean;
  readonly others_before: number | null;
  readonly others_during: number | null;
  readonly others_after: number | null;
  readonly stolen: number | null;
  readonly swapped_bytes: number | null;
  readonly frequency: number | null;
  readonly thermal: string | null;
  readonly low_power: boolean | null;
  readonly hidden: boolean | null;
  readonly debug_build: boolean | null;
  readonly debugger: boolean | null;
  readonly simulator: boolean | null;
  readonly test: boolean | null;
  readonly accelerator_asked: Accelerator | string;
  readonly accelerator_obtained: string | null;
  readonly golden: GoldenPart["status"];
  readonly golden_reason: string;
}

/** Nothing known against it: what a caller begins with and says better. */
export const NOTHING_SEEN: Conditions = {
  best_known: true,
  others_before: null,
  others_during: null,
  others_after: null,
  stolen: null,
  swapped_bytes: null,
  frequency: null,
  thermal: null,
  low_power: null,
  hidden: null,
  debug_build: null,
  debugger: null,
  simulator: null,
  test: null,
  accelerator_asked: "cpu",
  accelerator_obtained: "cpu",
  golden: "passed",
  golden_reason: "",
};

type Looked = Pick<StatePart, "frequency_share" | "thermal" | "low_power" | "foreground">;

/**
 * Return the conditions with what was seen of the device: before the first turn, in the turns, and after the last.
 *
 * One look at which the page was not in front, or the device saved power, is enough. Of words for heat the latest counts,
 * of frequencies the lowest of `start` and `end`: how fast cores were in a turn, the yardstick says better.
 */
export function withSeen(
  conditions: Conditions,
  start: Looked | null,
  turns: readonly Pick<Turn, "device">[],
  end: Looked | null,
): Conditions {
  const states = [start, end].filter((state) => state !== null);
  const devices = turns.flatMap((turn) => (turn.device === undefined ? [] : [turn.device]));
  const frequencies = states.map((state) => state.frequency_share).filter((share) => share !== null);
  const words = [start?.thermal, ...devices.map((device) => device.thermal), end?.thermal];
  const looks = [...states, ...devices].map((one) => one.foreground);
  return {
    ...conditions,
    frequency: frequencies.length === 0 ? null : Math.min(...frequencies),
    thermal: words.filter(Boolean).at(-1) ?? null,
    low_power: states.some((state) => state.low_power === true),
    hidden: looks.includes(false),
  };
}
