/** A new picture by a mailed code, for whoever lost the picture or forgot PIN or pattern. */
import { Signet } from "../signet.js";
import { makeSignet } from "./choosing.js";
import { askForm, askNames } from "./names.js";
import { Stage } from "./stage.js";

const stage = Stage.ofPage();
const { tenant = "" } = stage.data;
const signet = new Signet({ tenant, needsLiveness: "needsLiveness" in stage.data });

/** @returns {Promise<{ username: string, email: string }>} who was sent a code, if they fit */
async function requestCode() {
  for (;;) {
    const names = await askNames(stage);
    try {
      await signet.requestReset({ ...names, clientId: "" });
      return names;
    } catch (error) {
      stage.tellOf(error);
    }
  }
}

async function run() {
  const [obstacle] = signet.obstacles();
  if (obstacle) {
    stage.show("stopped");
    stage.tell(obstacle);
    return;
  }
  const { username } = await requestCode();
  let { code } = await askForm(stage, "code");
  const { vault, secret } = await makeSignet(stage, signet, username);
  for (;;) {
    stage.show("working", { at: "keep" });
    try {
      await signet.reset({ username, code, picture: vault, ...secret });
      break;
    } catch (error) {
      const isRefused = /** @type {{ code?: string }} */ (error).code === "refused";
      if (isRefused) stage.tell("code_refused");
      else stage.tellOf(error);
      ({ code } = await askForm(stage, "code"));
    }
  }
  // A picture kept on this device is the old one, and opens nothing any more.
  await signet.forget(username).catch(() => undefined);
  stage.show("done");
}

await run();
