/** Training curves over the static ones, with values under the pointer. */

import { axisStyle, Chart, legendStyle, tooltipStyle } from "./chart";
import type { Curve, ReportData } from "./data";
import { escapeHtml, short } from "./text";
import { kDashes, type Palette } from "./theme";

const kLogarithmicSpan = 300; // as in the static drawing

function isLogarithmic(curve: Curve): boolean {
  const values = curve.series.flatMap((line) => line.y.filter((y): y is number => y !== null));
  return values.length > 0 && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > kLogarithmicSpan;
}

function option(curve: Curve, epochs: [number, number], colours: Palette, saved: boolean) {
  const single = curve.series.length === 1;
  const axis = axisStyle(colours);
  return {
    title: saved ? { text: curve.title, left: 0, top: 0, textStyle: { color: colours.text, fontSize: 14 } } : undefined,
    legend: saved && !single ? { ...legendStyle(colours, curve.series.map((line) => line.name)), top: 24 } : undefined,
    grid: { left: 8, right: 14, top: saved ? (single ? 40 : 56) : 10, bottom: 22, containLabel: true },
    tooltip: {
      ...tooltipStyle(colours),
      trigger: "axis",
      formatter: (points: { marker: string; seriesName: string; value: [number, number] }[]) =>
        `${escapeHtml(curve.x_label)} ${points[0]?.value[0]}<br>` +
        points.map((p) => `${p.marker} ${escapeHtml(p.seriesName)} <b>${short(p.value[1])}</b>`).join("<br>"),
    },
    xAxis: { ...axis, type: "value", name: curve.x_label, nameLocation: "middle", nameGap: 24, min: epochs[0], max: epochs[1], minInterval: 1, splitLine: { show: false } },
    yAxis: { ...axis, type: isLogarithmic(curve) ? "log" : "value", scale: true, splitNumber: 4 },
    series: curve.series.map((line, k) => ({
      type: "line",
      name: line.name,
      data: line.x.map((x, i) => [x, line.y[i]]),
      showSymbol: line.y.length < 12,
      symbolSize: 5,
      connectNulls: false,
      color: colours.series[k % colours.series.length],
      lineStyle: { width: 2, type: kDashes[k % kDashes.length] },
    })),
  };
}

function table(curve: Curve) {
  const epochs = [...new Set(curve.series.flatMap((line) => line.x))].sort((a, b) => a - b);
  const at = curve.series.map((line) => new Map(line.x.map((x, i) => [x, line.y[i] ?? null])));
  return {
    caption: curve.title,
    columns: [curve.x_label, ...curve.series.map((line) => line.name)],
    rows: epochs.map((epoch) => [epoch, ...at.map((values) => values.get(epoch) ?? null)]),
  };
}

export function mountCurves(data: ReportData): void {
  const all = data.curves.flatMap((curve) => curve.series.flatMap((line) => line.x));
  const first = all.reduce((a, b) => Math.min(a, b), Infinity), last = all.reduce((a, b) => Math.max(a, b), -Infinity);
  for (const curve of data.curves) {
    const figure = document.querySelector(`figure[data-chart="${CSS.escape(curve.id)}"]`);
    const drawing = figure?.querySelector("svg.chart");
    if (!figure || !drawing) continue;
    const words = drawing.querySelector("desc")?.textContent ?? "";
    const chart = new Chart({
      title: () => curve.title,
      description: () => words,
      option: (colours, saved) => option(curve, [first, Math.max(last, first + 1)], colours, saved),
      height: (width) => Math.max(170, Math.min(300, 0.58 * width)),
      table: () => table(curve),
      printed: false,
    });
    drawing.classList.add("static-twin");
    figure.append(chart.root);
  }
}
