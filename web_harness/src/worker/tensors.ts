// Numbers between bytes and the arrays that runtimes want: views, never conversions.

import type { ElementType, RawOutput } from "../pixels/arrays";
import { CannotRun } from "./backend";

const ARRAYS = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
} as const;

/** Return a name of numbers as one that is known. Throws CannotRun. */
export function elementType(name: string): ElementType {
  if (!Object.hasOwn(ARRAYS, name))
    throw new CannotRun(`no runtime of this page has numbers of the kind ${name}`);
  return name as ElementType;
}

/** Return a copy of `bytes` as an array of its numbers. */
export function numbersOf(dtype: ElementType, bytes: Uint8Array): InstanceType<(typeof ARRAYS)[ElementType]> {
  const own = bytes.slice();
  const array = ARRAYS[dtype];
  return new array(own.buffer as ArrayBuffer, 0, own.byteLength / array.BYTES_PER_ELEMENT);
}

/** Return an output that lies row by row, with a copy of its bytes. */
export function rawOutput(
  name: string,
  dtype: ElementType,
  shape: readonly number[],
  data: ArrayBufferView,
  quantization: { readonly scale: number | null; readonly zero_point: number | null },
): RawOutput {
  const width = ARRAYS[dtype].BYTES_PER_ELEMENT;
  const strides_bytes: number[] = [];
  let stride = width;
  for (const size of [...shape].reverse()) {
    strides_bytes.unshift(stride);
    stride *= size;
  }
  const memory = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return { name, dtype, shape: [...shape], strides_bytes, memory, ...quantization };
}

/** Return how a manifest quantizes the output of a name; no scale where it names none. */
export function quantizationOf(
  outputs: readonly {
    readonly name: string;
    readonly scale: number | null;
    readonly zero_point: number | null;
  }[],
  name: string,
): { readonly scale: number | null; readonly zero_point: number | null } {
  const found = outputs.find((one) => one.name === name) ?? (outputs.length === 1 ? outputs[0] : undefined);
  return { scale: found?.scale ?? null, zero_point: found?.zero_point ?? null };
}
