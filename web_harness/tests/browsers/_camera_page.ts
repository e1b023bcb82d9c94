// A page of a test's own: a frame of the camera as the page reads it, and the same frame drawn by other means.

import { frameOf } from "../../src/pixels/camera";
import type { Facing } from "../../src/pixels/turns";

/** A frame's size, its bytes that differ, and how many values it holds: a blank one holds one. */
export interface Compared {
  readonly height_px: number;
  readonly width_px: number;
  readonly differing: number;
  readonly values: number;
}

declare global {
  var compared: (facing: Facing, rotation_degrees: number) => Promise<Compared>;
}

let playing: Promise<HTMLVideoElement> | null = null;

async function played(): Promise<HTMLVideoElement> {
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } });
  await video.play();
  video.pause(); // the same picture, however often it is read
  await new Promise((resolve) => setTimeout(resolve, 500));
  return video;
}

globalThis.compared = async (facing, rotation_degrees) => {
  playing ??= played();
  const video = await playing;
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
  const frame = frameOf(video, context, facing, rotation_degrees);
  const bitmap = await createImageBitmap(video);
  if (frame === null) throw new Error("no frame came");
  const { height_px: height, width_px: width } = frame;
  const other = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  other.imageSmoothingEnabled = false;
  if (facing === "mirrored") other.setTransform(-1, 0, 0, 1, width, 0);
  other.translate(width / 2, height / 2);
  other.rotate((rotation_degrees * Math.PI) / 180);
  other.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
  const { data } = other.getImageData(0, 0, width, height);
  let differing = 0;
  for (let pixel = 0; pixel < width * height; pixel += 1)
    for (let channel = 0; channel < 3; channel += 1)
      if (frame.rgb[3 * pixel + channel] !== data[4 * pixel + channel]) differing += 1;
  return { height_px: height, width_px: width, differing, values: new Set(frame.rgb).size };
};
