/* What a page of your own needs to sign somebody in. Copy static/zkp/ beside it and mind the two addresses. */
import { Signet, SignetError } from "/static/zkp/signet.js";

/* Word every code in your own language; what has no words of its own falls back to the last line. */
const WORDS = {
  picture_no_key: "There is no key in this picture. Nothing was sent.",
  picture_worn_out: "This is a vault picture, but too damaged to be read. Take the original file.",
  picture_unreadable: "This browser cannot read the file.",
  factors_missing: "Enter the PIN and draw the pattern that belong to this picture.",
  refused: "Picture, PIN or pattern is wrong.",
  blocked: "Too many tries. Wait a while, then try again.",
  network: "There is no connection to the server.",
};
const BANDS = {
  fine: "Key found.",
  copy: "Key found. This is a copy: use the original PNG where you can.",
  worn: "Key found, but this file is badly worn. Make a new picture soon.",
};
const FALLBACK = "That did not work. Try again later.";

const main = document.querySelector("main");
const form = main.querySelector("form");
const status = form.querySelector("[role=status]");
const pin = form.querySelector("signet-pin");
const pattern = form.querySelector("signet-pattern");
const signet = new Signet({
  tenant: main.dataset.tenant,
  server: main.dataset.server, // absent = where this page is
  authReqId: new URLSearchParams(location.search).get("auth_req_id") ?? "",
});
let picture = null;

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    status.textContent = WORDS[error.code] ?? FALLBACK;
  }
}

form.querySelector("input[type=file]").addEventListener("change", (event) =>
  attempt(async () => {
    picture = null;
    picture = await signet.readPicture(event.target.files[0]);
    pin.hidden = picture.needs.pinSize === 0;
    pattern.hidden = picture.needs.patternSize === 0;
    status.textContent = BANDS[picture.band];
  }),
);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!picture) return;
  attempt(async () => {
    const username = form.querySelector("#username").value;
    const { url } = await signet.authenticate({ username, picture, pin: pin.value, pattern: pattern.value });
    location.assign(url);
  });
});

if (signet.obstacles().length) status.textContent = FALLBACK;
