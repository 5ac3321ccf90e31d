/** Where the nodes and edges of the latent graph stand: layers by dagre; programs without an edge in rows below. */

import { graphlib, layout } from "@dagrejs/dagre";

import type { Edge } from "./data";

export interface Placed {
  left: number; // of the box that holds everything
  top: number;
  width: number;
  height: number;
  nodes: Map<number, { x: number; y: number }>;
  edges: { edge: Edge; points: { x: number; y: number }[] }[];
}

export const kNodeWidth = 116, kNodeHeight = 40;
const kMargin = 10, kGap = 18, kLeastColumns = 5;

export function place(programs: number[], edges: Edge[]): Placed {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, edgesep: 6, ranksep: 70, marginx: kMargin, marginy: kMargin });
  graph.setDefaultEdgeLabel(() => ({}));
  const linked = new Set(edges.flatMap((edge) => [edge.from, edge.to]));
  for (const program of programs) if (linked.has(program)) graph.setNode(String(program), { width: kNodeWidth, height: kNodeHeight });
  for (const edge of edges) graph.setEdge(String(edge.from), String(edge.to), {});
  if (linked.size > 0) layout(graph);

  const nodes: Placed["nodes"] = new Map();
  let width = linked.size > 0 ? graph.graph().width! : 0;
  let height = linked.size > 0 ? graph.graph().height! : 0;
  for (const program of linked) {
    const { x, y } = graph.node(String(program));
    nodes.set(program, { x, y });
  }
  const alone = programs.filter((program) => !linked.has(program));
  const columns = Math.max(kLeastColumns, Math.floor((width + kGap) / (kNodeWidth + kGap)));
  alone.forEach((program, i) => {
    const x = 10 + kNodeWidth / 2 + (i % columns) * (kNodeWidth + kGap);
    const y = height + 20 + kNodeHeight / 2 + Math.floor(i / columns) * (kNodeHeight + kGap);
    nodes.set(program, { x, y });
  });
  if (alone.length > 0) {
    width = Math.max(width, 20 + Math.min(columns, alone.length) * (kNodeWidth + kGap) - kGap);
    height += 30 + Math.ceil(alone.length / columns) * (kNodeHeight + kGap);
  }
  const placed = edges.map((edge) => ({ edge, points: graph.edge({ v: String(edge.from), w: String(edge.to) }).points ?? [] }));
  // Edges may run outside of what dagre calls the graph's size.
  const points = placed.flatMap((each) => each.points);
  const left = points.reduce((least, p) => Math.min(least, p.x), kMargin) - kMargin;
  const top = points.reduce((least, p) => Math.min(least, p.y), kMargin) - kMargin;
  const right = points.reduce((most, p) => Math.max(most, p.x), width - kMargin) + kMargin;
  const bottom = points.reduce((most, p) => Math.max(most, p.y), height - kMargin) + kMargin;
  return { left, top, width: Math.max(right - left, 2 * kNodeWidth), height: Math.max(bottom - top, 2 * kNodeHeight), nodes, edges: placed };
}
