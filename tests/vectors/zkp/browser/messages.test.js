import assert from "node:assert/strict";
import { test } from "node:test";
import { DhkemX25519HkdfSha256 } from "@hpke/dhkem-x25519";
import { ed25519 } from "@noble/curves/ed25519.js";
import { fromBase64url, lp, toBase64url } from "../../../../static/zkp/src/bytes.js";
import { findServerKey, openChallenge, sealAnswer, sealCommitment } from "../../../../static/zkp/src/messages.js";
import { PURPOSE, prove, statement } from "../../../../static/zkp/src/proofs.js";
import { context, fromHex, secretsOf, session, toHex, vectors } from "./vectors.js";

const kem = new DhkemX25519HkdfSha256();
const serverKey = fromHex(session.server_pk);

async function attempt() {
  const privateKey = await kem.importKey("raw", fromHex(session.client_sk).buffer, false);
  const publicKey = await kem.importKey("raw", fromHex(session.client_pk).buffer, true);
  return { pair: { privateKey, publicKey }, cipherKey: fromHex(session.client_pk) };
}

/** What the page gives for each message: the vectors' own fields. */
async function given(known) {
  const ephemeral = fromHex(known.ikmE).buffer;
  const secrets = await secretsOf(known.keys);
  return {
    context,
    serverKey,
    secrets,
    ephemeral,
    email: known.email,
    code: known.code,
    newEmail: known.new_email,
    old: known.old_keys && (await secretsOf(known.old_keys)),
  };
}

for (const known of vectors.messages) {
  test(`svzkp-1 §3: the statements and proofs of ${known.name} are those of the vectors`, async () => {
    const secrets = await secretsOf(known.keys);
    const extra = fromHex(known.extra);

    const proofs = toHex(prove(context, known.purpose, secrets, extra));

    assert.equal(toHex(statement(context, 1, known.purpose, secrets, extra)), known.M1);
    assert.equal(toHex(statement(context, 2, known.purpose, secrets, extra)), known.M2);
    assert.equal(proofs, known.proof_p + known.proof_k);
  });

  test(`svzkp-1 §4: ${known.name} is sealed byte for byte`, async () => {
    const input = await given(known);

    const sealed = await (known.field === "challenge_data" ? sealAnswer(input) : sealCommitment(input));

    assert.equal(sealed, known.value_b64u);
  });
}

test("svzkp-1 §3: a change proves the old secrets for exactly the new ones", async () => {
  const known = vectors.messages.find(({ name }) => name === "change");
  const old = await secretsOf(known.old_keys);
  const extra = fromHex(known.old.extra);

  const proofs = toHex(prove(context, PURPOSE.changeOld, old, extra));

  assert.equal(toHex(statement(context, 1, PURPOSE.changeOld, old, extra)), known.old.M1);
  assert.equal(toHex(statement(context, 2, PURPOSE.changeOld, old, extra)), known.old.M2);
  assert.equal(proofs, known.old_proof_p + known.old_proof_k);
});

test("svzkp-1 §3: a wrong PIN spoils the proof of knowledge and leaves that of possession", async () => {
  const [right, wrong] = await Promise.all(["pin+pattern", "pin only"].map(secretsOf));

  const proofs = prove(context, PURPOSE.login, wrong);

  const [possession, knowledge] = [1, 2].map((role) => statement(context, role, PURPOSE.login, right, new Uint8Array()));
  assert.ok(ed25519.verify(proofs.slice(0, 64), possession, right.commitmentP, { zip215: false }));
  assert.ok(!ed25519.verify(proofs.slice(64), knowledge, right.commitmentK, { zip215: false }));
});

test("a message sealed twice never looks the same", async () => {
  const input = { ...(await given(vectors.messages[0])), ephemeral: undefined };

  assert.notEqual(await sealAnswer(input), await sealAnswer(input));
});

test("a commitment for nothing in particular is not sealed", async () => {
  const secrets = await secretsOf("pin only");

  assert.throws(() => sealCommitment({ context, serverKey, secrets }), TypeError);
});

test("svzkp-1 §4.1: the challenge opens to what the vectors say", async () => {
  const challenge = await openChallenge(vectors.challenge.challenge_data_b64u, await attempt(), context);

  assert.equal(toHex(challenge.challengeId), session.challenge_id);
  assert.equal(toHex(challenge.nonce), session.nonce);
  assert.equal(challenge.ttlSeconds, session.ttl_s);
  assert.equal(toHex(challenge.serverKeyHash), session.server_key_hash);
  assert.equal(toBase64url(challenge.challengeId), session.challenge_id_b64u);
});

const sealed = vectors.challenge.challenge_data_b64u;
const strange = {
  "cut short": [sealed.slice(0, -2), context],
  "of another version": [`Ag${sealed.slice(2)}`, context],
  "with padding": [`${sealed}==`, context],
  "with one bit turned": [`${sealed.slice(0, 100)}${sealed[100] === "A" ? "B" : "A"}${sealed.slice(101)}`, context],
  "for another name": [sealed, { ...context, username: "bob" }],
  "for another tenant": [sealed, { ...context, tenant: "globex" }],
  "for another request": [sealed, { ...context, authReqId: "" }],
};
for (const [name, [data, addressee]] of Object.entries(strange)) {
  test(`ZK14: a challenge ${name} is refused on the device`, async () => {
    await assert.rejects(openChallenge(data, await attempt(), addressee), { code: "server_answer" });
  });
}

test("ZK14: only a key of the tenant's published set is sealed to", () => {
  const other = fromHex(session.client_pk);

  assert.equal(findServerKey([other], context.serverKeyHash), undefined);
  assert.equal(findServerKey([other, serverKey], context.serverKeyHash), serverKey);
});

for (const text of [...vectors.reject.base64url, "A", "AAA\n", "ÄAAA"]) {
  test(`svzkp-1 §1: ${JSON.stringify(text)} is not base64url`, () => {
    assert.throws(() => fromBase64url(text), SyntaxError);
  });
}

test("svzkp-1 §1: every length of bytes survives base64url", () => {
  for (let length = 0; length < 40; length += 1) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    assert.equal(toBase64url(bytes), Buffer.from(bytes).toString("base64url"));
    assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
  }
});

test("svzkp-1 §1: what a u16 cannot measure is refused", () => {
  assert.equal(lp(new Uint8Array(65535)).length, 65537);
  assert.throws(() => lp(new Uint8Array(65536)), RangeError);
});
