/**
 * `<signet-pattern size="3" min="4" label="Your pattern"></signet-pattern>`
 *
 * Numbered buttons joined by a line. Draw with a finger or a mouse; or tap node by node, which needs
 * no dragging (WCAG 2.5.7) and is what screen readers do; or arrows and Space, Backspace to undo,
 * Escape to clear. A node exactly between two joined ones is joined too, in every manner.
 *
 * Attributes: `label`, `disabled`, `line-hidden` (nobody behind the person sees the way), and the words
 * `word-point` ("Point {point}"), `word-joined` ("Point {point}, joined as number {order}"),
 * `word-empty`, `word-more`, `word-done`, with `{min}`, `{count}` and `{more}`.
 * Fires `signet-change` with `detail.complete`, never in the middle of a stroke; has `value`, `clear()`.
 */

const SVG = "http://www.w3.org/2000/svg";
/** Of a cell's width: near enough to a node to join it, far enough to pass between two. */
const REACH = 0.34;
/** A quick finger is seen at few places: its way between them is walked in steps of this length. */
const STRIDE = 0.1;
/** @type {Readonly<Record<string, string>>} */
const WORDS = {
  label: "Pattern, {size} by {size} points",
  "word-point": "Point {point}",
  "word-joined": "Point {point}, joined as number {order}",
  "word-empty": "Join at least {min} points",
  "word-more": "{count} joined, {more} more",
  "word-done": "{count} points joined",
};

/** @type {(a: number, b: number) => number} */
const divisor = (a, b) => (b ? divisor(b, a % b) : a);

/** @typedef {[x: number, y: number]} Place in cells, from the top left */

export class SignetPattern extends HTMLElement {
  static observedAttributes = ["disabled", "line-hidden"];

  /** @type {number[]} */
  #path = [];
  /** @type {HTMLButtonElement[]} */
  #nodes = [];
  #grid = document.createElement("div");
  #line = document.createElementNS(SVG, "polyline");
  #status = document.createElement("p");
  /** The pointer that draws; a second finger is ignored. @type {number | null} */
  #pointer = null;
  /** The node pressed first, until it is known whether this is a tap or a stroke. @type {number | null} */
  #pressed = null;
  /** @type {Place | null} */
  #tip = null;
  #isPointerClick = false;

  connectedCallback() {
    if (this.#nodes.length) return;
    const { size } = this;
    this.#grid.className = `pattern pattern--${size}`;
    this.#grid.setAttribute("role", "group");
    this.#grid.setAttribute("aria-label", this.#word("label", { size }));
    const drawing = document.createElementNS(SVG, "svg");
    drawing.setAttribute("class", "pattern__line");
    drawing.setAttribute("viewBox", `0 0 ${size} ${size}`);
    drawing.setAttribute("aria-hidden", "true");
    drawing.append(this.#line);
    this.#nodes = Array.from({ length: size ** 2 }, (_, i) => this.#makeNode(i));
    this.#grid.append(drawing, ...this.#nodes);
    this.#status.className = "muted small";
    this.#status.setAttribute("role", "status");
    this.append(this.#grid, this.#status);
    this.#grid.addEventListener("pointerdown", (event) => this.#start(event));
    this.#grid.addEventListener("pointermove", (event) => this.#follow(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
      this.#grid.addEventListener(end, (event) => this.#stop(/** @type {PointerEvent} */ (event)));
    this.#grid.addEventListener("keydown", (event) => this.#walk(event));
    this.attributeChangedCallback();
    this.#changed();
  }

  attributeChangedCallback() {
    this.#grid.classList.toggle("is-hidden", this.hasAttribute("line-hidden"));
    for (const node of this.#nodes) node.disabled = this.hasAttribute("disabled");
  }

  get size() {
    return Number(this.getAttribute("size")) || 3;
  }

  get min() {
    return Number(this.getAttribute("min")) || 4;
  }

  /** The nodes in the order joined; 0 is at the top left. */
  get value() {
    return [...this.#path];
  }

  set value(path) {
    this.#path = [...path];
    this.#changed();
  }

  clear() {
    this.#path = [];
    this.#changed();
    this.#moveTo(0);
  }

  /** @override */
  focus() {
    this.#nodes.find((node) => node.tabIndex === 0)?.focus();
  }

  /** @param {string} name @param {Record<string, number>} [numbers] */
  #word(name, numbers = {}) {
    const text = this.getAttribute(name) || WORDS[name];
    return text.replace(/\{(\w+)\}/g, (whole, key) => String(numbers[key] ?? whole));
  }

  /** @param {number} i */
  #makeNode(i) {
    const node = document.createElement("button");
    node.type = "button";
    node.className = "pattern__node";
    node.tabIndex = i ? -1 : 0;
    node.textContent = String(i + 1);
    node.addEventListener("click", () => {
      // Keys and some screen readers click without a pointer; a pointer has been dealt with already.
      if (!this.#isPointerClick) this.#join(i);
      this.#isPointerClick = false;
      this.#changed();
    });
    return node;
  }

  /** @param {{ clientX: number, clientY: number }} event @returns {Place} */
  #placeOf({ clientX, clientY }) {
    const box = /** @type {Element} */ (this.#line.parentNode).getBoundingClientRect();
    return [((clientX - box.left) / box.width) * this.size, ((clientY - box.top) / box.height) * this.size];
  }

  /** @param {Place} place @returns {number | null} */
  #nodeAt([x, y]) {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    if (column < 0 || row < 0 || column >= this.size || row >= this.size) return null;
    return Math.hypot(x - column - 0.5, y - row - 0.5) < REACH ? row * this.size + column : null;
  }

  /** @param {PointerEvent} event */
  #start(event) {
    if (this.#pointer !== null || event.button !== 0 || this.hasAttribute("disabled")) return;
    const place = this.#placeOf(event);
    const node = this.#nodeAt(place);
    if (node === null) return;
    event.preventDefault();
    this.#isPointerClick = true;
    this.#grid.setPointerCapture(event.pointerId);
    [this.#pointer, this.#pressed, this.#tip] = [event.pointerId, node, place];
    this.#moveTo(node);
  }

  /** @param {PointerEvent} event */
  #follow(event) {
    if (event.pointerId !== this.#pointer) return;
    const seen = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY } of seen.length ? seen : [event]) this.#drawTo(this.#placeOf({ clientX, clientY }));
    this.#paint();
  }

  /** @param {Place} place */
  #drawTo([x, y]) {
    const [x0, y0] = this.#tip ?? [x, y];
    const steps = Math.ceil(Math.hypot(x - x0, y - y0) / STRIDE) || 1;
    for (let k = 1; k <= steps; k += 1) {
      const node = this.#nodeAt([x0 + ((x - x0) * k) / steps, y0 + ((y - y0) * k) / steps]);
      if (node === null || node === this.#pressed) continue;
      if (this.#pressed !== null) {
        // A stroke, then, and not a tap: it begins a new pattern.
        this.#path = [this.#pressed];
        this.#pressed = null;
      }
      this.#join(node);
    }
    this.#tip = [x, y];
  }

  /** @param {PointerEvent} event */
  #stop(event) {
    if (event.pointerId !== this.#pointer) return;
    if (event.type === "pointerup" && this.#pressed !== null) this.#join(this.#pressed);
    [this.#pointer, this.#pressed, this.#tip] = [null, null, null];
    this.#changed();
    // The click that follows is the same press; with the capture it may also never come.
    setTimeout(() => {
      this.#isPointerClick = false;
    });
  }

  /** @param {number} node */
  #join(node) {
    if (this.#path.includes(node)) return;
    const last = this.#path.at(-1);
    if (last !== undefined) {
      const { size } = this;
      const [column, row] = [last % size, Math.floor(last / size)];
      const [right, down] = [(node % size) - column, Math.floor(node / size) - row];
      const steps = divisor(Math.abs(right), Math.abs(down));
      for (let k = 1; k < steps; k += 1) {
        const between = (row + (down * k) / steps) * size + column + (right * k) / steps;
        if (!this.#path.includes(between)) this.#path.push(between);
      }
    }
    this.#path.push(node);
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const here = this.#nodes.findIndex((node) => node === document.activeElement);
    const [column, row, last] = [here % this.size, Math.floor(here / this.size), this.size - 1];
    switch (event.key) {
      case "ArrowRight":
        this.#moveTo(row * this.size + Math.min(column + 1, last));
        break;
      case "ArrowLeft":
        this.#moveTo(row * this.size + Math.max(column - 1, 0));
        break;
      case "ArrowDown":
        this.#moveTo(Math.min(row + 1, last) * this.size + column);
        break;
      case "ArrowUp":
        this.#moveTo(Math.max(row - 1, 0) * this.size + column);
        break;
      case "Backspace":
        this.#path.pop();
        this.#changed();
        break;
      case "Escape":
        if (!this.#path.length) return; // a dialog around it may want the key
        this.#path = [];
        this.#changed();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** @param {number} place */
  #moveTo(place) {
    this.#nodes.forEach((node, i) => {
      node.tabIndex = i === place ? 0 : -1;
    });
    this.#nodes[place]?.focus();
  }

  #changed() {
    this.#paint();
    const { min } = this;
    const count = this.#path.length;
    const state = count === 0 ? "word-empty" : count < min ? "word-more" : "word-done";
    const text = this.#word(state, { min, count, more: min - count });
    if (this.#status.textContent !== text) this.#status.textContent = text;
    this.dispatchEvent(new CustomEvent("signet-change", { bubbles: true, detail: { complete: count >= min } }));
  }

  #paint() {
    const centre = (/** @type {number} */ i) => [(i % this.size) + 0.5, Math.floor(i / this.size) + 0.5];
    const points = this.#path.map(centre);
    if (this.#pointer !== null && this.#pressed === null && this.#tip) points.push(this.#tip);
    this.#line.setAttribute("points", points.map((point) => point.join(",")).join(" "));
    this.#nodes.forEach((node, i) => {
      const order = this.#path.indexOf(i) + 1;
      node.setAttribute("aria-pressed", String(order > 0));
      node.setAttribute("aria-label", this.#word(order ? "word-joined" : "word-point", { point: i + 1, order }));
      node.classList.toggle("is-last", order > 0 && order === this.#path.length);
    });
  }
}

customElements.define("signet-pattern", SignetPattern);
