/**
 * Which PINs and patterns anyone would try first (svzkp-1 §7, ZK15). The server never sees them, so
 * this is the only place that can refuse them.
 *
 * @typedef {"length" | "repeated" | "sequence" | "date" | "popular"} PinWeakness
 * @typedef {"short" | "straight" | "shape"} PatternWeakness
 */
import { POPULAR_PINS } from "./popular-pins.js";

/** Four nodes: below that a 3 × 3 grid holds 320 patterns, above 389,112 (§7). */
export const FEWEST_NODES = 4;
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Popular on a 3 × 3 grid, each from one corner; the rest comes by turning, mirroring and walking back. */
const SHAPES = [
  [0, 3, 6, 7, 8], // L
  [0, 1, 2, 4, 6, 7, 8], // Z
  [0, 1, 2, 5, 4, 3, 6, 7, 8], // S, the snake
  [0, 3, 6, 7, 8, 5, 2], // U
  [0, 1, 2, 5, 8, 7, 6, 3], // O, not closed
  [0, 1, 2, 5, 8, 7, 6, 3, 4], // the spiral
  [6, 3, 0, 4, 8, 5, 2], // N
  [6, 3, 0, 4, 2, 5, 8], // M
];

/** @param {string} pin */
function isRepeated(pin) {
  for (let length = 1; length <= pin.length / 2; length += 1)
    if (pin.length % length === 0 && pin === pin.slice(0, length).repeat(pin.length / length)) return true;
  const kinds = new Set(pin).size;
  return pin.length > 3 && kinds <= 2 && (pin.length > 4 || /^(\d)\1(\d)\2$|^(\d)(\d)\4\3$/.test(pin));
}

/** Every step alike, 9 followed by 0: 123456, 8901, 97531. @param {string} pin */
function isSequence(pin) {
  const step = (/** @type {number} */ i) => (Number(pin[i]) - Number(pin[i - 1]) + 10) % 10;
  for (let i = 2; i < pin.length; i += 1) if (step(i) !== step(1)) return false;
  return pin.length > 2;
}

/** @param {string} day @param {string} month */
const isDay = (day, month) => Number(day) >= 1 && Number(day) <= (DAYS[Number(month) - 1] ?? 0);
/** @param {string} year */
const isYear = (year) => /^(19\d\d|20[0-3]\d)$/.test(year);
/** @param {string} month */
const isMonth = (month) => Number(month) >= 1 && Number(month) <= 12;

/** A day, a birthday or a year in any of the orders people write them. @param {string} pin */
function isDate(pin) {
  const [a, b, c] = [pin.slice(0, 2), pin.slice(2, 4), pin.slice(4, 6)];
  if (pin.length === 4) return isYear(pin) || isDay(a, b) || isDay(b, a);
  if (pin.length !== 6) return false;
  return (
    isDay(a, b) || isDay(b, a) || isDay(c, b) ||
    (isYear(pin.slice(0, 4)) && isMonth(c)) || (isYear(pin.slice(2)) && isMonth(a))
  );
}

/**
 * Why a PIN is refused, or null.
 *
 * @param {string} pin
 * @param {number} size digits the tenant asks for
 * @returns {PinWeakness | null}
 */
export function pinWeakness(pin, size) {
  if (!/^\d+$/.test(pin) || pin.length !== size) return "length";
  if (isRepeated(pin)) return "repeated";
  if (isSequence(pin)) return "sequence";
  if (isDate(pin)) return "date";
  return POPULAR_PINS.has(pin) ? "popular" : null;
}

/** The eight ways to lay a square grid onto itself. @type {((x: number, y: number, last: number) => [number, number])[]} */
const SYMMETRIES = [
  (x, y) => [x, y], (x, y) => [y, x],
  (x, y, n) => [n - x, y], (x, y, n) => [y, n - x],
  (x, y, n) => [x, n - y], (x, y, n) => [n - y, x],
  (x, y, n) => [n - x, n - y], (x, y, n) => [n - y, n - x],
];

const POPULAR_SHAPES = new Set(
  SHAPES.flatMap((shape) =>
    SYMMETRIES.flatMap((lay) => {
      const laid = shape.map((node) => {
        const [x, y] = lay(node % 3, Math.floor(node / 3), 2);
        return y * 3 + x;
      });
      return [laid.join(), laid.toReversed().join()];
    }),
  ),
);

/**
 * Why a pattern is refused, or null.
 *
 * @param {readonly number[]} nodes
 * @param {number} size nodes along a side
 * @returns {PatternWeakness | null}
 */
export function patternWeakness(nodes, size) {
  if (nodes.length < FEWEST_NODES) return "short";
  const [x0, y0] = [nodes[0] % size, Math.floor(nodes[0] / size)];
  const [x1, y1] = [nodes[1] % size, Math.floor(nodes[1] / size)];
  const isStraight = nodes.every(
    (node) => (x1 - x0) * (Math.floor(node / size) - y0) === (y1 - y0) * ((node % size) - x0),
  );
  if (isStraight) return "straight";
  return size === 3 && POPULAR_SHAPES.has(nodes.join()) ? "shape" : null;
}
