import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { decodePng, encodePng, readPixels } from "../../../../static/zkp/src/pictures.js";
import { correct, encode } from "../../../../static/zkp/src/reedsolomon.js";
import { codeword, embed, extract, layout } from "../../../../static/zkp/src/watermark.js";
import { file, fromHex, toHex, vectors } from "./vectors.js";

const { watermark: known } = vectors;
const key = fromHex(known.extract.key);
const descriptor = fromHex(known.extract.desc);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** "512x512 grey, v = 96 + (x>>2) - (y>>3)" */
function vectorCover() {
  const data = new Uint8Array(512 * 512 * 3);
  for (let i = 0; i < 512 * 512; i += 1) data.fill(96 + ((i & 511) >> 2) - (i >> 12), i * 3, i * 3 + 3);
  return { width: 512, height: 512, data };
}

/** A small generator with a seed: the same pictures at each run. */
function noise(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test("svwm-1: the public layout is that of the vectors", () => {
  const { perm, words, mask } = layout();

  assert.deepEqual([...perm.slice(0, 8)], known.perm_first8);
  assert.equal(sha256(new Uint8Array(perm.buffer)), known.perm_sha256_u32le);
  assert.equal(sha256(new Uint8Array(words.buffer)), known.dither_sha256_u32le_of_raw_words);
  assert.equal(toHex(mask), known.mask);
});

test("svwm-1: payload, check sum and code word are those of the vectors", () => {
  assert.equal(toHex(codeword(key, descriptor)), known.rs_codeword);
});

test("svwm-1: the published picture gives its key with no wrong bit", () => {
  const pixels = decodePng(file("vector-image.png"));

  const found = extract(pixels);

  assert.equal(sha256(pixels.data), known.image_rgb_sha256);
  assert.equal(toHex(found.key), known.extract.key);
  assert.equal(toHex(found.descriptor), known.extract.desc);
  assert.deepEqual(found.ber, known.extract.ber);
  assert.equal(found.band, "fine");
});

test("svwm-1: embedding makes the published picture, byte for byte", () => {
  assert.equal(sha256(embed(vectorCover(), key, descriptor).data), known.image_rgb_sha256);
});

test("svwm-1: a picture of another shape carries the key through its PNG", async () => {
  const next = noise(7);
  const cover = { width: 700, height: 530, data: Uint8Array.from({ length: 700 * 530 * 3 }, () => next() * 256) };

  const png = encodePng(embed(cover, key, descriptor));

  const found = extract(await readPixels(new Blob([png])));
  assert.equal(toHex(found.key), known.extract.key);
  assert.equal(found.band, "fine");
});

test("svwm-1: marking a marked picture leaves only the new key", () => {
  const fresh = key.toReversed();

  const found = extract(embed(decodePng(file("vector-image.png")), fresh, descriptor));

  assert.equal(toHex(found.key), toHex(fresh));
});

test("svwm-1: no key comes out of pictures that carry none", () => {
  const next = noise(11);
  const unmarked = [
    vectorCover().data,
    new Uint8Array(512 * 512 * 3).fill(255),
    ...Array.from({ length: 10 }, () => Uint8Array.from({ length: 512 * 512 * 3 }, () => next() * 256)),
  ];

  const answers = unmarked.map((data) => extract({ width: 512, height: 512, data }));

  assert.deepEqual([...new Set(answers)], ["no_key"]);
});

test("svwm-1: damage is told in three bands, and a key that is worn out from a picture without one", () => {
  const marked = decodePng(file("vector-image.png"));
  const next = noise(3);
  const worn = (strength) => {
    const data = marked.data.map((value) => Math.min(Math.max(value + (next() - 0.5) * strength, 0), 255));
    return extract({ ...marked, data });
  };

  const bands = [4, 16, 24, 34, 200].map(worn).map((found) => found.band ?? found);

  assert.deepEqual(bands, ["fine", "copy", "worn", "worn_out", "no_key"]);
});

test("svwm-1: every word with up to 20 wrong bytes is put right", () => {
  const next = noise(5);
  for (let round = 0; round < 400; round += 1) {
    const word = encode(Uint8Array.from({ length: 40 }, () => next() * 256), 40);
    const received = word.slice();
    const wrong = new Set(Array.from({ length: round % 21 }, () => Math.floor(next() * 80)));
    for (const place of wrong) received[place] ^= 1 + Math.floor(next() * 255);
    assert.deepEqual(correct(received, 40), word);
  }
});

test("svwm-1: a word with more wrong bytes is given up and never put wrong", () => {
  const next = noise(6);
  for (let round = 0; round < 400; round += 1) {
    const word = encode(Uint8Array.from({ length: 40 }, () => next() * 256), 40);
    const received = word.map((byte, place) => (place < 21 + (round % 50) ? byte ^ (1 + Math.floor(next() * 255)) : byte));
    assert.equal(correct(received, 40), null);
  }
});

test("ZK09: a file that claims to be enormous is refused before it is unpacked", async () => {
  const bytes = Uint8Array.from(file("vector-image.png"));
  new DataView(bytes.buffer).setUint32(16, 100_000);
  new DataView(bytes.buffer).setUint32(20, 100_000);

  await assert.rejects(readPixels(new Blob([bytes])), { code: "picture_too_big" });
});

test("a PNG that breaks off is told as unreadable", async () => {
  const bytes = file("vector-image.png").subarray(0, 4000);

  await assert.rejects(readPixels(new Blob([bytes])), { code: "picture_unreadable" });
});
