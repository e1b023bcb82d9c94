// The device's camera, picture by picture; its light goes out as soon as nobody looks.

import type { Picture } from "../pixels/arrays";
import { frameOf } from "../pixels/camera";
import type { Facing } from "../pixels/turns";

// Networks here see less than this; larger pictures would only take longer to resize.
const ASKED = { width: { ideal: 640 }, height: { ideal: 480 } } as const;
const STALLED_AFTER_MS = 5000;

/** Why there is no picture, for people. */
export class CameraFault extends Error {}

export interface Camera {
  /** Return the next picture, upright, and as a mirror has it where the camera looks at its user. */
  next(): Promise<Picture>;
}

/** Open the camera that looks this way; it ends with the signal. Throws CameraFault. */
export async function openCamera(facingMode: "environment" | "user", signal: AbortSignal): Promise<Camera> {
  const stream = await asked(facingMode);
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  await video.play().catch(() => undefined); // Where it does not play, no picture comes, and that is said.
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null)
    throw new CameraFault("This browser gives no canvas to read the camera's pictures from.");
  const facing: Facing = facingMode === "user" ? "mirrored" : "as taken";
  let last = -1;
  return {
    async next() {
      const begun = performance.now();
      for (;;) {
        if (signal.aborted) throw new CameraFault("The camera was stopped.");
        const frame = video.currentTime === last ? null : frameOf(video, context, facing);
        last = video.currentTime;
        if (frame !== null) return frame;
        if (performance.now() - begun > STALLED_AFTER_MS || ended(stream))
          throw new CameraFault("No pictures come from the camera: another app or a call may have it.");
        await new Promise((resolve) => setTimeout(resolve, 8));
      }
    },
  };
}

async function asked(facingMode: "environment" | "user"): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode, ...ASKED } });
  } catch (error) {
    throw new CameraFault(said(error instanceof DOMException ? error.name : ""));
  }
}

/** Return what an error of getUserMedia means. */
export function said(name: string): string {
  switch (name) {
    case "NotAllowedError":
      return "The camera was refused. Allow it for this page in the browser's settings, and start it again.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "This device has no such camera.";
    case "NotReadableError":
    case "AbortError":
      return "The camera does not start: another app may have it.";
    default:
      return "The camera does not start in this browser.";
  }
}

function ended(stream: MediaStream): boolean {
  return stream.getVideoTracks().every((track) => track.readyState === "ended");
}
