// The set `confusion`: class maps held against labels.
import { confusionOf, ious, miou, totalOf } from "../../pixels/confusion";
import {
  areNear,
  type CaseFolder,
  type CaseResult,
  classMapOf,
  expectNear,
  expectRefused,
  expectSame,
  runLists,
  type SaidArray,
} from "../pixel_frame";

interface Maps {
  readonly predicted: SaidArray;
  readonly label: SaidArray;
}

interface ScoredCase {
  readonly classes: number;
  readonly photos: readonly (Maps & { readonly confusion: readonly (readonly number[])[] })[];
  readonly confusion: readonly (readonly number[])[];
  readonly iou: readonly (number | null)[];
  readonly miou: number | null;
  readonly faults: Readonly<Record<string, number | null>>;
}

interface RefusedCase extends Maps {
  readonly classes: number;
  readonly error: string;
}

/** Return how each case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  const counted = (maps: Maps, classes: number) =>
    confusionOf(classMapOf(maps.predicted, folder), classMapOf(maps.label, folder), classes);
  return runLists("confusion", folder, {
    cases: (said: ScoredCase) => {
      const photos = said.photos.map((photo) => {
        const found = counted(photo, said.classes);
        expectSame(found.counts, photo.confusion.flat(), "a photo's matrix");
        return found;
      });
      const total = totalOf(photos, said.classes);
      expectSame(total.counts, said.confusion.flat(), "the matrix");
      for (const [kind, found] of ious(total).entries()) {
        expectNear(found, said.iou[kind] ?? null, `the IoU of class ${kind}`);
      }
      const found = miou(total);
      const causes = Object.keys(said.faults).filter((name) => {
        const wrong = said.faults[name] ?? null;
        return found !== null && wrong !== null && areNear(wrong, found);
      });
      expectNear(found, said.miou, causes.length > 0 ? `the mIoU (of ${causes.join(" or ")})` : "the mIoU");
    },
    refused: (said: RefusedCase) => expectRefused(said.error, () => counted(said, said.classes)),
  });
}
