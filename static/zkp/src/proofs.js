/**
 * The two Schnorr proofs (svzkp-1 §3). An Ed25519 signature is one: nothing of the equation is
 * written by hand, and its nonce needs no random numbers that a bad browser could spoil.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { concat, lp, u8 } from "./bytes.js";

/** @typedef {import("./secrets.js").Secrets} Secrets */

export const PURPOSE = Object.freeze({
  login: 1,
  register: 2,
  reset: 3,
  changeOld: 4,
  changeNew: 5,
  updateEmail: 6,
});
const POSSESSION = 1;
const KNOWLEDGE = 2;

/**
 * What a proof is bound to beside the secrets.
 *
 * @typedef {object} Context
 * @property {string} tenant
 * @property {string} username
 * @property {string} origin
 * @property {string} authReqId empty where there is none
 * @property {Uint8Array} challengeId 16 bytes
 * @property {Uint8Array} nonce 32 bytes
 * @property {Uint8Array} cipherKey 32 bytes
 * @property {Uint8Array} serverKeyHash 32 bytes
 */

/**
 * The statement M(role, purpose).
 *
 * @param {Context} context
 * @param {number} role 1 possession, 2 knowledge: only the latter names C_k, so that a wrong PIN
 *   does not spoil the proof of possession
 * @param {number} purpose
 * @param {Pick<Secrets, "commitmentP" | "commitmentK">} commitments
 * @param {Uint8Array} extra
 */
export function statement(context, role, purpose, commitments, extra) {
  return concat(
    lp("SVZKP-1 proof"),
    u8(role),
    u8(purpose),
    lp(context.tenant),
    lp(context.username),
    lp(context.origin),
    lp(context.authReqId),
    context.challengeId,
    context.nonce,
    context.cipherKey,
    context.serverKeyHash,
    commitments.commitmentP,
    role === KNOWLEDGE ? commitments.commitmentK : new Uint8Array(),
    lp(extra),
  );
}

/**
 * proof_p ‖ proof_k, 64 bytes each.
 *
 * @param {Context} context
 * @param {number} purpose
 * @param {Secrets} secrets
 * @param {Uint8Array} [extra]
 */
export function prove(context, purpose, secrets, extra = new Uint8Array()) {
  return concat(
    ed25519.sign(statement(context, POSSESSION, purpose, secrets, extra), secrets.seedP),
    ed25519.sign(statement(context, KNOWLEDGE, purpose, secrets, extra), secrets.seedK),
  );
}
