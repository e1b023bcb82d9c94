// Holds a run's class maps against the golden ones and the labels, photo by photo as they come.

import { decodeClassMap } from "../contract/class_map_file";
import type { AcceleratorPart } from "../contract/documents";
import { sha256 } from "../contract/hashes";
import { GoldenCheck } from "../method/golden_check";
import type { ClassMap } from "../pixels/arrays";
import { type Confusion, confusionOf, miou, totalOf } from "../pixels/confusion";
import type { MapsJudged } from "./job_run";
import type { OpenBundle } from "./open_bundle";

const MOST_BYTES = 64 << 20;

/** A run's class maps as they come: each photo's in order, then the first photo's again. */
export class MapsTaken {
  readonly hashes: string[] = [];
  readonly maps: ClassMap[] = [];
  again: { readonly sha256: string; readonly map: ClassMap } | null = null;

  constructor(private readonly bundle: OpenBundle) {}

  /** Take one `.runs` file; return its map. Throws Error for one that is out of turn or none of its photo. */
  add(photo: number, isAgain: boolean, runs: Uint8Array): ClassMap {
    const { photos, classes } = this.bundle.content;
    const due = this.maps.length;
    const isDue = isAgain
      ? photo === 0 && due === photos.length && !this.again
      : photo === due && photo < photos.length;
    if (!isDue) throw new Error(`it gave a class map of photo ${photo} when photo ${due} was due`);
    if (runs.length > MOST_BYTES) throw new Error(`the class map of photo ${photo} is too large`);
    const map = decodeClassMap(runs);
    const size = photos[photo]!;
    if (map.height_px !== size.height_px || map.width_px !== size.width_px) {
      throw new Error(`the class map of photo ${photo} is not of its size`);
    }
    if (highest(map.classes) >= classes.length) {
      throw new Error(`the class map of photo ${photo} holds a class that there is not`);
    }
    const hash = sha256(runs);
    if (isAgain) this.again = { sha256: hash, map };
    else {
      this.hashes.push(hash);
      this.maps.push(map);
    }
    return map;
  }

  get isWhole(): boolean {
    return this.maps.length === this.bundle.content.photos.length && this.again !== null;
  }

  /** Judge them all. Throws Error where some are missing. */
  judge(artifact: number, accelerator: AcceleratorPart): MapsJudged {
    if (!this.isWhole || !this.again) throw new Error("it did not give the class map of each photo");
    const { photos, classes } = this.bundle.content;
    const golden = this.bundle.content.golden[artifact]!;
    const isInEights = accelerator.arithmetic === "int8" && golden.arithmetic !== "int8";
    const check = new GoldenCheck({
      golden,
      photos,
      classMap: (file, photo) => this.bundle.map(file, photo),
      accelerator: accelerator.obtained,
      arithmetic: isInEights ? null : (accelerator.arithmetic ?? null),
    });
    const agreements = this.maps.map((map) => check.add(map));
    check.again(this.again.map);
    const confusions: Confusion[] = [];
    for (const [photo, map] of this.maps.entries()) {
      const { label } = photos[photo]!;
      if (label !== null) confusions.push(confusionOf(map, this.bundle.map(label, photo), classes.length));
    }
    const pixels = photos.map((photo) => photo.height_px * photo.width_px);
    const all = pixels.reduce((sum, count) => sum + count, 0);
    const equal = agreements.reduce((sum, share, photo) => sum + share * pixels[photo]!, 0);
    return {
      hashes: this.hashes,
      agreements,
      agreement: equal / all,
      golden: check.result(),
      confusions,
      miou: confusions.length > 0 ? miou(totalOf(confusions, classes.length)) : null,
    };
  }
}

/** A plain loop: of megapixels, a function call for each would take longer than all else that is done with them. */
function highest(classes: Uint8Array): number {
  let found = 0;
  for (let place = 0; place < classes.length; place += 1)
    if (classes[place]! > found) found = classes[place]!;
  return found;
}
