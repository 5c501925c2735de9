/**
 * Bytes as the protocol writes them (svzkp-1 §1): big-endian numbers, length-prefixed strings and
 * canonical base64url. Everything that enters a hash or a ciphertext is put together here.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** @param {string} text */
export const utf8 = (text) => new TextEncoder().encode(text);

/** @param {number} value 0 to 255 */
export const u8 = (value) => Uint8Array.of(value);

/**
 * @param {...Uint8Array} parts
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * u16 length, then the bytes; strings as UTF-8.
 *
 * @param {string | Uint8Array} value at most 65535 bytes
 * @throws {RangeError} when it is longer: a cut prefix would let two statements look alike
 */
export function lp(value) {
  const bytes = typeof value === "string" ? utf8(value) : value;
  if (bytes.length > 0xffff) throw new RangeError("longer than a u16 can say");
  return concat(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
export function isEqual(a, b) {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i += 1) difference |= a[i] ^ (b[i] ?? 0);
  return difference === 0;
}

/**
 * base64url without padding.
 *
 * @param {Uint8Array} bytes
 */
export function toBase64url(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let k = 0; k < Math.min(left + 1, 4); k += 1) text += ALPHABET[(word >> (18 - 6 * k)) & 63];
  }
  return text;
}

/**
 * Only the one form an encoder makes: no padding, no white space, no `+` and `/`, no bits left over.
 *
 * @param {string} text
 * @throws {SyntaxError} for every other form
 */
export function fromBase64url(text) {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let [word, bits, at] = [0, 0, 0];
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) throw new SyntaxError("not base64url");
    word = ((word << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (word >> bits) & 0xff;
      at += 1;
    }
  }
  if (toBase64url(bytes) !== text) throw new SyntaxError("not the canonical form");
  return bytes;
}
