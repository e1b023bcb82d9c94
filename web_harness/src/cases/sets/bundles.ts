// The cases of bundles.

import { checkedBundle } from "../../contract/bundle";
import { openBundle, photoOf, readManifestOf, readMapOf } from "../../contract/bundle_files";
import type { BundleContent } from "../../contract/documents";
import { areEqual } from "../../contract/json";
import { type CaseFolder, type CaseResult, differs, expectEqual, expectRefused, runSet } from "../case";
import { expectArray, expectSame, ofMap } from "../case_array";
import { CaseFault, type Said } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "bundles", { cases: opened, refused });
}

function opened(said: Said): void {
  const bundle = openBundle(said.array("zip").data);
  const { content } = bundle;
  expectEqual(bundle.sha256, said.text("sha256"), "its hash");
  const wanted = new Map(said.table("bundle").fields);
  wanted.delete("wishes"); // a later version's, which this one does not know
  if (!areEqual(bundle.document, wanted)) differs("bundle.json is read as another document");
  const { file, height_px, width_px } = content.inputs[0]!;
  const photos = content.photos.map((_, place) => photoOf(content, 0, place, bundle.read(file)));
  const data = Uint8Array.from(photos.flatMap((photo) => [...photo]));
  expectArray({ dtype: "uint8", shape: [photos.length, height_px, width_px, 3], data }, said, "inputs");
  const label = content.photos[0]!.label ?? differs("the first photo has no label");
  expectArray(ofMap(readMapOf(content, label, 0, bundle.read(label))), said, "label");
  const maps = said.table("maps");
  for (const name of maps.names()) {
    const map = readMapOf(content, name, photoOfMap(name, content), bundle.read(name));
    expectSame(ofMap(map), maps.table(name), null);
  }
  for (const [place, one] of content.artifacts.entries()) {
    readManifestOf(content, place, bundle.read(one.manifest));
  }
}

function refused(said: Said): void {
  expectRefused(said.text("error"), () => {
    if (!said.has("zip")) return checkedBundle({ value: said.value("bundle"), isBounded: true });
    const bundle = openBundle(said.array("zip").data);
    return bundle.content.artifacts.map((one, place) =>
      readManifestOf(bundle.content, place, bundle.read(one.manifest)),
    );
  });
}

function photoOfMap(name: string, content: BundleContent): number {
  const lists = [
    content.photos.map((photo) => photo.label),
    ...content.golden.flatMap((golden) => [golden.maps, golden.network_maps ?? []]),
  ];
  const found = lists.map((list) => list.indexOf(name)).find((place) => place >= 0);
  if (found === undefined) throw new CaseFault(`${name} is no photo's map`);
  return found;
}
