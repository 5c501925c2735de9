/**
 * What the person has and knows, made into two signing keys (svzkp-1 §2): one from the picture alone
 * (possession), one from the picture and the Argon2id of PIN and pattern (knowledge).
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, lp, u8, utf8 } from "./bytes.js";

/**
 * @typedef {object} Pattern
 * @property {number} size nodes along a side: 3 or 4
 * @property {readonly number[]} nodes row by row, 0 at the top left, each at most once
 *
 * @typedef {object} Factors
 * @property {string | null} [pin] ASCII digits
 * @property {Pattern | null} [pattern]
 *
 * @typedef {object} Secrets
 * @property {Uint8Array} seedP
 * @property {Uint8Array} seedK
 * @property {Uint8Array} commitmentP
 * @property {Uint8Array} commitmentK
 * @property {Uint8Array} descriptor
 *
 * @typedef {(password: Uint8Array, salt: Uint8Array) => Promise<Uint8Array>} Argon2id
 */

/** RFC 9106's second recommended cost, with one lane. Part of `svzkp-1`: the server cannot lower it. */
export const ARGON2 = Object.freeze({ memoryKib: 65536, passes: 3, lanes: 1, length: 32 });

const SALT = utf8("SVZKP-1");
const HAS_PIN = 1;
const HAS_PATTERN = 2;

/**
 * @param {Uint8Array} material
 * @param {string} label
 * @param {string} tenant
 */
const expand = (material, label, tenant) =>
  hkdf(sha256, material, SALT, concat(lp(label), lp(tenant)), 32);

/**
 * The bytes that Argon2id hashes: PIN first, whatever the order on the screen.
 *
 * @param {Factors} factors
 * @throws {RangeError} for what no pad and no grid can produce
 */
export function encodeFactors({ pin = null, pattern = null }) {
  const parts = [utf8("SVF1")];
  if (pin !== null) {
    if (!/^[0-9]{1,255}$/.test(pin)) throw new RangeError("a PIN is made of digits");
    parts.push(u8(1), u8(pin.length), utf8(pin));
  }
  if (pattern !== null) {
    const { size, nodes } = pattern;
    const isPath = nodes.every((node) => Number.isInteger(node) && node >= 0 && node < size * size);
    if (!nodes.length || !isPath || new Set(nodes).size !== nodes.length)
      throw new RangeError("a pattern joins nodes of its grid, each once");
    parts.push(u8(2), u8(size), u8(nodes.length), Uint8Array.from(nodes));
  }
  return concat(...parts);
}

/**
 * Three bytes that tell which factors belong to a picture: flags, digits of the PIN, side of the grid.
 *
 * @param {{ pinSize?: number, patternSize?: number }} sizes 0 or absent = not used
 */
export function describeFactors({ pinSize = 0, patternSize = 0 }) {
  const flags = (pinSize ? HAS_PIN : 0) | (patternSize ? HAS_PATTERN : 0);
  return Uint8Array.of(flags, pinSize, patternSize);
}

/**
 * @param {Uint8Array} descriptor
 * @returns {{ pinSize: number, patternSize: number }}
 */
export function readDescriptor(descriptor) {
  const [flags, pin, pattern] = descriptor;
  return {
    pinSize: flags & HAS_PIN ? pin : 0,
    patternSize: flags & HAS_PATTERN ? pattern : 0,
  };
}

/**
 * The slow half, about 0.2 s: needs picture, PIN and pattern, but neither user name nor server.
 *
 * @param {object} given
 * @param {Uint8Array} given.imageKey 32 bytes
 * @param {string} given.tenant
 * @param {Factors} given.factors
 * @param {Argon2id} given.argon2id
 * @returns {Promise<Secrets>}
 */
export async function derive({ imageKey, tenant, factors, argon2id }) {
  const salt = expand(imageKey, "argon2id salt", tenant);
  const hash = await argon2id(encodeFactors(factors), salt);
  const seedP = expand(imageKey, "possession", tenant);
  const seedK = expand(concat(imageKey, hash), "knowledge", tenant);
  return {
    seedP,
    seedK,
    commitmentP: ed25519.getPublicKey(seedP),
    commitmentK: ed25519.getPublicKey(seedK),
    descriptor: describeFactors({
      pinSize: factors.pin?.length,
      patternSize: factors.pattern?.size,
    }),
  };
}
