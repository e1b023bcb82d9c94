// What this browser offers a runtime: shared memory for threads, relaxed SIMD, a graphics processor.

/** Return whether threads can share memory: isolation alone is not enough, as some browsers still lack the class. */
export function canShareMemory(): boolean {
  return globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === "function";
}

// (module (func (result v128) i32.const 1 i8x16.splat i32.const 2 i8x16.splat i8x16.relaxed_swizzle))
const RELAXED_SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2,
  253, 15, 253, 128, 2, 11,
]);

/** Return whether this browser knows relaxed SIMD, without which LiteRT has no threads. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_SIMD);
}

/** Return why no graphics processor can be had here, for people; null where one can. */
export async function whyNoGpu(): Promise<string | null> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) {
    return globalThis.isSecureContext
      ? "this browser has no WebGPU"
      : "a browser gives WebGPU to secure pages alone, and this one came over plain http";
  }
  try {
    return (await gpu.requestAdapter()) ? null : "this browser has WebGPU, and no graphics processor for it";
  } catch (error) {
    return `this browser gave no graphics processor: ${error instanceof Error ? error.message : String(error)}`;
  }
}
