/** Turns the static page into an interactive one. What is static stays for print and where scripts do not run. */

import "./report.css";

import { emptyPrintCopies, fillPrintCopies } from "./chart";
import { mountConditions } from "./conditions";
import { mountCurves } from "./curves";
import { readData } from "./data";
import { h, uniqueId } from "./dom";
import { mountEmbedding } from "./embedding";
import { mountGraphs, wholeGraphs } from "./graph";
import { mountScores } from "./scores";
import { enhanceTables } from "./tables";
import { setTheme } from "./theme";

function mountTheme(): void {
  const id = uniqueId("theme");
  const choices = [["", "system"], ["light", "light"], ["dark", "dark"]] as const;
  const select = h("select", { id }, choices.map(([value, text]) => h("option", { value }, text)));
  select.addEventListener("change", () => setTheme(select.value as (typeof choices)[number][0]));
  document.querySelector("nav")?.append(h("span", { class: "theme" }, h("label", { for: id }, "Colours "), select));
}

/** Everything is printed: closed parts are opened, and plots that have no static drawing get a light one. */
function preparePrint(): void {
  let opened: HTMLDetailsElement[] = [];
  let ready = false;
  const before = () => {
    if (ready) return;
    ready = true;
    opened = [...document.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
    for (const details of opened) details.open = true;
    wholeGraphs();
    fillPrintCopies();
  };
  const after = () => {
    if (!ready) return;
    ready = false;
    for (const details of opened) details.open = false;
    emptyPrintCopies();
  };
  window.addEventListener("beforeprint", before);
  window.addEventListener("afterprint", after);
  window.matchMedia("print").addEventListener("change", (event) => (event.matches ? before() : after()));
}

/** A panel that fails leaves the static page and says so; the others go on. */
function guarded(name: string, mount: () => void): void {
  try {
    mount();
  } catch (error) {
    console.error(`${name}:`, error);
    document.querySelector("main")?.prepend(h("p", { class: "warnings", role: "alert" }, `The interactive part "${name}" failed: ${error}. Tables and static drawings are whole.`));
  }
}

function start(): void {
  const data = readData();
  document.documentElement.classList.add("js");
  guarded("colours", mountTheme);
  guarded("tables", enhanceTables);
  guarded("scores", () => mountScores(data));
  guarded("training curves", () => mountCurves(data));
  guarded("conditions", () => mountConditions(data));
  guarded("map of cells", () => mountEmbedding(data));
  guarded("latent graph", () => mountGraphs(data));
  guarded("print", preparePrint);
  document.documentElement.dataset.ready = "true";
}

guarded("report", start);
