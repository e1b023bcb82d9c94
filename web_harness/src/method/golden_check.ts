// The golden check of a run: its class maps held against the bundle's; docs/bundle.md, "The golden check".
import type { ArithmeticName, BundlePhoto, GoldenMaps, GoldenPart } from "../contract/documents";
import type { ClassMap } from "../pixels/arrays";
import { areEqual, equalPixels } from "../pixels/class_map";
import { coarser, type Judged, judge } from "../pixels/judge";
import { percent, rounded } from "./decimals";

const MOST_SAID = 3;
const PLACES = 8;

/** `classMap`: reads a map of the bundle by its file's name. `accelerator`, `arithmetic`: null where not known. */
export interface GoldenWanted {
  readonly golden: GoldenMaps;
  readonly photos: readonly Pick<BundlePhoto, "height_px" | "width_px">[];
  readonly classMap: (file: string, photo: number) => ClassMap;
  readonly accelerator: string | null;
  readonly arithmetic: ArithmeticName | null;
}

/** Give it each photo's map in order, then the first photo's again; then ask for the result. */
export class GoldenCheck {
  private readonly wanted: GoldenWanted;
  private readonly allowed: readonly number[];
  /** A file of 8-bit integers that nothing runs as such may be near its network's map instead. */
  private readonly mayBeAsNetwork: boolean;
  private readonly faults: string[] = [];
  private readonly judged: Judged[] = [];
  private readonly ofNetwork: { readonly equal: number; readonly all: number }[] = [];
  private first: ClassMap | null = null;
  private before: ClassMap | null = null;
  private areAllEqual = true;

  constructor(wanted: GoldenWanted) {
    const { golden, accelerator, arithmetic } = wanted;
    this.wanted = wanted;
    this.allowed = golden.allowed[coarser(golden.arithmetic, arithmetic)];
    this.mayBeAsNetwork = accelerator !== "cpu" && golden.arithmetic === "int8" && arithmetic !== "int8";
  }

  /** Judge the next photo's map; return the share of its pixels on which it is the golden one. */
  add(found: ClassMap): number {
    const photo = this.judged.length;
    const right = this.wanted.classMap(this.wanted.golden.maps[photo]!, photo);
    const said = judge(found, right, this.allowed[photo]!, this.before);
    const isAsNetwork = this.isAsNetwork(found, photo);
    // of more faults than are told only their number is said
    if (!isAsNetwork && !said.is_near) {
      this.faults.push(this.faults.length < MOST_SAID ? sentence(photo, said) : "");
    }
    if (this.before !== null) this.areAllEqual &&= areEqual(this.before, found);
    this.before = found;
    this.first ??= found;
    this.judged.push(said);
    return rounded(said.agreement, PLACES);
  }

  /** Compare the first photo's map as it came again, after the others. */
  again(found: ClassMap): void {
    if (this.first !== null && !areEqual(this.first, found)) {
      this.faults.push("photo 0 gave another class map when it was run again, after the others");
    }
  }

  /** Return how it came out, as a record says it; errors are shares of a photo's pixels. */
  result(): GoldenPart {
    const [first] = this.judged;
    if (first === undefined) {
      const reason = "no photo was run";
      return { status: "not checked", reason, values: 0, max_abs_error: null, tolerance: null };
    }
    const worst = this.judged.reduce((one, other) => (beyond(other) > beyond(one) ? other : one), first);
    const all = [...this.faults];
    if (this.judged.length > 1 && this.areAllEqual && all.length > 0) {
      all.unshift("the output does not depend on the input: every photo gave the same class map");
    }
    const unlike = all.length === 0 ? this.unlikeNetwork() : null;
    if (unlike !== null) all.push(unlike);
    const left = all.length - MOST_SAID;
    return {
      status: all.length === 0 ? "passed" : "failed",
      reason: all.slice(0, MOST_SAID).join("; ") + (left > 0 ? `; and ${left} more` : ""),
      values: this.wanted.photos.reduce((sum, photo) => sum + photo.height_px * photo.width_px, 0),
      max_abs_error: rounded(1 - worst.agreement, PLACES),
      tolerance: worst.allowed,
    };
  }

  /** Count what the map has in common with the network's, and say whether being near to that is enough. */
  private isAsNetwork(found: ClassMap, photo: number): boolean {
    const maps = this.wanted.golden.network_maps;
    if (maps === null) return false;
    const network = this.wanted.classMap(maps[photo]!, photo);
    this.ofNetwork.push({ equal: equalPixels(found, network), all: network.classes.length });
    return this.mayBeAsNetwork && judge(found, network, this.allowed[photo]!).is_near;
  }

  private unlikeNetwork(): string | null {
    if (this.ofNetwork.length === 0) return null;
    const shares = this.ofNetwork.map((photo) => photo.equal / photo.all);
    const least = Math.min(...shares);
    const sum = (of: (photo: { equal: number; all: number }) => number): number =>
      this.ofNetwork.reduce((total, photo) => total + of(photo), 0);
    const share = sum((photo) => photo.equal) / sum((photo) => photo.all);
    const asked = this.wanted.golden.least_network_agreement;
    if (share >= asked) return null;
    return (
      `all photos are as the fp32 network gives them on ${percent(share, 2)} of their pixels, ` +
      `photo ${shares.indexOf(least)} on ${percent(least, 2)}, and ` +
      `${percent(asked, 2)} is asked: the file was exported wrong`
    );
  }
}

/** By how much more than allowed a photo's map differs. */
function beyond(said: Judged): number {
  return 1 - said.agreement - said.allowed;
}

function sentence(photo: number, said: Judged): string {
  const likely = said.likely === "" ? "" : `: ${said.likely}`;
  const wanted = 1 - said.allowed;
  if (said.agreement >= wanted) {
    return `photo ${photo} differs from the desktop's run away from the edges of its classes${likely}`;
  }
  return (
    `photo ${photo} is as the desktop's run gave it on ${percent(said.agreement, 2)} of its pixels, ` +
    `and ${percent(wanted, 2)} is asked${likely}`
  );
}
