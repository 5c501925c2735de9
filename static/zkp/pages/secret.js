/** Asking for PIN and pattern, a screen each, in the tenant's order; once to prove, twice to choose. */
import { patternWeakness, pinWeakness } from "../signet.js";
import "../components/pattern-grid.js";
import "../components/pin-pad.js";

/**
 * @typedef {import("./stage.js").Stage} Stage
 * @typedef {{ pinSize: number, patternSize: number }} Needs
 * @typedef {{ pin?: string, pattern?: number[] }} Secret
 * @typedef {"pin" | "pattern"} Screen
 */

/**
 * Which screens come, in which order: the picture says what it needs, the tenant what comes first.
 *
 * @param {Stage} stage
 * @param {Needs} needs
 * @returns {Screen[]}
 */
export function screensOf(stage, { pinSize, patternSize }) {
  const order = (stage.data.order ?? "").toLowerCase().split(" ");
  const place = (/** @type {string} */ name) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
  const screens = /** @type {Screen[]} */ ([...(pinSize ? ["pin"] : []), ...(patternSize ? ["pattern"] : [])]);
  return screens.sort((a, b) => place(a) - place(b));
}

/**
 * One screen with a fresh field: nothing of an earlier answer is left in it.
 *
 * @param {Stage} stage
 * @param {Screen} screen
 * @param {{ needs: Needs, signal?: AbortSignal, title?: string, button: string }} how
 * @returns {Promise<string & number[]>}
 */
function ask(stage, screen, { needs, signal, title, button }) {
  const section = stage.section(screen);
  const template = /** @type {HTMLTemplateElement} */ (section.querySelector("template"));
  const field = /** @type {any} */ (document.importNode(template.content, true).firstElementChild);
  const place = /** @type {HTMLElement} */ (section.querySelector("[data-field]"));
  const next = /** @type {HTMLButtonElement} */ (section.querySelector("[data-next]"));
  if (screen === "pin") {
    field.setAttribute("length", String(needs.pinSize));
    field.toggleAttribute("shown", "shown" in stage.data);
  } else {
    field.setAttribute("size", String(needs.patternSize));
  }
  next.textContent = stage.text(button);
  next.disabled = true;
  const asking = new AbortController();
  const end = { signal: asking.signal };
  return new Promise((resolve, reject) => {
    const close = () => {
      asking.abort();
      place.replaceChildren();
    };
    const settle = () => {
      if (next.disabled) return;
      const { value } = field;
      close();
      resolve(value);
    };
    const leave = () => {
      close();
      reject(signal?.reason);
    };
    field.addEventListener("signet-change", (/** @type {CustomEvent} */ event) => {
      next.disabled = !event.detail.complete;
    }, end);
    field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) settle();
    }, end);
    next.addEventListener("click", settle, end);
    section.querySelector("[data-clear]")?.addEventListener("click", () => field.clear(), end);
    signal?.addEventListener("abort", leave, end);
    place.replaceChildren(field);
    stage.show(screen, { title, at: stage.data.secretAt ?? screen, focus: stage.notices.hasChildNodes() ? null : field });
  });
}

/**
 * What the person proves with.
 *
 * @param {Stage} stage
 * @param {{ needs: Needs, signal: AbortSignal, last: string }} how `last`: the word on the last button
 * @returns {Promise<Secret>}
 * @throws {Interrupted} when `signal` aborts
 */
export async function askSecret(stage, { needs, signal, last }) {
  /** @type {Secret} */
  const secret = {};
  const screens = screensOf(stage, needs);
  for (const screen of screens) {
    const button = screen === screens.at(-1) ? last : "continue";
    secret[screen] = await ask(stage, screen, { needs, signal, button });
    stage.quiet();
  }
  return secret;
}

/** @param {Screen} screen @param {any} value @param {Needs} needs */
const weakness = (screen, value, { pinSize, patternSize }) =>
  screen === "pin" ? pinWeakness(value, pinSize) : patternWeakness(value, patternSize);

/**
 * What shall be proved with from now on: each twice, and nothing that anyone would try first.
 *
 * @param {Stage} stage
 * @param {Needs} needs
 * @returns {Promise<Secret>}
 */
export async function chooseSecret(stage, needs) {
  /** @type {Secret} */
  const secret = {};
  for (const screen of screensOf(stage, needs)) {
    for (;;) {
      const first = await ask(stage, screen, { needs, title: `choose_${screen}`, button: "continue" });
      stage.quiet();
      const reason = weakness(screen, first, needs);
      if (reason) {
        stage.tell(`weak_${reason}`);
        continue;
      }
      const again = await ask(stage, screen, { needs, title: `repeat_${screen}`, button: "continue" });
      stage.quiet();
      if (String(first) === String(again)) {
        secret[screen] = first;
        break;
      }
      stage.tell(`differs_${screen}`);
    }
  }
  return secret;
}
