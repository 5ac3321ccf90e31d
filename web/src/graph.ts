/** The latent graph as a drawing of its own: nodes that take the keyboard's focus, zoom, a threshold, a card a program. */

import { select } from "d3-selection";
import { zoom, zoomIdentity, type ZoomBehavior } from "d3-zoom";

import { programCard } from "./card";
import type { Edge, Explanation, Program, ReportData, Run } from "./data";
import { button, h, s, uniqueId } from "./dom";
import { kNodeHeight, kNodeWidth, place, type Placed } from "./layout";
import { saveButtons, type Drawing } from "./save";
import { counted, fixed, short } from "./text";
import { kLight } from "./theme";

const kMostEdges = 250, kSteps = 200, kNameLetters = 18;
const kFont = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** What the drawing's custom properties are in a file. */
const kSavedColours: Record<string, string> = {
  "--card": kLight.page, "--text": kLight.text, "--soft": kLight.soft, "--rule": kLight.rule, "--mark": "#e4f0fa",
  "--s0": kLight.series[0]!, "--s1": kLight.series[1]!,
};

function shortName(program: Program): string {
  const own = program.labels.filter((label) => label.main).map((label) => label.label);
  const name = own.length > 0 ? own.join(", ") : program.name;
  return name.length > kNameLetters ? `${name.slice(0, kNameLetters - 1)}…` : name;
}

/** A path through points: straight in, rounded corners by quadratic curves. */
function pathThrough(points: { x: number; y: number }[]): string {
  if (points.length < 2) return "";
  const at = (p: { x: number; y: number }) => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`;
  let path = `M${at(points[0]!)}`;
  for (let i = 1; i < points.length - 1; ++i) {
    const p = points[i]!, next = points[i + 1]!;
    path += `Q${at(p)} ${at({ x: (p.x + next.x) / 2, y: (p.y + next.y) / 2 })}`;
  }
  return `${path}L${at(points[points.length - 1]!)}`;
}

class GraphPanel {
  readonly root: HTMLElement;
  private readonly explanation: Explanation;
  private readonly title: string;
  private readonly svg: SVGSVGElement;
  private readonly stage: SVGGElement;
  private readonly card: HTMLElement;
  private readonly said: HTMLOutputElement;
  private readonly slider: HTMLInputElement;
  private readonly all: HTMLInputElement;
  private readonly zoom: ZoomBehavior<SVGSVGElement, unknown>;
  private readonly largest: number;
  private readonly top: number; // of the slider
  private placed: Placed | null = null;
  private nodes = new Map<number, SVGGElement>();
  private chosen: number | null = null;
  private waiting = 0;

  constructor(run: Run, several: boolean) {
    this.explanation = run.explanation!;
    const { graph } = this.explanation;
    this.title = `Latent graph${several ? `, ${run.name}` : ""}`;
    this.largest = Math.max(0, ...graph.edges.map((edge) => Math.abs(edge.weight)));
    this.top = Math.max(this.largest, graph.threshold ?? 0);
    const id = uniqueId("threshold");
    this.slider = h("input", { type: "range", id, min: 0, max: kSteps, step: 1, value: this.stepOf(graph.threshold ?? 0), "data-threshold": true });
    this.said = h("output", { for: id, "aria-live": "polite" });
    this.all = h("input", { type: "checkbox", id: uniqueId("alone") });
    this.all.checked = true;
    this.stage = s("g");
    this.svg = s("svg", { class: "graph", role: "group", "aria-label": `${this.title}: arrow keys move between programs, Enter opens a card` }, this.stage);
    this.card = h("aside", { class: "card program-card", "aria-live": "polite", "aria-label": "Program", tabindex: -1 });
    this.zoom = zoom<SVGSVGElement, unknown>().scaleExtent([0.5, 8]).on("zoom", (event) => this.stage.setAttribute("transform", event.transform));
    select(this.svg).call(this.zoom).on("dblclick.zoom", null);
    // The wheel zooms only with Ctrl or after a click into the drawing, so that the page still scrolls over it.
    this.zoom.filter((event: WheelEvent & MouseEvent) => (event.type === "wheel" ? event.ctrlKey || this.svg.contains(document.activeElement) : !event.button));
    this.slider.addEventListener("input", () => this.soon());
    this.all.addEventListener("change", () => this.draw());
    this.svg.addEventListener("keydown", (event) => this.onKey(event));

    const scale = (by: number) => select(this.svg).call(this.zoom.scaleBy, by);
    const controls = h("div", { class: "controls" },
      h("label", { for: id }, "Edges from |weight|"), this.slider, this.said,
      h("span", {}, this.all, h("label", { for: this.all.id }, " programs without an edge")),
      button("+", () => scale(1.4), { "aria-label": "Zoom in" }),
      button("−", () => scale(1 / 1.4), { "aria-label": "Zoom out" }),
      button("whole", () => this.whole(), { "aria-label": "Show the whole graph" }),
      saveButtons(() => this.title, () => this.drawing()));
    this.root = h("div", { class: "graph-panel" },
      several && h("h4", {}, run.name),
      this.verdict(), graph.edges.length > 0 && controls,
      h("div", { class: "graph-and-card" }, this.svg, this.card));
    this.draw();
    this.open(this.explanation.strongest!, false);
  }

  /** The drawing at its whole, as for print and files. */
  whole(): void {
    select(this.svg).call(this.zoom.transform, zoomIdentity);
  }

  open(program: number, focus: boolean): void {
    const found = this.explanation.programs[program];
    if (!found) return;
    this.chosen = program;
    this.card.replaceChildren(programCard(this.explanation, found, this.edges(), (next) => this.open(next, true)));
    this.markChosen();
    if (focus) this.nodes.get(program)?.focus();
  }

  private verdict(): HTMLElement {
    const { graph, mechanism } = this.explanation;
    if (graph.edges.length === 0)
      return h("p", { class: "verdict" }, mechanism === "none" ? "This model has no latent graph." : "No edge has a weight.");
    if (graph.noise)
      return h("p", { class: "verdict noise" }, h("strong", {}, "This graph is no more than noise: "), `${graph.reasons.join("; ")}. Read nothing into its edges.`);
    return h("p", { class: "verdict" }, "The graph passes the checks for noise: its weights left their start and are not next to nothing. That does not make an edge a cause; runs with other seeds show which edges come back.");
  }

  private stepOf(threshold: number): number {
    return this.top > 0 ? Math.ceil((kSteps * threshold) / this.top - 1e-9) : 0;
  }

  private threshold(): number {
    const own = this.explanation.graph.threshold;
    const step = Number(this.slider.value);
    return own !== null && step === this.stepOf(own) ? own : (step * this.top) / kSteps;
  }

  private edges(): Edge[] {
    const threshold = this.threshold();
    return this.explanation.graph.edges.filter((edge) => Math.abs(edge.weight) >= threshold);
  }

  private soon(): void {
    this.say(this.edges());
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => this.draw(), 60);
  }

  private say(edges: Edge[]): void {
    const own = this.explanation.graph.threshold;
    const drawn = edges.length > kMostEdges ? `, the ${kMostEdges} strongest drawn` : "";
    this.said.textContent = `${short(Number(this.threshold().toPrecision(2)))}${this.threshold() === own ? " (the run's own)" : ""}: ${counted(edges.length, "edge")}${drawn}`;
    this.slider.setAttribute("aria-valuetext", this.said.textContent);
  }

  private draw(): void {
    const edges = this.edges();
    this.say(edges);
    const drawn = edges.slice(0, kMostEdges);
    const linked = new Set(drawn.flatMap((edge) => [edge.from, edge.to]));
    const programs = this.explanation.programs.map((program) => program.program).filter((program) => this.all.checked || linked.has(program));
    this.placed = place(programs, drawn);
    this.svg.setAttribute("viewBox", `${Math.floor(this.placed.left)} ${Math.floor(this.placed.top)} ${Math.ceil(this.placed.width)} ${Math.ceil(this.placed.height)}`);
    this.nodes = new Map();
    this.stage.replaceChildren(this.arrows(), ...this.placed.edges.map((placed) => this.edge(placed)), ...programs.map((program) => this.node(program)));
    this.markChosen();
  }

  private arrows(): SVGElement {
    const arrow = (id: string, colour: string) =>
      s("marker", { id: `${id}-${this.slider.id}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" },
        s("path", { d: "M0 0L10 5L0 10z", style: `fill:${colour}` }));
    return s("defs", {}, arrow("up", "var(--s0)"), arrow("down", "var(--s1)"));
  }

  private edge({ edge, points }: Placed["edges"][number]): SVGElement {
    const up = edge.weight > 0;
    const frequency = edge.frequency === null ? "" : `, in ${fixed(100 * edge.frequency, 0)} % of the runs`;
    return s("g", { class: "edge", "data-from": edge.from, "data-to": edge.to },
      s("title", {}, `p${edge.from} → p${edge.to}: ${fixed(edge.weight, 2)}${frequency}`),
      s("path", {
        d: pathThrough(points),
        "marker-end": `url(#${up ? "up" : "down"}-${this.slider.id})`,
        style: `fill:none;stroke:var(${up ? "--s0" : "--s1"});stroke-width:${(1 + (3.5 * Math.abs(edge.weight)) / (this.largest || 1)).toFixed(2)}${up ? "" : ";stroke-dasharray:7 3"}`,
      }));
  }

  private node(number: number): SVGElement {
    const program = this.explanation.programs[number]!;
    const { x, y } = this.placed!.nodes.get(number)!;
    const text = (dy: number, style: string, words: string) => s("text", { x: 0, y: dy, "text-anchor": "middle", style: `${style};font-family:${kFont.replaceAll('"', "'")}` }, words);
    const node = s("g", { class: "node", role: "button", tabindex: -1, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, "aria-label": `Program p${number}, ${program.name}`, "data-program": number },
      s("title", {}, `p${number} ${program.name}`),
      s("rect", { x: -kNodeWidth / 2, y: -kNodeHeight / 2, width: kNodeWidth, height: kNodeHeight, rx: 7, style: "fill:var(--card);stroke:var(--soft)" }),
      text(-4, "fill:var(--soft);font-size:11px", `p${number}`),
      text(12, "fill:var(--text);font-size:13px;font-weight:600", shortName(program)));
    node.addEventListener("click", () => this.open(number, true));
    for (const [enter, on] of [["mouseenter", true], ["focus", true], ["mouseleave", false], ["blur", false]] as const)
      node.addEventListener(enter, () => this.highlight(on ? number : null));
    this.nodes.set(number, node);
    return node;
  }

  private markChosen(): void {
    const focusable = this.chosen !== null && this.nodes.has(this.chosen) ? this.chosen : [...this.nodes.keys()][0];
    for (const [program, node] of this.nodes) {
      node.classList.toggle("chosen", program === this.chosen);
      node.setAttribute("aria-pressed", String(program === this.chosen));
      node.setAttribute("tabindex", program === focusable ? "0" : "-1");
    }
  }

  private highlight(program: number | null): void {
    this.svg.classList.toggle("looking", program !== null);
    for (const edge of this.stage.querySelectorAll<SVGGElement>(".edge"))
      edge.classList.toggle("near", program !== null && (edge.dataset.from === String(program) || edge.dataset.to === String(program)));
  }

  /** The arrow keys go to the nearest node in their direction; Home and End to the first and last program. */
  private onKey(event: KeyboardEvent): void {
    const at = Number((event.target as Element).closest<SVGGElement>(".node")?.dataset.program ?? NaN);
    if (Number.isNaN(at) || !this.placed) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.open(at, true);
      return;
    }
    const programs = [...this.nodes.keys()];
    const direction = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    let next: number | undefined;
    if (event.key === "Home") next = programs[0];
    else if (event.key === "End") next = programs[programs.length - 1];
    else if (direction) next = this.nearest(at, direction[0]!, direction[1]!);
    else return;
    event.preventDefault();
    if (next === undefined) return;
    for (const [program, node] of this.nodes) node.setAttribute("tabindex", program === next ? "0" : "-1");
    this.nodes.get(next)?.focus();
  }

  private nearest(program: number, dx: number, dy: number): number | undefined {
    const from = this.placed!.nodes.get(program)!;
    let best: number | undefined, least = Infinity;
    for (const [other, to] of this.placed!.nodes) {
      const along = (to.x - from.x) * dx + (to.y - from.y) * dy;
      const across = Math.abs((to.x - from.x) * dy + (to.y - from.y) * dx);
      if (other === program || along <= 0 || along + 3 * across >= least) continue;
      best = other;
      least = along + 3 * across;
    }
    return best;
  }

  private drawing(): Drawing {
    const { left, top, width, height } = this.placed!;
    const copy = this.svg.cloneNode(true) as SVGSVGElement;
    copy.querySelector("g")!.removeAttribute("transform");
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", String(Math.ceil(width)));
    copy.setAttribute("height", String(Math.ceil(height)));
    copy.removeAttribute("style");
    copy.prepend(s("rect", { x: Math.floor(left), y: Math.floor(top), width: "100%", height: "100%", style: "fill:#ffffff" }));
    const svg = new XMLSerializer().serializeToString(copy).replace(/var\((--[a-z0-9]+)\)/g, (_, name: string) => kSavedColours[name] ?? "#000000");
    return { svg, width: Math.ceil(width), height: Math.ceil(height) };
  }
}

const panels: { run: number; panel: GraphPanel }[] = [];

export function mountGraphs(data: ReportData): void {
  data.runs.forEach((run, k) => {
    const host = document.querySelector<HTMLElement>(`[data-panel="graph"][data-run="${k}"]`);
    if (!host || !run.explanation || run.explanation.programs.length === 0) return;
    const panel = new GraphPanel(run, data.runs.length > 1);
    panels.push({ run: k, panel });
    host.append(panel.root);
    host.parentElement?.querySelector(".static-verdict")?.remove(); // the panel says it
    // The first cell of a row of the programs' table opens the card.
    for (const head of document.querySelectorAll<HTMLTableCellElement>(`table[data-programs="${k}"] tbody th`)) {
      const program = Number((head.textContent ?? "").slice(1));
      const name = head.textContent ?? "";
      head.replaceChildren(button(name, () => {
        panel.open(program, true);
        panel.root.scrollIntoView({ block: "nearest" });
      }, { class: "link", "aria-label": `Open the card of program ${name}` }));
    }
  });
}

export function wholeGraphs(): void {
  panels.forEach(({ panel }) => panel.whole());
}
