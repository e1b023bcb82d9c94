// An array of a case: a type, a shape, and its bytes, row-major and little endian; conformance/README.md.

import { sha256 } from "../contract/hashes";
import type { ClassMap, ElementType, Picture } from "../pixels/arrays";
import { differs } from "./case";
import type { Said } from "./said";

export interface CaseArray {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Return a picture as an array. */
export function ofPicture(picture: Picture): CaseArray {
  return { dtype: "uint8", shape: [picture.height_px, picture.width_px, 3], data: picture.rgb };
}

/** Return a class map as an array. */
export function ofMap(map: ClassMap): CaseArray {
  return { dtype: "uint8", shape: [map.height_px, map.width_px], data: map.classes };
}

/** Return 32-bit floats as an array. */
export function ofFloats(shape: readonly number[], values: Float32Array): CaseArray {
  return {
    dtype: "float32",
    shape,
    data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength), // every browser is little endian
  };
}

/** Return an array as a picture. */
export function toPicture({ shape, data }: CaseArray): Picture {
  if (shape.length !== 3 || shape[2] !== 3) throw new TypeError("an array is no picture");
  return { height_px: shape[0]!, width_px: shape[1]!, rgb: data };
}

/** Return an array as a class map. */
export function toMap({ shape, data }: CaseArray): ClassMap {
  if (shape.length !== 2) throw new TypeError("an array is no class map");
  return { height_px: shape[0]!, width_px: shape[1]!, classes: data };
}

/** Return an array of 32-bit floats as numbers. */
export function toFloats({ dtype, data }: CaseArray): Float32Array {
  if (dtype !== "float32") throw new TypeError(`an array is of ${dtype}, not float32`);
  return new Float32Array(data.slice().buffer);
}

/** Fail where a result is not the case's, and name the usual fault that gives it. `wanted`: the field of the case. */
export function expectArray(found: CaseArray, said: Said, wanted = "is"): void {
  expectSame(found, said.table(wanted), said.has("faults") ? said.table("faults") : null);
}

/** Fail where an array is another than the one that is said; `faults`: results that usual faults give, by name. */
export function expectSame(found: CaseArray, wanted: Said, faults: Said | null): void {
  const hash = sha256(found.data);
  const shape = wanted.numbers("shape");
  const isOwn =
    found.dtype === wanted.text("dtype") &&
    found.shape.length === shape.length &&
    found.shape.every((side, place) => side === shape[place]) &&
    hash === wanted.text("sha256");
  if (!isOwn) differs(`not as it must be: ${causeOf(hash, faults)}`);
}

/** Say whether two files are of the same bytes. */
export function areSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

/** Return which usual fault gives a wrong result. */
export function causeOf(hash: string, faults: Said | null): string {
  const named = faults?.names().filter((name) => faults.table(name).text("sha256") === hash) ?? [];
  return named.length > 0 ? `this is what ${named.join(" or ")} gives` : "no usual fault gives this";
}
