// What disturbed a turn; docs/method.md, "Undisturbed turns".
import type { Reading, Turn } from "../contract/documents";
import { median } from "./samples";

const NEAR_INTEGER = 1.1;
const NEAR_MEMORY = 1.25;
const WAITED_SHARE = 0.02;
const ASLEEP_SHARE = 0.05;
const OTHERS_SHARE = 0.15;
const OTHERS_MS = 20;
const STEADY = 0.05;
const STEADY_RUNS = 8;

/** Return the turns that nothing disturbed. `threads`: of the runtime, 0 where the engine chooses. */
export function undisturbed(turns: readonly Turn[], best: Reading, threads: number): Turn[] {
  return turns.filter((turn) => disturbanceOf(turn, best, threads) === null);
}

/** Return what disturbed a turn; null where nothing did. */
export function disturbanceOf(turn: Turn, best: Reading, threads: number): string | null {
  const slow = slowness(turn.before, best, "before") ?? slowness(turn.after, best, "after");
  if (slow !== null) return slow;
  if (turn.waited_ms !== null && turn.waited_ms > WAITED_SHARE * turn.wall_ms) {
    return "it waited for a processor";
  }
  if (threads === 1 && turn.cpu_ms !== null && turn.wall_ms - turn.cpu_ms > ASLEEP_SHARE * turn.wall_ms) {
    return "it did not run all the time";
  }
  const much = Math.max(OTHERS_MS, OTHERS_SHARE * turn.wall_ms);
  if (turn.stolen_ms !== null && turn.stolen_ms > much) {
    return "the host of this virtual machine took the processor";
  }
  if (turn.others_ms !== null && turn.others_ms > much) return "other processes worked beside it";
  return isSteady(turn.execute_ms) ? null : "its speed changed within it";
}

function slowness(reading: Reading, best: Reading, at: string): string | null {
  if (reading.integer_ms > NEAR_INTEGER * best.integer_ms) return `the processor was slow right ${at} it`;
  if (reading.memory_ms > NEAR_MEMORY * best.memory_ms) return `memory was slow right ${at} it`;
  return null;
}

/** Whether the halves of a turn were alike; of an odd number the run in the middle is in neither. */
function isSteady(runs: readonly number[]): boolean {
  if (runs.length < STEADY_RUNS) return true;
  const half = runs.length >> 1;
  const earlier = median(runs.slice(0, half));
  const later = median(runs.slice(runs.length - half));
  return Math.max(earlier, later) <= (1 + STEADY) * Math.min(earlier, later);
}
