/** The published vectors, and the fixed inputs they were made from. */
import { readFileSync } from "node:fs";
import { argon2id } from "../../../../static/zkp/src/argon2.js";
import { derive } from "../../../../static/zkp/src/secrets.js";

/** @param {string} name */
export const file = (name) => readFileSync(new URL(`../${name}`, import.meta.url));

export const vectors = JSON.parse(file("vectors.json").toString());
export const { session } = vectors;

/** @param {string} text */
export const fromHex = (text) => Uint8Array.from(Buffer.from(text, "hex"));
/** @param {Uint8Array} bytes */
export const toHex = (bytes) => Buffer.from(bytes).toString("hex");

/** @type {import("../../../../static/zkp/src/proofs.js").Context} */
export const context = {
  tenant: session.tenant_id,
  username: session.username,
  origin: session.origin,
  authReqId: session.auth_req_id,
  challengeId: fromHex(session.challenge_id),
  nonce: fromHex(session.nonce),
  cipherKey: fromHex(session.client_pk),
  serverKeyHash: fromHex(session.server_key_hash),
};

/** @param {string} name a case of `derivation` */
export const derivation = (name) =>
  vectors.derivation.find((/** @type {{ name: string }} */ known) => known.name === name);

/** @param {string} name */
export function secretsOf(name) {
  const { image_key, tenant_id, pin, pattern } = derivation(name);
  const factors = { pin, pattern };
  return derive({ imageKey: fromHex(image_key), tenant: tenant_id, factors, argon2id });
}
