// Reads an output's memory as what the manifest says it is; docs/preprocessing.md, "Reading an output".
import type { TensorSpec } from "../contract/documents";
import type { ClassMap, ElementType, RawOutput } from "./arrays";
import { type Layout, layoutOf } from "./layout";
import { numberReader, sizeOf } from "./numbers";
import { DataRefused } from "./refused";
import type { Scores } from "./scores";
import { areWithin, countOf } from "./sizes";

/** Return the manifest's output, by its name, else by type and shape if just one fits. Throws DataRefused. */
export function chosenOutput(outputs: readonly RawOutput[], wanted: TensorSpec): RawOutput {
  const named = outputs.filter((one) => one.name === wanted.name);
  const own = named.length > 0 ? named : outputs.filter((one) => isAlike(one, wanted));
  const found = own[0];
  if (found === undefined || own.length !== 1) {
    throw new DataRefused("no-such-output", `the file gives no output ${wanted.name}`);
  }
  if (!isAlike(found, wanted) || found.scale !== wanted.scale || found.zero_point !== wanted.zero_point) {
    throw new DataRefused("other-tensor", `${found.name} is not as the manifest says it`);
  }
  return found;
}

/** Return an output's scores, and how many of them are not finite. Throws DataRefused. */
export function readScores(output: RawOutput, wanted: TensorSpec, classes: number): Scores {
  const layout = layoutOf(wanted);
  const count = countOf(wanted.shape);
  if (layout === null || count === null || wanted.shape[0] !== 1) {
    throw new DataRefused("unsupported", `${output.name} has no planes of scores`);
  }
  if (layout.channels !== classes) {
    throw new DataRefused(
      "classes-not-channels",
      `${output.name} has ${layout.channels} channels for its classes`,
    );
  }
  const type = checkedType(output, wanted);
  const values = type === "float32" && wanted.scale === null ? floats(output, layout) : null;
  const read = values ?? anyNumbers(output, type, wanted, layout);
  let not_finite = 0;
  for (let place = 0; place < read.length; place++) if (!Number.isFinite(read[place]!)) not_finite++;
  return { classes, height_px: layout.height_px, width_px: layout.width_px, values: read, not_finite };
}

/** Return an output's classes. Throws DataRefused where a value is none of the classes. */
export function readClasses(output: RawOutput, wanted: TensorSpec, classes: number): ClassMap {
  const count = countOf(wanted.shape);
  if (count === null || wanted.shape.length !== 3 || wanted.shape[0] !== 1) {
    throw new DataRefused("unsupported", `${output.name} has no plane of classes`);
  }
  const read = numberReader(checkedType(output, wanted), output.memory);
  const [, height_px, width_px] = wanted.shape as [number, number, number];
  const [, by_row, by_column] = output.strides_bytes as [number, number, number];
  const known = Math.min(classes, 256);
  const found = new Uint8Array(count);
  for (let row = 0; row < height_px; row++) {
    for (let column = 0; column < width_px; column++) {
      const value = read(row * by_row + column * by_column);
      if (!(Number.isInteger(value) && value >= 0 && value < known)) {
        throw new DataRefused("no-such-class", `${output.name} gives class ${value} of ${classes} classes`);
      }
      found[row * width_px + column] = value;
    }
  }
  return { height_px, width_px, classes: found };
}

function isAlike(output: RawOutput, wanted: TensorSpec): boolean {
  return output.dtype === wanted.dtype && isSameShape(output.shape, wanted.shape);
}

function isSameShape(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((size, axis) => size === other[axis]);
}

/** Know the type, and that every number that the manifest says lies within the memory. */
function checkedType(output: RawOutput, wanted: TensorSpec): ElementType {
  const size = sizeOf(output.dtype);
  if (size === null) {
    throw new DataRefused("unsupported", `${output.name} is of ${output.dtype}, which is not read here`);
  }
  if (!isSameShape(output.shape, wanted.shape)) {
    throw new DataRefused("other-tensor", `${output.name} is not as the manifest says it`);
  }
  if (!areWithin(output.memory.length, output.shape, output.strides_bytes, 0, size)) {
    throw new DataRefused("beyond-memory", `${output.name} is larger than its memory`);
  }
  return output.dtype;
}

/** The usual case, quick: 32-bit floats at whole steps of four bytes; null where they do not lie so. */
function floats(output: RawOutput, layout: Layout): Float32Array | null {
  const { memory, strides_bytes } = output;
  const axes = [layout.channel_axis, layout.row_axis, layout.column_axis];
  const steps = axes.map((axis) => strides_bytes[axis]! / 4);
  if (memory.byteOffset % 4 !== 0 || !steps.every(Number.isInteger)) return null;
  const [by_channel, by_row, by_column] = steps as [number, number, number];
  const from = new Float32Array(memory.buffer, memory.byteOffset, memory.byteLength >> 2);
  const { channels, height_px, width_px } = layout;
  const made = new Float32Array(channels * height_px * width_px);
  let place = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height_px; row++) {
      let at = channel * by_channel + row * by_row;
      for (let column = 0; column < width_px; column++) {
        made[place++] = from[at]!;
        at += by_column;
      }
    }
  }
  return made;
}

/** Numbers of any type, brought to single precision by scale and zero point where there are. */
function anyNumbers(output: RawOutput, type: ElementType, wanted: TensorSpec, layout: Layout): Float32Array {
  const read = numberReader(type, output.memory);
  const scale = wanted.scale === null ? null : Math.fround(wanted.scale);
  const zero = wanted.zero_point ?? 0;
  const by_channel = output.strides_bytes[layout.channel_axis]!;
  const by_row = output.strides_bytes[layout.row_axis]!;
  const by_column = output.strides_bytes[layout.column_axis]!;
  const { channels, height_px, width_px } = layout;
  const made = new Float32Array(channels * height_px * width_px);
  let place = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height_px; row++) {
      let at = channel * by_channel + row * by_row;
      for (let column = 0; column < width_px; column++) {
        const value = read(at);
        made[place++] = scale === null ? value : (value - zero) * scale;
        at += by_column;
      }
    }
  }
  return made;
}
