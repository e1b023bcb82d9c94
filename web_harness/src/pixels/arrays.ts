// The arrays that pixels, outputs and maps are: sizes beside the bytes, row by row.

/** 8-bit RGB, height x width x 3. */
export interface Picture {
  readonly height_px: number;
  readonly width_px: number;
  readonly rgb: Uint8Array;
}

/** A class a pixel; 255 is ignored, and in labels alone. */
export interface ClassMap {
  readonly height_px: number;
  readonly width_px: number;
  readonly classes: Uint8Array;
}

export type ElementType = "uint8" | "int8" | "int16" | "int32" | "int64" | "float16" | "float32" | "float64";

/** An output as a runtime holds it: element (i, j, ...) lies at the sum of index times stride. */
export interface RawOutput {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly strides_bytes: readonly number[];
  readonly memory: Uint8Array;
  readonly scale: number | null;
  readonly zero_point: number | null;
}
