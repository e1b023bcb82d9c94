// One case of a set, run: how it came out, and what it came to where it is not as it must be.

import { Refused } from "../contract/faults";
import { isList, isTable } from "../contract/json";
import { readJson } from "../contract/json_reader";
import { CaseFault, Said } from "./said";

/** `why`: in what a case differs and what that most likely comes from, or why it was skipped; else empty. */
export interface CaseResult {
  readonly set: string;
  readonly list: string;
  readonly name: string;
  readonly outcome: "equal" | "differs" | "skipped";
  readonly why: string;
}

/** conformance/cases, however it is reached. */
export interface CaseFolder {
  bytes(file: string): Uint8Array;
}

/** Runs a case; it throws by `differs` or `skip`. */
export type Runner = (said: Said) => void;

class Differs extends Error {}
class Skipped extends Error {}

/** End a case whose result is another than it must be. */
export function differs(reason: string): never {
  throw new Differs(reason);
}

/** End a case that cannot be looked at here. */
export function skip(reason: string): never {
  throw new Skipped(reason);
}

/** Run what must be refused, and compare the fault's name; nothing else may be thrown. */
export function expectRefused(wanted: string, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.fault !== wanted) differs(`refused as ${error.fault}, not as ${wanted}`);
    return;
  }
  differs(`read, and not refused as ${wanted}`);
}

/** Fail where two plain values are not equal; lists by what is in them. */
export function expectEqual(found: unknown, wanted: unknown, what: string): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) differs(`${what} is ${one}, not ${other}`);
}

/** Fail where a number is not the one that is wanted, to a relative 1e-9; null is equal to null alone. */
export function expectNear(
  found: number | null,
  wanted: number | null,
  what: string,
  tolerance = 1e-9,
): void {
  const isNear =
    found === null || wanted === null
      ? found === wanted
      : Math.abs(found - wanted) <= tolerance * Math.max(1, Math.abs(found), Math.abs(wanted));
  if (!isNear) differs(`${what} is ${found}, not ${wanted}`);
}

/** Return how every case of a set came out. `runners`: by list. Throws CaseFault for a list that nothing runs. */
export function runSet(
  folder: CaseFolder,
  set: string,
  runners: Readonly<Record<string, Runner>>,
): CaseResult[] {
  const { value } = readJson(folder.bytes(`${set}.json`));
  if (!isTable(value)) throw new CaseFault(`${set}.json is no table`);
  const results: CaseResult[] = [];
  const lists = [...value].flatMap(([list, items]) => (isList(items) ? [{ list, items }] : []));
  for (const list of Object.keys(runners)) {
    if (!lists.some((one) => one.list === list)) throw new CaseFault(`${set}.json has no list ${list}`);
  }
  for (const { list, items } of lists) {
    const run = runners[list];
    if (!run) throw new CaseFault(`nothing here runs ${list} of ${set}.json`);
    if (items.length === 0) throw new CaseFault(`${list} of ${set}.json holds no case`);
    for (const [place, item] of items.entries()) {
      if (!isTable(item)) throw new CaseFault(`${list} of ${set}.json holds what is no case`);
      const said = new Said(item, folder);
      const name = said.textOrNull("name") ?? said.textOrNull("file") ?? String(place);
      results.push({ set, list, name, ...outcomeOf(() => run(said)) });
    }
  }
  return results;
}

function outcomeOf(run: () => void): Pick<CaseResult, "outcome" | "why"> {
  try {
    run();
    return { outcome: "equal", why: "" };
  } catch (error) {
    if (error instanceof Differs) return { outcome: "differs", why: error.message };
    if (error instanceof Skipped) return { outcome: "skipped", why: error.message };
    return { outcome: "differs", why: `it ended with: ${error}` };
  }
}
