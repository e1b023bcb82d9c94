// `pocketseg serve` as people start it: a process, the link that it prints, and its end.

import { type ChildProcess, spawn } from "node:child_process";
import { guarded } from "./_guarded";
import { until } from "./_opened";
import { patient } from "./_patience";
import { told } from "./_told";

const READY_MS = patient(90_000);
const END_MS = patient(20_000);

/** A server that runs. `link`: the first of `links`, one for each page. `said`: its output so far. */
export interface Served {
  readonly link: string;
  readonly links: readonly string[];
  readonly port: number;
  readonly process: ChildProcess;
  said(): string;
  /** End it as Ctrl-C does; return its exit code. */
  interrupt(): Promise<number | null>;
  /** End it as a crash does, without a word. */
  kill(): Promise<void>;
}

/** Start `pocketseg serve` with these arguments and wait for its link. Throws with what it said where none comes. */
export function serve(words: readonly string[]): Promise<Served> {
  return started(["-m", "pocketseg", "serve", "--no-qr", ...words], 1);
}

/** Serve a bundle that is there already, by the same code: `python -m scripts.web serve BUNDLE OUT [OPTION...]`. */
export function serveBundle(bundle: string, out: string, words: readonly string[] = []): Promise<Served> {
  return started(["-m", "scripts.web", "serve", bundle, out, ...words], 1);
}

/** Serve several builds of the page side by side, by one process: their tables are OUT/0, OUT/1 and so on. */
export function servePages(bundle: string, out: string, pages: readonly string[]): Promise<Served> {
  const words = pages.flatMap((page) => ["--page", page]);
  return started(["-m", "scripts.web", "serve", bundle, out, "--port", "0", ...words], pages.length);
}

/** Wait until so many records in all are in the tables of a server that `serveBundle` or `servePages` started. */
export function recordsArrive(server: Served, count: number, ms: number): Promise<boolean> {
  return until(`${count} records arrive`, ms, async () => {
    return (server.said().match(/^record [0-9a-f]{32} \d+$/gm)?.length ?? 0) >= count;
  });
}

async function started(words: readonly string[], count: number): Promise<Served> {
  const { python, checkout } = told();
  const child = spawn(python, words, {
    cwd: checkout,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PYTHONUNBUFFERED: "1", OMP_NUM_THREADS: "1" },
  });
  guarded(child);
  let output = "";
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const links = await new Promise<string[]>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no link within ${READY_MS} ms:\n${output}`)), READY_MS);
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = [...output.matchAll(/^open (https?:\/\/\S+)$/gm)].map((each) => each[1] ?? "");
      if (found.length < count) return;
      clearTimeout(late);
      resolve(found);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    ended.then((code) => {
      clearTimeout(late);
      reject(new Error(`the server ended with ${code}:\n${output}`));
    });
  }).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  const link = links[0] ?? "";
  return {
    link,
    links,
    port: Number(new URL(link).port),
    process: child,
    said: () => output,
    interrupt: async () => {
      child.kill("SIGINT");
      const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
      const code = await ended;
      clearTimeout(late);
      return code;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
