/** Asking for a picture: chosen, dropped, pasted, or kept on this device. All of it happens here. */
import { Interrupted } from "./stage.js";

/**
 * @typedef {import("./stage.js").Stage} Stage
 * @typedef {import("../src/signet.js").Signet} Signet
 * @typedef {import("../src/vault.js").Picture} Picture
 *
 * @typedef {object} Shown a picture and how the person knows it
 * @property {Picture} picture
 * @property {string} name
 * @property {string} detail
 * @property {Blob | null} file
 */

const PILLS = Object.freeze({
  fine: ["pill--ok", "check"],
  copy: ["pill--warn", "info"],
  worn: ["pill--bad", "alert"],
});

/** @type {WeakSet<HTMLInputElement>} inputs that were listened to before */
const met = new WeakSet();

/**
 * Files that reach a drop zone in any way. A file that misses the zone does not replace the page.
 *
 * @param {HTMLElement} zone a label around a file input
 * @param {(file: File) => void} take
 * @param {AbortSignal} signal ends it
 */
export function listenForFiles(zone, take, signal) {
  const input = /** @type {HTMLInputElement} */ (zone.querySelector("input"));
  const give = (/** @type {FileList | undefined} */ files) => files?.[0] && take(files[0]);
  // Somebody may choose before this script runs: that choice counts, an older one does not.
  const early = met.has(input) ? undefined : input.files?.[0];
  met.add(input);
  if (early) queueMicrotask(() => signal.aborted || take(early));
  else input.value = "";
  input.addEventListener("change", () => give(input.files ?? undefined), { signal });
  const over = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    zone.classList.toggle("is-over", event.target instanceof Node && zone.contains(event.target));
  };
  document.addEventListener("dragover", over, { signal });
  document.addEventListener("dragleave", () => zone.classList.remove("is-over"), { signal });
  document.addEventListener(
    "drop",
    (event) => {
      event.preventDefault();
      zone.classList.remove("is-over");
      give(event.dataTransfer?.files);
    },
    { signal },
  );
  document.addEventListener("paste", (event) => give(event.clipboardData?.files), { signal });
}

/**
 * A small view of a picture, drawn: the pages' policy allows no picture from an address made here.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Blob | HTMLCanvasElement | null} source
 */
export async function drawThumb(canvas, source) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (!source) return;
  const bitmap = await createImageBitmap(source);
  const side = Math.min(bitmap.width, bitmap.height);
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, left, top, side, side, 0, 0, canvas.width, canvas.height);
  bitmap.close();
}

/**
 * The card that stays while PIN and pattern are asked for.
 *
 * @param {Stage} stage
 * @param {Shown | null} shown
 */
export function showCard(stage, shown) {
  const card = stage.find("[data-card]");
  card.hidden = !shown;
  if (!shown) return;
  const { picture, name, detail, file } = shown;
  const pill = stage.find("[data-card-pill]");
  const [tone, icon] = PILLS[picture.band];
  pill.hidden = false;
  pill.className = `pill ${tone}`;
  pill.replaceChildren(stage.icon(icon), ` ${stage.text(`pill_${picture.band}`)}`);
  stage.find("[data-card-name]").textContent = name;
  stage.find("[data-card-detail]").textContent = detail;
  const thumb = /** @type {HTMLCanvasElement} */ (stage.find("[data-card-thumb]"));
  thumb.hidden = !file;
  void drawThumb(thumb, file);
}

/**
 * Asks until a picture with a key is shown. A wrong or damaged one is told here and now.
 *
 * @param {Stage} stage
 * @param {Signet} signet
 * @param {{ kept: Shown | null, title?: string }} given `kept`: shown already, or kept on this device
 * @returns {Promise<Shown>}
 */
export function askPicture(stage, signet, { kept, title }) {
  const verdict = stage.find("[data-verdict]");
  const onward = stage.find("[data-onward]");
  const asking = new AbortController();
  const { signal } = asking;
  return new Promise((resolve) => {
    let chosen = kept;
    const settle = () => {
      if (!chosen) return;
      asking.abort();
      verdict.replaceChildren();
      onward.hidden = true;
      resolve(chosen);
    };
    const offer = () => {
      showCard(stage, chosen);
      onward.hidden = !chosen;
      stage.find("[data-change]").hidden = true;
    };
    const read = async (/** @type {File} */ file) => {
      stage.quiet();
      verdict.replaceChildren();
      try {
        const picture = await signet.readPicture(file);
        const [width, height] = picture.ber?.image_dim ?? [0, 0];
        chosen = { picture, name: file.name, detail: `${width} × ${height}`, file };
        offer();
        if (picture.band === "fine") settle();
        else verdict.replaceChildren(stage.worded(`band_${picture.band}`));
      } catch (error) {
        chosen = null;
        offer();
        const { code = "trouble" } = /** @type {{ code?: string }} */ (error);
        verdict.replaceChildren(stage.worded(code));
      }
    };
    verdict.replaceChildren();
    listenForFiles(stage.find("[data-drop]"), read, signal);
    onward.addEventListener("click", settle, { signal });
    const hasNotice = stage.notices.hasChildNodes();
    stage.show("picture", { title, ...(hasNotice && { focus: null }) });
    offer();
  });
}

/**
 * Pressing "Change" while PIN or pattern are asked for.
 *
 * @param {Stage} stage
 * @returns {AbortController}
 */
export function mayChange(stage) {
  const asking = new AbortController();
  const change = stage.find("[data-change]");
  // On a narrow screen the card has room for one of the two beside the name.
  stage.find("[data-card-pill]").hidden = true;
  change.hidden = false;
  change.addEventListener("click", () => asking.abort(new Interrupted()), { signal: asking.signal });
  return asking;
}
