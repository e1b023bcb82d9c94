// How the names of a bundle's files must fit each other: each as a zip takes it, listed and named.

import { foldersOf, hasTwins, nameFault } from "./archive_names";
import type { BundleArtifact, BundleContent, ListedFile } from "./documents";
import { BundleRefused } from "./faults";

/** The name of the file that lists all others. */
export const BUNDLE_JSON = "bundle.json";

/** Check the names of a bundle. Throws BundleRefused for the first that does not fit. */
export function checkNames(content: BundleContent): void {
  const names = content.files.map((file) => file.name);
  for (const [place, name] of names.entries()) {
    if (place > 0 && name <= names[place - 1]!) {
      throw new BundleRefused("not-sorted", `bundle.json lists ${name} after ${names[place - 1]}`);
    }
  }
  const bad = names.find((name) => nameFault(name) !== null);
  if (bad !== undefined) throw new BundleRefused("name", `${bad} may be no name of a file`);
  if (hasTwins([...names, BUNDLE_JSON])) throw new BundleRefused("same-name", "two of its names are one");
  const listed = new Set(names);
  const named = namesIn(content, listed);
  const lost = content.artifacts.find((artifact) => filesOf(artifact, content).length === 0);
  if (lost) throw new BundleRefused("artifact", `${lost.file} is not among its files`);
  const unlisted = named.find((name) => !listed.has(name));
  if (unlisted !== undefined) {
    throw new BundleRefused("not-listed", `${unlisted} is named and not among its files`);
  }
  const inNames = new Set(named);
  const packages = new Set(content.artifacts.map((artifact) => artifact.file));
  const unnamed = names.find(
    (name) => !inNames.has(name) && !foldersOf(name).some((one) => packages.has(one)),
  );
  if (unnamed !== undefined) {
    throw new BundleRefused("not-named", `${unnamed} is among its files and nothing names it`);
  }
}

/** Return an artifact's own file among those that are listed, or those of its package, in order. */
export function filesOf(artifact: BundleArtifact, content: BundleContent): ListedFile[] {
  const own = content.files.filter((file) => file.name === artifact.file);
  return own.length > 0 ? own : content.files.filter((file) => file.name.startsWith(`${artifact.file}/`));
}

/** All names that are said outside of the list of files. */
function namesIn(content: BundleContent, listed: ReadonlySet<string>): string[] {
  return [
    ...content.artifacts.map((artifact) => artifact.manifest),
    ...content.artifacts.map((artifact) => artifact.file).filter((file) => listed.has(file)),
    ...content.inputs.map((input) => input.file),
    ...content.photos.flatMap((photo) => (photo.label === null ? [photo.file] : [photo.file, photo.label])),
    ...content.golden.flatMap((golden) => [...golden.maps, ...(golden.network_maps ?? [])]),
  ];
}
