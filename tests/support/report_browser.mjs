// Opens reports from disk in a headless Chromium and looks at what a reader would: panels, slider, search, keyboard, print.
//
// usage: node report_browser.mjs PLAYWRIGHT CHROMIUM KIND REPORT    PLAYWRIGHT: folder of playwright-core; KIND: one, several or plain
// A line "ok what" or "FAILED what" for each check; exit code 1 where one failed. With GRACEVAE_SCREENSHOTS set, pictures go to that folder.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [playwright, executablePath, kind, report] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(path.resolve(playwright));
const pictures = process.env.GRACEVAE_SCREENSHOTS;
if (pictures) mkdirSync(pictures, { recursive: true });

let failed = 0;
function check(what, right, seen) {
  if (right) console.log(`ok      ${kind}: ${what}`);
  else {
    ++failed;
    console.log(`FAILED  ${kind}: ${what}${seen === undefined ? "" : `: ${JSON.stringify(seen)}`}`);
  }
}

const browser = await chromium.launch({
  executablePath,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

/** A page with the report, and what it complained of or asked for. */
async function open(options) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 820 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const troubles = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || troubles.push(`asked for ${request.url()}`));
  await page.goto(pathToFileURL(path.resolve(report)).href, { timeout: 120000 }); // a busy machine
  if (kind !== "plain" && options?.javaScriptEnabled !== false) await page.waitForFunction(() => document.documentElement.dataset.ready === "true");
  return { page, troubles };
}

async function picture(page, name, options = { fullPage: true }) {
  if (pictures) await page.screenshot({ path: path.join(pictures, `${kind}-${name}.png`), ...options });
}

const count = (page, selector) => page.locator(selector).count();
const text = (page, selector) => page.locator(selector).first().innerText();
const data = JSON.parse(/id="report-data">(.*?)<\/script>/s.exec(readFileSync(report, "utf8"))?.[1] ?? "null");

/** Elements that the Tab key reaches, as short names, from the top of the page. */
async function reached(page, most) {
  const seen = new Set();
  await page.evaluate(() => document.activeElement?.blur());
  for (let i = 0; i < most; ++i) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const e = document.activeElement;
      return e === document.body ? "" : `${e.tagName.toLowerCase()}${e.type ? `:${e.type}` : ""}.${e.getAttribute("class") ?? ""}`;
    });
    if (!name) break;
    seen.add(name);
  }
  return [...seen];
}

async function saved(page, button, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const bytes = readFileSync(await download.path());
  check(`${name} is saved as ${download.suggestedFilename()}`, true);
  return bytes;
}

async function panels(page) {
  const runs = data.runs.length;
  check("every curve is drawn", (await count(page, "figure[data-chart] .plot svg path")) > 3 * data.curves.length);
  const others = await page.evaluate(() => [...document.querySelectorAll("figure[data-chart]")].flatMap((figure) => {
    const texts = (selector) => [...figure.querySelectorAll(selector)].map((e) => e.textContent);
    const drawn = texts(".plot svg text");
    return drawn.length ? texts("svg.chart .axis text.x, svg.chart .axis text.y").filter((text) => !drawn.includes(text)) : [];
  }));
  check("curves have the ticks of the static drawings", others.length === 0, others);
  check("a chart of scores for every kind", (await count(page, '[data-panel="scores"] .plot svg')) === data.scores.length);
  check("predicted against observed for every run", (await count(page, '[data-panel="conditions"] .plot svg')) === 2 * runs);
  check("points of genes", (await count(page, '[data-panel="conditions"] .plot svg path')) > 30 * runs);
  const inked = await page.evaluate(() =>
    [...document.querySelectorAll("#map canvas")].map((canvas) => {
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      const colours = new Set();
      for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] > 0) colours.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
      return colours.size;
    }));
  check("two maps a run, with cells of several colours", inked.length === 2 * runs && inked.every((n) => n > 3), inked);
  for (const [k, run] of data.runs.entries()) {
    const panel = `[data-panel="graph"][data-run="${k}"]`;
    check(`a node for every program of run ${k}`, (await count(page, `${panel} .node`)) === run.explanation.programs.length);
    check(`a verdict on the graph of run ${k}`, /noise/.test(await text(page, `${panel} .verdict`)));
    check(`the card of the strongest program of run ${k}`, (await text(page, `${panel} .program-card h4`)).startsWith(`p${run.explanation.strongest} `));
  }
  const empty = await page.evaluate(() => [...document.querySelectorAll("[data-panel]")].filter((e) => e.childElementCount === 0 || e.getBoundingClientRect().height < 40).map((e) => e.dataset.panel));
  check("no panel is empty", empty.length === 0, empty);
  const words = await page.evaluate(() => document.body.innerText.match(/\b(NaN|undefined|null|\[object)\b/g));
  check("no word of the machine in the text", words === null, words);
}

async function interaction(page) {
  const slide = async (value) => {
    await page.locator("input[data-threshold]").first().evaluate((slider, to) => {
      slider.value = to;
      slider.dispatchEvent(new Event("input"));
    }, value);
    await page.waitForTimeout(200);
    return [await count(page, '[data-panel="graph"][data-run="0"] .edge'), await text(page, '[data-panel="graph"] output')];
  };
  const [all, first] = await slide("0"), [few, last] = await slide("200");
  check("the slider changes the drawing", all > few && first !== last, { all, few, first, last });
  await slide("0");

  const table = 'table[data-programs="0"]';
  const label = data.runs[0].explanation.programs.at(-1).labels[0]?.label ?? data.runs[0].explanation.programs.at(-1).name;
  const rows = await count(page, `${table} tbody tr:visible`);
  await page.locator('#programs input[type="search"]').first().fill(label);
  const left = await count(page, `${table} tbody tr:visible`);
  check("search filters the programs", left >= 1 && left < rows && (await text(page, "#programs .search output")).startsWith(`${left} of ${rows}`), { rows, left });
  await page.locator('#programs input[type="search"]').first().fill("no such gene anywhere");
  check("a search without a match shows no row", (await count(page, `${table} tbody tr:visible`)) === 0);
  await page.locator('#programs input[type="search"]').first().fill("");

  const column = () => page.locator("table.conditions tbody tr td:nth-child(4)").allInnerTexts();
  const head = page.locator("table.conditions thead tr:nth-child(2) th:nth-child(1) .sort");
  await head.click();
  const up = (await column()).map(Number);
  await head.click();
  const down = (await column()).map(Number);
  check("a column sorts up and down", up.length > 1 && up.every((v, i) => i === 0 || v >= up[i - 1]) && down.every((v, i) => i === 0 || v <= down[i - 1]), { up, down });

  const said = () => text(page, '[data-panel="conditions"] figcaption p');
  const before = await said();
  await page.locator('[data-panel="conditions"] button', { hasText: "next" }).click();
  check("the next condition is shown", (await said()) !== before || data.runs[0].predictions.conditions.length === 1, await said());
  const names = data.runs[0].predictions.conditions.map((condition) => condition.name);
  check("the map follows the condition", (await page.locator('[data-panel="condition-map"] select').inputValue()) === names[1 % names.length]);
  await page.getByLabel("change from control").check();
  await page.locator('[data-panel="conditions"] button', { hasText: "Table" }).first().click();
  check("its genes are a table", (await count(page, '[data-panel="conditions"] .plot-table tbody tr')) > 5);
  await page.locator('[data-panel="conditions"] button', { hasText: "Table" }).first().click();

  const svg = String(await saved(page, page.locator('[data-panel="conditions"] [data-save="svg"]').first(), "a plot"));
  check("an SVG with its own size", svg.startsWith("<svg") && svg.includes("xmlns=") && /width="\d+"/.test(svg), svg.slice(0, 80));
  const png = await saved(page, page.locator('#map [data-save="png"]').first(), "a map");
  check("a PNG", png.subarray(1, 4).toString() === "PNG" && png.length > 5000, png.length);
  const graph = String(await saved(page, page.locator('[data-panel="graph"] [data-save="svg"]').first(), "the graph"));
  check("the graph's colours are its own", graph.includes("<rect") && !graph.includes("var("));
  await saved(page, page.locator('[data-panel="graph"] [data-save="png"]').first(), "the graph");
}

async function keyboard() {
  const { page } = await open({});
  const seen = await reached(page, 600);
  const wanted = ["a.", "input:search.", "input:range.", "g.node", "select:select-one.", "button:button.save", "button:button.sort", "input:radio.", "input:checkbox.", "button:button.toggle", "summary."];
  const missing = wanted.filter((name) => !seen.some((other) => other.startsWith(name)));
  check("the Tab key reaches every kind of control", missing.length === 0, { missing, seen });

  await page.locator('[data-panel="graph"] .node').first().focus();
  const node = () => page.evaluate(() => document.activeElement?.getAttribute("data-program"));
  await page.keyboard.press("End");
  const end = await node();
  await page.keyboard.press("Home");
  const home = await node();
  check("Home and End go to the first and last program", home !== null && end !== null && home !== end, { home, end });
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  check("Enter opens the program's card", (await text(page, '[data-panel="graph"] .program-card h4')).startsWith(`p${end} `));
  await page.keyboard.press("Home");
  let moved = false;
  for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]) {
    await page.keyboard.press(key);
    moved ||= (await node()) !== home;
  }
  check("the arrow keys move between programs", moved);
  await page.locator("input[data-threshold]").first().focus();
  const value = await page.locator("input[data-threshold]").first().inputValue();
  await page.keyboard.press(value === "0" ? "ArrowRight" : "ArrowLeft");
  check("the arrow keys move the slider", (await page.locator("input[data-threshold]").first().inputValue()) !== value);
  const unnamed = await page.evaluate(() => [...document.querySelectorAll("button, select, input, .plot, svg[role]")].filter((e) =>
    !(e.textContent.trim() || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.labels?.length)).map((e) => e.outerHTML.slice(0, 80)));
  check("every control and plot has a name", unnamed.length === 0, unnamed);
}

/** What print would leave out: folded parts, boxes that scroll, drawings without size. */
async function print(page) {
  await page.locator("#programs input[type=search]").first().fill("no such gene anywhere").catch(() => {});
  await page.emulateMedia({ media: "print" });
  await page.waitForTimeout(500);
  const state = await page.evaluate(() => {
    const height = (e) => e.getBoundingClientRect().height;
    const all = (selector) => [...document.querySelectorAll(selector)];
    return {
      folded: all("details:not([open])").length,
      curves: all("figure[data-chart] svg.chart").filter((e) => height(e) > 60).length,
      strips: all(".strip").filter((e) => height(e) > 30).length,
      maps: all("#map svg.map").filter((e) => height(e) > 100).length,
      copies: all('[data-panel="scores"] .print-copy svg').filter((e) => height(e) > 60).length,
      nodes: all(".graph .node").filter((e) => height(e) > 5).length,
      rows: all("table[data-programs] tbody tr").filter((e) => height(e) > 5).length,
      scrolling: all("main *").filter((e) => ["auto", "scroll"].includes(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight + 2).map((e) => e.className),
      controls: all("button:not(.sort):not(.link), select, input").filter((e) => height(e) > 0).map((e) => e.outerHTML.slice(0, 60)),
      ground: getComputedStyle(document.body).backgroundColor,
    };
  });
  const programs = data ? data.runs.reduce((n, run) => n + run.explanation.programs.length, 0) : null;
  const conditions = data ? data.runs.reduce((n, run) => n + run.predictions.conditions.length, 0) : null;
  check("nothing is folded in print", state.folded === 0, state.folded);
  check("no box scrolls in print", state.scrolling.length === 0, state.scrolling);
  check("no control is printed", state.controls.length === 0, state.controls);
  check("print is on white", state.ground === "rgb(255, 255, 255)", state.ground);
  if (data) {
    check("all curves are printed", state.curves === data.curves.length, state);
    check("every condition is printed", state.strips === conditions, state);
    check("the maps are printed", state.maps === data.runs.length, state);
    check("the scores' charts are printed", state.copies === data.scores.length, state);
    check("the graph and all programs are printed", state.nodes === programs && state.rows === programs, state);
  }
  const pdf = await page.pdf({ format: "A4", printBackground: true, path: pictures ? path.join(pictures, `${kind}.pdf`) : undefined });
  check(`a PDF of ${(pdf.length / 1e6).toFixed(2)} MB`, pdf.subarray(0, 5).toString() === "%PDF-" && pdf.length > 30000, pdf.length);
  await page.emulateMedia({ media: "screen" });
  await page.waitForTimeout(300);
}

async function widths(page) {
  for (const width of [1920, 1366, 1024, 820]) {
    await page.setViewportSize({ width, height: 820 });
    await page.waitForTimeout(250);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    check(`nothing sticks out at ${width} pixels`, over <= 0, over);
    if (width === 1024) await picture(page, "1024");
  }
  await page.setViewportSize({ width: 1366, height: 820 });
}

const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

if (kind === "plain") {
  const { page, troubles } = await open({});
  check("no script", (await count(page, "script")) === 0);
  check("conditions are unfolded", (await count(page, ".strip:visible")) > 0);
  check("drawings are there", (await count(page, "svg.chart:visible")) > 3 && (await count(page, "#map svg.map:visible")) > 0);
  await picture(page, "light");
  await widths(page);
  check("no complaint and no request", troubles.length === 0, troubles);
} else {
  const { page, troubles } = await open({ colorScheme: "light" });
  await page.waitForTimeout(300);
  await picture(page, "light");
  await panels(page);
  await interaction(page);
  await keyboard();
  await widths(page);
  check("light", (await ground(page)) === "rgb(255, 255, 255)");
  await page.getByLabel("Colours").selectOption("dark");
  check("dark by choice", (await ground(page)) !== "rgb(255, 255, 255)");
  await print(page);
  await page.getByLabel("Colours").selectOption("");
  check("no complaint and no request", troubles.length === 0, troubles);

  const dark = await open({ colorScheme: "dark" });
  await dark.page.waitForTimeout(300);
  check("dark as the system has it", (await ground(dark.page)) !== "rgb(255, 255, 255)");
  await picture(dark.page, "dark");
  check("no complaint in the dark", dark.troubles.length === 0, dark.troubles);

  const silent = await open({ javaScriptEnabled: false });
  check("without scripts the static drawings show", (await count(silent.page, "svg.chart:visible")) > 3 && (await count(silent.page, "#map svg.map:visible")) > 0);
}
await browser.close();
process.exit(failed > 0 ? 1 : 0);
