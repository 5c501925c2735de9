/** The sign-in page: picture, PIN and pattern, proof; then the browser takes its ticket to Sign In. */
import { Signet } from "../signet.js";
import { askPicture, mayChange, showCard } from "./picture.js";
import { askSecret, screensOf } from "./secret.js";
import { Interrupted, Stage } from "./stage.js";

const stage = Stage.ofPage();
const { tenant = "", authReqId = "", username = "" } = stage.data;
const signet = new Signet({ tenant, authReqId, needsLiveness: "needsLiveness" in stage.data });
const remember = /** @type {HTMLInputElement} */ (stage.find("[data-remember]"));
const forget = stage.find("[data-forget]");

/** The picture that this device keeps for this name; none where storage is refused. */
async function recalled() {
  try {
    const picture = await signet.recall(username);
    return picture && { picture, name: stage.text("kept_name"), detail: stage.text("kept_detail"), file: null };
  } catch {
    return null;
  }
}

/** What is kept follows the box that was ticked; a full or forbidden storage stops nobody. @param {import("../src/vault.js").Picture} picture */
async function keep(picture) {
  try {
    if (remember.checked) await signet.remember(username, picture);
  } catch {
    // Private windows keep nothing: the person chooses the file again next time.
  }
}

/** @param {import("./picture.js").Shown | null} kept @returns {Promise<import("./picture.js").Shown | null>} what to offer the next time round; null after success */
async function attempt(kept) {
  const shown = await askPicture(stage, signet, { kept });
  const { picture } = shown;
  const { needs } = picture;
  forget.hidden = true;
  stage.plan(["picture", ...screensOf(stage, needs)]);
  const asking = mayChange(stage);
  try {
    const secret = await askSecret(stage, { needs, signal: asking.signal, last: "sign_in" });
    stage.find("[data-change]").hidden = true;
    stage.show("working", { at: screensOf(stage, needs).at(-1) });
    const { url } = await signet.authenticate({ username, picture, ...secret });
    await keep(picture);
    location.assign(url);
    return null;
  } catch (error) {
    if (!(error instanceof Interrupted)) stage.tellOf(error);
    return shown;
  }
}

async function run() {
  stage.plan(["picture", ...screensOf(stage, stage.policy)]);
  const [obstacle] = signet.obstacles();
  if (obstacle) {
    stage.show("stopped");
    stage.tell(obstacle);
    return;
  }
  /** @type {import("./picture.js").Shown | null} */
  let kept = await recalled();
  forget.hidden = !kept;
  forget.addEventListener("click", async () => {
    await signet.forget(username);
    location.reload();
  });
  for (let isDone = false; !isDone; ) {
    kept = await attempt(kept);
    isDone = kept === null;
  }
  showCard(stage, null);
}

await run();
