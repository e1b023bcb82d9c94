// Sizes from outside: whole numbers above 0, whose products stay small enough to be held.

/** As many numbers as anything here may have: what a manifest may say of a tensor. */
const MOST = 2 ** 28;

/** As many pixels as a photo may have; docs/bundle.md. */
export const MOST_PHOTO_PX = 100_000_000;

/** Return how many numbers a shape holds; null where that is none, or more than anything here may have. */
export function countOf(shape: readonly number[]): number | null {
  let found = 1;
  for (const size of shape) {
    if (!Number.isInteger(size) || size <= 0 || size > MOST / found) return null;
    found *= size;
  }
  return found;
}

/** Return whether a photo may have a size. */
export function isOfAPhoto(height_px: number, width_px: number): boolean {
  return isWhole(height_px) && isWhole(width_px) && height_px * width_px <= MOST_PHOTO_PX;
}

/** Return whether numbers at these strides lie within memory of `limit` bytes, each `size_bytes` long. */
export function areWithin(
  limit: number,
  shape: readonly number[],
  strides_bytes: readonly number[],
  offset: number,
  size_bytes: number,
): boolean {
  if (shape.length !== strides_bytes.length || !Number.isInteger(offset) || offset < 0) return false;
  let end = offset + size_bytes;
  for (const [axis, size] of shape.entries()) {
    const stride = strides_bytes[axis]!;
    if (size > 1 && !(Number.isInteger(stride) && stride >= 0)) return false;
    if (size > 1) end += (size - 1) * stride; // past 2^53 the sum is inexact, and far above any memory
  }
  return end <= limit;
}

function isWhole(size: number): boolean {
  return Number.isInteger(size) && size > 0;
}
