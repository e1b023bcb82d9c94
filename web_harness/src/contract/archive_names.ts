// What the names in a bundle may be: ASCII, short, without folders that lead out.

import type { ArchiveFault } from "./faults";

const MOST_PARTS = 8;
const LONGEST = 200;
const LONGEST_PART = 64;
const PART = /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_-])?$/;

/** Return what is wrong with a name, in the order in which conformance/README.md has it; null for a good one. */
export function nameFault(name: string): ArchiveFault | null {
  for (let at = 0; at < name.length; at++) if (name.charCodeAt(at) >= 0x80) return "name-not-ascii";
  if (name.includes("\\")) return "name-backslash";
  if (name.startsWith("/")) return "name-absolute";
  if (name.endsWith("/")) return "name-folder";
  const parts = name.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) return "name-dots";
  const isLong = name.length > LONGEST || parts.length > MOST_PARTS;
  if (isLong || parts.some((part) => part.length > LONGEST_PART)) return "name-too-long";
  return parts.every((part) => PART.test(part)) ? null : "name-characters";
}

/** Say whether two names are one but for upper and lower case, or one is a file and the folder of another. */
export function hasTwins(names: readonly string[]): boolean {
  const low = names.map((name) => name.toLowerCase());
  const files = new Set(low);
  return files.size < low.length || low.some((name) => foldersOf(name).some((folder) => files.has(folder)));
}

/** Return the folders that a name lies in, and those that these lie in. */
export function foldersOf(name: string): string[] {
  const found: string[] = [];
  for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) found.push(name.slice(0, at));
  return found;
}
