// A camera's frame to RGB: as a canvas gives it, turned, then mirrored where it is to be a mirror.
import type { Picture } from "./arrays";
import { type Facing, fromCamera } from "./turns";

/** Return a canvas' opaque pixels as RGB. */
export function rgbOf(image: Pick<ImageData, "data" | "height" | "width">): Picture {
  const { data, height, width } = image;
  const rgb = new Uint8Array(3 * height * width);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = data[from]!;
    rgb[to + 1] = data[from + 1]!;
    rgb[to + 2] = data[from + 2]!;
  }
  return { height_px: height, width_px: width, rgb };
}

/**
 * Return a frame of a playing video. `context`: of a canvas that is kept from frame to frame; it takes the video's size.
 * A browser hands frames over upright already, so nothing is turned unless it is asked for.
 */
export function frameOf(
  video: HTMLVideoElement,
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  facing: Facing,
  rotation_degrees = 0,
): Picture | null {
  const { videoHeight: height, videoWidth: width } = video;
  if (!(height > 0 && width > 0)) return null; // no frame has come yet
  const { canvas } = context;
  if (canvas.height !== height || canvas.width !== width) Object.assign(canvas, { height, width });
  context.drawImage(video, 0, 0);
  return fromCamera(rgbOf(context.getImageData(0, 0, width, height)), rotation_degrees, facing);
}
