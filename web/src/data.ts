/** What the program embeds in the page: <script type="application/json" id="report-data">. */

export interface Series {
  name: string;
  x: number[];
  y: (number | null)[];
}

/** An axis of a curve as the static drawing has it. */
export interface Axis {
  low: number;
  high: number;
  logarithmic: boolean;
  ticks: number[];
  texts: string[]; // of the ticks
}

/** Pixels of the static drawing, and around its axes. */
export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A training curve, which the page also has as a static SVG in <figure data-chart="id">. */
export interface Curve {
  id: string;
  title: string;
  x_label: string;
  axes: { x: Axis; y: Axis } | null; // null: no values
  series: Series[];
}

export interface Published {
  run: number;
  variant: string;
  dataset: string;
  mean: number;
  sd: number;
}

export interface ScoreMetric {
  id: string;
  title: string;
  higher_is_better: boolean;
  published: Published[];
}

export interface ScoreMethod {
  name: string;
  run: number | null; // null: the same in all runs
  values: (number | null)[]; // a value a metric
}

export interface ScoreBlock {
  kind: string;
  gene_set: string;
  title: string;
  metrics: ScoreMetric[];
  methods: ScoreMethod[];
}

export interface Gene {
  gene: string;
  control: number; // mean of control cells
  effect: number;
  se: number | null; // standard error, null where it is not known
  sd: number;
  total: number | null;
}

export interface Pathway {
  id: string;
  name: string;
  among: string;
  overlap: number;
  size: number;
  q: number;
  rank_q: number;
  members: string[];
}

export interface Label {
  label: string;
  share: number;
  shift: number;
  main: boolean;
}

export interface Program {
  program: number;
  name: string;
  labels: Label[];
  sd: number;
  noise_sd: number;
  norm: number;
  strength: number | null; // what of the norm is sure; null where no error is known
  genes_up: Gene[];
  genes_down: Gene[];
  pathways: Pathway[];
}

export interface Edge {
  from: number;
  to: number;
  weight: number;
  frequency: number | null;
}

export interface Graph {
  threshold: number | null;
  threshold_rule: string;
  noise: boolean;
  reasons: string[];
  edges: Edge[];
}

export interface Explanation {
  mechanism: string;
  n_cells: number;
  programs: Program[]; // in the order of their numbers
  strongest: number | null; // the one whose effect is surest
  graph: Graph;
}

export interface Distribution {
  quantiles: number[];
  zero: number;
  density: number[]; // thousandths of the cells in equal bins from low to high
  low: number;
  high: number;
}

export interface GeneDistributions {
  gene: number;
  control: Distribution | null;
  predicted: Distribution | null;
  observed: Distribution | null;
}

export interface Condition {
  name: string;
  kind: string;
  n_generated: number;
  n_actual: number;
  r2_all: number | null;
  r2_de: number | null;
  gene: number[];
  control: (number | null)[];
  predicted: (number | null)[];
  observed: (number | null)[];
  de: number[];
  distributions: GeneDistributions[];
}

export interface Embedding {
  x: number[];
  y: number[];
  source: number[]; // 0 control, 1 actual, 2 generated
  condition: number[];
  names: string[];
  n_cells: number;
  of: number;
}

export interface Predictions {
  genes: string[];
  conditions: Condition[];
  n_genes_shown: number;
  n_genes: number;
  embedding: Embedding | null;
}

export interface Run {
  name: string;
  explanation: Explanation | null;
  predictions: Predictions | null;
}

export interface ReportData {
  format: string;
  runs: Run[];
  frame: Frame;
  curves: Curve[];
  scores: ScoreBlock[];
}

const kFormat = "gracevae-report/1";

export function readData(): ReportData {
  const element = document.getElementById("report-data");
  const data = JSON.parse(element?.textContent ?? "null") as ReportData | null;
  if (data?.format !== kFormat) throw new Error(`report-data: format is ${data?.format}, expected ${kFormat}`);
  return data;
}
