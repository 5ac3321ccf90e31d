/** Scores of the runs beside the baselines, the ceilings and what the paper printed. */

import { axisStyle, Chart, tooltipStyle } from "./chart";
import type { ReportData, ScoreBlock } from "./data";
import { h } from "./dom";
import { escapeHtml, fixed } from "./text";
import type { Palette } from "./theme";

const isCeiling = (method: string) => method === "replicate" || method === "noise-free";

interface Row {
  title: string;
  run: number | null;
  method: string;
  values: (number | null)[];
}

function rowsOf(block: ScoreBlock, data: ReportData): Row[] {
  const several = data.runs.length > 1;
  return block.methods.map((method) => ({
    title: several && method.run !== null ? `${method.name}, ${data.runs[method.run]!.name}` : method.name,
    run: method.run,
    method: method.name,
    values: method.values,
  }));
}

function option(block: ScoreBlock, data: ReportData, colours: Palette, saved: boolean) {
  const rows = rowsOf(block, data).reverse(); // ECharts counts from below
  const n = block.metrics.length;
  const left = 14, width = (100 - left) / n;
  const colourOf = (row: Row) =>
    row.method === "model" ? colours.series[(row.run ?? 0) % colours.series.length] : isCeiling(row.method) ? colours.series[2] : colours.control;
  const top = saved ? 58 : 34, bottom = 24;
  return {
    title: block.metrics.map((metric, k) => ({
      text: `${metric.title} ${metric.higher_is_better ? "↑" : "↓"}`,
      left: `${left + k * width + 0.4 * width}%`,
      textAlign: "center",
      top: saved ? 26 : 4,
      textStyle: { color: colours.text, fontSize: 12, fontWeight: 600 },
    })).concat(saved ? [{ text: block.title, left: "0%", textAlign: "left", top: 0, textStyle: { color: colours.text, fontSize: 14, fontWeight: 600 } }] : []),
    tooltip: {
      ...tooltipStyle(colours),
      trigger: "item",
      formatter: (p: { seriesName: string; name: string; value: [number, string, string?] }) =>
        `${escapeHtml(p.value[2] ?? p.value[1])}<br>${escapeHtml(p.seriesName)} <b>${fixed(p.value[0])}</b>`,
    },
    grid: block.metrics.map((_, k) => ({ left: `${left + k * width}%`, width: `${width * 0.84}%`, top, bottom })),
    xAxis: block.metrics.map((_, k) => ({ ...axisStyle(colours), gridIndex: k, type: "value", scale: true, splitNumber: 3 })),
    yAxis: block.metrics.map((_, k) => ({
      ...axisStyle(colours),
      gridIndex: k,
      type: "category",
      data: rows.map((row) => row.title),
      axisLabel: { show: k === 0, color: colours.text, fontSize: 12, interval: 0 },
      axisTick: { show: false },
      splitLine: { show: true, lineStyle: { color: colours.grid } },
    })),
    series: block.metrics.flatMap((metric, k) => [
      {
        type: "scatter",
        name: metric.title,
        xAxisIndex: k,
        yAxisIndex: k,
        data: rows.flatMap((row) =>
          row.values[k] === null || row.values[k] === undefined
            ? []
            : [{
                value: [row.values[k], row.title],
                symbol: row.method === "model" ? "diamond" : isCeiling(row.method) ? "triangle" : "circle",
                symbolSize: row.method === "model" ? 15 : 10,
                itemStyle: { color: colourOf(row) },
              }],
        ),
      },
      ...metric.published.map((published) => ({
        type: "custom",
        name: metric.title,
        xAxisIndex: k,
        yAxisIndex: k,
        data: [[published.mean, rows.find((row) => row.method === "model" && (row.run === null || row.run === published.run))?.title ?? "", `paper: ${published.variant} on ${published.dataset}, ± ${fixed(published.sd)}`]],
        encode: { x: 0, y: 1 },
        renderItem: (_: unknown, api: { coord: (v: unknown[]) => number[]; value: (i: number) => unknown }) => {
          const [x, y] = api.coord([published.mean, api.value(1)]) as [number, number];
          const low = api.coord([published.mean - published.sd, api.value(1)])[0]!;
          const high = api.coord([published.mean + published.sd, api.value(1)])[0]!;
          const style = { stroke: colours.text, lineWidth: 1.5, fill: "none" };
          return {
            type: "group",
            children: [
              { type: "line", shape: { x1: low, y1: y + 9, x2: high, y2: y + 9 }, style },
              { type: "rect", shape: { x: x - 3.5, y: y + 5.5, width: 7, height: 7 }, style: { ...style, fill: colours.page } },
            ],
          };
        },
      })),
    ]),
  };
}

export function mountScores(data: ReportData): void {
  for (const host of document.querySelectorAll<HTMLElement>('[data-panel="scores"]')) {
    const block = data.scores.find((candidate) => candidate.kind === host.dataset.kind && candidate.gene_set === host.dataset.genes);
    if (!block) continue;
    const rows = rowsOf(block, data);
    const published = block.metrics.some((metric) => metric.published.length > 0);
    const chart = new Chart({
      title: () => block.title,
      description: () => "The same values as in the table below.",
      option: (colours, saved) => option(block, data, colours, saved),
      height: () => 70 + 24 * rows.length,
    });
    host.append(
      chart.root,
      h("p", { class: "note" }, `Diamonds: the model; circles: trivial baselines; triangles: the two ceilings, other real cells and what the true mean would get.${published ? " Squares with a bar: what the paper printed, mean and sd over ten seeds." : ""}`),
    );
  }
}
