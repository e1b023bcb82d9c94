// Reads a manifest.json, and checks what its schema and conformance/README.md ask for.

import type { Manifest, TensorSpec } from "./documents";
import { type ManifestFault, ManifestRefused } from "./faults";
import { areEqual, isTable, NotJson, plain } from "./json";
import { type JsonDocument, readJson } from "./json_reader";
import { pointerOf, type SchemaFault } from "./schema";
import { MANIFEST_SCHEMA } from "./schemas";
import { prints } from "./texts";

const MOST_BYTES = 16 * 2 ** 20;
const VERSION = 2;
const MOST_ELEMENTS = 2 ** 28;

/** Return what a manifest says. Throws ManifestRefused. */
export function readManifest(data: Uint8Array): Manifest {
  if (data.length > MOST_BYTES) throw refused("out-of-bounds", `it is larger than ${MOST_BYTES} bytes`);
  const { value, isBounded } = parsed(data);
  const said = isTable(value) ? value.get("schema_version") : undefined;
  if (said !== undefined && !areEqual(said, VERSION)) {
    throw refused("other-version", `its schema_version is not ${VERSION}`);
  }
  const found = MANIFEST_SCHEMA.fault(value);
  if (found) throw refused(faultOf(found), `${pointerOf(found)} is not as it must be (${found.keyword})`);
  if (!isBounded) throw refused("out-of-bounds", "a number is beyond what a number can hold");
  const manifest = plain(value) as Manifest & { readonly golden?: GoldenValues };
  check(manifest);
  return manifest;
}

interface GoldenValues {
  readonly output_indices?: readonly number[];
  readonly output_values?: readonly number[];
}

function parsed(data: Uint8Array): JsonDocument {
  try {
    return readJson(data);
  } catch (error) {
    throw error instanceof NotJson ? refused("not-json", error.message) : error;
  }
}

function faultOf(found: SchemaFault): ManifestFault {
  const { keyword, value } = found;
  const first = found.path[0];
  if (keyword === "pattern" && typeof value === "string" && (!prints(value) || value.includes("\ufeff"))) {
    return "does-not-print";
  }
  if (first === "file" && (keyword === "pattern" || keyword === "minLength")) return "file-name";
  if (first === "classes" && ["uniqueItems", "minItems", "minLength"].includes(keyword)) return "classes";
  switch (keyword) {
    case "required":
    case "anyOf":
      return "missing";
    case "additionalProperties":
      return "unknown-entry";
    case "type":
      return "wrong-type";
    case "pattern":
    case "enum":
    case "const":
      return "bad-value";
    default:
      return "out-of-bounds";
  }
}

function check(found: Manifest & { readonly golden?: GoldenValues }): void {
  for (const spec of [...found.inputs, ...found.outputs]) {
    if (spec.shape.reduce((count, side) => count * side, 1) > MOST_ELEMENTS) {
      throw refused("out-of-bounds", `${spec.name} is too large`);
    }
  }
  if (found.colors_rgb.length !== found.classes.length) {
    throw refused("colours-not-classes", `it has ${found.colors_rgb.length} colours for its classes`);
  }
  for (const spec of found.inputs) {
    const sides = sidesOf(spec);
    if (sides && (sides.height_px !== found.input_height_px || sides.width_px !== found.input_width_px)) {
      throw refused("sizes-differ", `${spec.name} is not of input_height_px and input_width_px`);
    }
  }
  const output = found.outputs[0];
  const channels = output && found.output === "logits" ? sidesOf(output)?.channels : undefined;
  if (channels !== undefined && channels !== found.classes.length) {
    throw refused("classes-not-channels", `its output has ${channels} channels for its classes`);
  }
  const golden = found.golden;
  if (golden?.output_indices?.length !== golden?.output_values?.length) {
    throw refused("golden", "golden values are not as many as their places");
  }
}

/** The axes of a tensor of one picture; null where it is of none that is known. */
function sidesOf(spec: TensorSpec): { channels: number; height_px: number; width_px: number } | null {
  const [, one, two, three, more] = spec.shape;
  if (one === undefined || two === undefined || three === undefined || more !== undefined) return null;
  if (spec.layout === "NCHW") return { channels: one, height_px: two, width_px: three };
  return spec.layout === "NHWC" ? { channels: three, height_px: one, width_px: two } : null;
}

function refused(fault: ManifestFault, what: string): ManifestRefused {
  return new ManifestRefused(fault, `the manifest is damaged: ${what}`);
}
