/** A picture that carries a key: read from a file, remembered on this device, or freshly made. */
import { concat, isEqual } from "./bytes.js";
import { SignetError } from "./errors.js";
import { decodePng, encodePng, readCover, readPixels } from "./pictures.js";
import { describeFactors, readDescriptor } from "./secrets.js";
import { ALGORITHM, KEY_LENGTH, embedding, extract } from "./watermark.js";

/**
 * @typedef {import("./watermark.js").Band} Band
 * @typedef {import("./watermark.js").Ber} Ber
 * @typedef {import("./watermark.js").Pixels} Pixels
 *
 * @typedef {{ ber: Ber, image_dim: [number, number], algorithm_version: string }} BerForm
 */

const CODES = Object.freeze({
  no_key: "picture_no_key",
  worn_out: "picture_worn_out",
  newer_version: "picture_newer_version",
});

/** The key and what goes with it. The key leaves this object for the derivation alone. */
export class Picture {
  #key;

  /**
   * @param {object} found
   * @param {Uint8Array} found.key
   * @param {Uint8Array} found.descriptor
   * @param {Band} [found.band]
   * @param {BerForm} [found.ber]
   */
  constructor({ key, descriptor, band = "fine", ber }) {
    this.#key = key;
    this.descriptor = descriptor;
    /** How well the key could be read: `fine`, `copy` or `worn`. */
    this.band = band;
    /** The damage as the server is told it; absent for a remembered picture. */
    this.ber = ber;
  }

  /** Which inputs to ask for, even if the tenant's policy has changed since: 0 = not used. */
  get needs() {
    return readDescriptor(this.descriptor);
  }

  /** @param {Picture} other */
  hasSameKey(other) {
    return isEqual(this.#key, other.#key);
  }

  /**
   * 35 bytes for `remembered.js` and the derivation, and for nothing else.
   *
   * @returns {{ key: Uint8Array, packed: Uint8Array<ArrayBuffer> }}
   */
  reveal() {
    return { key: this.#key, packed: concat(this.descriptor, this.#key) };
  }

  /** @param {Uint8Array} packed what `reveal` packed */
  static unpack(packed) {
    return new Picture({ key: packed.slice(3), descriptor: packed.slice(0, 3) });
  }

  /**
   * @param {Pixels} pixels
   * @throws {SignetError} `picture_no_key`, `picture_worn_out`, `picture_newer_version`
   */
  static fromPixels(pixels) {
    const found = extract(pixels);
    if (typeof found === "string") throw new SignetError(CODES[found]);
    return new Picture({
      ...found,
      ber: {
        ber: found.ber,
        image_dim: [pixels.width, pixels.height],
        algorithm_version: ALGORITHM,
      },
    });
  }

  /** @param {Blob} file as chosen, dropped or pasted */
  static async read(file) {
    return Picture.fromPixels(await readPixels(file));
  }
}

/** A picture that was made here and now, and is registered only after the person has kept it. */
export class Vault {
  #isKept = false;

  /**
   * @param {Picture} picture
   * @param {Blob} blob the PNG to keep
   * @param {string} fileName
   */
  constructor(picture, blob, fileName) {
    this.picture = picture;
    this.blob = blob;
    this.fileName = fileName;
  }

  /** Whether the saved file has been shown. */
  get isKept() {
    return this.#isKept;
  }

  /**
   * A fresh random key in a copy of the cover, read back from the finished PNG.
   *
   * @param {object} given
   * @param {Blob | HTMLCanvasElement | OffscreenCanvas} given.cover
   * @param {number} [given.pinSize] digits; 0 = no PIN
   * @param {number} [given.patternSize] nodes along a side; 0 = no pattern
   * @param {string} given.fileName
   * @throws {SignetError} of `readCover`; `picture_not_marked` when the key cannot be read back
   */
  static async make({ cover, pinSize = 0, patternSize = 0, fileName }) {
    const pixels = await readCover(cover);
    const key = crypto.getRandomValues(new Uint8Array(KEY_LENGTH));
    const descriptor = describeFactors({ pinSize, patternSize });
    const work = embedding(pixels, key, descriptor);
    let step = work.next();
    while (!step.done) {
      await new Promise((resume) => setTimeout(resume));
      step = work.next();
    }
    const png = encodePng(step.value);
    const meant = new Picture({ key, descriptor });
    const picture = Picture.fromPixels(decodePng(png));
    if (!picture.hasSameKey(meant) || picture.band !== "fine") throw new SignetError("picture_not_marked");
    return new Vault(picture, new Blob([png], { type: "image/png" }), fileName);
  }

  /** Starts the browser's download. The address of the blob lives one minute: no page shows it. */
  save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(this.blob);
    link.download = this.fileName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  /**
   * Shown again, the saved file must hold this key, undamaged.
   *
   * @param {Blob} file
   * @throws {SignetError} `picture_other_kept`, and those of `Picture.read`
   */
  async confirm(file) {
    const shown = await Picture.read(file);
    if (!shown.hasSameKey(this.picture) || shown.band !== "fine") throw new SignetError("picture_other_kept");
    this.#isKept = true;
  }
}
