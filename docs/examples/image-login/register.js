/* Registration on a page of your own: a picture is drawn, marked, saved, shown again, and only then registered. */
import { STYLES, draw, freshSeed } from "/static/zkp/components/art.js";
import { Signet, SignetError } from "/static/zkp/signet.js";

const WORDS = {
  picture_other_kept: "This is not the file you saved here. Show that one.",
  picture_no_key: "There is no key in this picture. Show the file you saved.",
  secret_weak: "This is easy to guess. Choose another PIN or pattern.",
  factors_missing: "Choose a PIN and a pattern.",
  taken: "This name is taken.",
  not_allowed: "Registration is closed.",
  network: "There is no connection to the server.",
};
const FALLBACK = "That did not work. Try again later.";

const main = document.querySelector("main");
const form = main.querySelector("form");
const status = form.querySelector("[role=status]");
const signet = new Signet({ tenant: main.dataset.tenant, server: main.dataset.server });
let [style, seed, vault] = [0, 0, null];

function propose() {
  [style, seed, vault] = [(style + 1) % STYLES.length, freshSeed(), null];
  draw(form.querySelector("canvas"), STYLES[style].id, seed, 400);
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    status.textContent = WORDS[error.code] ?? FALLBACK;
  }
}

form.querySelector("[data-again]").addEventListener("click", propose);

form.querySelector("[data-save]").addEventListener("click", () =>
  attempt(async () => {
    const cover = document.createElement("canvas");
    draw(cover, STYLES[style].id, seed);
    vault ??= await signet.makeVault({
      cover,
      username: form.querySelector("#username").value,
      pinSize: Number(main.dataset.pinSize),
      patternSize: Number(main.dataset.patternSize),
    });
    vault.save();
  }),
);

form.querySelector("#kept").addEventListener("change", (event) =>
  attempt(async () => {
    await vault?.confirm(event.target.files[0]);
    status.textContent = vault ? "The picture is kept." : "Save the picture first.";
  }),
);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!vault) return;
  attempt(async () => {
    await signet.register({
      username: form.querySelector("#username").value,
      email: form.querySelector("#email").value,
      picture: vault,
      pin: form.querySelector("signet-pin").value,
      pattern: form.querySelector("signet-pattern").value,
    });
    status.textContent = "Done. Your picture, PIN and pattern now sign you in.";
  });
});

propose();
