/** The map of control, observed and generated cells. */

import { Chart, legendStyle, tooltipStyle } from "./chart";
import type { Embedding, ReportData } from "./data";
import { button, h } from "./dom";
import { counted, escapeHtml } from "./text";
import type { Palette } from "./theme";

export const kCellKinds = ["control", "observed", "generated"] as const;
export type CellKind = (typeof kCellKinds)[number];

export interface View {
  title: string;
  condition: string | null; // null: all cells by their kind
  hidden: Set<CellKind>;
}

const kSymbols = ["circle", "circle", "triangle"];

const kLeastAspect = 0.55, kLegendHeight = 34;

interface Frame {
  x: [number, number];
  y: [number, number];
  aspect: number; // height by width
}

/** What is drawn: a unit is as long along either axis, so that distances look alike in every direction. */
function frameOf(embedding: Embedding): Frame {
  const range = (values: number[]) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]) as [number, number];
  const x = range(embedding.x), y = range(embedding.y);
  const width = Math.max(x[1] - x[0], 1e-6), height = Math.max(y[1] - y[0], 1e-6);
  const aspect = Math.min(1, Math.max(kLeastAspect, height / width));
  const half = 0.52 * Math.max(width, height / aspect);
  const around = ([low, high]: [number, number], by: number): [number, number] => [(low + high) / 2 - by, (low + high) / 2 + by];
  return { x: around(x, half), y: around(y, half * aspect), aspect };
}

/** Of a plot of this width. */
export function embeddingHeight(embedding: Embedding, width: number): number {
  return frameOf(embedding).aspect * width + kLegendHeight;
}

export function embeddingOption(embedding: Embedding, view: View, colours: Palette, saved: boolean) {
  const colour = [colours.control, colours.actual, colours.generated];
  const at = view.condition === null ? -1 : embedding.names.indexOf(view.condition);
  const groups: [number, number, string][][] = [[], [], [], []]; // by kind, and those that are not looked at
  embedding.x.forEach((x, i) => {
    const kind = embedding.source[i]!;
    const looked = view.condition === null || (kind !== 0 && embedding.condition[i] === at);
    groups[looked ? kind : 3]!.push([x, embedding.y[i]!, embedding.names[embedding.condition[i]!] ?? ""]);
  });
  const range = frameOf(embedding);
  const axis = { type: "value", show: false };
  const names = kCellKinds.filter((kind, k) => !view.hidden.has(kind) && groups[k]!.length > 0);
  const series = kCellKinds.map((kind, k) => ({
    type: "scatter",
    name: kind,
    symbol: kSymbols[k],
    symbolSize: view.condition === null ? (k === 2 ? 4.5 : 4) : k === 2 ? 8 : 7,
    itemStyle: { color: colour[k], opacity: view.condition === null ? 0.6 : 0.85 },
    data: view.hidden.has(kind) ? [] : groups[k],
    progressive: 0,
    z: k + 2,
  }));
  return {
    title: saved ? { text: view.title, textStyle: { color: colours.text, fontSize: 14 } } : undefined,
    legend: { ...legendStyle(colours, [...names]), itemWidth: 11, itemHeight: 11, top: saved ? 24 : 0 },
    grid: { left: 4, right: 4, top: saved ? 52 : 30, bottom: 4 },
    tooltip: {
      ...tooltipStyle(colours),
      trigger: "item",
      formatter: (p: { seriesName: string; value: [number, number, string] }) => `${escapeHtml(p.value[2])}<br>${escapeHtml(p.seriesName)}`,
    },
    xAxis: { ...axis, min: range.x[0], max: range.x[1] },
    yAxis: { ...axis, min: range.y[0], max: range.y[1] },
    series: [
      { type: "scatter", name: "other cells", silent: true, symbolSize: 3.5, itemStyle: { color: colours.faint }, data: groups[3], progressive: 0, z: 1 },
      ...series,
    ],
  };
}

export function mountEmbedding(data: ReportData): void {
  const host = document.querySelector<HTMLElement>('[data-panel="embedding"]');
  const runs = data.runs.filter((run) => run.predictions?.embedding);
  if (!host || runs.length === 0) return;
  const several = runs.length > 1;
  const hidden = new Set<CellKind>();
  const charts: Chart[] = [];
  const toggles = kCellKinds.map((kind) => {
    const toggle = button(kind, () => {
      if (!hidden.delete(kind)) hidden.add(kind);
      toggle.setAttribute("aria-pressed", String(!hidden.has(kind)));
      charts.forEach((chart) => chart.update());
    }, { "aria-pressed": "true", class: `toggle ${kind}` });
    return toggle;
  });
  const pair = h("div", { class: "pair" });
  host.append(h("div", { class: "controls", role: "group", "aria-label": "Cells shown" }, "Show", toggles), pair);
  for (const run of runs) {
    const embedding = run.predictions!.embedding!;
    const title = () => `UMAP of all cells${several ? `, ${run.name}` : ""}`;
    const chart = new Chart({
      title,
      description: () => `${kCellKinds.map((kind, k) => counted(embedding.source.filter((source) => source === k).length, `${kind} cell`)).join(", ")}.`,
      option: (colours, saved) => embeddingOption(embedding, { condition: null, title: title(), hidden }, colours, saved),
      height: (width) => embeddingHeight(embedding, width),
      canvas: true,
      printed: false,
    });
    charts.push(chart);
    pair.append(h("figure", { class: "live-figure" }, h("figcaption", {}, h("strong", {}, several ? run.name : "All cells"), h("span", { class: "note" }, ` ${embedding.n_cells} of ${embedding.of} cells`)), chart.root));
  }
}
