// Pixels by label (rows) and by what a file says (columns), and the scores that follow; docs/method.md, "Figures".

import type { ClassMap } from "./arrays";
import { DataRefused } from "./refused";

/** A label that does not count. */
export const IGNORED = 255;

/** Row-major: `counts[label * classes + predicted]`. */
export interface Confusion {
  readonly classes: number;
  readonly counts: readonly number[];
}

/** Return the matrix of no pixel. */
export function noPixels(classes: number): Confusion {
  return { classes, counts: new Array<number>(classes * classes).fill(0) };
}

/** Return the matrix of one photo. Throws DataRefused for two sizes, and for classes and labels that there are not. */
export function confusionOf(predicted: ClassMap, label: ClassMap, classes: number): Confusion {
  if (predicted.height_px !== label.height_px || predicted.width_px !== label.width_px) {
    throw new DataRefused("other-size", "a class map and its label are of two sizes");
  }
  const pairs = new Float64Array(256 * 256);
  const ours = predicted.classes;
  const theirs = label.classes;
  for (let place = 0; place < ours.length; place++) {
    const pair = 256 * theirs[place]! + ours[place]!;
    pairs[pair] = pairs[pair]! + 1;
  }
  const counts: number[] = [];
  for (let pair = 0; pair < pairs.length; pair++) {
    const [right, said] = [pair >> 8, pair & 255];
    if (right < classes && said < classes) counts.push(pairs[pair]!);
    else if (pairs[pair]! > 0 && said >= classes) {
      throw new DataRefused("no-such-class", `class ${said} of ${classes} classes`);
    } else if (pairs[pair]! > 0 && right !== IGNORED) {
      throw new DataRefused("no-such-label", `label ${right} of ${classes} classes`);
    }
  }
  return { classes, counts };
}

/** Return the one matrix over photos of the same classes. */
export function totalOf(photos: readonly Confusion[], classes: number): Confusion {
  const counts = [...noPixels(classes).counts];
  for (const photo of photos) {
    for (let place = 0; place < counts.length; place++) counts[place]! += photo.counts[place]!;
  }
  return { classes, counts };
}

/** Return the IoU of each class; null for one that no label pixel has. */
export function ious(matrix: Confusion): (number | null)[] {
  const { classes, counts } = matrix;
  return Array.from({ length: classes }, (_, kind) => {
    let labelled = 0;
    let predicted = 0;
    for (let other = 0; other < classes; other++) {
      labelled += counts[kind * classes + other]!;
      predicted += counts[other * classes + kind]!;
    }
    const hits = counts[kind * classes + kind]!;
    return labelled === 0 ? null : hits / (labelled + predicted - hits);
  });
}

/** Return the mean IoU of the classes that a label has; null where there are none. */
export function miou(matrix: Confusion): number | null {
  const known = ious(matrix).filter((one) => one !== null);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length;
}
