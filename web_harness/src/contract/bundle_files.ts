// The files of a bundle, each held against what bundle.json says of it before it is used.

import type { ClassMap } from "../pixels/arrays";
import { Archive } from "./archive";
import { type Bundle, readBundle } from "./bundle";
import { BUNDLE_JSON } from "./bundle_names";
import { decodeClassMap } from "./class_map_file";
import type { BundleContent, ListedFile, Manifest } from "./documents";
import { BundleRefused, ClassMapRefused, ManifestRefused } from "./faults";
import { sha256, sha256OfFile } from "./hashes";
import { readManifest } from "./manifest_reader";

const IGNORED = 255; // in a label

/** Return what bundle.json says of a file. Throws BundleRefused where it lists none of that name. */
export function listedFile(content: BundleContent, name: string): ListedFile {
  const found = content.files.find((file) => file.name === name);
  if (!found) throw new BundleRefused("not-listed", `${name} is not among the bundle's files`);
  return found;
}

/** Check a file's size and hash. Throws BundleRefused where it is not what was listed. */
export function checkFile(content: BundleContent, name: string, data: Uint8Array): void {
  checkSize(listedFile(content, name), data);
  checkHash(listedFile(content, name), sha256(data));
}

/** Check a file that was fetched, while the page stays awake. Throws BundleRefused as `checkFile` does. */
export async function checkFetched(
  content: BundleContent,
  name: string,
  data: Uint8Array<ArrayBuffer>,
): Promise<void> {
  checkSize(listedFile(content, name), data);
  checkHash(listedFile(content, name), await sha256OfFile(data));
}

function checkSize({ name, size_bytes }: ListedFile, data: Uint8Array): void {
  if (data.length !== size_bytes) {
    throw new BundleRefused(
      "file-size",
      `${name} has ${data.length} bytes, and bundle.json lists ${size_bytes}`,
    );
  }
}

function checkHash({ name, sha256 }: ListedFile, found: string): void {
  if (found !== sha256) throw new BundleRefused("file-hash", `${name} is damaged`);
}

/** Return an artifact's manifest. Throws BundleRefused where it is none, or of another file than is listed. */
export function readManifestOf(content: BundleContent, artifact: number, data: Uint8Array): Manifest {
  const listed = content.artifacts[artifact]!;
  const found = asBundle("manifest", listed.manifest, () => readManifest(data));
  const isOwn =
    found.sha256 === listed.sha256 &&
    found.size_bytes === listed.size_bytes &&
    found.target === listed.target &&
    found.input_height_px === listed.height_px &&
    found.input_width_px === listed.width_px &&
    found.classes.length === content.classes.length &&
    found.classes.every((name, place) => name === content.classes[place]);
  if (!isOwn) throw new BundleRefused("manifest", `${listed.manifest} says otherwise than bundle.json`);
  return found;
}

/** Return a label or a golden map of a photo, at its size; labels alone hold 255. Throws BundleRefused. */
export function readMapOf(content: BundleContent, name: string, photo: number, data: Uint8Array): ClassMap {
  const size = content.photos[photo]!;
  const found = asBundle("class-map", name, () => decodeClassMap(data));
  if (found.height_px !== size.height_px || found.width_px !== size.width_px) {
    throw new BundleRefused("class-map", `${name} is not of its photo's size`);
  }
  const count = content.classes.length;
  const isLabel = size.label === name;
  if (!holdsOnly(found.classes, count, isLabel)) {
    throw new BundleRefused("class-map", `${name} holds a class that there is not`);
  }
  return found;
}

/** A plain loop: of megapixels, a function call for each takes longer than all else that is done with them. */
function holdsOnly(classes: Uint8Array, count: number, isLabel: boolean): boolean {
  for (let place = 0; place < classes.length; place++) {
    const kind = classes[place]!;
    if (kind >= count && !(isLabel && kind === IGNORED)) return false;
  }
  return true;
}

/** Return one photo's RGB out of an input's file that was checked: no copy. */
export function photoOf(content: BundleContent, input: number, photo: number, data: Uint8Array): Uint8Array {
  const { height_px, width_px } = content.inputs[input]!;
  const count = 3 * height_px * width_px;
  return data.subarray(photo * count, (photo + 1) * count);
}

/** A bundle's zip. */
export interface ZippedBundle extends Bundle {
  read(name: string): Uint8Array;
}

/** Open a bundle's zip and check every file of it. Throws ArchiveRefused or BundleRefused. */
export function openBundle(data: Uint8Array): ZippedBundle {
  const archive = new Archive(data);
  if (!archive.names.includes(BUNDLE_JSON)) {
    throw new BundleRefused("no-bundle-json", `the zip has no ${BUNDLE_JSON}`);
  }
  const bundle = readBundle(archive.read(BUNDLE_JSON));
  const { content } = bundle;
  const present = new Set(archive.names.filter((name) => name !== BUNDLE_JSON));
  const listed = new Set(content.files.map((file) => file.name));
  const stray = [...present].find((name) => !listed.has(name));
  if (stray !== undefined) {
    throw new BundleRefused("file-stray", `the zip holds ${stray}, which ${BUNDLE_JSON} does not list`);
  }
  const missing = [...listed].find((name) => !present.has(name));
  if (missing !== undefined) {
    throw new BundleRefused("file-missing", `the zip lacks ${missing}, which ${BUNDLE_JSON} lists`);
  }
  const other = content.files.find((file) => archive.size_bytes(file.name) !== file.size_bytes);
  if (other) throw new BundleRefused("file-size", `${other.name} has another size than is listed`);
  for (const file of content.files) checkFile(content, file.name, archive.read(file.name));
  return { ...bundle, read: (name) => archive.read(name) };
}

function asBundle<Found>(fault: "manifest" | "class-map", name: string, read: () => Found): Found {
  try {
    return read();
  } catch (error) {
    if (error instanceof ManifestRefused || error instanceof ClassMapRefused) {
      throw new BundleRefused(fault, `${name}: ${error.message}`);
    }
    throw error;
  }
}
