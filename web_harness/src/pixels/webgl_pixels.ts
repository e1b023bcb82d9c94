// The colours of a picture that is transparent in places, by WebGL: a 2D canvas multiplies alpha into them. Only where a
// small picture whose colours are known comes out right first: an engine that multiplies while it decodes would not be told.
import type { Picture } from "./arrays";

/** A lossless WebP of 2 x 4 pixels, some of them wholly transparent. */
const KNOWN =
  "UklGRmQAAABXRUJQVlA4TFgAAAAvA0AAED9AIAFRfvjhj5mWOCJTFDNAAC2G/D1SSCGS46UWkiRoH4fNVuiiAzyKI1TIRhK0D8cirdMxHdKJXADu" +
  "hx3n+1ht7D9qkdxAIEDGHrz4ESGi/+EE";
/** Its colours. */
const KNOWN_RGB = [
  200, 100, 50, 7, 201, 99, 255, 1, 128, 90, 60, 30, 13, 240, 77, 250, 250, 3, 1, 2, 3, 128, 129, 130,
];

/** Return a picture's colours, whatever its alpha; null where this browser does not give them. */
export async function coloursBelow(bitmap: ImageBitmap): Promise<Picture | null> {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl", { premultipliedAlpha: false });
  if (gl === null) return null;
  try {
    const most_px = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    if (bitmap.height > most_px || bitmap.width > most_px || !(await isHonest(gl))) return null;
    return read(gl, bitmap);
  } finally {
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

async function isHonest(gl: WebGLRenderingContext): Promise<boolean> {
  const bytes = Uint8Array.from(atob(KNOWN), (sign) => sign.charCodeAt(0));
  const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" } as const;
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/webp" }), options).catch(
    () => null,
  );
  if (bitmap === null) return false;
  const found = read(gl, bitmap);
  bitmap.close();
  return found?.rgb.every((value, at) => value === KNOWN_RGB[at]) ?? false;
}

/** Read a picture as a texture holds it, its upper row first, as many rows at a time as fit into some MiB. */
function read(gl: WebGLRenderingContext, bitmap: ImageBitmap): Picture | null {
  const { height, width } = bitmap;
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, textureOf(gl), 0);
  if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) return null;
  const rgb = new Uint8Array(3 * height * width);
  const rows = Math.max(1, Math.floor(2 ** 22 / width));
  const rgba = new Uint8Array(4 * rows * width);
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    gl.readPixels(0, top, width, count, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    for (let from = 0, to = 3 * top * width; from < 4 * count * width; from += 4, to += 3) {
      rgb[to] = rgba[from]!;
      rgb[to + 1] = rgba[from + 1]!;
      rgb[to + 2] = rgba[from + 2]!;
    }
  }
  return gl.getError() === gl.NO_ERROR ? { height_px: height, width_px: width, rgb } : null;
}

function textureOf(gl: WebGLRenderingContext): WebGLTexture {
  return gl.getParameter(gl.TEXTURE_BINDING_2D) as WebGLTexture;
}
