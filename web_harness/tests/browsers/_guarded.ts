// A program that tests start ends when they are killed: a shell beside it waits for the end of a pipe that they hold.

import { type ChildProcess, spawn } from "node:child_process";

/** Guard the process group of `pid`; return the shell, whose pipe's end kills that group. `lift` it once it has ended. */
export function guard(pid: number | undefined): ChildProcess {
  if (pid === undefined) throw new Error("a program that did not start cannot be guarded");
  const shell = spawn("sh", ["-c", 'read -r _; kill -KILL "-$1"', "sh", String(pid)], {
    detached: true, // what ends the tests' own group is not to end it
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.unref();
  return shell;
}

/** Guard it no longer. */
export function lift(shell: ChildProcess): void {
  shell.kill("SIGKILL");
}

/** Guard a program until it ends by itself. */
export function guarded(child: ChildProcess | null): void {
  if (child === null) return;
  const shell = guard(child.pid);
  child.once("exit", () => lift(shell));
}
