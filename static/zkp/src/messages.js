/**
 * The three messages of svzkp-1 §4, each sealed with HPKE (RFC 9180): the challenge comes in, answers
 * and commitments go out. The whole context is in `info`; the additional data stay empty.
 */
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { DhkemX25519HkdfSha256 } from "@hpke/dhkem-x25519";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, fromBase64url, isEqual, lp, toBase64url, u8 } from "./bytes.js";
import { PURPOSE, prove } from "./proofs.js";
import { SignetError } from "./errors.js";

/**
 * @typedef {import("./proofs.js").Context} Context
 * @typedef {import("./secrets.js").Secrets} Secrets
 *
 * @typedef {object} Attempt one fresh key pair, never used for a second challenge
 * @property {CryptoKeyPair} pair
 * @property {Uint8Array} cipherKey its public half, raw
 *
 * @typedef {Pick<Context, "tenant" | "username" | "authReqId">} Addressee
 *
 * @typedef {object} Challenge
 * @property {Uint8Array} challengeId
 * @property {Uint8Array} nonce
 * @property {number} ttlSeconds
 * @property {Uint8Array} serverKeyHash
 *
 * @typedef {CryptoKeyPair | ArrayBuffer} Ephemeral only the test vectors give one
 */

export const VERSION = "svzkp-1";
const VERSION_BYTE = u8(1);
const ENC_LENGTH = 32;
const CHALLENGE_LENGTH = 1 + ENC_LENGTH + 83 + 16;

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** @returns {Promise<Attempt>} */
export async function beginAttempt() {
  const pair = await suite.kem.generateKeyPair();
  const cipherKey = new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey));
  return { pair, cipherKey };
}

/**
 * @param {string} sealed `challenge_data` of Get Challenge
 * @param {Attempt} attempt
 * @param {Addressee} addressee what was asked for
 * @returns {Promise<Challenge>}
 * @throws {SignetError} `server_answer` when it is malformed or was sealed for somebody else
 */
export async function openChallenge(sealed, attempt, { tenant, username, authReqId }) {
  let plaintext;
  try {
    const bytes = fromBase64url(sealed);
    if (bytes.length !== CHALLENGE_LENGTH || bytes[0] !== 1) throw new RangeError("shape");
    const opened = await suite.open(
      {
        recipientKey: attempt.pair.privateKey,
        enc: bytes.slice(1, 1 + ENC_LENGTH).buffer,
        info: concat(lp("SVZKP-1 challenge"), lp(tenant), lp(username), lp(authReqId)).buffer,
      },
      bytes.slice(1 + ENC_LENGTH).buffer,
    );
    plaintext = new Uint8Array(opened);
    if (plaintext[0] !== 1) throw new RangeError("version");
  } catch (cause) {
    throw new SignetError("server_answer", { cause });
  }
  return {
    challengeId: plaintext.slice(1, 17),
    nonce: plaintext.slice(17, 49),
    ttlSeconds: (plaintext[49] << 8) | plaintext[50],
    serverKeyHash: plaintext.slice(51, 83),
  };
}

/**
 * The published key that a challenge names: nobody else's key is ever sealed to.
 *
 * @param {readonly Uint8Array[]} keys raw X25519 public keys of the tenant
 * @param {Uint8Array} serverKeyHash
 */
export const findServerKey = (keys, serverKeyHash) =>
  keys.find((key) => isEqual(sha256(key), serverKeyHash));

/**
 * @param {Uint8Array} serverKey raw
 * @param {Uint8Array<ArrayBuffer>} info
 * @param {Uint8Array<ArrayBuffer>} plaintext
 * @param {Ephemeral} [ephemeral]
 */
async function seal(serverKey, info, plaintext, ephemeral) {
  const recipientPublicKey = await suite.kem.deserializePublicKey(serverKey.slice().buffer);
  const sealed = await suite.seal(
    { recipientPublicKey, info: info.buffer, ...(ephemeral && { ekm: ephemeral }) },
    plaintext.buffer,
  );
  const kid = sha256(serverKey).slice(0, 8);
  return toBase64url(concat(VERSION_BYTE, kid, new Uint8Array(sealed.enc), new Uint8Array(sealed.ct)));
}

/**
 * `challenge_data` of Authenticate (login) and of Update Email.
 *
 * @param {object} given
 * @param {Context} given.context
 * @param {Uint8Array} given.serverKey
 * @param {Secrets} given.secrets
 * @param {string} [given.newEmail] Update Email: the address that the proof is for
 * @param {Ephemeral} [given.ephemeral]
 */
export function sealAnswer({ context, serverKey, secrets, newEmail, ephemeral }) {
  const isLogin = newEmail === undefined;
  const purpose = isLogin ? PURPOSE.login : PURPOSE.updateEmail;
  const extra = isLogin ? new Uint8Array() : lp(newEmail);
  const info = concat(
    lp("SVZKP-1 response"),
    u8(purpose),
    lp(context.tenant),
    lp(context.username),
    lp(context.authReqId),
    context.challengeId,
  );
  const plaintext = concat(VERSION_BYTE, u8(purpose), prove(context, purpose, secrets, extra));
  return seal(serverKey, info, plaintext, ephemeral);
}

/**
 * `encrypted_commitment` of Register, Reset Password Code and Change Password: whichever of `email`,
 * `code` and `old` is given says which.
 *
 * @param {object} given
 * @param {Context} given.context
 * @param {Uint8Array} given.serverKey
 * @param {Secrets} given.secrets the new ones
 * @param {string} [given.email] Register
 * @param {string} [given.code] Reset Password Code
 * @param {Secrets} [given.old] Change Password: a stolen token alone replaces nothing
 * @param {Ephemeral} [given.ephemeral]
 */
export function sealCommitment({ context, serverKey, secrets, email, code, old, ephemeral }) {
  const { commitmentP, commitmentK, descriptor } = secrets;
  /** @type {[number, Uint8Array, Uint8Array]} */
  let [purpose, extra, oldProofs] = [PURPOSE.changeNew, descriptor, new Uint8Array()];
  if (email !== undefined) {
    [purpose, extra] = [PURPOSE.register, concat(lp(email), descriptor)];
  } else if (code !== undefined) {
    [purpose, extra] = [PURPOSE.reset, concat(lp(code), descriptor)];
  } else if (old !== undefined) {
    const named = concat(commitmentP, commitmentK, descriptor);
    oldProofs = prove(context, PURPOSE.changeOld, old, named);
  } else {
    throw new TypeError("what the commitment is for: email, code or old");
  }
  const info = concat(
    lp("SVZKP-1 commitment"),
    u8(purpose),
    lp(context.tenant),
    lp(context.username),
    lp(context.authReqId),
  );
  const plaintext = concat(
    VERSION_BYTE,
    u8(purpose),
    context.challengeId,
    commitmentP,
    commitmentK,
    descriptor,
    prove(context, purpose, secrets, extra),
    oldProofs,
  );
  return seal(serverKey, info, plaintext, ephemeral);
}
