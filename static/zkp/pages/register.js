/** The registration page: name, picture, PIN and pattern, the file kept; then the account is made. */
import { Signet } from "../signet.js";
import { makeSignet } from "./choosing.js";
import { askNames } from "./names.js";
import { Stage } from "./stage.js";

const stage = Stage.ofPage();
const { tenant = "", authReqId = "" } = stage.data;
const signet = new Signet({ tenant, authReqId, needsLiveness: "needsLiveness" in stage.data });

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
  let names = await askNames(stage);
  const { vault, secret } = await makeSignet(stage, signet, names.username);
  for (;;) {
    stage.show("working", { at: "keep" });
    try {
      await signet.register({ ...names, picture: vault, ...secret });
      break;
    } catch (error) {
      stage.tellOf(error);
      names = await askNames(stage);
    }
  }
  await goOn({ username: names.username, picture: vault.picture, ...secret });
}

await run();
