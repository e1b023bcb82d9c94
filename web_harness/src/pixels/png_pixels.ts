// A PNG file's pixels as RGB, alpha left out: a canvas would multiply it in. Row by row, as they are decompressed.
import type { Picture } from "./arrays";
import { inflatedPieces } from "./inflate";
import { damaged, truncated } from "./photo_file";
import type { PngFile } from "./png_file";

/** Which pixels a pass holds: from `x`, `y` on, every `across`th and `down`th. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly across: number;
  readonly down: number;
}

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, across: 1, down: 1 }];
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, across: 8, down: 8 },
  { x: 4, y: 0, across: 8, down: 8 },
  { x: 0, y: 4, across: 4, down: 8 },
  { x: 2, y: 0, across: 4, down: 4 },
  { x: 0, y: 2, across: 2, down: 4 },
  { x: 1, y: 0, across: 2, down: 2 },
  { x: 0, y: 1, across: 1, down: 2 },
];
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Return the pixels as they are stored. Throws PhotoRefused for a file that is damaged or ends too early. */
export async function pngPixels(file: PngFile): Promise<Picture> {
  const rows = new Rows(file);
  try {
    for await (const piece of inflatedPieces(file.plain)) {
      rows.take(piece);
      if (rows.isFull) break;
    }
  } catch (error) {
    if (error instanceof TypeError) throw damaged("PNG", "its pixels cannot be decompressed");
    throw error;
  }
  if (!rows.isFull) throw truncated("PNG");
  return { height_px: file.height_px, width_px: file.width_px, rgb: rows.rgb };
}

/** Fills a picture by the rows of its passes. A row is a byte that says its filter, and its samples. */
class Rows {
  readonly rgb: Uint8Array;
  private readonly file: PngFile;
  private readonly passes: Iterator<readonly [Pass, number]>;
  private readonly bits: number;
  private readonly table: Uint8Array;
  private at: readonly [Pass, number] | null = null;
  private row = new Uint8Array(0);
  private above = new Uint8Array(0);
  private filled = 0;

  constructor(file: PngFile) {
    this.file = file;
    this.bits = file.depth * CHANNELS[file.type]!;
    this.rgb = new Uint8Array(3 * file.height_px * file.width_px);
    this.table = colours(file);
    this.passes = rowsOf(file);
    this.next();
  }

  get isFull(): boolean {
    return this.at === null;
  }

  take(piece: Uint8Array): void {
    let from = 0;
    while (from < piece.length && this.at !== null) {
      const count = Math.min(piece.length - from, this.row.length - this.filled);
      this.row.set(piece.subarray(from, from + count), this.filled);
      this.filled += count;
      from += count;
      if (this.filled === this.row.length) this.finish(this.at);
    }
  }

  private finish([pass, y]: readonly [Pass, number]): void {
    unfilter(this.row, this.above, Math.max(1, this.bits >> 3));
    this.put(pass, y);
    [this.row, this.above] = [this.above, this.row];
    this.next();
  }

  /** Go to the next row; a pass begins with a row of zeros above it. */
  private next(): void {
    const { value, done } = this.passes.next();
    const isNewPass = !done && value[0] !== this.at?.[0];
    this.at = done ? null : value;
    this.filled = 0;
    if (!isNewPass) return;
    const columns = Math.ceil((this.file.width_px - value[0].x) / value[0].across);
    const length = 1 + Math.ceil((columns * this.bits) / 8);
    this.row = new Uint8Array(length);
    this.above = new Uint8Array(length);
  }

  /** Put a row's samples where its pixels lie, each by its highest 8 bits. */
  private put(pass: Pass, y: number): void {
    const { width_px, depth, type } = this.file;
    const { rgb, row, table } = this;
    const isGrey = type === 0 || type === 3 || type === 4;
    const step = this.bits >> 3;
    const second = depth === 16 ? 2 : 1;
    for (let x = pass.x, column = 0; x < width_px; x += pass.across, column++) {
      const to = 3 * (y * width_px + x);
      if (depth < 8) {
        const bit = column * depth;
        const value = (row[1 + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
        rgb[to] = table[3 * value]!;
        rgb[to + 1] = table[3 * value + 1]!;
        rgb[to + 2] = table[3 * value + 2]!;
      } else if (isGrey) {
        const value = row[1 + column * step]!;
        rgb[to] = table[3 * value]!;
        rgb[to + 1] = table[3 * value + 1]!;
        rgb[to + 2] = table[3 * value + 2]!;
      } else {
        const from = 1 + column * step;
        rgb[to] = row[from]!;
        rgb[to + 1] = row[from + second]!;
        rgb[to + 2] = row[from + 2 * second]!;
      }
    }
  }
}

/** Yield the rows of each pass that holds any pixel. */
function* rowsOf(file: PngFile): Generator<readonly [Pass, number], undefined> {
  for (const pass of file.is_interlaced ? ADAM7 : WHOLE) {
    if (pass.x >= file.width_px) continue;
    for (let y = pass.y; y < file.height_px; y += pass.down) yield [pass, y];
  }
}

/** The colour of each value of a sample: its palette's, else grey. A value that the palette lacks is black. */
function colours(file: PngFile): Uint8Array {
  const table = new Uint8Array(3 * 256);
  if (file.type === 3) {
    table.set(file.palette.subarray(0, table.length));
    return table;
  }
  const most = file.depth >= 8 ? 255 : (1 << file.depth) - 1;
  for (let value = 0; value <= most; value++) {
    table.fill((value * 255) / most, 3 * value, 3 * value + 3);
  }
  return table;
}

/** Undo a row's filter in place. `step`: from a sample to that of the pixel before, in bytes. */
function unfilter(row: Uint8Array, above: Uint8Array, step: number): void {
  const filter = row[0]!;
  if (filter > 4) throw damaged("PNG", "a row of it has no filter that PNG has");
  for (let at = 1; at < row.length; at++) {
    const left = at > step ? row[at - step]! : 0;
    const up = above[at]!;
    if (filter === 1) row[at] = row[at]! + left;
    else if (filter === 2) row[at] = row[at]! + up;
    else if (filter === 3) row[at] = row[at]! + ((left + up) >> 1);
    else if (filter === 4) row[at] = row[at]! + paeth(left, up, at > step ? above[at - step]! : 0);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const to_left = Math.abs(guess - left);
  const to_up = Math.abs(guess - up);
  const to_corner = Math.abs(guess - corner);
  if (to_left <= to_up && to_left <= to_corner) return left;
  return to_up <= to_corner ? up : corner;
}
