// What a reader checks of a bundle.json beyond its schema: how its parts must fit each other; docs/bundle.md.

import { checkNames, filesOf } from "./bundle_names";
import type { BundleArtifact, BundleContent, ListedFile } from "./documents";
import { type BundleFault, BundleRefused } from "./faults";

const MOST_PIXELS = 100_000_000;
type Listed = ReadonlyMap<string, ListedFile>;

/** Check a bundle.json that its schema was held against. Throws BundleRefused for the first part that does not fit. */
export function checkBundle(content: BundleContent): void {
  checkNames(content);
  const listed: Listed = new Map(content.files.map((file) => [file.name, file]));
  checkClasses(content);
  checkPhotos(content, listed);
  for (const artifact of content.artifacts) checkArtifact(artifact, content, listed);
  checkRuns(content);
  checkGolden(content);
}

function checkClasses(content: BundleContent): void {
  const isOnce = new Set(content.classes).size === content.classes.length;
  if (!isOnce || content.classes.length !== content.colors_rgb.length) {
    throw refused("classes", "a class is there twice, or there are not as many colours as classes");
  }
}

function checkPhotos(content: BundleContent, listed: Listed): void {
  for (const photo of content.photos) {
    const isTooLarge = photo.height_px * photo.width_px > MOST_PIXELS;
    const isOther = listed.get(photo.file)?.sha256 !== photo.bundled_sha256;
    const isHalf = (photo.label === null) !== (photo.label_sha256 === null);
    if (isTooLarge || isOther || isHalf) {
      throw refused("photo", `${photo.file} is too large, of another hash, or has a label without its hash`);
    }
  }
  for (const input of content.inputs) {
    const wanted_bytes = 3 * content.photos.length * input.height_px * input.width_px;
    if (listed.get(input.file)?.size_bytes !== wanted_bytes) {
      throw refused("input-size", `${input.file} does not hold the bytes of its photos`);
    }
  }
}

function checkArtifact(one: BundleArtifact, content: BundleContent, listed: Listed): void {
  const input = content.inputs[one.input];
  if (!input || (one.network !== null && one.network >= content.networks.length)) {
    throw refused("place", `${one.name} names an input or a network that there is not`);
  }
  if (input.height_px !== one.height_px || input.width_px !== one.width_px) {
    throw refused("sizes-differ", `${one.name} and ${input.file} are of two sizes`);
  }
  const own = listed.get(one.file);
  const size_bytes = filesOf(one, content).reduce((sum, file) => sum + file.size_bytes, 0);
  if (size_bytes !== one.size_bytes || (own && own.sha256 !== one.sha256)) {
    throw refused("artifact", `${one.file} is listed with another size or hash`);
  }
}

function checkRuns(content: BundleContent): void {
  const { runs } = content.job;
  if (runs.some((run) => run.artifact >= content.artifacts.length)) {
    throw refused("place", "a run names an artifact that there is not");
  }
  const asked = new Set(runs.map((run) => `${run.artifact} ${run.accelerator} ${run.threads}`));
  if (asked.size < runs.length) throw refused("run-twice", "its job has the same run twice");
}

function checkGolden(content: BundleContent): void {
  const photos = content.photos.length;
  if (content.golden.length !== content.artifacts.length) throw refused("counts", "golden maps lack a file");
  for (const [place, golden] of content.golden.entries()) {
    const lists = [golden.maps, golden.network_maps ?? golden.maps, ...Object.values(golden.allowed)];
    if (lists.some((list) => list.length !== photos)) {
      throw refused("counts", "golden maps are not of each photo");
    }
    const artifact = content.artifacts[place]!;
    if ((golden.network_maps === null) !== (artifact.network === null)) {
      throw refused("network-maps", `${artifact.name} has network_maps or a network, and not both`);
    }
  }
}

function refused(fault: BundleFault, what: string): BundleRefused {
  return new BundleRefused(fault, `the bundle is damaged: ${what}`);
}
