// How cases of pixels, outputs, scores and the method are read and compared; conformance/README.md. Nothing here needs Node.
import { sha256 } from "@noble/hashes/sha2.js";
import type { TensorSpec } from "../contract/documents";
import { DataRefused } from "../contract/faults";
import type { ClassMap, Picture } from "../pixels/arrays";
import type { Scores } from "../pixels/scores";

/** How a case came out: `why` is empty where it is equal. */
export interface CaseResult {
  readonly set: string;
  readonly list: string;
  readonly name: string;
  readonly outcome: "equal" | "differs" | "skipped";
  readonly why: string;
}

/** conformance/cases, however it is reached. */
export interface CaseFolder {
  bytes(file: string): Uint8Array;
}

/** A case that cannot be looked at here. */
export class Skipped extends Error {}

/** An array as cases say it. */
export interface SaidArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sha256: string;
  readonly hex?: string;
  readonly file?: string;
}

export interface SaidCase {
  readonly name?: string;
  readonly file?: string;
}

export interface Expected {
  readonly is: SaidArray;
  readonly faults?: Readonly<Record<string, { readonly sha256: string }>>;
}

/** Throws where a case differs, with the reason, or Skipped. */
export type Runner<Case> = (said: Case, folder: CaseFolder) => void;

/** Return how each case of a set's lists came out; a list that nothing here runs is a fault of this program. */
export function runLists(
  set: string,
  folder: CaseFolder,
  runners: Readonly<Record<string, Runner<never>>>,
): CaseResult[] {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(folder.bytes(`${set}.json`));
  const document = JSON.parse(text) as Record<string, unknown>;
  return Object.entries(document).flatMap(([list, cases]) => {
    if (!Array.isArray(cases)) return [];
    const run = runners[list] as Runner<unknown> | undefined;
    return cases.map((said: SaidCase, place): CaseResult => {
      const at = { set, list, name: said.name ?? said.file ?? String(place) };
      if (run === undefined) return { ...at, outcome: "differs", why: "nothing here runs it" };
      try {
        run(said, folder);
        return { ...at, outcome: "equal", why: "" };
      } catch (error) {
        return { ...at, ...endOf(error) };
      }
    });
  });
}

/** Return what something that was thrown makes of a case. */
export function endOf(error: unknown): Pick<CaseResult, "outcome" | "why"> {
  const why = error instanceof Error ? error.message : String(error);
  return { outcome: error instanceof Skipped ? "skipped" : "differs", why };
}

/** Return an array's bytes, once they are what their hash says. */
export function bytesOf(said: SaidArray, folder: CaseFolder): Uint8Array {
  const bytes = said.hex === undefined ? folder.bytes(said.file!) : unhex(said.hex);
  if (hashOf(bytes) !== said.sha256)
    throw new Error(`an array of the cases is damaged: ${said.file ?? "its hex"}`);
  return bytes;
}

export function pictureOf(said: SaidArray, folder: CaseFolder): Picture {
  return { height_px: said.shape[0]!, width_px: said.shape[1]!, rgb: bytesOf(said, folder) };
}

export function classMapOf(said: SaidArray, folder: CaseFolder): ClassMap {
  return { height_px: said.shape[0]!, width_px: said.shape[1]!, classes: bytesOf(said, folder) };
}

export function scoresOf(said: SaidArray, folder: CaseFolder): Scores {
  const [classes, height_px, width_px] = said.shape as [number, number, number];
  const values = new Float32Array(bytesOf(said, folder).slice().buffer);
  const not_finite = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  return { classes, height_px, width_px, values, not_finite };
}

export function tensorOf(said: Partial<TensorSpec>): TensorSpec {
  return {
    name: said.name ?? "image",
    shape: said.shape!,
    layout: said.layout ?? "",
    dtype: said.dtype!,
    scale: said.scale ?? null,
    zero_point: said.zero_point ?? null,
  };
}

/** Throw where bytes are not the case's, and name the usual fault that gives them. */
export function expectArray(
  dtype: string,
  shape: readonly number[],
  bytes: Uint8Array,
  wanted: SaidArray,
  faults: Expected["faults"],
): void {
  const hash = hashOf(bytes);
  if (dtype === wanted.dtype && `${shape}` === `${wanted.shape}` && hash === wanted.sha256) return;
  throw new Error(`not as it must be: ${causeOf(hash, faults)}`);
}

export function expectPicture(found: Picture, said: Expected): void {
  expectArray("uint8", [found.height_px, found.width_px, 3], found.rgb, said.is, said.faults);
}

export function expectMap(found: ClassMap, said: Expected): void {
  expectArray("uint8", [found.height_px, found.width_px], found.classes, said.is, said.faults);
}

export function causeOf(hash: string, faults: Expected["faults"]): string {
  const named = Object.entries(faults ?? {}).filter(([, fault]) => fault.sha256 === hash);
  const names = named.map(([name]) => name).join(" or ");
  return names === "" ? "no usual fault gives this" : `this is what ${names} gives`;
}

/** Throw where a number is not the one that is wanted, to a relative tolerance; null is equal to null alone. */
export function expectNear(found: number | null, wanted: number | null, what: string): void {
  if (found === null || wanted === null ? found !== wanted : !areNear(found, wanted)) {
    throw new Error(`${what} is ${found}, not ${wanted}`);
  }
}

export function areNear(one: number, other: number): boolean {
  return Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));
}

/** Throw where two values, lists of them or tables are not equal. */
export function expectSame(found: unknown, wanted: unknown, what: string): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what} is ${one}, not ${other}`);
}

/** Run what must be refused, and compare the fault's name; nothing else may be thrown. */
export function expectRefused(wanted: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof DataRefused)) throw error;
    if (error.fault !== wanted) throw new Error(`refused as ${error.fault}, not as ${wanted}`);
    return;
  }
  throw new Error(`read, and not refused as ${wanted}`);
}

export function hashOf(bytes: Uint8Array): string {
  return Array.from(sha256(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unhex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
  );
}
