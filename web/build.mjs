// Bundles src/main.ts and src/report.css into one script and one style sheet: `node build.mjs [FOLDER]` (default: dist).
// Packages are looked for beside this file and, for builds elsewhere, in the current folder's node_modules.
import { appendFileSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const output = path.resolve(process.argv[2] ?? path.join(here, "dist"));
const packages = path.join(process.cwd(), "node_modules");
const esbuild = await import(pathToFileURL(createRequire(path.join(process.cwd(), "package.json")).resolve("esbuild")).href);

const { metafile } = await esbuild.build({
  absWorkingDir: here,
  entryPoints: { report: "src/main.ts" },
  outdir: output,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2021", "chrome100", "firefox100", "safari15"],
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  nodePaths: [packages],
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
});

/** The licence of every package that is in the bundle, as a comment at its end: most ask for that. */
function licences() {
  const folders = new Set(Object.keys(metafile.inputs).map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean));
  return [...folders].sort().map((folder) => {
    const full = path.resolve(here, folder);
    const { name, version, license } = JSON.parse(readFileSync(path.join(full, "package.json"), "utf8"));
    const files = readdirSync(full).filter((candidate) => /^(licen[cs]e|notice)(\.(md|txt))?$/i.test(candidate));
    const text = files.map((file) => readFileSync(path.join(full, file), "utf8")).join("\n");
    return `${name} ${version} (${license})\n\n${text}`;
  });
}
appendFileSync(path.join(output, "report.js"), `/*\nThis script holds these packages:\n\n${licences().join("\n\n").replaceAll("*/", "* /")}\n*/\n`);

// The script stands inside <script>, where these would end it or begin a comment.
const script = readFileSync(path.join(output, "report.js"), "utf8");
for (const text of ["</script", "<!--", "<script"])
  if (script.toLowerCase().includes(text)) throw new Error(`report.js holds "${text}", which ends or breaks an inline script`);
if (readFileSync(path.join(output, "report.css"), "utf8").toLowerCase().includes("</style"))
  throw new Error('report.css holds "</style"');
