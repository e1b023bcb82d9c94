// How fast a device is just now: two fixed pieces of work; docs/method.md, "The yardstick".
import type { Reading } from "../contract/documents";

/** Readings of two versions do not compare. */
export const YARDSTICK_VERSION = "javascript-1";

const STEPS = 6000;
const DOUBLES = 2 ** 20;
/** Steps of the clock that a piece lasts, repeated as often as that takes: a step is at most 2.5 % of what is read. */
const CLOCK_STEPS = 40;
/** Work before the first reading, until the engine has compiled both pieces for good. */
const READY_MS = 20;
const MOST_TIMES = 2 ** 20;
/** More than is needed: a piece that is a little quicker than it was is then not too short. */
const MARGIN = 1.25;

/**
 * Integer goes on from what it came to last, and both leave what they came to in this object: so no engine leaves the work
 * out or does it once for all. Time begins right when the clock moves, so only its end is cut off.
 */
export class Yardstick {
  /** What the pieces last came to. */
  integer_result = 1;
  memory_result = 0;

  private readonly now: () => number;
  private readonly least_ms: number;
  private readonly values = Float64Array.from({ length: DOUBLES }, (_, place) => place);
  private integer_times = 1;
  private memory_times = 1;

  /** `step_ms`: of the clock. */
  constructor(step_ms: number, now: () => number = () => performance.now()) {
    this.now = now;
    this.least_ms = CLOCK_STEPS * step_ms;
    this.integer_times = this.timesOf(this.integer);
    this.memory_times = this.timesOf(this.memory);
  }

  /** Do each piece twice; the quicker counts. In ms of one piece. */
  read(): Reading {
    const integer = this.quicker(this.integer, this.integer_times);
    const memory = this.quicker(this.memory, this.memory_times);
    this.integer_times = integer.times;
    this.memory_times = memory.times;
    return { integer_ms: integer.piece_ms, memory_ms: memory.piece_ms };
  }

  private readonly integer = (): void => {
    let value = this.integer_result;
    for (let step = 0; step < STEPS; step++) value = (Math.imul(value, 1_103_515_245) + 12_345) & 0x7fffffff;
    this.integer_result = value;
  };

  private readonly memory = (): void => {
    const values = this.values;
    let sum = 0;
    for (let place = 0; place < values.length; place++) sum += values[place]!;
    this.memory_result = sum;
  };

  /**
   * Do a piece twice, so often that the clock saw both; the quicker counts. It is done more often where it was too short:
   * something else that ran while `timesOf` looked made it seem longer than it is.
   */
  private quicker(
    piece: () => void,
    least_times: number,
  ): { readonly piece_ms: number; readonly times: number } {
    for (let times = least_times; ; times = Math.min(2 * times, MOST_TIMES)) {
      const piece_ms = Math.min(this.timed(piece, times), this.timed(piece, times));
      if (piece_ms * times >= this.least_ms || times >= MOST_TIMES) return { piece_ms, times };
    }
  }

  /** How often a piece is done for the clock to see it, found by doing it: once, twice, four times, ... */
  private timesOf(piece: () => void): number {
    const start = this.now();
    let times = 1;
    while (true) {
      const took = this.timed(piece, times);
      const isLong = took * times >= this.least_ms || times >= MOST_TIMES;
      if (isLong && this.now() - start >= READY_MS) return this.fewest(times, took);
      if (!isLong) times *= 2;
    }
  }

  /** The doubling may have gone beyond what is needed. */
  private fewest(times: number, piece_ms: number): number {
    if (!(piece_ms > 0)) return times;
    return Math.min(times, Math.max(1, Math.ceil((MARGIN * this.least_ms) / piece_ms)));
  }

  /** In ms of one piece. */
  private timed(piece: () => void, times: number): number {
    const before = this.now();
    let start = this.now();
    while (start === before) start = this.now();
    for (let time = 0; time < times; time++) piece();
    return (this.now() - start) / times;
  }
}
