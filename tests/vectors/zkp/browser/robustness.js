/**
 * Copies of a vault picture as people make them: real files, written by a browser. Loaded by the page of
 * test_robustness.py; the covers are those of svwm-1 §10 and, in a photograph's place, two that our pages draw.
 */
import { draw } from "/static/zkp/components/art.js";
import { Signet, SignetError } from "/static/zkp/signet.js";

const signet = new Signet({ tenant: "acme" });
const makeCanvas = (width, height) => Object.assign(document.createElement("canvas"), { width, height });

function paint(width, height, shade) {
  const canvas = makeCanvas(width, height);
  const pen = canvas.getContext("2d");
  const pixels = pen.createImageData(width, height);
  for (let i = 0; i < width * height; i += 1)
    pixels.data.set([...shade(i % width, Math.floor(i / width)), 255], i * 4);
  pen.putImageData(pixels, 0, 0);
  return canvas;
}

/** A cover drawn with a seed, in another shape: a photograph's, say. */
function drawn(style, width, height) {
  const square = document.createElement("canvas");
  draw(square, style, 4711, 1024);
  if (width === 1024 && height === 1024) return square;
  const canvas = makeCanvas(width, height);
  canvas.getContext("2d").drawImage(square, 0, 0, width, height);
  return canvas;
}

const wave = (x, y) => {
  const tone = 128 + 50 * Math.sin(x * 0.043 + Math.sin(y * 0.021) * 3) + 40 * Math.sin(y * 0.07 + x * 0.013);
  return [tone, tone * 0.8 + 30, 220 - tone * 0.6];
};

const COVERS = {
  "texture 1024×1024": () => paint(1024, 1024, wave),
  "texture 1200×800": () => paint(1200, 800, wave),
  "checkerboard 1024×768": () => paint(1024, 768, (x, y) => Array(3).fill(((x >> 4) + (y >> 4)) % 2 ? 255 : 0)),
  "white 1024×1024": () => paint(1024, 1024, () => [255, 255, 255]),
  "black 1024×1024": () => paint(1024, 1024, () => [0, 0, 0]),
  "hills 1280×960": () => drawn("hills", 1280, 960),
  "rosette 1024×1024": () => drawn("rosette", 1024, 1024),
};

const write = (canvas, type, quality) => new Promise((done) => canvas.toBlob(done, `image/${type}`, quality));

/** Draws the vault anew: at a scale, through a filter, cut or turned. */
function redrawn(bitmap, { scale = 1, filter = "none", cut = 0, degrees = 0 } = {}) {
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  const canvas = makeCanvas(width - cut, height - cut);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.filter = filter;
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((degrees * Math.PI) / 180);
  pen.drawImage(bitmap, -(width + cut) / 2, -(height + cut) / 2, width, height);
  return canvas;
}

const COPIES = {
  PNG: (bitmap) => write(redrawn(bitmap), "png"),
  "JPEG 95": (bitmap) => write(redrawn(bitmap), "jpeg", 0.95),
  "JPEG 90": (bitmap) => write(redrawn(bitmap), "jpeg", 0.9),
  "JPEG 80": (bitmap) => write(redrawn(bitmap), "jpeg", 0.8),
  "JPEG 50": (bitmap) => write(redrawn(bitmap), "jpeg", 0.5),
  "×0.75": (bitmap) => write(redrawn(bitmap, { scale: 0.75 }), "png"),
  "×0.5": (bitmap) => write(redrawn(bitmap, { scale: 0.5 }), "png"),
  "×1.5": (bitmap) => write(redrawn(bitmap, { scale: 1.5 }), "png"),
  "×0.75 JPEG 80": (bitmap) => write(redrawn(bitmap, { scale: 0.75 }), "jpeg", 0.8),
  "WebP 80": (bitmap) => write(redrawn(bitmap), "webp", 0.8),
  "blur 0.8": (bitmap) => write(redrawn(bitmap, { filter: "blur(0.8px)" }), "png"),
  "brightness +4 %": (bitmap) => write(redrawn(bitmap, { filter: "brightness(1.04)" }), "png"),
  "contrast ×1.05": (bitmap) => write(redrawn(bitmap, { filter: "contrast(1.05)" }), "png"),
  greyscale: (bitmap) => write(redrawn(bitmap, { filter: "grayscale(1)" }), "png"),
  "crop 2 px": (bitmap) => write(redrawn(bitmap, { cut: 2 }), "png"),
  "crop 64 px": (bitmap) => write(redrawn(bitmap, { cut: 64 }), "png"),
  "rotate 1°": (bitmap) => write(redrawn(bitmap, { degrees: 1 }), "png"),
};

/** @returns {Promise<{ percent: number | null, told: string }>} the band, or the code of the refusal */
async function read(file, vault) {
  try {
    const picture = await signet.readPicture(file);
    if (!picture.hasSameKey(vault.picture)) throw new Error("another key came out");
    return { percent: Number(picture.ber.ber.BER_PERCENT), told: picture.band };
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    return { percent: null, told: error.code };
  }
}

/** Every copy of one cover's vault, or those named. */
export async function measure({ cover, copies = Object.keys(COPIES) }) {
  const vault = await signet.makeVault({ cover: COVERS[cover](), username: "mara", pinSize: 6, patternSize: 3 });
  const bitmap = await createImageBitmap(vault.blob, { colorSpaceConversion: "none" });
  const row = {};
  for (const name of copies) row[name] = await read(await COPIES[name](bitmap), vault);
  signet.end();
  return row;
}

export const covers = Object.keys(COVERS);
