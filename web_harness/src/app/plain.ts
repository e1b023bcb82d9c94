// Why something was not done: in plain words first, and exactly after them.

// What the machinery throws by itself says nothing to people; the rest of this project's errors does.
const OF_MACHINES = [
  "TypeError",
  "RangeError",
  "DOMException",
  "RuntimeError",
  "ReferenceError",
  "SyntaxError",
];

/** Return what is said of an error; `otherwise` where its own words are no people's. */
export function plain(error: unknown, otherwise: string): string {
  if (!(error instanceof Error)) return otherwise;
  const message = printable(error.message);
  if (message === "") return otherwise;
  const isMachine =
    OF_MACHINES.includes(error.constructor.name) ||
    OF_MACHINES.includes(error.name) ||
    error instanceof DOMException;
  return isMachine ? `${otherwise} (${message})` : message;
}

/** Return a text from outside on one line, without signs that turn or hide it, and not endless. */
export function printable(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return line.length <= 400 ? line : `${line.slice(0, 399)}…`;
}
