/**
 * Files into pixels and back. PNG is read and written in plain script: browsers that guard against
 * fingerprinting put noise, or nothing, into what a canvas gives back (svwm-1 §10). Only JPEG, WebP
 * and unusual PNGs go through a canvas.
 */
import { decode, encode } from "fast-png";
import { SignetError } from "./errors.js";
import { SMALLEST_SIDE } from "./watermark.js";

/**
 * @typedef {import("./watermark.js").Pixels} Pixels
 * @typedef {HTMLCanvasElement | OffscreenCanvas} Canvas
 */

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** 36 megapixels hold every telephone's picture; their luma alone takes 290 MB while it is read. */
const MOST_PIXELS = 36e6;
const MOST_BYTES = 64e6;
/** A cover is drawn no larger: beyond, the file only grows. */
const LONGEST_COVER_SIDE = 2048;
/** Grey, RGB, grey and alpha, RGBA: what the decoder gives as whole samples. */
const PLAIN_COLOUR_TYPES = [0, 2, 4, 6];

/** @param {number} width @param {number} height */
function assertSize(width, height) {
  if (width * height > MOST_PIXELS) throw new SignetError("picture_too_big");
  if (width < 1 || height < 1) throw new SignetError("picture_unreadable");
}

/**
 * Channels and depths into 8-bit RGB; what is transparent lies on white.
 *
 * @param {{ width: number, height: number, channels: number, depth: number, data: ArrayLike<number> }} image
 * @returns {Pixels}
 */
function toRgb({ width, height, channels, depth, data }) {
  const rgb = new Uint8Array(width * height * 3);
  const scale = depth === 16 ? 257 : 1;
  const isGrey = channels < 3;
  const hasAlpha = channels % 2 === 0;
  for (let i = 0, from = 0, to = 0; i < width * height; i += 1, from += channels, to += 3) {
    const alpha = hasAlpha ? data[from + channels - 1] / scale / 255 : 1;
    for (let c = 0; c < 3; c += 1)
      rgb[to + c] = Math.round((data[from + (isGrey ? 0 : c)] / scale) * alpha + 255 * (1 - alpha));
  }
  return { width, height, data: rgb };
}

/** @param {number} width @param {number} height @returns {Canvas} */
function makeCanvas(width, height) {
  if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement("canvas"), { width, height });
}

/** @param {Canvas} canvas */
function contextOf(canvas) {
  const settings = { willReadFrequently: true, colorSpace: "srgb" };
  const context = /** @type {CanvasRenderingContext2D | null} */ (canvas.getContext("2d", settings));
  if (!context) throw new SignetError("picture_unreadable", { reason: "no_canvas" });
  return context;
}

/** Whether a canvas gives back what was drawn: not so where the browser guards against fingerprinting. */
export function isCanvasTruthful() {
  const canvas = makeCanvas(16, 16);
  const context = contextOf(canvas);
  context.fillStyle = "rgb(37 91 143)";
  context.fillRect(0, 0, 16, 16);
  const { data } = context.getImageData(0, 0, 16, 16);
  return [37, 91, 143].every((value, i) => Math.abs(data[i] - value) <= 8);
}

/** @param {Canvas} canvas @returns {Pixels} */
export function canvasPixels(canvas) {
  if (!isCanvasTruthful()) throw new SignetError("picture_unreadable", { reason: "canvas_blocked" });
  const { width, height } = canvas;
  const { data } = contextOf(canvas).getImageData(0, 0, width, height);
  return toRgb({ width, height, channels: 4, depth: 8, data });
}

/**
 * @param {Blob} blob
 * @param {number} [longestSide] drawn smaller where it is longer
 * @returns {Promise<Pixels>}
 */
async function throughCanvas(blob, longestSide = Infinity) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch (cause) {
    throw new SignetError("picture_unreadable", { cause });
  }
  try {
    assertSize(bitmap.width, bitmap.height);
    const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
    const canvas = makeCanvas(width, height);
    const context = contextOf(canvas);
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
    return canvasPixels(canvas);
  } finally {
    bitmap.close();
  }
}

/** What the first chunk of a PNG says, or null for every other file. @param {Uint8Array} bytes */
function pngHeader(bytes) {
  if (bytes.length < 33 || PNG_SIGNATURE.some((byte, i) => bytes[i] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20), depth: bytes[24], colour: bytes[25] };
}

/** @param {Uint8Array} bytes @returns {Pixels} */
export function decodePng(bytes) {
  try {
    return toRgb(decode(bytes));
  } catch (cause) {
    throw new SignetError("picture_unreadable", { cause });
  }
}

/**
 * The pixels of a file the person chose.
 *
 * @param {Blob} blob
 * @param {number} [longestSide]
 * @returns {Promise<Pixels>}
 * @throws {SignetError} `picture_too_big`, `picture_unreadable`
 */
export async function readPixels(blob, longestSide) {
  if (blob.size > MOST_BYTES) throw new SignetError("picture_too_big");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const header = pngHeader(bytes);
  if (!header) return throughCanvas(blob, longestSide);
  // Before anything is unpacked: a few kilobytes can claim to hold gigabytes (ZK09).
  assertSize(header.width, header.height);
  const isPlain = header.depth >= 8 && PLAIN_COLOUR_TYPES.includes(header.colour);
  const isSmall = Math.max(header.width, header.height) <= (longestSide ?? Infinity);
  return isPlain && isSmall ? decodePng(bytes) : throughCanvas(blob, longestSide);
}

/**
 * The pixels of a cover, not larger than is of use.
 *
 * @param {Blob | Canvas} cover a file, or what `art.js` has drawn
 * @returns {Promise<Pixels>}
 * @throws {SignetError} `picture_too_small` below 512 pixels on a side, and those of `readPixels`
 */
export async function readCover(cover) {
  const pixels = cover instanceof Blob ? await readPixels(cover, LONGEST_COVER_SIDE) : canvasPixels(cover);
  if (Math.min(pixels.width, pixels.height) < SMALLEST_SIDE) throw new SignetError("picture_too_small");
  return pixels;
}

/** @param {Pixels} pixels @returns {Uint8Array<ArrayBuffer>} */
export const encodePng = ({ width, height, data }) =>
  /** @type {Uint8Array<ArrayBuffer>} */ (encode({ width, height, data, channels: 3, depth: 8 }));
