/**
 * Builds the files that pages load: `npm run build`, or `node static/zkp/build.mjs FOLDER` to build
 * elsewhere and compare. The output is committed; the same lock file gives the same bytes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const target = process.argv[2] ?? here;

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["static/zkp/src/signet.js", "static/zkp/src/argon2.js"],
  outdir: target,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  metafile: true,
  legalComments: "none", // LICENSES.txt has them whole
  charset: "utf8",
});

/** Every package that is in a bundle, with the licence that asks to go along. */
const packages = new Set(
  Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1])
      .filter((name) => name !== undefined),
  ),
);
const notices = [...packages].sort().map((name) => {
  const folder = join(root, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const text = readFileSync(join(folder, "LICENSE"), "utf8").replace(/\r\n/g, "\n").trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
});
const rule = `\n${"-".repeat(72)}\n\n`;
writeFileSync(
  join(target, "LICENSES.txt"),
  `The bundles in this folder contain the following packages.\n${rule}${notices.join(rule)}`,
);
console.log(Object.keys(metafile.outputs).map((path) => relative(root, join(root, path))).join("\n"));
