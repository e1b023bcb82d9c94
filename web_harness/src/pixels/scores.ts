// Scores in single precision to the class map at a photo's size; docs/preprocessing.md, "Back to the photo's size".

import type { ClassMap } from "./arrays";
import { DataRefused } from "./refused";
import { isOfAPhoto } from "./sizes";

/** One plane of `height_px` x `width_px` a class. `not_finite`: how many are NaN or infinite; any fails the file. */
export interface Scores {
  readonly classes: number;
  readonly height_px: number;
  readonly width_px: number;
  readonly values: Float32Array;
  readonly not_finite: number;
}

const GREATEST = 3.4028234663852886e38;
/** Two scores further apart than this share of the greatest keep their order, whatever rounding does on the way. */
const SURE_SHARE = 2 ** -18;
const MIXED = 256;

/** Return the class map of a photo's size: scores resized bilinearly, then the first of the highest. */
export function scoresToClassMap(scores: Scores, height_px: number, width_px: number): ClassMap {
  if (!isOfAPhoto(height_px, width_px)) {
    throw new DataRefused("other-size", `no photo is of ${height_px} x ${width_px}`);
  }
  if (scores.classes > 256) {
    throw new DataRefused("unsupported", `a class map has no room for ${scores.classes} classes`);
  }
  const values = scores.not_finite === 0 ? scores.values : scores.values.map(finite);
  const painter = new Painter({ ...scores, values }, neighbours(scores.width_px, width_px));
  const rows = neighbours(scores.height_px, height_px);
  const classes = new Uint8Array(height_px * width_px);
  for (let y = 0; y < height_px; y++) {
    const row = classes.subarray(y * width_px, (y + 1) * width_px);
    painter.paint(row, rows.low[y]!, rows.high[y]!, rows.share[y]!);
  }
  return { height_px, width_px, classes };
}

function finite(value: number): number {
  return Number.isNaN(value) ? -GREATEST : Math.min(Math.max(value, -GREATEST), GREATEST);
}

/** Which two inputs each output lies between, half-pixel centres, edges repeated, and how near the second is. */
interface Neighbours {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly share: Float32Array;
  /** Where each run of outputs between the same two inputs begins, and the end. */
  readonly spans: Int32Array;
}

function neighbours(count: number, size: number): Neighbours {
  const low = new Int32Array(size);
  const high = new Int32Array(size);
  const share = new Float32Array(size);
  const spans: number[] = [];
  for (let output = 0; output < size; output++) {
    const place = Math.max(0, ((output + 0.5) * count) / size - 0.5);
    low[output] = Math.min(Math.trunc(place), count - 1);
    high[output] = Math.min(low[output]! + 1, count - 1);
    share[output] = place - low[output]!;
    if (output === 0 || low[output] !== low[output - 1]) spans.push(output);
  }
  spans.push(size);
  return { low, high, share, spans: Int32Array.from(spans) };
}

/**
 * Paints the rows of a class map. Between four inputs whose highest class is the same, and surely so, no pixel can be of
 * another class: scores are reckoned elsewhere alone, along the edges of classes.
 */
class Painter {
  private readonly scores: Scores;
  private readonly columns: Neighbours;
  /** The class of each input pixel where it is sure, else MIXED. */
  private readonly sure: Uint16Array;
  private readonly left: Float32Array;
  private readonly right: Float32Array;

  constructor(scores: Scores, columns: Neighbours) {
    this.scores = scores;
    this.columns = columns;
    this.sure = sureClasses(scores);
    this.left = new Float32Array(scores.classes);
    this.right = new Float32Array(scores.classes);
  }

  paint(row: Uint8Array, above: number, below: number, share: number): void {
    const { low, high, spans } = this.columns;
    const width = this.scores.width_px;
    const sure = this.sure;
    for (let span = 0; span + 1 < spans.length; span++) {
      const start = spans[span]!;
      const end = spans[span + 1]!;
      const left = low[start]!;
      const right = high[start]!;
      const one = sure[above * width + left]!;
      const isOne =
        one !== MIXED &&
        sure[above * width + right] === one &&
        sure[below * width + left] === one &&
        sure[below * width + right] === one;
      if (isOne) {
        for (let x = start; x < end; x++) row[x] = one;
      } else {
        this.mixRows(this.left, above * width + left, below * width + left, share);
        this.mixRows(this.right, above * width + right, below * width + right, share);
        this.mixColumns(row, start, end);
      }
    }
  }

  /** Each class's score between two rows, in single precision. */
  private mixRows(mixed: Float32Array, above: number, below: number, share: number): void {
    const { values, classes, height_px, width_px } = this.scores;
    const plane = height_px * width_px;
    const rest = Math.fround(1 - share);
    for (let kind = 0, at = 0; kind < classes; kind++, at += plane) {
      mixed[kind] = Math.fround(values[above + at]! * rest) + Math.fround(values[below + at]! * share); // stored rounded
    }
  }

  /** The first of the highest for each pixel between two columns. */
  private mixColumns(row: Uint8Array, start: number, end: number): void {
    const { left, right } = this;
    const count = this.scores.classes;
    for (let x = start; x < end; x++) {
      const share = this.columns.share[x]!;
      const rest = Math.fround(1 - share);
      let best = 0;
      let highest = Math.fround(Math.fround(left[0]! * rest) + Math.fround(right[0]! * share));
      for (let kind = 1; kind < count; kind++) {
        const value = Math.fround(Math.fround(left[kind]! * rest) + Math.fround(right[kind]! * share));
        if (value > highest) {
          highest = value;
          best = kind;
        }
      }
      row[x] = best;
    }
  }
}

/** The class of each input pixel whose score lies above all others by more than rounding can take away. */
function sureClasses(scores: Scores): Uint16Array {
  const { values, classes, height_px, width_px } = scores;
  const plane = height_px * width_px;
  const found = new Uint16Array(plane);
  const best = values.slice(0, plane);
  const second = new Float32Array(plane).fill(Number.NEGATIVE_INFINITY);
  for (let kind = 1; kind < classes; kind++) {
    const start = kind * plane;
    for (let place = 0; place < plane; place++) {
      const value = values[start + place]!;
      if (value > best[place]!) {
        second[place] = best[place]!;
        best[place] = value;
        found[place] = kind;
      } else if (value > second[place]!) {
        second[place] = value;
      }
    }
  }
  const sure = SURE_SHARE * greatest(values);
  for (let place = 0; place < plane; place++) {
    if (!(best[place]! - second[place]! > sure)) found[place] = MIXED;
  }
  return found;
}

function greatest(values: Float32Array): number {
  let found = 0;
  for (let place = 0; place < values.length; place++) {
    const size = Math.abs(values[place]!);
    if (size > found) found = size;
  }
  return found;
}
