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

/** A run's class maps as they come: each photo's in order, then the first photo's again; each is judged as it comes. */
export class MapsTaken {
  readonly hashes: string[] = [];
  readonly maps: ClassMap[] = [];
  again: { readonly sha256: string; readonly map: ClassMap } | null = null;
  private judging: Judge | null = null;

  constructor(
    private readonly bundle: OpenBundle,
    private readonly artifact: number,
  ) {}

  /** Judge from now on as of what this accelerator gave: the work is then done while the worker runs the next photo. */
  runOn(accelerator: AcceleratorPart): void {
    if (this.maps.length === 0) this.judging = this.judgeOf(accelerator);
  }

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
    if (isAgain) {
      this.again = { sha256: hash, map };
      return map;
    }
    this.hashes.push(hash);
    this.maps.push(map);
    this.judging?.add(map);
    return map;
  }

  get isWhole(): boolean {
    return this.maps.length === this.bundle.content.photos.length && this.again !== null;
  }

  /** Judge them all, those anew that were judged as of another accelerator. Throws Error where some are missing. */
  judge(accelerator: AcceleratorPart): MapsJudged {
    if (!this.isWhole || !this.again) throw new Error("it did not give the class map of each photo");
    const known = this.judging?.isAsOf(accelerator) ? this.judging : null;
    const judge = known ?? this.judgeOf(accelerator);
    if (!known) for (const map of this.maps) judge.add(map);
    return { hashes: this.hashes, ...judge.result(this.again.map) };
  }

  private judgeOf(accelerator: AcceleratorPart): Judge {
    return new Judge(this.bundle, this.artifact, accelerator);
  }
}

/** Golden check and scores of maps in the order of the photos. */
class Judge {
  private readonly check: GoldenCheck;
  private readonly agreements: number[] = [];
  private readonly confusions: Confusion[] = [];

  constructor(
    private readonly bundle: OpenBundle,
    artifact: number,
    private readonly accelerator: AcceleratorPart,
  ) {
    const { photos } = bundle.content;
    const golden = bundle.content.golden[artifact]!;
    const isInEights = accelerator.arithmetic === "int8" && golden.arithmetic !== "int8";
    this.check = new GoldenCheck({
      golden,
      photos,
      classMap: (file, photo) => bundle.map(file, photo),
      accelerator: accelerator.obtained,
      arithmetic: isInEights ? null : (accelerator.arithmetic ?? null),
    });
  }

  /** Return whether it judges as of this accelerator: by what ran the file and its arithmetic, whatever else is said of it. */
  isAsOf({ obtained, arithmetic }: AcceleratorPart): boolean {
    const own = this.accelerator;
    return own.obtained === obtained && (own.arithmetic ?? null) === (arithmetic ?? null);
  }

  add(map: ClassMap): void {
    const { photos, classes } = this.bundle.content;
    const photo = this.agreements.length;
    this.agreements.push(this.check.add(map));
    const { label } = photos[photo]!;
    if (label !== null) this.confusions.push(confusionOf(map, this.bundle.map(label, photo), classes.length));
  }

  result(again: ClassMap): Omit<MapsJudged, "hashes"> {
    const { photos, classes } = this.bundle.content;
    this.check.again(again);
    const pixels = photos.map((photo) => photo.height_px * photo.width_px);
    const all = pixels.reduce((sum, count) => sum + count, 0);
    const equal = this.agreements.reduce((sum, share, photo) => sum + share * pixels[photo]!, 0);
    return {
      agreements: this.agreements,
      agreement: equal / all,
      golden: this.check.result(),
      confusions: this.confusions,
      miou: this.confusions.length > 0 ? miou(totalOf(this.confusions, classes.length)) : null,
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
