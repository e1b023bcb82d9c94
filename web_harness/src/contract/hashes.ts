// SHA-256 in lower-case hex, by a library where the browser gives none: a page on plain http has no crypto.subtle.

import { sha256 as hashed } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

const PIECE_BYTES = 2 * 2 ** 20;

/** Return the hash of bytes, or of a text's UTF-8. */
export function sha256(data: Uint8Array | string): string {
  return bytesToHex(hashed(typeof data === "string" ? new TextEncoder().encode(data) : data));
}

/** Return the hash of a large file: by the browser where it can, else in pieces between which the page stays awake. */
export async function sha256OfFile(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const own: SubtleCrypto | undefined = globalThis.crypto?.subtle; // absent on plain http, whatever its type says
  if (own) return bytesToHex(new Uint8Array(await own.digest("SHA-256", data)));
  const hash = new RunningHash();
  for (let at = 0; at < data.length; at += PIECE_BYTES) {
    hash.update(data.subarray(at, at + PIECE_BYTES));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return hash.hex();
}

/** A SHA-256 that is fed piece by piece. */
export class RunningHash {
  private readonly hash = hashed.create();

  /** Add a piece. */
  update(piece: Uint8Array): void {
    this.hash.update(piece);
  }

  /** Return the hash of all that was added; nothing may be added after that. */
  hex(): string {
    return bytesToHex(this.hash.digest());
  }
}

/** Say whether a text is a hash as it is written here. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Say whether a text is the id of a job or a run: 32 hex digits. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** Return a new id of a job or a run, drawn by the browser: getRandomValues is there on plain http, too. */
export function drawId(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
}
