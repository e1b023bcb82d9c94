// What a class map that is far from its golden one, of the same size, looks like, in a sentence.
import type { ClassMap } from "./arrays";
import { areEqual, equalPixels } from "./class_map";

const SHIFT_PX = 2;

/** Where a pixel comes from, in row-major order. */
type Source = (row: number, column: number) => number;

/** Return what it is, or what undoes at least half of what differs; empty where nothing does. */
export function likeness(
  found: ClassMap,
  golden: ClassMap,
  agreement: number,
  before: ClassMap | null,
): string {
  if (before !== null && areEqual(before, found)) return "it is the map of the photo before it";
  const first = found.classes[0];
  if (found.classes.every((kind) => kind === first)) {
    return `it is class ${first} everywhere, as where no output was written`;
  }
  let sentence = "";
  let most = (1 + agreement) / 2;
  for (const [said, share] of undone(found, golden)) {
    if (share > most) [sentence, most] = [said, share];
  }
  return sentence;
}

/** Yield what may have happened, and the share of pixels that are equal once that is undone. */
function* undone(found: ClassMap, golden: ClassMap): Generator<[sentence: string, share: number]> {
  const { height_px: height, width_px: width } = found;
  const moved = (source: Source): number => share(found, golden, source);
  yield ["it is upside down", moved((row, column) => (height - 1 - row) * width + column)];
  yield ["it is mirrored", moved((row, column) => row * width + width - 1 - column)];
  yield [
    "it is turned by 180 degrees",
    moved((row, column) => (height - 1 - row) * width + width - 1 - column),
  ];
  yield [
    "classes are exchanged: the output's axis or the list of classes is another",
    equalPixels(renamed(found, golden), golden) / golden.classes.length,
  ];
  for (let down = -SHIFT_PX; down <= SHIFT_PX; down++) {
    for (let right = -SHIFT_PX; right <= SHIFT_PX; right++) {
      if (down === 0 && right === 0) continue;
      const sentence = `it is moved by ${0 - down} rows and ${0 - right} columns: another rule of resizing`;
      const source: Source = (row, column) =>
        wrapped(row - down, height) * width + wrapped(column - right, width);
      yield [sentence, moved(source)];
    }
  }
  if (height === width)
    yield ["rows and columns are exchanged", moved((row, column) => column * width + row)];
}

function wrapped(place: number, count: number): number {
  return ((place % count) + count) % count;
}

function share(found: ClassMap, golden: ClassMap, source: Source): number {
  let equal = 0;
  let place = 0;
  for (let row = 0; row < golden.height_px; row++) {
    for (let column = 0; column < golden.width_px; column++) {
      if (found.classes[source(row, column)] === golden.classes[place]) equal++;
      place++;
    }
  }
  return equal / golden.classes.length;
}

/** Call each class what the golden map mostly calls its pixels, where no two get one name. */
function renamed(found: ClassMap, golden: ClassMap): ClassMap {
  const counts = new Uint32Array(256 * 256);
  for (let place = 0; place < found.classes.length; place++) {
    const pair = 256 * found.classes[place]! + golden.classes[place]!;
    counts[pair] = counts[pair]! + 1;
  }
  const names = new Uint8Array(256);
  const given = new Set<number>();
  for (let kind = 0; kind < 256; kind++) {
    const row = counts.subarray(256 * kind, 256 * (kind + 1));
    const most = Math.max(...row);
    if (most === 0) continue;
    const name = row.indexOf(most);
    if (given.has(name)) return found;
    given.add(name);
    names[kind] = name;
  }
  return { ...found, classes: found.classes.map((kind) => names[kind]!) };
}
