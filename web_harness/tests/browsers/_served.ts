// `pocketseg serve` as people start it: a process, the link that it prints, and its end.

import { type ChildProcess, spawn } from "node:child_process";
import { told } from "./_told";

const READY_MS = 150_000;
const END_MS = 20_000;

/** A server that runs. `said`: its output so far. */
export interface Served {
  readonly link: string;
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
  return started(["-m", "pocketseg", "serve", "--no-qr", ...words]);
}

/** Serve a bundle that is there already, by the same code: `python -m scripts.web serve BUNDLE OUT [OPTION...]`. */
export function serveBundle(bundle: string, out: string, words: readonly string[] = []): Promise<Served> {
  return started(["-m", "scripts.web", "serve", bundle, out, ...words]);
}

async function started(words: readonly string[]): Promise<Served> {
  const { python, checkout } = told();
  const child = spawn(python, words, {
    cwd: checkout,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PYTHONUNBUFFERED: "1", OMP_NUM_THREADS: "1" },
  });
  let output = "";
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const link = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no link within ${READY_MS} ms:\n${output}`)), READY_MS);
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /^open (https?:\/\/\S+)$/m.exec(output);
      if (found?.[1] === undefined) return;
      clearTimeout(late);
      resolve(found[1]);
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
  return {
    link,
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
