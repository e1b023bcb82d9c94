// What tests in real browsers ask of a photo's file: the hash of its pixels, and of those at an input's size.
import { sha256 } from "../contract/hashes";
import type { Picture } from "./arrays";
import { decodePhoto } from "./decode";
import { resize } from "./resize";

/** `decoded`, `resized`: SHA-256 of the RGB bytes of the upright photo, and at the wanted size. */
export interface PhotoProof {
  readonly height_px: number;
  readonly width_px: number;
  readonly decoded: string;
  readonly resized: string;
}

/** Return the proof of a photo's file at a size. Throws PhotoRefused. */
export async function proofOf(blob: Blob, height_px: number, width_px: number): Promise<PhotoProof> {
  const photo: Picture = await decodePhoto(blob);
  return {
    height_px: photo.height_px,
    width_px: photo.width_px,
    decoded: sha256(photo.rgb),
    resized: sha256(resize(photo, height_px, width_px).rgb),
  };
}
