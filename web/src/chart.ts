/** A plot by ECharts: it follows theme and width, can be saved and read as a table, and has a light copy for print. */

import { LineChart, ScatterChart, CustomChart } from "echarts/charts";
import { AriaComponent, GraphicComponent, GridComponent, LegendComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption, type EChartsType } from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";

import { button, h, uniqueId } from "./dom";
import { saveButtons, type Drawing } from "./save";
import { dataTable, type TableData } from "./tables";
import { kLight, onThemeChange, palette, type Palette } from "./theme";

use([LineChart, ScatterChart, CustomChart, AriaComponent, GraphicComponent, GridComponent, LegendComponent, TitleComponent, TooltipComponent]);
use([CanvasRenderer, SVGRenderer]);

export interface ChartSpec {
  title: () => string;
  description: () => string; // for those who do not see it
  option: (colours: Palette, saved: boolean) => EChartsCoreOption; // saved: for a file or print, with its own legend
  height: (width: number) => number;
  table?: () => TableData;
  canvas?: boolean; // for thousands of points
  printed?: boolean; // false: the page has a static drawing of the same for print
}

const kSavedWidth = 720;
const charts: Chart[] = [];

export class Chart {
  readonly root: HTMLElement;
  private readonly spec: ChartSpec;
  private readonly box: HTMLDivElement;
  private readonly copy: HTMLDivElement;
  private readonly tableBox: HTMLDivElement;
  private readonly tools: HTMLDivElement;
  private chart: EChartsType | null = null;
  private width = 0;

  constructor(spec: ChartSpec) {
    this.spec = spec;
    this.box = h("div", { class: "plot", role: "img" });
    this.copy = h("div", { class: "print-copy", "aria-hidden": "true" });
    this.tableBox = h("div", { class: "plot-table", id: uniqueId("values"), hidden: true });
    this.tools = h("div", { class: "tools" });
    this.root = h("div", { class: "live" }, this.tools, this.box, this.copy, this.tableBox);
    this.fillTools();
    charts.push(this);
    new ResizeObserver(() => this.fit()).observe(this.box);
  }

  /** Draws anew: after other data were chosen, or in other colours. */
  update(): void {
    this.fillTools();
    if (!this.tableBox.hidden) this.fillTable();
    this.fit(true);
  }

  /** The light drawing as a file has it. */
  drawing(): Drawing {
    const width = kSavedWidth;
    const height = Math.round(this.spec.height(width));
    const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
    chart.setOption({ ...this.spec.option(kLight, true), animation: false, backgroundColor: "#ffffff" });
    const svg = chart.renderToSVGString();
    chart.dispose();
    return { svg, width, height };
  }

  fillCopy(): void {
    if (this.spec.printed === false) return;
    this.copy.innerHTML = this.drawing().svg; // made by ECharts, which escapes text
    const svg = this.copy.querySelector("svg");
    svg?.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
    svg?.removeAttribute("width");
    svg?.removeAttribute("height");
  }

  emptyCopy(): void {
    this.copy.replaceChildren();
  }

  private fit(redraw = false): void {
    const width = this.box.clientWidth;
    if (width === 0 || (width === this.width && !redraw)) return;
    this.width = width;
    const height = Math.round(this.spec.height(width));
    this.box.style.height = `${height}px`;
    if (!this.chart) this.chart = init(this.box, null, { renderer: this.spec.canvas ? "canvas" : "svg", width, height });
    else this.chart.resize({ width, height });
    this.chart.setOption({ animation: false, ...this.spec.option(palette(), false) }, { notMerge: true });
    this.box.setAttribute("aria-label", `${this.spec.title()}. ${this.spec.description()}`);
  }

  private fillTools(): void {
    const { table } = this.spec;
    const toggle = button("Table", () => this.toggleTable(toggle), {
      class: "save",
      "aria-expanded": String(!this.tableBox.hidden),
      "aria-controls": this.tableBox.id,
      "aria-label": `Values as a table: ${this.spec.title()}`,
    });
    // The buttons stay where they are, so that the one in focus keeps it; their names follow what is drawn.
    if (this.tools.childElementCount === 0) {
      this.tools.append(...saveButtons(this.spec.title, () => this.drawing()));
      if (table) this.tools.append(toggle);
      return;
    }
    const words = ["Save as SVG", "Save as PNG", "Values as a table"];
    Array.from(this.tools.children).forEach((child, i) => child.setAttribute("aria-label", `${words[i]}: ${this.spec.title()}`));
  }

  private toggleTable(toggle: HTMLButtonElement): void {
    this.tableBox.hidden = !this.tableBox.hidden;
    toggle.setAttribute("aria-expanded", String(!this.tableBox.hidden));
    if (!this.tableBox.hidden) this.fillTable();
  }

  private fillTable(): void {
    if (this.spec.table) this.tableBox.replaceChildren(dataTable(this.spec.table()));
  }
}

/** Axis colours and fonts that all plots share. */
export function axisStyle(colours: Palette) {
  return {
    axisLine: { show: true, lineStyle: { color: colours.soft } },
    axisTick: { lineStyle: { color: colours.soft } },
    axisLabel: { color: colours.soft, fontSize: 11, hideOverlap: true },
    nameTextStyle: { color: colours.soft, fontSize: 11 },
    splitLine: { lineStyle: { color: colours.grid } },
  };
}

export function tooltipStyle(colours: Palette): Record<string, unknown> {
  return {
    backgroundColor: colours.page,
    borderColor: colours.rule,
    textStyle: { color: colours.text, fontSize: 12 },
    confine: true,
    transitionDuration: 0,
  };
}

export function legendStyle(colours: Palette, names: string[]): Record<string, unknown> {
  return { data: names, top: 0, textStyle: { color: colours.text }, itemWidth: 26 };
}

onThemeChange(() => charts.forEach((chart) => chart.update()));

export function fillPrintCopies(): void {
  charts.forEach((chart) => chart.fillCopy());
}

export function emptyPrintCopies(): void {
  charts.forEach((chart) => chart.emptyCopy());
}
