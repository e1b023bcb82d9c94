// Whether a measurement counts, and why not; docs/method.md, "The verdict".
import type { Conditions } from "./conditions";
import { fixed, percent } from "./decimals";
import { HALF_WIDTH, halfWidth, LEAST_UNDISTURBED, type Statistics } from "./statistics";

/** Reasons that make it INVALID come first; VALID has none. */
export interface Verdict {
  readonly kind: "VALID" | "UNSTABLE" | "INVALID";
  readonly reasons: readonly string[];
}

const LEAST_TURNS = 5;
const DRIFT_SHARE = 0.05;
const OTHERS_CORES = 0.1;
const MANY_OTHERS_CORES = 0.5;
const STOLEN_SHARE = 0.02;
const MUCH_STOLEN_SHARE = 0.1;
const SWAPPED_BYTES = 16 * 2 ** 20;
const LOW_FREQUENCY = 0.9;

/** Return how far a measurement may be trusted. */
export function verdictOf(found: Statistics, conditions: Conditions): Verdict {
  const invalid = [...ofSomethingElse(conditions), ...tooFew(found), ...disturbed(conditions)];
  const unstable = [...doubtful(conditions), ...unsure(found)];
  if (invalid.length > 0) return { kind: "INVALID", reasons: [...invalid, ...unstable] };
  return { kind: unstable.length > 0 ? "UNSTABLE" : "VALID", reasons: unstable };
}

function* ofSomethingElse(c: Conditions): Generator<string> {
  if (c.test === true) yield "it ran in a test, not in an app on a device";
  if (c.debug_build === true) yield "it is a debug build";
  if (c.debugger === true) yield "a debugger was attached";
  if (c.simulator === true) yield "it ran in a simulator or an emulator, whose times are no device's";
  if (c.accelerator_obtained !== c.accelerator_asked) {
    const obtained =
      c.accelerator_obtained === null ? "what ran it is not known" : `${c.accelerator_obtained} obtained`;
    yield `${c.accelerator_asked} was asked and ${obtained}`;
  }
  if (c.golden === "failed") yield `its output is not what it was at export: ${c.golden_reason}`;
  if (c.hidden === true) yield "it was not in the foreground all the time";
}

function* tooFew(found: Statistics): Generator<string> {
  if (found.turns >= LEAST_TURNS) return;
  yield `${found.turns === 1 ? "1 turn is" : `${found.turns} turns are`} too few (${LEAST_TURNS} are needed)`;
}

function* disturbed(c: Conditions): Generator<string> {
  if (c.others_during !== null && c.others_during > MANY_OTHERS_CORES) {
    yield `other processes kept ${fixed(c.others_during, 2)} cores busy`;
  }
  if (c.stolen !== null && c.stolen > MUCH_STOLEN_SHARE) {
    yield `the host of this virtual machine took ${percent(c.stolen, 0)} of the time`;
  }
  if (c.swapped_bytes !== null && c.swapped_bytes > SWAPPED_BYTES) {
    yield `the system swapped ${fixed(c.swapped_bytes / 1e6, 0)} MB`;
  }
  if (c.thermal) yield `heat slowed it (${c.thermal})`;
}

function* doubtful(c: Conditions): Generator<string> {
  if (!c.best_known) yield "the best speed of this device is not known yet";
  yield* othersBusy(c.others_before, Number.POSITIVE_INFINITY, "before");
  yield* othersBusy(c.others_during, MANY_OTHERS_CORES, "while");
  yield* othersBusy(c.others_after, Number.POSITIVE_INFINITY, "after");
  if (c.stolen !== null && c.stolen > STOLEN_SHARE && c.stolen <= MUCH_STOLEN_SHARE) {
    yield `the host of this virtual machine took ${percent(c.stolen, 1)} of the time`;
  }
  if (c.frequency !== null && c.frequency < LOW_FREQUENCY) {
    yield `the processor ran at ${percent(c.frequency, 0)} of its highest frequency`;
  }
  if (c.low_power === true) yield "the device saved power";
  if (c.golden === "not checked") yield `its output was not checked: ${c.golden_reason}`;
}

function* othersBusy(cores: number | null, most: number, at: string): Generator<string> {
  if (cores !== null && cores > OTHERS_CORES && cores <= most) {
    yield `other processes kept ${fixed(cores, 2)} cores busy ${at} it was measured`;
  }
}

function* unsure(found: Statistics): Generator<string> {
  if (found.undisturbed_turns < LEAST_UNDISTURBED) {
    const needed = `(${LEAST_UNDISTURBED} are needed)`;
    yield `${found.undisturbed_turns} of ${found.turns} turns were undisturbed ${needed}`;
  }
  const width = halfWidth(found);
  if (width === null) yield "there is no interval of p50";
  else if (width >= HALF_WIDTH) {
    yield `p50 is known to within ${percent(width, 1)} (${percent(HALF_WIDTH, 0)} is asked)`;
  }
  if (found.drift !== null && Math.abs(found.drift) > DRIFT_SHARE) {
    const way = found.drift > 0 ? "slower" : "faster";
    yield `it grew ${way} by ${percent(Math.abs(found.drift), 1)} while it ran`;
  }
}
