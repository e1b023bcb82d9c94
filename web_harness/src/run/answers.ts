// Checks what a worker answered before anything is made of it: a runtime's own code ran in it.

import type { AcceleratorPart, Passage, Reading } from "../contract/documents";
import type { RuntimeFacts } from "../worker/backend";
import { MOST_SAMPLES } from "../worker/effort";
import type { Answer, Checked, Opened, SessionSeen, TurnTaken } from "../worker/messages";

const MOST_MS = 1e9;
const MOST_PASSAGES = 100;
const MOST_THREADS = 1 << 20;
const LONGEST = 4096;

/** An answer that is none. */
export class AnswerRefused extends Error {}

/** Return a checked copy of an answer. Throws AnswerRefused. */
export function readAnswer(value: unknown): Answer {
  const it = table(value, "its answer");
  const status = it.status;
  if (status !== "ok" && status !== "refused" && status !== "failed")
    throw new AnswerRefused("its answer has no status");
  return {
    status,
    reason: text(it, "reason"),
    clock_step_ms: orNull(it, "clock_step_ms", (at) => number(at, "clock_step_ms")),
    runtime: orNull(it, "runtime", runtime),
    session: orNull(it, "session", session),
    opened: orNull(it, "opened", opened),
    turn: orNull(it, "turn", turn),
    checked: orNull(it, "checked", checked),
  };
}

type Table = Record<string, unknown>;

function table(value: unknown, what: string): Table {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AnswerRefused(`${what} is no table`);
  }
  return value as Table;
}

function orNull<T>(it: Table, name: string, read: (it: Table, name: string) => T): T | null {
  return it[name] === null || it[name] === undefined ? null : read(it, name);
}

function number(it: Table, name: string, least = 0): number {
  const value = it[name];
  if (typeof value !== "number" || !(value >= least && value <= MOST_MS)) {
    throw new AnswerRefused(`its ${name} is no number from ${least} to ${MOST_MS}`);
  }
  return value;
}

function whole(it: Table, name: string, least: number, most: number): number {
  const value = number(it, name, least);
  if (!Number.isInteger(value) || value > most)
    throw new AnswerRefused(`its ${name} is no whole number up to ${most}`);
  return value;
}

function text(it: Table, name: string): string {
  const value = it[name];
  if (typeof value !== "string") throw new AnswerRefused(`its ${name} is no text`);
  return value.slice(0, LONGEST);
}

function numbers(it: Table, name: string, most: number): number[] {
  const value = it[name];
  if (!Array.isArray(value) || value.length > most)
    throw new AnswerRefused(`its ${name} is no list up to ${most}`);
  return value.map((one) => number({ [name]: one }, name));
}

function runtime(it: Table, name: string): RuntimeFacts {
  const at = table(it[name], "its runtime");
  if (at.name !== "ort" && at.name !== "litert") throw new AnswerRefused("its runtime has no name");
  return {
    name: at.name,
    tool: text(at, "tool"),
    version: orNull(at, "version", text),
    build: orNull(at, "build", text),
  };
}

function session(it: Table, name: string): SessionSeen {
  const at = table(it[name], "its session");
  const part = table(at.accelerator, "its accelerator");
  const asked = part.asked;
  if (asked !== "cpu" && asked !== "gpu" && asked !== "npu")
    throw new AnswerRefused("its accelerator has no name");
  const arithmetic = part.arithmetic ?? null;
  if (arithmetic !== null && arithmetic !== "float32" && arithmetic !== "float16" && arithmetic !== "int8") {
    throw new AnswerRefused("its arithmetic has no name");
  }
  const accelerator: AcceleratorPart = {
    asked,
    obtained: orNull(part, "obtained", text),
    nodes: orNull(part, "nodes", (one) => whole(one, "nodes", 0, 1e6)),
    nodes_delegated: orNull(part, "nodes_delegated", (one) => whole(one, "nodes_delegated", 0, 1e6)),
    fallback: orNull(part, "fallback", text),
    arithmetic,
  };
  return { accelerator, threads: orNull(at, "threads", (one) => whole(one, "threads", 0, MOST_THREADS)) };
}

function opened(it: Table, name: string): Opened {
  const at = table(it[name], "what it opened");
  return {
    runtime_ms: number(at, "runtime_ms"),
    file_ms: number(at, "file_ms"),
    first_ms: number(at, "first_ms"),
    warm_up_runs: whole(at, "warm_up_runs", 0, 1e6),
    warm_up_ms: number(at, "warm_up_ms"),
  };
}

function reading(it: Table, name: string): Reading {
  const at = table(it[name], "its yardstick");
  const said = { integer_ms: number(at, "integer_ms"), memory_ms: number(at, "memory_ms") };
  if (!(said.integer_ms > 0 && said.memory_ms > 0)) throw new AnswerRefused("its yardstick read nothing");
  return said;
}

function turn(it: Table, name: string): TurnTaken {
  const at = table(it[name], "its turn");
  const execute_ms = numbers(at, "execute_ms", MOST_SAMPLES);
  const at_ms = numbers(at, "at_ms", MOST_SAMPLES);
  if (execute_ms.length === 0 || at_ms.length !== execute_ms.length)
    throw new AnswerRefused("its turn has no runs");
  return {
    offset_ms: number(at, "offset_ms"),
    before: reading(at, "before"),
    after: reading(at, "after"),
    wall_ms: number(at, "wall_ms"),
    batch: whole(at, "batch", 1, 1e6),
    at_ms,
    execute_ms,
  };
}

function checked(it: Table, name: string): Checked {
  const at = table(it[name], "what it looked at");
  const passages = at.passages;
  if (!Array.isArray(passages) || passages.length > MOST_PASSAGES)
    throw new AnswerRefused("its passages are no list");
  return {
    passages: passages.map(passage),
    load_again_ms: orNull(at, "load_again_ms", (one) => number(one, "load_again_ms")),
    why: text(at, "why"),
  };
}

function passage(value: unknown): Passage {
  const at = table(value, "a passage");
  return {
    at_s: number(at, "at_s"),
    pre_ms: number(at, "pre_ms"),
    execute_ms: number(at, "execute_ms"),
    post_ms: number(at, "post_ms"),
  };
}
