// A program for Node: `node beside.js KIND FILE...` says a line of each file, as tests of other languages ask.
// `node beside.js reseal FILE...` writes records anew.

import { readFileSync } from "node:fs";
import { argv, exit, stderr, stdout } from "node:process";
import { check, KINDS, reseal } from "./check";

const [kind, ...files] = argv.slice(2);
if (kind === undefined || ![...KINDS, "reseal"].includes(kind) || files.length === 0) {
  stderr.write(`usage: node beside.js ${KINDS.join("|")}|reseal FILE...\n`);
  exit(2);
}
const answer = kind === "reseal" ? reseal : (data: Uint8Array) => check(kind, data);
for (const file of files) stdout.write(`${answer(new Uint8Array(readFileSync(file)))}\n`);
