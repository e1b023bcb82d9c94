// How a number of a tensor is read from little-endian memory, by its type.
import type { ElementType } from "./arrays";

const SIZES: Readonly<Record<ElementType, number>> = {
  uint8: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
};

/** Return how many bytes a number of a type has; null for a type that is not read here. */
export function sizeOf(dtype: string): number | null {
  return Object.hasOwn(SIZES, dtype) ? SIZES[dtype as ElementType] : null;
}

/** Return what reads the number at a byte; of 64-bit integers those beyond 2^53 lose digits. */
export function numberReader(dtype: ElementType, memory: Uint8Array): (at: number) => number {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  switch (dtype) {
    case "uint8":
      return (at) => memory[at]!;
    case "int8":
      return (at) => view.getInt8(at);
    case "int16":
      return (at) => view.getInt16(at, true);
    case "int32":
      return (at) => view.getInt32(at, true);
    case "int64":
      return (at) => Number(view.getBigInt64(at, true));
    case "float16":
      return (at) => halfToNumber(view.getUint16(at, true));
    case "float32":
      return (at) => view.getFloat32(at, true);
    case "float64":
      return (at) => view.getFloat64(at, true);
  }
}

/** Return what the 16 bits of a float16 say; exact. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (fraction + 1024) * 2 ** (exponent - 25);
}
