/**
 * `<signet-pin length="6" icons="/static/img/icons.svg"><label>…<input></label></signet-pin>`
 *
 * Gives the input inside it slots and a pad. The input stays the value, the focus and the accessible
 * name. Attributes: `shown` (digits are readable from the start), `disabled`, and the words
 * `word-pad`, `word-erase`, `word-reveal`, `word-count` ("{count} of {length} digits").
 * Fires `signet-change` with `detail.complete`; has `value`, `clear()` and `focus()`.
 *
 * Nothing typed leaves it by itself: the input loses its name, so that no form carries it along.
 */

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "reveal", "0", "erase"];
const COLUMNS = 3;
const SVG = "http://www.w3.org/2000/svg";
/** Where the decimal digits of other scripts begin: full width, Arabic, Persian, Devanagari, Bengali. */
const ZEROS = [0xff10, 0x0660, 0x06f0, 0x0966, 0x09e6];
/** @type {Readonly<Record<string, string>>} */
const WORDS = {
  "word-pad": "PIN pad",
  "word-erase": "Delete last digit",
  "word-reveal": "Show PIN",
  "word-count": "{count} of {length} digits",
};

/** ASCII digits of whatever was typed, pasted or dictated. @param {string} text */
function digitsOf(text) {
  return [...text]
    .map((letter) => {
      const code = letter.codePointAt(0) ?? 0;
      const zero = ZEROS.find((first) => code >= first && code < first + 10);
      return zero === undefined ? letter : String(code - zero);
    })
    .filter((letter) => /^[0-9]$/.test(letter))
    .join("");
}

export class SignetPin extends HTMLElement {
  static observedAttributes = ["disabled"];

  /** @type {HTMLInputElement | undefined} */
  #input;
  /** @type {HTMLButtonElement[]} */
  #keys = [];
  /** @type {HTMLElement[]} */
  #slots = [];
  /** @type {HTMLElement | undefined} */
  #status;
  #isShown = false;

  connectedCallback() {
    const input = this.querySelector("input");
    if (this.#input || !input) return;
    this.#input = input;
    this.#isShown = this.hasAttribute("shown");
    // On touch the pad is the keyboard; a text field is what no password manager offers to keep.
    input.inputMode = matchMedia("(pointer: coarse)").matches ? "none" : "numeric";
    input.type = "text";
    input.autocomplete = "off";
    input.spellcheck = false;
    input.className = "";
    input.removeAttribute("name");
    input.removeAttribute("pattern");
    for (const name of ["data-1p-ignore", "data-lpignore", "data-bwignore"]) input.setAttribute(name, "true");
    this.#build(input);
    input.addEventListener("input", () => this.#set(input.value));
    this.#set(input.value);
    this.attributeChangedCallback();
  }

  attributeChangedCallback() {
    const isDisabled = this.hasAttribute("disabled");
    if (this.#input) this.#input.disabled = isDisabled;
    for (const key of this.#keys) key.disabled = isDisabled;
  }

  get length() {
    return Number(this.getAttribute("length")) || 6;
  }

  get value() {
    return this.#input?.value ?? "";
  }

  clear() {
    this.#set("");
    this.focus();
  }

  /** @override */
  focus() {
    this.#input?.focus();
  }

  /** @param {string} name @param {Record<string, number>} [numbers] */
  #word(name, numbers = {}) {
    const text = this.getAttribute(name) || WORDS[name];
    return text.replace(/\{(\w+)\}/g, (whole, key) => String(numbers[key] ?? whole));
  }

  /** @param {HTMLInputElement} input */
  #build(input) {
    const line = document.createElement("div");
    line.className = "pin__line";
    input.replaceWith(line);
    this.#slots = Array.from({ length: this.length }, () => {
      const slot = document.createElement("span");
      slot.className = "pin__slot";
      slot.setAttribute("aria-hidden", "true");
      return slot;
    });
    line.append(input, ...this.#slots);

    const pad = document.createElement("div");
    pad.className = "pin__pad";
    pad.setAttribute("role", "group");
    pad.setAttribute("aria-label", this.#word("word-pad"));
    this.#keys = KEYS.map((key, i) => this.#makeKey(key, i));
    pad.append(...this.#keys);
    pad.addEventListener("keydown", (event) => this.#walk(event));

    this.#status = document.createElement("p");
    this.#status.className = "vh";
    this.#status.setAttribute("role", "status");
    this.append(pad, this.#status);
  }

  /** @param {string} key @param {number} place */
  #makeKey(key, place) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pin__key";
    button.tabIndex = place ? -1 : 0; // one stop for Tab; arrows go on from there
    if (/\d/.test(key)) {
      button.textContent = key;
    } else {
      button.classList.add("pin__key--plain");
      button.setAttribute("aria-label", this.#word(`word-${key}`));
      if (key === "reveal") button.setAttribute("aria-pressed", String(this.#isShown));
      const icon = document.createElementNS(SVG, "svg");
      icon.setAttribute("class", "icon");
      icon.setAttribute("aria-hidden", "true");
      const use = document.createElementNS(SVG, "use");
      use.setAttribute("href", `${this.getAttribute("icons") ?? ""}#${key === "erase" ? "erase" : "eye"}`);
      icon.append(use);
      button.append(icon);
    }
    button.addEventListener("click", () => this.#press(key));
    return button;
  }

  /** @param {string} key */
  #press(key) {
    if (key === "erase") {
      this.#set(this.value.slice(0, -1));
    } else if (key === "reveal") {
      this.#isShown = !this.#isShown;
      this.#keys[KEYS.indexOf("reveal")].setAttribute("aria-pressed", String(this.#isShown));
      this.#paint();
    } else {
      this.#set(this.value + key);
    }
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const here = this.#keys.findIndex((key) => key === document.activeElement);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[0-9]$/.test(event.key)) this.#press(event.key);
    else if (event.key === "Backspace") this.#press("erase");
    else if (step) this.#moveTo(here + step);
    else return;
    event.preventDefault();
  }

  /** @param {number} place */
  #moveTo(place) {
    if (!this.#keys[place]) return;
    this.#keys.forEach((key, i) => {
      key.tabIndex = i === place ? 0 : -1;
    });
    this.#keys[place].focus();
  }

  /** @param {string} text */
  #set(text) {
    if (!this.#input) return;
    this.#input.value = digitsOf(text).slice(0, this.length);
    this.#paint();
    const complete = this.value.length === this.length;
    this.dispatchEvent(new CustomEvent("signet-change", { bubbles: true, detail: { complete } }));
  }

  #paint() {
    const { value, length } = this;
    this.#slots.forEach((slot, i) => {
      slot.classList.toggle("is-full", i < value.length);
      slot.textContent = this.#isShown ? (value[i] ?? "") : "";
    });
    // How many, never which: the room may hear it.
    const text = value ? this.#word("word-count", { count: value.length, length }) : "";
    if (this.#status && this.#status.textContent !== text) this.#status.textContent = text;
  }
}

customElements.define("signet-pin", SignetPin);
