/** The registration page: name, picture, PIN and pattern, the file kept; then the account is made. */
import { Signet } from "../signet.js";
import { makeSignet } from "./choosing.js";
import { Stage } from "./stage.js";

const stage = Stage.ofPage();
const { tenant = "", authReqId = "" } = stage.data;
const signet = new Signet({ tenant, authReqId, needsLiveness: "needsLiveness" in stage.data });

/** @param {string} name */
const field = (name) => /** @type {HTMLInputElement | null} */ (stage.root.querySelector(`input[name="${name}"]`));

/** @returns {Promise<{ username: string, email: string }>} */
function askNames() {
  const form = /** @type {HTMLFormElement} */ (stage.find("form[data-names]"));
  const first = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  stage.show("you", { focus: stage.notices.hasChildNodes() ? null : first });
  return new Promise((resolve) => {
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        const email = (field("email")?.value ?? "").trim().normalize("NFC");
        const username = (field("username")?.value ?? email).trim().normalize("NFC");
        stage.quiet();
        resolve({ username, email });
      },
      { once: true },
    );
  });
}

/**
 * The account exists, or the owner of the address has a letter. Signing in with what was just made
 * leads to the page for the code; where it does not, the address had an account already.
 *
 * @param {{ username: string, picture: import("../src/vault.js").Picture } & import("./secret.js").Secret} proof
 */
async function goOn(proof) {
  try {
    const { url } = await signet.authenticate(proof);
    location.assign(url);
  } catch {
    stage.show("mail");
  }
}

async function run() {
  const [obstacle] = signet.obstacles();
  if (obstacle) {
    stage.show("stopped");
    stage.tell(obstacle);
    return;
  }
  let names = await askNames();
  const { vault, secret } = await makeSignet(stage, signet, names.username);
  for (;;) {
    stage.show("working", { at: "keep" });
    try {
      await signet.register({ ...names, picture: vault, ...secret });
      break;
    } catch (error) {
      stage.tellOf(error);
      names = await askNames();
    }
  }
  await goOn({ username: names.username, picture: vault.picture, ...secret });
}

await run();
