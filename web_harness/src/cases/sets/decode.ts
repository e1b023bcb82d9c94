// The cases of photos' files. PNG is decoded anywhere, other kinds by a browser alone: a page runs them with `decodePhoto`.

import { sha256 } from "../../contract/hashes";
import { isTable } from "../../contract/json";
import { readJson } from "../../contract/json_reader";
import type { Picture } from "../../pixels/arrays";
import type { CaseFolder, CaseResult } from "../case";
import { causeOf, toPicture } from "../case_array";
import { CaseFault, Said } from "../said";

/** A photo's file to its upright pixels; null where there is nothing here that decodes its kind. */
export type Decode = (file: Blob, name: string) => Promise<Picture | null>;

/** Beside how a case came out: by how much a value is off at most; null where it was not decoded. */
export interface DecodeResult extends CaseResult {
  readonly off: number | null;
}

/** Return how every case came out, for a platform of the file's table of tolerances. */
export async function run(folder: CaseFolder, decode: Decode, platform = "browser"): Promise<DecodeResult[]> {
  const { value } = readJson(folder.bytes("decode.json"));
  if (!isTable(value)) throw new CaseFault("decode.json is no table");
  const document = new Said(value, folder);
  const tolerance = document.table("tolerance").numberOrNull(platform);
  const cases = document.tables("cases");
  if (cases.length === 0) throw new CaseFault("decode.json holds no case");
  const results: DecodeResult[] = [];
  for (const said of cases) {
    const at = { set: "decode", list: "cases", name: said.text("file") };
    results.push({ ...at, ...(await one(said, decode, said.bool("exact") ? 0 : tolerance)) });
  }
  return results;
}

type End = Pick<DecodeResult, "outcome" | "why" | "off">;

async function one(said: Said, decode: Decode, tolerance: number | null): Promise<End> {
  const name = said.text("file");
  const found = await decode(new Blob([said.folder.bytes(name) as Uint8Array<ArrayBuffer>]), name).catch(
    (error: unknown) => String(error),
  );
  if (typeof found === "string") return { outcome: "differs", why: `it ended with: ${found}`, off: null };
  if (found === null) return { outcome: "skipped", why: "a browser alone decodes it", off: null };
  const off = offBy(found, toPicture(said.array("is")));
  if (off === null) return { outcome: "differs", why: "it is of another size", off };
  if (tolerance === null) {
    const why = `no tolerance is known here yet; it is off by ${off} at most`;
    return { outcome: "skipped", why, off };
  }
  if (off <= tolerance) return { outcome: "equal", why: "", off };
  const cause = causeOf(sha256(found.rgb), said.table("faults"));
  return { outcome: "differs", why: `it is off by ${off} at most: ${cause}`, off };
}

/** By how much the values of two pictures differ at most; null for two sizes. */
function offBy(one: Picture, other: Picture): number | null {
  if (one.height_px !== other.height_px || one.width_px !== other.width_px) return null;
  let most = 0;
  for (let at = 0; at < one.rgb.length; at++) most = Math.max(most, Math.abs(one.rgb[at]! - other.rgb[at]!));
  return most;
}
