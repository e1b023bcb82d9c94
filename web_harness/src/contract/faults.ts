// The names of all errors, as conformance/cases spells them, and the one family of errors that carries them.

import { printable } from "./texts";

/** What a zip may be refused for; docs/bundle.md, "The zip". */
export type ArchiveFault =
  | "truncated"
  | "end-record"
  | "zip64"
  | "compressed"
  | "encrypted"
  | "data-descriptor"
  | "flags"
  | "two-sizes"
  | "extra-field"
  | "comment"
  | "made-by"
  | "attributes"
  | "time"
  | "other-disk"
  | "local-header"
  | "gap"
  | "not-sorted"
  | "same-name"
  | "wrong-crc"
  | "name-not-ascii"
  | "name-backslash"
  | "name-absolute"
  | "name-folder"
  | "name-dots"
  | "name-too-long"
  | "name-characters"
  | "no-such-file"
  | "too-large";

/** What a .runs file may be refused for; docs/bundle.md, "Class maps". */
export type ClassMapFault =
  | "no-class-map"
  | "other-version"
  | "beyond-bounds"
  | "truncated"
  | "not-canonical"
  | "too-long";

/** What a bundle may be refused for; docs/bundle.md, "bundle.json". */
export type BundleFault =
  | "not-json"
  | "not-a-table"
  | "no-version"
  | "other-version"
  | "missing"
  | "unknown-field"
  | "wrong-type"
  | "out-of-bounds"
  | "bad-value"
  | "not-sorted"
  | "same-name"
  | "name"
  | "classes"
  | "photo"
  | "input-size"
  | "place"
  | "sizes-differ"
  | "artifact"
  | "run-twice"
  | "counts"
  | "network-maps"
  | "not-listed"
  | "not-named"
  | "file-missing"
  | "file-stray"
  | "file-size"
  | "file-hash"
  | "no-bundle-json"
  | "manifest"
  | "class-map";

/** What a manifest may be refused for; conformance/README.md, "Errors". */
export type ManifestFault =
  | "not-json"
  | "other-version"
  | "missing"
  | "unknown-entry"
  | "wrong-type"
  | "out-of-bounds"
  | "bad-value"
  | "does-not-print"
  | "file-name"
  | "classes"
  | "colours-not-classes"
  | "classes-not-channels"
  | "sizes-differ"
  | "golden";

/** What a record may be refused for; docs/record.md. */
export type RecordFault =
  | "not-json"
  | "not-a-table"
  | "no-version"
  | "other-version"
  | "seal"
  | "missing"
  | "unknown-field"
  | "wrong-type"
  | "out-of-bounds"
  | "bad-value"
  | "does-not-print"
  | "samples"
  | "statistics"
  | "classes"
  | "status"
  | "verdict"
  | "null";

/** Why something from outside was not taken. `fault` is the conformance name; the message is for people. */
export abstract class Refused<Fault extends string = string> extends Error {
  readonly fault: Fault;

  constructor(fault: Fault, detail: string) {
    super(printable(detail));
    this.fault = fault;
    this.name = new.target.name;
  }
}

/** A zip that is not of the canonical form. */
export class ArchiveRefused extends Refused<ArchiveFault> {}

/** A file of class maps (.runs) that is damaged. */
export class ClassMapRefused extends Refused<ClassMapFault> {}

/** A bundle that is damaged, or that its own parts contradict. */
export class BundleRefused extends Refused<BundleFault> {}

/** A manifest.json that says what no manifest may. */
export class ManifestRefused extends Refused<ManifestFault> {}

/** A record that is damaged, or that its own parts contradict. */
export class RecordRefused extends Refused<RecordFault> {}
