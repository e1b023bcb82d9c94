// The bytes of a file's input, made of a picture of its size; docs/preprocessing.md, "Tensors". 8-bit values go in as they
// are: mean and deviation are the file's own business.
import type { TensorSpec } from "../contract/documents";
import type { Picture } from "./arrays";
import { layoutOf } from "./layout";
import { DataRefused } from "./refused";

type Bits = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** Return the bytes, little endian and without gaps. Throws DataRefused for an input that no picture fits. */
export function inputBytes(picture: Picture, spec: TensorSpec): Uint8Array {
  const layout = layoutOf(spec);
  if (layout?.channels !== 3 || spec.shape[0] !== 1) {
    throw new DataRefused("unsupported", `${spec.name} takes no picture of three colours`);
  }
  if (layout.height_px !== picture.height_px || layout.width_px !== picture.width_px) {
    throw new DataRefused("other-size", `a picture is not of the size of ${spec.name}`);
  }
  const table = tableOf(spec);
  return spec.layout === "NHWC" ? asTheyLie(picture, table) : planes(picture, table);
}

/** What each of the 256 values becomes, by its bits; one table serves all pixels. Every system here is little endian. */
function tableOf(spec: TensorSpec): Bits {
  const values = Uint8Array.from({ length: 256 }, (_, value) => value);
  if (spec.scale !== null) return quantised(spec, Math.fround(spec.scale));
  switch (spec.dtype) {
    case "image":
    case "uint8":
      return values;
    case "int16":
    case "uint16":
      return Uint16Array.from(values);
    case "int32":
      return Uint32Array.from(values);
    case "int64":
      return BigUint64Array.from(Array.from(values, BigInt));
    case "float16":
      return Uint16Array.from(values, halfOfByte);
    case "float32":
      return new Uint32Array(Float32Array.from(values).buffer);
    case "float64":
      return new BigUint64Array(Float64Array.from(values).buffer);
    default:
      throw unsupported(spec);
  }
}

/** Scaled in single precision, halves to even, cut to the type's range. */
function quantised(spec: TensorSpec, scale: number): Uint8Array {
  const range = ({ int8: [-128, 127], uint8: [0, 255] } as const)[spec.dtype as "int8" | "uint8"];
  if (range === undefined) throw unsupported(spec);
  const zero = spec.zero_point ?? 0;
  return Uint8Array.from({ length: 256 }, (_, value) => {
    const steps = Math.fround(value / scale);
    const moved = (Number.isNaN(steps) ? 0 : toEven(steps)) + zero;
    return Math.min(Math.max(moved, range[0]), range[1]) & 0xff;
  });
}

function toEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 ? below : below + 1;
}

/** The 16 bits of a whole number from 0 to 255, which each is exact in. */
function halfOfByte(value: number): number {
  if (value === 0) return 0;
  const exponent = 31 - Math.clz32(value);
  return ((exponent + 15) << 10) | ((value << (10 - exponent)) & 0x3ff);
}

function asTheyLie(picture: Picture, table: Bits): Uint8Array {
  const { rgb } = picture;
  if (table instanceof BigUint64Array) {
    const made = new BigUint64Array(rgb.length);
    for (let place = 0; place < rgb.length; place++) made[place] = table[rgb[place]!]!;
    return new Uint8Array(made.buffer);
  }
  const made = empty(table, rgb.length);
  for (let place = 0; place < rgb.length; place++) made[place] = table[rgb[place]!]!;
  return new Uint8Array(made.buffer);
}

function planes(picture: Picture, table: Bits): Uint8Array {
  const count = picture.rgb.length / 3;
  const rgb = new Uint8Array(picture.rgb.length);
  for (let channel = 0; channel < 3; channel++) {
    for (let place = 0; place < count; place++)
      rgb[channel * count + place] = picture.rgb[3 * place + channel]!;
  }
  return asTheyLie({ ...picture, rgb }, table);
}

function empty(table: Exclude<Bits, BigUint64Array>, count: number): Exclude<Bits, BigUint64Array> {
  if (table instanceof Uint8Array) return new Uint8Array(count);
  return table instanceof Uint16Array ? new Uint16Array(count) : new Uint32Array(count);
}

function unsupported(spec: TensorSpec): DataRefused {
  return new DataRefused("unsupported", `${spec.name} is of ${spec.dtype}, which no photo is put into here`);
}
