/**
 * Covers drawn in the browser. The same style and seed give the same picture, composed alike at any size:
 * everything is laid out on a grid of 1024 and scaled. Grain over all of it gives every 8 × 8 block texture
 * for the watermark. Antialiasing differs between browsers: a vault picture is never rebuilt from its seed.
 *
 * A cover is no secret. `freshSeed()` only makes it unlikely that two people hold the same one.
 *
 * @typedef {CanvasRenderingContext2D} Pen
 * @typedef {() => number} Random from 0 to below 1
 * @typedef {readonly [lightness: number, chroma: number, hue: number]} Ink hue as offset from a base hue
 * @typedef {[x: number, y: number]} Point
 * @typedef {"currents" | "glass" | "hills" | "rosette"} StyleId
 */

/** @type {readonly { id: StyleId, name: string }[]} */
export const STYLES = [
  { id: "currents", name: "Currents" },
  { id: "glass", name: "Stained glass" },
  { id: "hills", name: "Hills" },
  { id: "rosette", name: "Rosette" },
];
const N = 1024;
const TAU = Math.PI * 2;
const HUES = [22, 38, 168, 188, 205, 232, 258, 282, 345];   // bases that age well; sour yellow-greens left out

/** 32 random bits. */
export const freshSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];

/** A small generator with a seed (mulberry32): the picture must come out alike twice. @param {number} seed @returns {Random} */
function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Value noise of three octaves. @param {Random} rand */
function noise2(rand) {
  const table = Float64Array.from({ length: 1024 }, rand);
  const at = (/** @type {number} */ x, /** @type {number} */ y) => table[(((x & 31) << 5) | (y & 31)) & 1023];
  const smooth = (/** @type {number} */ t) => t * t * (3 - 2 * t);
  const one = (/** @type {number} */ x, /** @type {number} */ y) => {
    const [i, j] = [Math.floor(x), Math.floor(y)];
    const [u, v] = [smooth(x - i), smooth(y - j)];
    const top = at(i, j) + (at(i + 1, j) - at(i, j)) * u;
    const low = at(i, j + 1) + (at(i + 1, j + 1) - at(i, j + 1)) * u;
    return top + (low - top) * v;
  };
  return (/** @type {number} */ x, /** @type {number} */ y) => (one(x, y) * 4 + one(x * 2.1, y * 2.1) * 2 + one(x * 4.3, y * 4.3)) / 7;
}

/** Ground first, then five inks. @type {readonly (readonly Ink[])[]} */
const PALETTES = [
  [[0.25, 0.04, 0], [0.88, 0.05, 60], [0.74, 0.09, 15], [0.6, 0.1, -15], [0.82, 0.1, 45], [0.5, 0.09, -30]],
  [[0.93, 0.02, 70], [0.4, 0.07, 0], [0.56, 0.09, 20], [0.7, 0.08, -25], [0.72, 0.12, 175], [0.48, 0.08, -10]],
  [[0.27, 0.05, 20], [0.9, 0.04, 50], [0.75, 0.11, 35], [0.6, 0.12, 5], [0.68, 0.06, 185], [0.46, 0.08, 200]],
  [[0.22, 0.03, 0], [0.8, 0.09, 0], [0.66, 0.1, 30], [0.9, 0.05, 15], [0.52, 0.1, 55], [0.74, 0.08, -35]],
];
/** @param {Ink} ink @param {number} base @param {number} [alpha] @param {number} [dl] @returns {string} */
const ink = ([l, c, h], base, alpha = 1, dl = 0) => `oklch(${(l + dl).toFixed(3)} ${c} ${(base + h + 720) % 360} / ${alpha})`;

/** @param {Pen} g @param {Random} rand */
function currents(g, rand) {
  const base = HUES[Math.floor(rand() * HUES.length)] + rand() * 12;
  const palette = PALETTES[Math.floor(rand() * PALETTES.length)];
  const field = noise2(rand);
  const [scale, swirl, lean] = [0.0011 + rand() * 0.0009, 1.1 + rand() * 1.3, rand() * TAU];
  g.fillStyle = ink(palette[0], base);
  g.fillRect(0, 0, N, N);
  g.lineCap = "round";
  const taken = new Uint8Array(128 * 128);
  for (let k = 0; k < 4200; k += 1) {
    let [x, y] = [rand() * 1100 - 38, rand() * 1100 - 38];
    const width = 1.4 + (1 - k / 4200) * rand() ** 2 * 16 + rand() * 2;
    const tone = Math.floor(field(x * 0.0018 + 9, y * 0.0018 + 4) * 6.99 + rand() * 1.2) % 5;
    g.beginPath();
    g.moveTo(x, y);
    let long = 0;
    for (; long < 130; long += 1) {
      const a = lean + (field(x * scale, y * scale) - 0.5) * TAU * swirl;
      x += Math.cos(a) * 5;
      y += Math.sin(a) * 5;
      const cell = (y >> 3) * 128 + (x >> 3);
      if (x > 0 && y > 0 && x < N && y < N) {
        if (taken[cell] > 5 && long > 5) break;
        if (long % 3 === 0) taken[cell] += 1;
      }
      g.lineTo(x, y);
    }
    if (long < 8) continue;
    g.lineWidth = width;
    g.strokeStyle = ink(palette[1 + tone], base, 0.9, (rand() - 0.5) * 0.08);
    g.stroke();
  }
}

/** @param {Pen} g @param {Random} rand */
function glass(g, rand) {
  const base = HUES[Math.floor(rand() * HUES.length)] + rand() * 12;
  const palette = PALETTES[Math.floor(rand() * 3)];
  /** @type {Point[]} */
  const sites = [];
  const spread = noise2(rand);
  for (let tries = 0; tries < 4000 && sites.length < 190; tries += 1) {
    /** @type {Point} */
    const p = [rand() * N, rand() * N];
    const gap = 34 + spread(p[0] * 0.006, p[1] * 0.006) * 58;
    if (sites.every((q) => Math.hypot(p[0] - q[0], p[1] - q[1]) > gap)) sites.push(p);
  }
  const [cx, cy] = [N * (0.35 + rand() * 0.3), N * (0.35 + rand() * 0.3)];
  g.fillStyle = "oklch(0.16 0.015 60)";
  g.fillRect(0, 0, N, N);
  sites.forEach((site, i) => {
    /** @type {Point[]} */
    let cell = [[-60, -60], [N + 60, -60], [N + 60, N + 60], [-60, N + 60]];
    sites.forEach((other, j) => {             // half-plane clipping: exact Voronoi cell
      if (i === j || Math.hypot(site[0] - other[0], site[1] - other[1]) > 420) return;
      const [mx, my] = [(site[0] + other[0]) / 2, (site[1] + other[1]) / 2];
      const [nx, ny] = [other[0] - site[0], other[1] - site[1]];
      const side = (/** @type {Point} */ p) => (p[0] - mx) * nx + (p[1] - my) * ny;
      /** @type {Point[]} */
      const out = [];
      cell.forEach((p, k) => {
        const q = cell[(k + 1) % cell.length];
        const [a, b] = [side(p), side(q)];
        if (a <= 0) out.push(p);
        if ((a < 0) !== (b < 0)) out.push([p[0] + ((q[0] - p[0]) * a) / (a - b), p[1] + ((q[1] - p[1]) * a) / (a - b)]);
      });
      cell = out;
    });
    if (cell.length < 3) return;
    const reach = Math.hypot(site[0] - cx, site[1] - cy) / N;
    const tone = 1 + (Math.floor(reach * 7 + rand() * 1.4) % 5);
    const light = (rand() - 0.5) * 0.16 - reach * 0.1;
    const shrink = cell.map((p) => /** @type {Point} */ ( [site[0] + (p[0] - site[0]) * 0.965, site[1] + (p[1] - site[1]) * 0.965]));
    g.save();
    g.beginPath();
    shrink.forEach((p, k) => (k ? g.lineTo(...p) : g.moveTo(...p)));
    g.closePath();
    g.lineJoin = "round";
    const fill = g.createLinearGradient(site[0] - 40, site[1] - 50, site[0] + 40, site[1] + 50);
    fill.addColorStop(0, ink(palette[tone], base, 1, light + 0.07));
    fill.addColorStop(1, ink(palette[tone], base, 1, light - 0.07));
    g.fillStyle = fill;
    g.fill();
    g.clip();
    const tilt = rand() * TAU;                // drawn-glass streaks
    for (let s = 0; s < 26; s += 1) {
      const d = (rand() - 0.5) * 150;
      g.strokeStyle = rand() < 0.5 ? `rgb(255 255 255 / ${0.04 + rand() * 0.1})` : `rgb(0 0 0 / ${0.03 + rand() * 0.08})`;
      g.lineWidth = 0.8 + rand() * 3.4;
      g.beginPath();
      const [dx, dy] = [Math.cos(tilt), Math.sin(tilt)];
      g.moveTo(site[0] - dy * d - dx * 110, site[1] + dx * d - dy * 110);
      g.quadraticCurveTo(site[0] - dy * (d + rand() * 14), site[1] + dx * (d + rand() * 14), site[0] - dy * d + dx * 110, site[1] + dx * d + dy * 110);
      g.stroke();
    }
    g.restore();
  });
}

/** @param {Pen} g @param {Random} rand */
function hills(g, rand) {
  const warm = [28, 55, 350, 75][Math.floor(rand() * 4)];
  const cool = [195, 230, 265, 165][Math.floor(rand() * 4)];
  const sky = g.createLinearGradient(0, 0, 0, 720);
  sky.addColorStop(0, `oklch(0.56 0.07 ${cool})`);
  sky.addColorStop(0.55, `oklch(0.78 0.06 ${(warm + 20) % 360})`);
  sky.addColorStop(1, `oklch(0.9 0.07 ${warm})`);
  g.fillStyle = sky;
  g.fillRect(0, 0, N, N);
  const [sx, sy, sr] = [180 + rand() * 660, 190 + rand() * 200, 54 + rand() * 60];
  for (let k = 40; k > 0; k -= 1) {
    g.fillStyle = `oklch(0.95 0.06 ${warm} / 0.012)`;
    g.beginPath(); g.arc(sx, sy, sr + k * 9, 0, TAU); g.fill();
  }
  g.fillStyle = `oklch(0.96 0.05 ${warm})`;
  g.beginPath(); g.arc(sx, sy, sr, 0, TAU); g.fill();
  const drift = noise2(rand);
  for (let k = 0; k < 900; k += 1) {          // brushed sky
    const [x, y] = [rand() * N, rand() ** 1.4 * 640];
    g.strokeStyle = `oklch(${0.7 + drift(x * 0.004, y * 0.02) * 0.3} 0.04 ${warm} / 0.11)`;
    g.lineWidth = 1 + rand() * 4;
    g.beginPath(); g.moveTo(x, y); g.bezierCurveTo(x + 40, y - 4, x + 80, y + 4, x + 60 + rand() * 150, y + (rand() - 0.5) * 10); g.stroke();
  }
  const layers = 7;
  for (let i = 0; i < layers; i += 1) {
    const t = i / (layers - 1);
    const ridge = noise2(rand);
    const y0 = 400 + t ** 1.15 * 470;
    const height = (/** @type {number} */ x) => y0 - (ridge(x * (0.0022 + t * 0.002), i * 7.7) - 0.5) * (330 - t * 130) - (ridge(x * 0.02, i + 3) - 0.5) * 16;
    const hue = cool + (1 - t) * ((warm - cool + 540) % 360 - 180) * 0.35;
    g.save();
    g.beginPath();
    g.moveTo(-4, N + 4);
    for (let x = -4; x <= N + 4; x += 4) g.lineTo(x, height(x));
    g.lineTo(N + 4, N + 4);
    g.closePath();
    const fade = g.createLinearGradient(0, y0 - 140, 0, y0 + 300);
    fade.addColorStop(0, `oklch(${0.72 - t * 0.46} ${0.05 + t * 0.015} ${hue})`);
    fade.addColorStop(1, `oklch(${0.82 - t * 0.52} 0.05 ${hue})`);
    g.fillStyle = fade;
    g.fill();
    g.clip();
    for (let k = 0; k < 520; k += 1) {        // hatching follows the slope
      const x = rand() * N;
      const y = height(x) + rand() ** 1.6 * 320;
      g.strokeStyle = rand() < 0.5 ? `oklch(0.96 0.03 ${warm} / ${0.05 + rand() * 0.09})` : `oklch(0.15 0.03 ${cool} / ${0.05 + rand() * 0.12})`;
      g.lineWidth = 0.8 + rand() * 2.2;
      const slope = (height(x + 12) - height(x - 12)) / 24;
      const long = 10 + rand() * 34;
      g.beginPath(); g.moveTo(x, y); g.lineTo(x + long, y + slope * long + 3); g.stroke();
    }
    g.restore();
  }
}

/** @param {Pen} g @param {Random} rand */
function rosette(g, rand) {
  const base = HUES[Math.floor(rand() * HUES.length)] + rand() * 12;
  const dark = rand() < 0.7;
  const [l0, l1] = dark ? [0.25, 0.82] : [0.93, 0.36];
  const [h1, h2] = [base, base + 50 + rand() * 130];
  const ground = g.createRadialGradient(512, 512, 40, 512, 512, 740);
  ground.addColorStop(0, `oklch(${l0 + (dark ? 0.08 : 0)} 0.045 ${base})`);
  ground.addColorStop(1, `oklch(${l0 - 0.05} 0.035 ${h2 % 360})`);
  g.fillStyle = ground;
  g.fillRect(0, 0, N, N);
  /** @type {(cx: number, cy: number, r0: number, r1: number, lobes: number, copies: number, hue: number, width: number, alpha: number) => void} */
  const wave = (cx, cy, r0, r1, lobes, copies, hue, width, alpha) => {
    g.lineWidth = width;
    for (let c = 0; c < copies; c += 1) {
      const shift = (c / copies) * (TAU / lobes);
      g.strokeStyle = `oklch(${l1 + Math.sin((c / copies) * TAU) * 0.07} 0.09 ${hue % 360} / ${alpha})`;
      g.beginPath();
      for (let k = 0; k <= 720; k += 1) {
        const a = (k / 720) * TAU;
        const r = (r0 + r1) / 2 + ((r1 - r0) / 2) * Math.sin(lobes * (a + shift)) * Math.cos((c / copies) * 1.2);
        g.lineTo(cx + r * Math.cos(a), cy + r * Math.sin(a));
      }
      g.stroke();
    }
  };
  for (let y = -20; y < N + 40; y += 9) {     // engraved ground
    g.strokeStyle = `oklch(${l1} 0.06 ${h2 % 360} / 0.28)`;
    g.lineWidth = 1.3;
    g.beginPath();
    for (let x = 0; x <= N; x += 6) {
      const bulge = Math.exp(-(((x - 512) ** 2 + (y - 512) ** 2) / 120000));
      g.lineTo(x, y + Math.sin(x * 0.021 + y * 0.01) * 7 + Math.sin(x * 0.05 - y * 0.03) * 26 * bulge);
    }
    g.stroke();
  }
  const corners = [[0, 0], [N, 0], [N, N], [0, N]];
  const small = 7 + Math.floor(rand() * 8);
  corners.forEach(([x, y]) => { wave(x, y, 60, 250, small, 14, h2, 1.5, 0.75); wave(x, y, 220, 290, small * 2, 6, h1, 1.3, 0.6); });
  let outer = 452;
  while (outer > 70) {
    const inner = Math.max(26, outer - 70 - rand() * 130);
    wave(512, 512, inner, outer + 12, 8 + Math.floor(rand() * 20), 9 + Math.floor(rand() * 9), rand() < 0.5 ? h1 : h2, 1.4 + rand() * 0.8, 0.85);
    outer = inner + 6;
  }
}

/** @param {Pen} g @param {number} size @param {Random} rand */
function grain(g, size, rand) {
  const tile = document.createElement("canvas");
  [tile.width, tile.height] = [256, 256];
  const pen = /** @type {Pen} */ (tile.getContext("2d"));
  const pixels = pen.createImageData(256, 256);
  for (let i = 0; i < pixels.data.length; i += 4) {
    const v = rand() < 0.5 ? 0 : 255;
    pixels.data.set([v, v, v, rand() * 30], i);
  }
  pen.putImageData(pixels, 0, 0);
  g.setTransform(1, 0, 0, 1, 0, 0);
  g.fillStyle = /** @type {CanvasPattern} */ (g.createPattern(tile, "repeat"));
  g.fillRect(0, 0, size, size);
}

const PAINTERS = { currents, glass, hills, rosette };

/** @param {HTMLCanvasElement} canvas @returns {Pen} */
function contextOf(canvas) {
  const pen = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!pen) throw new Error("this browser draws no canvas");
  return pen;
}

/**
 * Draws over the whole canvas, square.
 *
 * @param {HTMLCanvasElement} canvas takes on the size
 * @param {StyleId} style
 * @param {number} seed 32 bits, see `freshSeed`
 * @param {number} [size] pixels; 1024 for a cover, less for a preview
 */
export function draw(canvas, style, seed, size = N) {
  [canvas.width, canvas.height] = [size, size];
  const pen = contextOf(canvas);
  const rand = random(Math.imul(seed, 2654435761) ^ ((STYLES.findIndex(({ id }) => id === style) + 1) * 40503));
  pen.scale(size / N, size / N);
  PAINTERS[style](pen, rand);
  grain(pen, size, rand);
}
