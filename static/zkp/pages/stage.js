/**
 * What the pages of the image login have in common: sections of which one is shown, a heading that
 * follows, notices in the page's own words. The words stand in the template, so that a translator
 * finds them where all others are.
 */

const SVG = "http://www.w3.org/2000/svg";
/** Codes of `SignetError` that are said in the words of another. @type {Readonly<Record<string, string>>} */
const ALIKE = {
  invalid: "stale",
  server_answer: "trouble",
  server_key: "trouble",
  version_unsupported: "trouble",
  liveness_required: "liveness_missing",
};

/** A person went back to something else while they were being asked. */
export class Interrupted extends Error {}

export class Stage {
  /** @param {HTMLElement} root the element with `data-image-login` */
  constructor(root) {
    this.root = root;
    this.data = root.dataset;
    this.heading = /** @type {HTMLElement} */ (document.querySelector("h1"));
    this.words = new DocumentFragment();
    for (const template of /** @type {NodeListOf<HTMLTemplateElement>} */ (document.querySelectorAll("template[data-words]")))
      this.words.append(template.content);
    this.notices = this.find("[data-notice]");
    this.frame = /** @type {HTMLElement} */ (root.closest("main"));
    this.heading.tabIndex = -1;
    root.hidden = false;
    // What was typed must not come back with the page from the browser's memory.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  static ofPage() {
    return new Stage(/** @type {HTMLElement} */ (document.querySelector("[data-image-login]")));
  }

  /** What the tenant asks for at present: sizes, 0 = not used. */
  get policy() {
    return { pinSize: Number(this.data.pinSize), patternSize: Number(this.data.patternSize) };
  }

  /** @template {HTMLElement} [T=HTMLElement] @param {string} selector @returns {T} */
  find(selector) {
    const found = this.root.querySelector(selector);
    if (!found) throw new Error(`the page lacks ${selector}`);
    return /** @type {T} */ (found);
  }

  /** @param {string} name @returns {HTMLElement} */
  section(name) {
    return this.find(`[data-step="${name}"]`);
  }

  /**
   * One section is shown and its heading read; what is asked for first gets the focus.
   *
   * @param {string} name
   * @param {{ title?: string, focus?: { focus(): void } | null, at?: string }} [how] `title` is the
   *   name of a word; `at` the step of the list above it; `focus` null: the focus stays
   */
  show(name, { title, focus, at = name } = {}) {
    for (const section of this.root.querySelectorAll("[data-step]"))
      /** @type {HTMLElement} */ (section).hidden = section.getAttribute("data-step") !== name;
    const section = this.section(name);
    this.heading.textContent = title ? this.text(title) : (section.dataset.title ?? "");
    this.frame.classList.toggle("auth__main--wide", "wide" in section.dataset);
    this.#mark(at);
    if (focus !== null) (focus ?? this.heading).focus();
    scrollTo(0, 0);
  }

  /**
   * The list above shows these steps, in this order.
   *
   * @param {readonly string[]} names
   */
  plan(names) {
    const list = this.find("[data-steps]");
    for (const item of list.querySelectorAll("li")) item.hidden = !names.includes(item.dataset.for ?? "");
    list.append(...names.map((name) => this.find(`[data-steps] [data-for="${name}"]`)));
  }

  /** @param {string} at */
  #mark(at) {
    const items = [.../** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-steps] li:not([hidden])"))];
    const here = items.findIndex((item) => item.dataset.for === at);
    items.forEach((item, i) => {
      item.classList.toggle("is-done", here >= 0 && i < here);
      if (i === here) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
  }

  /** @param {string} name @param {Record<string, string | number>} [values] */
  text(name, values = {}) {
    const word = this.words.querySelector(`[data-word="${name}"]`)?.textContent?.trim() ?? name;
    return word.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
  }

  /**
   * A notice in the words of `name`.
   *
   * @param {string} name
   * @param {Record<string, string | number>} [values]
   */
  worded(name, values = {}) {
    const word = this.words.querySelector(`[data-word="${ALIKE[name] ?? name}"]`) ?? this.words.querySelector('[data-word="trouble"]');
    const notice = document.createElement("div");
    const { tone = "bad", icon = "alert" } = /** @type {HTMLElement} */ (word).dataset;
    notice.className = `notice notice--${tone}`;
    notice.append(this.icon(icon), ...[.../** @type {Element} */ (word).children].map((part) => part.cloneNode(true)));
    for (const part of notice.querySelectorAll("span, strong"))
      if (part.textContent?.includes("{"))
        part.textContent = part.textContent.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
    return notice;
  }

  /** Tells what happened, at once and to screen readers too. @param {string} name @param {Record<string, string | number>} [values] */
  tell(name, values) {
    const notice = this.worded(name, values);
    notice.setAttribute("role", "alert");
    notice.tabIndex = -1;
    this.notices.replaceChildren(notice);
    this.notices.hidden = false;
    notice.focus();
  }

  /** @param {unknown} error what an operation of the bundle threw */
  tellOf(error) {
    const { code = "trouble", reason, retryAfterSeconds = 60 } = /** @type {{ code?: string, reason?: string, retryAfterSeconds?: number }} */ (error ?? {});
    const name = code === "secret_weak" ? `weak_${reason}` : code;
    this.tell(name, { minutes: Math.max(1, Math.ceil(retryAfterSeconds / 60)) });
  }

  quiet() {
    this.notices.replaceChildren();
    this.notices.hidden = true;
  }

  /** @param {string} name */
  icon(name) {
    const drawing = document.createElementNS(SVG, "svg");
    drawing.setAttribute("class", "icon");
    drawing.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `${this.data.icons}#${name}`);
    drawing.append(use);
    return drawing;
  }
}
