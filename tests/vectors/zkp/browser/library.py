"""The committed library as a page calls it, and a person who has registered with the vectors."""

import json
from typing import Any

from playwright.sync_api import Page

from tests.vectors.zkp.browser.conftest import VECTORS
from tests.vectors.zkp.browser.counterpart import Counterpart

KNOWN = json.loads(VECTORS.read_text())
CASE = KNOWN["derivation"][0]
FACTORS = {"pin": CASE["pin"], "pattern": CASE["pattern"]["nodes"]}
NEW = {"pin": "739164", "pattern": [2, 0, 4, 7, 6]}
# The library, the published picture, and an outcome instead of an exception.
PRELUDE = """
  const library = await import("/static/zkp/signet.js");
  const { Signet, Picture } = library;
  const file = async (name) => (await fetch("/vectors/" + name)).blob();
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const outcome = async (promise) => {
    try { return { done: await promise }; } catch (error) {
      if (!(error instanceof library.SignetError)) throw error;
      const { code, reason, retryAfterSeconds, status, fields } = error;
      return { code, reason, retryAfterSeconds, status, fields };
    }
  };
  const signet = new Signet({ tenant: "acme", ...(given.options ?? {}) });
  const cover = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 520 });
    const pen = canvas.getContext("2d");
    for (let i = 0; i < 900; i += 1) {
      pen.fillStyle = `hsl(${(i * 47) % 360} 60% ${30 + (i % 5) * 9}%)`;
      pen.fillRect((i * 131) % 640, (i * 71) % 520, 60, 40);
    }
    return canvas;
  };
  const makeVault = async () => {
    const vault = await signet.makeVault({ cover: cover(), username: given.username, pinSize: 6, patternSize: 3 });
    await vault.confirm(vault.blob);
    return vault;
  };
"""


def run(page: Page, body: str, **given: Any) -> Any:
    return page.evaluate(f"async (given) => {{ {PRELUDE} {body} }}", given)


def register_vectors(server: Counterpart, username: str = "alice") -> None:
    """``username`` has registered with the published picture and the first case's PIN and pattern."""
    points = bytes.fromhex(CASE["C_p"]), bytes.fromhex(CASE["C_k"])
    server.commitments[username] = points


SIGN_IN = """
  const picture = await signet.readPicture(await file("vector-image.png"));
  return outcome(signet.authenticate({ username: given.username, picture, ...given.factors }));
"""


def sign_in(page: Page, *, username: str = "alice", **given: Any) -> Any:
    return run(page, SIGN_IN, **{"username": username, "factors": FACTORS, **given})
