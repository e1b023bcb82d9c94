// A program for Node: `node beside.js KIND FILE...` says a line of each file, as tests of other languages ask.

import { readFileSync } from "node:fs";
import { argv, exit, stderr, stdout } from "node:process";
import { check, KINDS } from "./check";

const [kind, ...files] = argv.slice(2);
if (kind === undefined || !KINDS.includes(kind) || files.length === 0) {
  stderr.write(`usage: node beside.js ${KINDS.join("|")} FILE...\n`);
  exit(2);
}
for (const file of files) stdout.write(`${check(kind, new Uint8Array(readFileSync(file)))}\n`);
