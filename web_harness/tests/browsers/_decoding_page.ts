// A page of a test's own: it decodes what lies beside it with the page's own code, and keeps what came of it.

import { run } from "../../src/cases/sets/decode";
import { decodePhoto } from "../../src/pixels/decode";
import { type PhotoProof, proofOf } from "../../src/pixels/photo_proof";

/** What the page found, or why it did not. */
export interface Found {
  readonly proofs: Readonly<Record<string, PhotoProof | string>>;
  readonly cases: readonly { readonly name: string; readonly outcome: string; readonly off: number | null }[];
}

declare global {
  var found: Found | string | undefined;
}

/** `listed.json` beside the page: the names of photos and of the conformance set's files. */
async function decoded(): Promise<Found> {
  const listed = (await (await fetch("listed.json")).json()) as { photos: string[]; cases: string[] };
  const files = new Map<string, Uint8Array>();
  for (const name of listed.cases)
    files.set(name, new Uint8Array(await (await fetch(`cases/${name}`)).arrayBuffer()));
  const cases = await run({ bytes: (name) => files.get(name)! }, (blob) => decodePhoto(blob));
  const proofs: Record<string, PhotoProof | string> = {};
  for (const name of listed.photos) {
    const blob = await (await fetch(`photos/${name}`)).blob();
    proofs[name] = await proofOf(blob, 320, 192).catch((error: unknown) => String(error));
  }
  return { proofs, cases: cases.map(({ name, outcome, off }) => ({ name, outcome, off })) };
}

decoded().then(
  (found) => {
    globalThis.found = found;
  },
  (error: unknown) => {
    globalThis.found = `${String(error)} ${error instanceof Error ? error.stack : ""}`;
  },
);
