import assert from "node:assert/strict";
import { test } from "node:test";
import { argon2id, argon2idWithoutWasm } from "../../../../static/zkp/src/argon2.js";
import { derive, describeFactors, encodeFactors, readDescriptor } from "../../../../static/zkp/src/secrets.js";
import { fromHex, secretsOf, toHex, vectors } from "./vectors.js";

for (const known of vectors.derivation) {
  test(`svzkp-1 §2: the keys of "${known.name}" are those of the vectors`, async () => {
    const factors = { pin: known.pin, pattern: known.pattern };

    const secrets = await secretsOf(known.name);

    assert.equal(toHex(encodeFactors(factors)), known.pw);
    assert.equal(toHex(secrets.descriptor), known.factors_descriptor);
    assert.equal(toHex(secrets.seedP), known.seed_p);
    assert.equal(toHex(secrets.seedK), known.seed_k);
    assert.equal(toHex(secrets.commitmentP), known.C_p);
    assert.equal(toHex(secrets.commitmentK), known.C_k);
  });
}

test("svzkp-1 §12: the fallback without wasm gives the same output", async () => {
  const { pw, argon2_salt, argon2_out } = vectors.derivation[0];

  const [quick, plain] = await Promise.all(
    [argon2id, argon2idWithoutWasm].map((hash) => hash(fromHex(pw), fromHex(argon2_salt))),
  );

  assert.equal(toHex(quick), argon2_out);
  assert.equal(toHex(plain), argon2_out);
});

test("svzkp-1 §2: an image key gives unrelated commitments in two tenants", async () => {
  const [here, there] = await Promise.all(["pin+pattern", "same secrets, other tenant"].map(secretsOf));

  assert.notEqual(toHex(here.commitmentP), toHex(there.commitmentP));
  assert.notEqual(toHex(here.commitmentK), toHex(there.commitmentK));
});

test("with both factors off the knowledge key still differs from the possession key", async () => {
  const imageKey = fromHex(vectors.derivation[0].image_key);

  const secrets = await derive({ imageKey, tenant: "acme", factors: {}, argon2id });

  assert.notEqual(toHex(secrets.commitmentP), toHex(secrets.commitmentK));
  assert.equal(toHex(secrets.descriptor), "000000");
});

test("a descriptor names the inputs that belong to a picture", () => {
  for (const sizes of [{ pinSize: 6, patternSize: 3 }, { pinSize: 0, patternSize: 4 }, { pinSize: 4, patternSize: 0 }])
    assert.deepEqual(readDescriptor(describeFactors(sizes)), sizes);
});

const impossible = {
  "a PIN of other digits": { pin: "١٢٣٤٥٦" },
  "an empty PIN": { pin: "" },
  "an empty pattern": { pattern: { size: 3, nodes: [] } },
  "a node beyond the grid": { pattern: { size: 3, nodes: [0, 1, 2, 9] } },
  "a node joined twice": { pattern: { size: 3, nodes: [0, 1, 2, 0] } },
  "half a node": { pattern: { size: 3, nodes: [0, 1, 2, 3.5] } },
};
for (const [name, factors] of Object.entries(impossible)) {
  test(`svzkp-1 §2: ${name} is never hashed`, () => {
    assert.throws(() => encodeFactors(factors), RangeError);
  });
}
