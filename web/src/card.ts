/** A program in words: labels, genes, gene sets, neighbours. */

import type { Edge, Explanation, Gene, Pathway, Program } from "./data";
import { button, h } from "./dom";
import { fixed, short, signed } from "./text";

const kGenes = 10, kSets = 5;

function genesTable(caption: string, genes: Gene[], largest: number): HTMLElement | null {
  if (genes.length === 0) return null;
  return h("table", { class: "bars" },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, ["gene", "control", "effect", "error", "sd"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, genes.slice(0, kGenes).map((gene) =>
      h("tr", {},
        h("th", { scope: "row" }, gene.gene),
        h("td", {}, short(Number(gene.control.toPrecision(2)))),
        h("td", {}, h("span", { class: gene.effect < 0 ? "bar down" : "bar", style: `width:${(2.2 * Math.abs(gene.effect)) / largest}rem` }), " ", signed(gene.effect)),
        h("td", {}, gene.se === null ? "n/a" : short(Number(gene.se.toPrecision(2)))),
        h("td", {}, short(Number(gene.sd.toPrecision(2))))))),
  );
}

function setItem(set: Pathway): HTMLElement {
  return h("li", {}, `${set.name} (${set.overlap} of ${set.size} among its ${set.among}; q ${short(set.q)}, rank q ${short(set.rank_q)})`,
    set.members.length > 0 && h("span", { class: "note" }, ` ${set.members.slice(0, 12).join(", ")}`));
}

function neighbours(title: string, edges: Edge[], end: "from" | "to", explanation: Explanation, go: (program: number) => void): HTMLElement | null {
  if (edges.length === 0) return null;
  return h("p", {}, `${title}: `, edges.map((edge) =>
    button(`p${edge[end]} ${explanation.programs[edge[end]]?.name ?? ""} (${fixed(edge.weight, 2)})`, () => go(edge[end]), { class: "link" })));
}

export function programCard(explanation: Explanation, program: Program, edges: Edge[], go: (program: number) => void): HTMLElement {
  const largest = Math.max(1e-12, ...[...program.genes_up, ...program.genes_down].map((gene) => Math.abs(gene.effect)));
  const sets = program.pathways.slice(0, kSets);
  return h("div", {},
    h("h4", {}, `p${program.program} ${program.name}`),
    h("p", { class: "note" }, `sd over control cells ${short(program.sd)}, of its own noise ${short(program.noise_sd)}; effect of one unit ${short(program.norm)}${program.strength === null ? ", its error is not known" : `, sure ${short(program.strength)}`}`),
    program.labels.length > 0
      ? h("p", {}, "Labels: ", program.labels.map((label) => `${label.label} (share ${fixed(label.share, 2)}, shift ${signed(label.shift)}${label.main ? "" : ", mainly elsewhere"})`).join("; "))
      : h("p", {}, "No label acts on it."),
    neighbours("Upstream", edges.filter((edge) => edge.to === program.program), "from", explanation, go),
    neighbours("Downstream", edges.filter((edge) => edge.from === program.program), "to", explanation, go),
    h("div", { class: "genes" }, genesTable("Genes up", program.genes_up, largest), genesTable("Genes down", program.genes_down, largest)),
    sets.length > 0 ? h("div", {}, h("h5", {}, "Gene sets"), h("ul", {}, sets.map(setItem))) : h("p", { class: "note" }, "No gene set stands out."),
  );
}
