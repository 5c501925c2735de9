"""Covers drawn in the browser: each style carries a key."""

from playwright.sync_api import Page

COVERS = """async (given) => {
  const { STYLES, draw, freshSeed } = await import("/static/zkp/components/art.js");
  const { Signet } = await import("/static/zkp/signet.js");
  const pixels = (style, seed, size) => {
    const canvas = document.createElement("canvas");
    draw(canvas, style, seed, size);
    return [canvas, canvas.getContext("2d").getImageData(0, 0, size, size).data];
  };
  const same = (a, b) => a.every((value, i) => value === b[i]);
  const signet = new Signet({ tenant: "acme" });
  const told = {};
  for (const { id } of STYLES) {
    const [canvas, first] = pixels(id, given.seed, 1024);
    const vault = await signet.makeVault({ cover: canvas, username: "mara", pinSize: 6 });
    told[id] = {
      again: same(pixels(id, given.seed, 128)[1], pixels(id, given.seed, 128)[1]),
      other: same(pixels(id, given.seed, 128)[1], pixels(id, given.seed + 1, 128)[1]),
      band: vault.picture.band,
      errors: vault.picture.ber.ber.error_bits,
      megabytes: vault.blob.size / 1e6,
    };
  }
  signet.end();
  return { told, seeds: new Set([freshSeed(), freshSeed(), freshSeed()]).size };
}"""


def test_every_style_makes_a_cover_that_carries_a_key(page: Page) -> None:
    """Image login: "several attractive generative styles, each from fresh randomness"."""
    drawn = page.evaluate(COVERS, {"seed": 20_260_101})

    assert set(drawn["told"]) == {"currents", "glass", "hills", "rosette"}
    for told in drawn["told"].values():
        assert told["again"]
        assert not told["other"]
        assert (told["band"], told["errors"]) == ("fine", 0)
        assert told["megabytes"] < 4
    assert drawn["seeds"] == 3
