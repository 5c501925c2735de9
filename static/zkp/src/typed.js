/** What the person shows and types, checked against what the picture asks for. */
import { SignetError } from "./errors.js";
import { derive } from "./secrets.js";
import { patternWeakness, pinWeakness } from "./strength.js";
import { Picture, Vault } from "./vault.js";

/**
 * @typedef {object} Proof
 * @property {Picture} picture
 * @property {string} [pin]
 * @property {readonly number[]} [pattern] nodes in the order joined
 *
 * @typedef {object} NewProof what shall be valid from now on
 * @property {Vault | Picture} picture a vault whose file was shown again, or the present picture
 * @property {string} [pin]
 * @property {readonly number[]} [pattern]
 */

/**
 * @param {string} tenant
 * @param {Proof} proof
 * @param {import("./secrets.js").Argon2id} argon2id
 * @throws {SignetError} `factors_missing` where what was typed is not what the picture asks for
 */
export async function deriveFor(tenant, { picture, pin, pattern }, argon2id) {
  const { pinSize, patternSize } = picture.needs;
  const isMissing =
    (pinSize && pin?.length !== pinSize) || (patternSize && !pattern?.length);
  if (isMissing) throw new SignetError("factors_missing");
  return derive({
    imageKey: picture.reveal().key,
    tenant,
    factors: {
      pin: pinSize ? pin : null,
      pattern: patternSize && pattern ? { size: patternSize, nodes: pattern } : null,
    },
    argon2id,
  });
}

/**
 * The picture of what is about to be set, if it was kept and its PIN and pattern are not guessed first.
 *
 * @param {NewProof} next
 * @returns {Picture}
 * @throws {SignetError} `picture_other_kept`, `secret_weak`
 */
export function acceptable({ picture, pin, pattern }) {
  if (picture instanceof Vault && !picture.isKept) throw new SignetError("picture_other_kept");
  const kept = picture instanceof Vault ? picture.picture : picture;
  const { pinSize, patternSize } = kept.needs;
  const reason =
    (pinSize && pinWeakness(pin ?? "", pinSize)) ||
    (patternSize && patternWeakness(pattern ?? [], patternSize));
  if (reason) throw new SignetError("secret_weak", { reason });
  return kept;
}
