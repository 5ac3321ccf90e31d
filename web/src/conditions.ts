/** One condition at a time: predicted against observed means, the strongest genes' distributions, its cells on the map. */

import { axisStyle, Chart, legendStyle, tooltipStyle } from "./chart";
import type { Condition, Distribution, GeneDistributions, Predictions, ReportData } from "./data";
import { button, h, uniqueId } from "./dom";
import { embeddingHeight, embeddingOption } from "./embedding";
import { counted, escapeHtml, fixed, short } from "./text";
import type { Palette } from "./theme";

type Scale = "mean" | "change";

interface State {
  condition: string;
  scale: Scale;
}

const kNamedGenes = 8, kDensityColumns = 3;

function find(predictions: Predictions | null, name: string): Condition | undefined {
  return predictions?.conditions.find((condition) => condition.name === name);
}

interface Point {
  gene: string;
  x: number;
  y: number;
  control: number | null;
  strength: number;
  de: boolean;
}

function pointsOf(predictions: Predictions, condition: Condition, scale: Scale): Point[] {
  const points: Point[] = [];
  condition.gene.forEach((gene, i) => {
    const control = condition.control[i] ?? null, observed = condition.observed[i], predicted = condition.predicted[i];
    if (observed === null || observed === undefined || predicted === null || predicted === undefined) return;
    const from = scale === "change" ? (control ?? 0) : 0;
    points.push({ gene: predictions.genes[gene]!, x: observed - from, y: predicted - from, control, strength: Math.abs(observed - (control ?? 0)), de: condition.de[i] === 1 });
  });
  return points;
}

function scatterOption(points: Point[], scale: Scale, title: string, colours: Palette, saved: boolean) {
  const values = points.flatMap((p) => [p.x, p.y]);
  const low = Math.min(0, ...values), high = Math.max(...values, 0.01), pad = 0.04 * (high - low);
  const named = new Set([...points].filter((p) => p.de).sort((a, b) => b.strength - a.strength).slice(0, kNamedGenes).map((p) => p.gene));
  const what = scale === "change" ? "change from control" : "mean expression";
  const style = axisStyle(colours);
  const axis = { ...style, axisLine: { show: true, onZero: false, lineStyle: { color: colours.soft } }, type: "value", min: low - pad, max: high + pad, axisLabel: { color: colours.soft, fontSize: 11, showMinLabel: false, showMaxLabel: false, formatter: short } };
  const series = (name: string, de: boolean) => ({
    type: "scatter",
    name,
    symbol: de ? "diamond" : "circle",
    symbolSize: de ? 10 : 6,
    itemStyle: de ? { color: colours.generated } : { color: "transparent", borderColor: colours.actual, borderWidth: 1.2 },
    data: points.filter((p) => p.de === de).map((p) => ({
      value: [p.x, p.y, p.gene, p.control],
      label: { show: named.has(p.gene), formatter: p.gene, position: "right", color: colours.text, fontSize: 11 },
    })),
    labelLayout: { hideOverlap: true, moveOverlap: "shiftY" },
    z: de ? 3 : 2,
  });
  return {
    title: saved ? { text: title, textStyle: { color: colours.text, fontSize: 14 } } : undefined,
    legend: { ...legendStyle(colours, ["DE genes", "other genes"]), itemWidth: 11, itemHeight: 11, top: saved ? 24 : 0 },
    grid: { left: 26, right: 40, top: saved ? 56 : 32, bottom: 26, containLabel: true },
    tooltip: {
      ...tooltipStyle(colours),
      trigger: "item",
      formatter: (p: { value: [number, number, string, number | null] }) =>
        `<b>${escapeHtml(p.value[2] ?? "")}</b><br>predicted ${short(p.value[1])}<br>observed ${short(p.value[0])}<br>control ${short(p.value[3])}`,
    },
    xAxis: { ...axis, name: `observed ${what}`, nameLocation: "middle", nameGap: 26 },
    yAxis: { ...axis, name: `predicted ${what}`, nameLocation: "middle", nameGap: 34 },
    series: [
      { type: "line", silent: true, showSymbol: false, data: [[low - pad, low - pad], [high + pad, high + pad]], lineStyle: { color: colours.soft, type: "dashed", width: 1 }, tooltip: { show: false }, z: 1 },
      series("other genes", false),
      series("DE genes", true),
    ],
  };
}

/** Over five bins: of some dozens of cells single bins say nothing. The static drawing does the same. */
function smoothed(density: number[]): number[] {
  const weights = [1, 4, 6, 4, 1];
  return density.map((_, i) => {
    let sum = 0, total = 0;
    weights.forEach((weight, k) => {
      const value = density[i + k - 2];
      if (value === undefined) return;
      sum += weight * value;
      total += weight;
    });
    return sum / total;
  });
}

const kSources = ["control", "observed", "predicted"] as const;

function distributionOption(predictions: Predictions, shown: GeneDistributions[], title: string, colours: Palette, saved: boolean) {
  const rows = Math.max(1, Math.ceil(shown.length / kDensityColumns));
  const top = saved ? 60 : 34, cell = 100 / kDensityColumns;
  const colour = { control: colours.control, observed: colours.actual, predicted: colours.generated };
  const dash = { control: "solid", observed: "solid", predicted: [6, 3] };
  const centres = (d: Distribution) => smoothed(d.density).map((y, i) => [d.low + ((i + 0.5) * (d.high - d.low)) / d.density.length, y]);
  const height = 100 / rows;
  return {
    title: [
      ...shown.map((entry, k) => ({ text: predictions.genes[entry.gene]!, left: `${(k % kDensityColumns) * cell + 2}%`, top: `${Math.floor(k / kDensityColumns) * height * 0.88 + 9}%`, textStyle: { color: colours.text, fontSize: 12, fontWeight: 600 } })),
      ...(saved ? [{ text: title, left: "0%", top: "0%", textStyle: { color: colours.text, fontSize: 14, fontWeight: 600 } }] : []),
    ],
    legend: { ...legendStyle(colours, [...kSources]), top: saved ? 24 : 0 },
    tooltip: {
      ...tooltipStyle(colours),
      trigger: "item",
      formatter: (p: { seriesName: string; seriesIndex: number }) => {
        const entry = shown[Math.floor(p.seriesIndex / kSources.length)]!;
        const d = entry[p.seriesName as (typeof kSources)[number]];
        return `<b>${escapeHtml(predictions.genes[entry.gene]!)}</b>, ${p.seriesName}<br>` +
          (d ? `median ${short(d.quantiles[2])}, quartiles ${short(d.quantiles[1])} and ${short(d.quantiles[3])}<br>zeros ${fixed(100 * d.zero, 0)} %` : "");
      },
    },
    grid: shown.map((_, k) => ({
      left: `${(k % kDensityColumns) * cell + 2}%`,
      width: `${cell - 5}%`,
      top: `${Math.floor(k / kDensityColumns) * height * 0.88 + 9 + (top > 40 ? 9 : 8)}%`,
      height: `${height * 0.88 - 20}%`,
    })),
    xAxis: shown.map((_, k) => ({ ...axisStyle(colours), gridIndex: k, type: "value", splitNumber: 3, min: "dataMin", max: "dataMax", splitLine: { show: false }, axisLabel: { color: colours.soft, fontSize: 10, formatter: short, hideOverlap: true, showMinLabel: false, showMaxLabel: false } })),
    yAxis: shown.map((_, k) => ({ gridIndex: k, type: "value", show: false, min: 0 })),
    series: shown.flatMap((entry, k) =>
      kSources.map((source) => ({
        type: "line",
        name: source,
        xAxisIndex: k,
        yAxisIndex: k,
        data: entry[source] ? centres(entry[source]!) : [],
        symbolSize: 8,
        showSymbol: false,
        triggerLineEvent: true,
        color: colour[source],
        lineStyle: { width: 2, type: dash[source] },
        areaStyle: { color: colour[source], opacity: source === "control" ? 0.25 : 0.06 },
      })),
    ),
  };
}

function distributionTable(predictions: Predictions, shown: GeneDistributions[], caption: string) {
  const names = ["5 %", "25 %", "median", "75 %", "95 %", "share of zeros"];
  return {
    caption,
    columns: ["gene", "cells", ...names],
    rows: shown.flatMap((entry) =>
      kSources.map((source) => {
        const d = entry[source];
        return [predictions.genes[entry.gene]!, source, ...(d ? [...d.quantiles, d.zero] : names.map(() => null))];
      }),
    ),
  };
}

function geneTable(points: Point[], caption: string) {
  return {
    caption,
    columns: ["gene", "DE", "control", "predicted", "observed"],
    rows: points.map((p) => [p.gene, p.de ? "yes" : "no", p.control, p.y, p.x]),
  };
}

function heading(condition: Condition | undefined): string {
  if (!condition) return "not predicted in this run";
  return `R2 ${fixed(condition.r2_all)} on all genes, ${fixed(condition.r2_de)} on top DE genes; ${counted(condition.n_generated, "generated cell")}, ${condition.n_actual} observed`;
}

export function mountConditions(data: ReportData): void {
  const host = document.querySelector<HTMLElement>('[data-panel="conditions"]');
  const runs = data.runs.filter((run) => run.predictions);
  const names = [...new Set(runs.flatMap((run) => run.predictions!.conditions.map((condition) => condition.name)))];
  if (!host || names.length === 0) return;
  const state: State = { condition: names[0]!, scale: "mean" };
  const updates: (() => void)[] = [];
  const update = () => updates.forEach((each) => each());

  const id = uniqueId("condition");
  const select = h("select", { id }, names.map((name) => h("option", { value: name }, name)));
  const choose = (name: string) => {
    state.condition = select.value = name;
    update();
  };
  const step = (by: number) => choose(names[(names.indexOf(state.condition) + by + names.length) % names.length]!);
  select.addEventListener("change", () => choose(select.value));
  const scales = (["mean", "change"] as const).map((scale) => {
    const radio = h("input", { type: "radio", name: "scale", value: scale, id: uniqueId("scale") });
    radio.checked = scale === state.scale;
    radio.addEventListener("change", () => {
      state.scale = scale;
      update();
    });
    return h("span", {}, radio, h("label", { for: radio.id }, scale === "mean" ? " mean expression" : " change from control"));
  });
  host.append(
    h("div", { class: "controls" },
      h("label", { for: id }, "Condition"), select,
      button("← previous", () => step(-1)), button("next →", () => step(1)), h("span", { class: "note" }, counted(names.length, "condition")),
      h("fieldset", {}, h("legend", {}, "Axes"), scales)),
  );

  const row = (className: string) => host.appendChild(h("div", { class: className }));
  const several = runs.length > 1;
  const scatters = row("pair"), densities = several ? row("pair") : null;
  runs.forEach((run) => {
    const predictions = run.predictions!;
    const current = () => find(predictions, state.condition);
    const suffix = several ? `, ${run.name}` : "";
    const title = (what: string) => () => `${state.condition}: ${what}${suffix}`;
    const points = () => (current() ? pointsOf(predictions, current()!, state.scale) : []);
    const genes = () => current()?.distributions ?? [];
    const scatter = new Chart({
      title: title("predicted against observed"),
      description: () => heading(current()),
      option: (colours, saved) => scatterOption(points(), state.scale, title("predicted against observed")(), colours, saved),
      height: (width) => Math.max(280, Math.min(430, 0.8 * width)),
      table: () => geneTable(current() ? pointsOf(predictions, current()!, "mean") : [], `${state.condition}: mean expression${suffix}`),
      printed: false,
    });
    const density = new Chart({
      title: title("strongest genes"),
      description: () => genes().map((entry) => predictions.genes[entry.gene]).join(", "),
      option: (colours, saved) => distributionOption(predictions, genes(), title("strongest genes")(), colours, saved),
      height: (width) => Math.max(280, Math.min(380, 0.75 * width)),
      table: () => distributionTable(predictions, genes(), `${state.condition}: distributions${suffix}`),
      printed: false,
    });
    const words = h("p", { class: "note", "aria-live": "polite" });
    updates.push(() => {
      words.textContent = heading(current());
      scatter.update();
      density.update();
    });
    scatters.append(h("figure", { class: "live-figure" }, h("figcaption", {}, h("strong", {}, several ? run.name : "Predicted against observed"), words), scatter.root));
    (densities ?? scatters).append(
      h("figure", { class: "live-figure" }, h("figcaption", {}, h("strong", {}, several ? `Strongest genes, ${run.name}` : "Strongest genes"), h("p", { class: "note" }, "Distribution over cells, smoothed; the DE genes that change most.")), density.root),
    );
  });

  const maps = document.querySelector<HTMLElement>('[data-panel="condition-map"]');
  if (maps) {
    const shown = h("p", { class: "controls" });
    maps.append(shown);
    const pair = h("div", { class: "pair" });
    maps.append(pair);
    const mapId = uniqueId("condition");
    const second = h("select", { id: mapId }, names.map((name) => h("option", { value: name }, name)));
    second.addEventListener("change", () => choose(second.value));
    shown.append(h("label", { for: mapId }, "Condition"), " ", second);
    updates.push(() => {
      second.value = state.condition;
    });
    for (const run of runs) {
      const embedding = run.predictions!.embedding;
      if (!embedding) continue;
      const title = () => `UMAP, ${state.condition}${several ? `, ${run.name}` : ""}`;
      const chart = new Chart({
        title,
        description: () => "Cells of the condition, observed and generated, among all others.",
        option: (colours, saved) => embeddingOption(embedding, { condition: state.condition, title: title(), hidden: new Set() }, colours, saved),
        height: (width) => embeddingHeight(embedding, width),
        canvas: true,
        printed: false,
      });
      updates.push(() => chart.update());
      pair.append(h("figure", { class: "live-figure" }, h("figcaption", {}, h("strong", {}, several ? run.name : "One condition")), chart.root));
    }
  }
  update();
}
