// A program for Node: `node beside_pixels.js JOBS` brings pictures to sizes, and says the hash of each, as Python's tests ask.

import { readFileSync } from "node:fs";
import { argv, exit, stderr, stdout } from "node:process";
import { sha256 } from "../contract/hashes";
import type { Picture } from "../pixels/arrays";
import { decodePhoto, readPhotoFile } from "../pixels/decode";
import { PhotoRefused } from "../pixels/photo_file";
import { resize } from "../pixels/resize";
import { upright } from "../pixels/turns";

/**
 * `photo`: a photo's file, or none. `stored`: its pixels as they are stored, of height, width; without them the photo is
 * decoded here, which Node does of PNG alone. `sizes`: what it is brought to.
 */
interface Job {
  readonly photo?: string;
  readonly stored?: { readonly file: string; readonly height_px: number; readonly width_px: number };
  readonly sizes: readonly (readonly [height_px: number, width_px: number])[];
}

const [file] = argv.slice(2);
if (file === undefined) {
  stderr.write("usage: node beside_pixels.js JOBS.json\n");
  exit(2);
}
for (const job of JSON.parse(readFileSync(file, "utf8")) as Job[]) {
  stdout.write(`${JSON.stringify(await answer(job))}\n`);
}

/** The upright photo's size and hash, and the hash at each size; or why it is refused. */
async function answer(job: Job): Promise<unknown> {
  try {
    const photo = await pictureOf(job);
    return {
      size: [photo.height_px, photo.width_px],
      upright: sha256(photo.rgb),
      resized: job.sizes.map(([height_px, width_px]) => sha256(resize(photo, height_px, width_px).rgb)),
    };
  } catch (error) {
    if (error instanceof PhotoRefused) return { refused: error.message };
    throw error;
  }
}

async function pictureOf({ photo, stored }: Job): Promise<Picture> {
  const bytes = photo === undefined ? null : new Uint8Array(readFileSync(photo));
  if (stored === undefined) return await decodePhoto(new Blob([bytes!]));
  const { height_px, width_px } = stored;
  const pixels = { height_px, width_px, rgb: new Uint8Array(readFileSync(stored.file)) };
  if (bytes === null) return pixels;
  const said = await readPhotoFile(bytes);
  if (said.height_px !== height_px || said.width_px !== width_px) {
    throw new PhotoRefused(`its file says ${said.height_px} x ${said.width_px}`);
  }
  return upright(pixels, said.orientation);
}
