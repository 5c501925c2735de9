/** Choosing a picture to carry a new key, and keeping it: for registration, reset and change. */
import { Signet } from "../signet.js";
import { STYLES, draw, freshSeed } from "../components/art.js";
import { drawThumb, listenForFiles } from "./picture.js";
import { chooseSecret } from "./secret.js";

/**
 * @typedef {import("./stage.js").Stage} Stage
 * @typedef {import("../src/vault.js").Vault} Vault
 * @typedef {import("./secret.js").Secret} Secret
 * @typedef {Blob | (() => HTMLCanvasElement)} Cover a file, or how to draw one in full size
 */

const TILES = 8;
const TILE_SIDE = 400;
const PREVIEW_SIDE = 560;
/** Of a cover; less does not hold the mark (svwm-1 §10). */
const SMALLEST_SIDE = 512;
/** Tiles so far: each has an id of its own. */
let made = 0;

/** @param {Stage} stage @param {string} name @param {boolean} isChosen */
function makeTile(stage, name, isChosen) {
  const template = /** @type {HTMLTemplateElement} */ (stage.find("[data-tile]"));
  const tile = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
  const input = /** @type {HTMLInputElement} */ (tile.querySelector("input"));
  const canvas = /** @type {HTMLCanvasElement} */ (tile.querySelector("canvas"));
  input.checked = isChosen;
  input.id = `cover-${(made += 1)}`;
  /** @type {HTMLLabelElement} */ (tile).htmlFor = input.id;
  /** @type {HTMLElement} */ (tile.querySelector("[data-tile-name]")).textContent = name;
  return { tile, input, canvas };
}

/**
 * One of those made just now, or the person's own.
 *
 * @param {Stage} stage
 * @returns {Promise<Cover>}
 */
export function chooseCover(stage) {
  const gallery = stage.find("[data-gallery]");
  const own = stage.find("[data-own]");
  const choosing = new AbortController();
  const { signal } = choosing;
  /** @type {Map<HTMLInputElement, Cover>} */
  const covers = new Map();
  const fill = () => {
    covers.clear();
    const tiles = Array.from({ length: Signet.canUseCanvas() ? TILES : 0 }, (_, i) => {
      const { id, name } = STYLES[i % STYLES.length];
      const seed = freshSeed();
      const { tile, input, canvas } = makeTile(stage, name, i === 0);
      requestAnimationFrame(() => draw(canvas, id, seed, TILE_SIDE));
      covers.set(input, () => {
        const whole = document.createElement("canvas");
        draw(whole, id, seed);
        return whole;
      });
      return tile;
    });
    gallery.replaceChildren(...tiles);
  };
  const take = async (/** @type {File} */ file) => {
    stage.quiet();
    try {
      const bitmap = await createImageBitmap(file);
      const side = Math.min(bitmap.width, bitmap.height);
      bitmap.close();
      if (side < SMALLEST_SIDE) return void stage.tell("picture_too_small");
    } catch {
      return void stage.tell("picture_unreadable");
    }
    const { tile, input, canvas } = makeTile(stage, stage.text("own_picture"), true);
    [canvas.width, canvas.height] = [TILE_SIDE, TILE_SIDE];
    covers.set(input, file);
    gallery.prepend(tile);
    input.focus();
    await drawThumb(canvas, file);
  };
  fill();
  listenForFiles(own, take, signal);
  stage.find("[data-again]").addEventListener("click", fill, { signal });
  stage.show("gallery", { ...(stage.notices.hasChildNodes() && { focus: null }) });
  return new Promise((resolve) => {
    stage.find("[data-use]").addEventListener(
      "click",
      () => {
        const chosen = [...covers].find(([input]) => input.checked);
        if (!chosen) return;
        stage.quiet();
        choosing.abort();
        resolve(chosen[1]);
      },
      { signal },
    );
  });
}

/**
 * The marked picture is saved, and shown again as proof that it was.
 *
 * @param {Stage} stage
 * @param {Vault} vault
 * @returns {Promise<void>}
 */
function keep(stage, vault) {
  const keeping = new AbortController();
  const { signal } = keeping;
  const verdict = stage.find("[data-kept-verdict]");
  const preview = /** @type {HTMLCanvasElement} */ (stage.find("[data-preview]"));
  [preview.width, preview.height] = [PREVIEW_SIDE, PREVIEW_SIDE];
  void drawThumb(preview, vault.blob);
  const megabytes = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  stage.find("[data-file]").textContent = `${vault.fileName} · ${megabytes.format(vault.blob.size / 1e6)} MB`;
  verdict.replaceChildren();
  stage.find("[data-save]").addEventListener("click", () => vault.save(), { signal });
  stage.show("keep");
  return new Promise((resolve) => {
    const confirm = async (/** @type {File} */ file) => {
      try {
        await vault.confirm(file);
        keeping.abort();
        resolve();
      } catch (error) {
        const { code = "trouble" } = /** @type {{ code?: string }} */ (error);
        verdict.replaceChildren(stage.worded(code === "picture_no_key" ? "picture_other_kept" : code));
      }
    };
    listenForFiles(stage.find("[data-kept]"), confirm, signal);
  });
}

/**
 * A picture, PIN and pattern that are new, and a picture that was kept.
 *
 * @param {Stage} stage
 * @param {Signet} signet
 * @param {string} username
 * @returns {Promise<{ vault: Vault, secret: Secret }>}
 */
export async function makeSignet(stage, signet, username) {
  const { pinSize, patternSize } = stage.policy;
  for (;;) {
    const cover = await chooseCover(stage);
    const secret = await chooseSecret(stage, stage.policy);
    stage.show("working", { title: "weaving", at: "keep" });
    // The page paints before a second of arithmetic.
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    try {
      const drawn = typeof cover === "function" ? cover() : cover;
      const vault = await signet.makeVault({ cover: drawn, username, pinSize, patternSize });
      await keep(stage, vault);
      return { vault, secret };
    } catch (error) {
      stage.tellOf(error);
    }
  }
}
