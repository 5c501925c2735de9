/** Forms of one step: what is typed in them is read by the page and sent by no form. */

/** @typedef {import("./stage.js").Stage} Stage */

/**
 * Shows a section with a form and waits until it is filled in.
 *
 * @param {Stage} stage
 * @param {string} step
 * @returns {Promise<Record<string, string>>} by field name, in the form that proofs are bound to
 */
export function askForm(stage, step) {
  const form = /** @type {HTMLFormElement} */ (stage.section(step).querySelector("form"));
  const first = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  stage.show(step, { focus: stage.notices.hasChildNodes() ? null : first });
  return new Promise((resolve) => {
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        stage.quiet();
        const fields = /** @type {[string, string][]} */ ([...new FormData(form)]);
        resolve(Object.fromEntries(fields.map(([name, value]) => [name, value.trim().normalize("NFC")])));
      },
      { once: true },
    );
  });
}

/**
 * Who it is about; where people have no user names, the address is the name.
 *
 * @param {Stage} stage
 * @returns {Promise<{ username: string, email: string }>}
 */
export async function askNames(stage) {
  const { email = "", username = email } = await askForm(stage, "you");
  return { username, email };
}
