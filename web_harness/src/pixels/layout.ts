// Where channels, rows and columns lie in a tensor of one picture: NCHW or NHWC.
import type { TensorSpec } from "../contract/documents";

export interface Layout {
  readonly channel_axis: number;
  readonly row_axis: number;
  readonly column_axis: number;
  readonly channels: number;
  readonly height_px: number;
  readonly width_px: number;
}

/** Return a tensor's layout; null where it is not of four axes that are known, none of them empty. */
export function layoutOf(spec: Pick<TensorSpec, "shape" | "layout">): Layout | null {
  if (spec.shape.length !== 4 || spec.shape.some((size) => !(size > 0))) return null;
  const axes = spec.layout === "NCHW" ? [1, 2, 3] : spec.layout === "NHWC" ? [3, 1, 2] : null;
  if (axes === null) return null;
  const [channel_axis, row_axis, column_axis] = axes as [number, number, number];
  return {
    channel_axis,
    row_axis,
    column_axis,
    channels: spec.shape[channel_axis]!,
    height_px: spec.shape[row_axis]!,
    width_px: spec.shape[column_axis]!,
  };
}
