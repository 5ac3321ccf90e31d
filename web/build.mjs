// Bundles src/main.ts and src/report.css into one script and one style sheet: `node build.mjs [FOLDER]` (default: dist).
// Packages are looked for beside this file and, for builds elsewhere, in the current folder's node_modules.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const output = path.resolve(process.argv[2] ?? path.join(here, "dist"));
const packages = path.join(process.cwd(), "node_modules");
const esbuild = await import(pathToFileURL(createRequire(path.join(process.cwd(), "package.json")).resolve("esbuild")).href);

await esbuild.build({
  absWorkingDir: here,
  entryPoints: { report: "src/main.ts" },
  outdir: output,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2021", "chrome100", "firefox100", "safari15"],
  charset: "ascii",
  legalComments: "eof",
  nodePaths: [packages],
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
});

// The script stands inside <script>, where these would end it or begin a comment.
const script = readFileSync(path.join(output, "report.js"), "utf8");
for (const text of ["</script", "<!--", "<script"])
  if (script.toLowerCase().includes(text)) throw new Error(`report.js holds "${text}", which ends or breaks an inline script`);
if (readFileSync(path.join(output, "report.css"), "utf8").toLowerCase().includes("</style"))
  throw new Error('report.css holds "</style"');
