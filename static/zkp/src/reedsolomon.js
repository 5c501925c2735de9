/**
 * Reed–Solomon over GF(256): polynomial 0x11d, α = 2, first root α⁰, systematic (svwm-1, §10).
 * Polynomials are arrays with the lowest power first, code words with the highest power first.
 */

const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i += 1) {
  EXP[i] = x;
  EXP[i + 255] = x;
  LOG[x] = i;
  x = (x << 1) ^ (x & 0x80 ? 0x11d : 0);
}

/** @param {number} a @param {number} b */
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);
/** @param {number} a @param {number} b not 0 */
const over = (a, b) => (a ? EXP[LOG[a] + 255 - LOG[b]] : 0);

/** @param {readonly number[]} polynomial @param {number} x */
const evaluate = (polynomial, x) =>
  polynomial.reduceRight((sum, coefficient) => times(sum, x) ^ coefficient, 0);

/**
 * @param {Uint8Array} word
 * @param {number} parity
 */
function syndromes(word, parity) {
  return Array.from({ length: parity }, (_, root) =>
    word.reduce((sum, symbol) => times(sum, EXP[root]) ^ symbol, 0),
  );
}

/**
 * The message followed by its parity symbols.
 *
 * @param {Uint8Array} message at most 255 − parity bytes
 * @param {number} parity
 */
export function encode(message, parity) {
  let generator = [1];
  for (let root = 0; root < parity; root += 1) {
    const next = [0, ...generator];
    generator.forEach((coefficient, i) => {
      next[i] ^= times(coefficient, EXP[root]);
    });
    generator = next;
  }
  const rest = new Uint8Array(parity);
  for (const symbol of message) {
    const lead = symbol ^ rest[0];
    rest.copyWithin(0, 1);
    rest[parity - 1] = 0;
    for (let i = 0; i < parity; i += 1) rest[i] ^= times(lead, generator[parity - 1 - i]);
  }
  const word = new Uint8Array(message.length + parity);
  word.set(message);
  word.set(rest, message.length);
  return word;
}

/**
 * The error locator by Berlekamp and Massey.
 *
 * @param {readonly number[]} sums
 */
function locate(sums) {
  let [locator, previous, length, gap, discrepancyBefore] = [[1], [1], 0, 1, 1];
  for (let n = 0; n < sums.length; n += 1) {
    let discrepancy = sums[n];
    for (let i = 1; i <= length; i += 1) discrepancy ^= times(locator[i] ?? 0, sums[n - i]);
    if (discrepancy === 0) {
      gap += 1;
      continue;
    }
    const scale = over(discrepancy, discrepancyBefore);
    const next = Array.from({ length: Math.max(locator.length, previous.length + gap) }, (_, i) =>
      (locator[i] ?? 0) ^ times(scale, i >= gap ? (previous[i - gap] ?? 0) : 0),
    );
    if (2 * length <= n) {
      [previous, length, gap, discrepancyBefore] = [locator, n + 1 - length, 1, discrepancy];
    } else {
      gap += 1;
    }
    locator = next;
  }
  return { locator: locator.slice(0, length + 1), length };
}

/**
 * The corrected word, or null when it holds more than parity / 2 wrong symbols.
 *
 * @param {Uint8Array} received
 * @param {number} parity
 */
export function correct(received, parity) {
  const word = received.slice();
  const sums = syndromes(word, parity);
  if (sums.every((sum) => sum === 0)) return word;
  const { locator, length } = locate(sums);
  if (length > parity / 2 || !locator[length]) return null;

  const places = [];
  for (let i = 0; i < word.length; i += 1) {
    const power = word.length - 1 - i;
    if (evaluate(locator, EXP[(255 - power) % 255]) === 0) places.push(i);
  }
  if (places.length !== length) return null;

  // Forney: with the first root α⁰ each magnitude is X·Ω(X⁻¹) / Λ′(X⁻¹).
  const evaluator = Array.from({ length }, (_, n) => {
    let sum = 0;
    for (let i = 0; i <= n; i += 1) sum ^= times(locator[i], sums[n - i]);
    return sum;
  });
  const derivative = locator.slice(1).map((coefficient, i) => (i % 2 === 0 ? coefficient : 0));
  for (const place of places) {
    const power = word.length - 1 - place;
    const inverse = EXP[(255 - power) % 255];
    const slope = evaluate(derivative, inverse);
    if (slope === 0) return null;
    word[place] ^= times(EXP[power], over(evaluate(evaluator, inverse), slope));
  }
  return syndromes(word, parity).every((sum) => sum === 0) ? word : null;
}
