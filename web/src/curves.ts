/** Training curves over the static ones, with values under the pointer. */

import { axisStyle, Chart, legendStyle, tooltipStyle } from "./chart";
import type { Axis, Curve, Frame, ReportData } from "./data";
import { escapeHtml, short } from "./text";
import { kDashes, type Palette } from "./theme";

/** Range, ticks and their texts, all as the static drawing has them. */
function axis(shown: Axis, colours: Palette) {
  const style = axisStyle(colours);
  const text = (value: number) => shown.texts[shown.ticks.findIndex((tick) => Math.abs(tick - value) <= 1e-9 * Math.abs(tick))] ?? "";
  return {
    ...style,
    type: shown.logarithmic ? "log" : "value",
    min: shown.low,
    max: shown.high,
    axisTick: { ...style.axisTick, customValues: shown.ticks }, // grid lines are there too
    axisLabel: { ...style.axisLabel, customValues: shown.ticks, formatter: text },
  };
}

function option(curve: Curve, axes: { x: Axis; y: Axis }, frame: Frame, colours: Palette, saved: boolean) {
  const single = curve.series.length === 1;
  const head = saved ? (single ? 30 : 46) : 0; // title and legend
  return {
    title: saved ? { text: curve.title, left: 0, top: 0, textStyle: { color: colours.text, fontSize: 14 } } : undefined,
    legend: saved && !single ? { ...legendStyle(colours, curve.series.map((line) => line.name)), top: 24 } : undefined,
    grid: { left: frame.left, right: frame.right, top: frame.top + head, bottom: frame.bottom },
    tooltip: {
      ...tooltipStyle(colours),
      trigger: "axis",
      formatter: (points: { marker: string; seriesName: string; value: [number, number] }[]) =>
        `${escapeHtml(curve.x_label)} ${points[0]?.value[0]}<br>` +
        points.map((p) => `${p.marker} ${escapeHtml(p.seriesName)} <b>${short(p.value[1])}</b>`).join("<br>"),
    },
    xAxis: { ...axis(axes.x, colours), name: curve.x_label, nameLocation: "middle", nameGap: 22, splitLine: { show: false } },
    yAxis: axis(axes.y, colours),
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
  const frame = data.frame;
  for (const curve of data.curves) {
    const figure = document.querySelector(`figure[data-chart="${CSS.escape(curve.id)}"]`);
    const drawing = figure?.querySelector("svg.chart");
    const axes = curve.axes;
    if (!figure || !drawing || !axes) continue;
    const words = drawing.querySelector("desc")?.textContent ?? "";
    const chart = new Chart({
      title: () => curve.title,
      description: () => words,
      option: (colours, saved) => option(curve, axes, frame, colours, saved),
      height: (width) => Math.max(170, Math.min(300, (frame.height / frame.width) * width)),
      table: () => table(curve),
      printed: false,
    });
    drawing.classList.add("static-twin");
    figure.append(chart.root);
  }
}
