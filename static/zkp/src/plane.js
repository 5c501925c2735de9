/**
 * The canonical plane of svwm-1 (§10): luma, resampled per axis to 512 × 512, and its 8 × 8 DCT-II.
 * Plain Float64 arithmetic, so that every browser finds the same coefficients.
 */

export const SIDE = 512;
export const BLOCKS = SIDE / 8;

/**
 * @typedef {object} Raster
 * @property {number} width
 * @property {number} height
 * @property {Float64Array} data one number per pixel, row by row
 */

/** COSINES[u * 8 + x], orthonormal. */
const COSINES = Float64Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  return (u ? 0.5 : Math.SQRT1_2 / 2) * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

/**
 * The weights of one axis: for each output place the first input and its weights. Box area average
 * when shrinking; linear, centre-aligned and clamped when enlarging.
 *
 * @param {number} from
 * @param {number} to
 * @returns {{ first: number, weights: number[] }[]}
 */
function taps(from, to) {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    if (to < from) {
      const [start, end] = [i * step, (i + 1) * step];
      const first = Math.floor(start);
      const last = Math.min(Math.ceil(end), from);
      const weights = [];
      for (let k = first; k < last; k += 1)
        weights.push((Math.min(end, k + 1) - Math.max(start, k)) / step);
      return { first, weights };
    }
    const centre = Math.min(Math.max((i + 0.5) * step - 0.5, 0), from - 1);
    const first = Math.min(Math.floor(centre), Math.max(from - 2, 0));
    return from === 1 ? { first: 0, weights: [1] } : { first, weights: [first + 1 - centre, centre - first] };
  });
}

/**
 * @param {Raster} raster
 * @param {number} width
 * @param {number} height
 * @returns {Raster}
 */
export function resample(raster, width, height) {
  let { data } = raster;
  if (width !== raster.width) {
    const columns = taps(raster.width, width);
    const wide = new Float64Array(width * raster.height);
    for (let y = 0; y < raster.height; y += 1) {
      const row = y * raster.width;
      for (let x = 0; x < width; x += 1) {
        const { first, weights } = columns[x];
        let sum = 0;
        for (let k = 0; k < weights.length; k += 1) sum += weights[k] * data[row + first + k];
        wide[y * width + x] = sum;
      }
    }
    data = wide;
  }
  if (height !== raster.height) {
    const rows = taps(raster.height, height);
    const tall = new Float64Array(width * height);
    for (let y = 0; y < height; y += 1) {
      const { first, weights } = rows[y];
      for (let k = 0; k < weights.length; k += 1) {
        const [weight, row] = [weights[k], (first + k) * width];
        for (let x = 0; x < width; x += 1) tall[y * width + x] += weight * data[row + x];
      }
    }
    data = tall;
  }
  return { width, height, data };
}

/**
 * Luma of RGB pixels at 512 × 512. Resampling is linear, so it comes after the sum of the channels.
 *
 * @param {{ width: number, height: number, data: ArrayLike<number> }} rgb three numbers per pixel
 * @returns {Float64Array}
 */
export function canonicalPlane({ width, height, data }) {
  const luma = new Float64Array(width * height);
  for (let i = 0, k = 0; i < luma.length; i += 1, k += 3)
    luma[i] = 0.299 * data[k] + 0.587 * data[k + 1] + 0.114 * data[k + 2];
  return resample({ width, height, data: luma }, SIDE, SIDE).data;
}

/**
 * @param {Float64Array} plane 512 × 512
 * @param {number} block
 * @param {Float64Array} out 64 coefficients, out[v * 8 + u], u horizontal
 */
export function transformBlock(plane, block, out) {
  const origin = (block >> 6) * 8 * SIDE + (block & 63) * 8;
  const half = new Float64Array(64);
  for (let y = 0; y < 8; y += 1)
    for (let u = 0; u < 8; u += 1) {
      let sum = 0;
      for (let x = 0; x < 8; x += 1) sum += COSINES[u * 8 + x] * plane[origin + y * SIDE + x];
      half[y * 8 + u] = sum;
    }
  for (let v = 0; v < 8; v += 1)
    for (let u = 0; u < 8; u += 1) {
      let sum = 0;
      for (let y = 0; y < 8; y += 1) sum += COSINES[v * 8 + y] * half[y * 8 + u];
      out[v * 8 + u] = sum;
    }
}

/**
 * Adds to the plane what one coefficient, moved by `change`, adds to its block.
 *
 * @param {Float64Array} plane
 * @param {number} block
 * @param {number} u
 * @param {number} v
 * @param {number} change
 */
export function addWave(plane, block, u, v, change) {
  const origin = (block >> 6) * 8 * SIDE + (block & 63) * 8;
  for (let y = 0; y < 8; y += 1) {
    const tall = change * COSINES[v * 8 + y];
    for (let x = 0; x < 8; x += 1) plane[origin + y * SIDE + x] += tall * COSINES[u * 8 + x];
  }
}
