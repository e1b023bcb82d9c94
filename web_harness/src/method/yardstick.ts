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
    const integer_ms = [1, 2].map(() => this.timed(this.integer, this.integer_times));
    const memory_ms = [1, 2].map(() => this.timed(this.memory, this.memory_times));
    return { integer_ms: Math.min(...integer_ms), memory_ms: Math.min(...memory_ms) };
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
    return Math.min(times, Math.max(1, Math.ceil(this.least_ms / piece_ms)));
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
