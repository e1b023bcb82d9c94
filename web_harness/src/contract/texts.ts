// Texts from outside: the signs that no name, record or screen should be given.

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the signs that are looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u;
const EVERY_UNPRINTABLE = new RegExp(UNPRINTABLE.source, "gu");
const HALF = /[\ud800-\udfff]/u;
const LONGEST = 300;
/** Signs of a reason or a sentence in a record. */
export const LONGEST_SENTENCE = 4096;

/** Say whether every sign prints: no controls, no line ends, nothing that turns text, no halves of UTF-16 pairs. */
export function prints(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** Say whether no sign is half of a UTF-16 pair. */
export function isWhole(text: string): boolean {
  return !HALF.test(text);
}

/** Return how many signs (code points) a text has. */
export function countSigns(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const isPair = isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1));
    if (isPair) at++;
    count++;
  }
  return count;
}

/** Return a text as one line that a record and a screen take, of at most `longest` signs. */
export function printable(text: string, longest: number = LONGEST): string {
  // Cut first: a text of megabytes is not looked at whole. A sign has at most two units.
  const start = Array.from(text.slice(0, 2 * longest))
    .slice(0, longest)
    .join("");
  return start.replace(EVERY_UNPRINTABLE, (sign) => (sign.charCodeAt(0) < 0x20 ? " " : "?"));
}

// Addresses and folders are nobody's business in a record: of either the last part is kept.
const ADDRESS = /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s"'<>]*/gi;
const FOLDERS = /(^|[\s"'(])(?:[a-z]:)?[/\\](?:[^\s"'<>()/\\]+[/\\])+/gi;

/** Return a sentence as a record may hold it: one line, files named without their folders and addresses. */
export function reasonText(text: string): string {
  const named = text
    .slice(0, 4 * LONGEST_SENTENCE)
    .replace(ADDRESS, lastPart)
    .replace(FOLDERS, "$1");
  return printable(named, LONGEST_SENTENCE).trim();
}

/** Return what an error says, as a record may hold it; never empty. */
export function reasonOf(error: unknown): string {
  const said = error instanceof Error ? error.message || error.name : String(error);
  return reasonText(said) || "it ended without saying why";
}

function lastPart(address: string): string {
  const end = /[).,:;]*$/.exec(address)?.[0] ?? "";
  const path = address.slice(0, address.length - end.length).replace(/[?#].*$/, "");
  const last = path.split("/").slice(3).pop() ?? "";
  return (last || "an address") + end;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
