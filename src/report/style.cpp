#include "report/sections.hpp"

namespace gracevae::impl {

// Line colours: Okabe and Ito's palette, which colour-blind readers can tell apart; every line has its own dashes too.
#define GRACEVAE_DARK_COLOURS                                                                             \
  "--page: #11151a; --card: #191f26; --text: #e4e8ed; --soft: #9ca7b3; --rule: #323b46; --grid: #262e37;" \
  "--mark: #16344a; --mark-edge: #56b4e9; --alert: #332a12; --alert-edge: #e6a817;"                       \
  "--s0: #56b4e9; --s1: #f0854a; --s2: #35c79b; --s3: #dd93c2; --s4: #e6a817; --s5: #9cc9e8;"

// The colours follow the system unless the reader chose: data-theme on the root.
const char* const kReportStyle = R"css(
:root {
  color-scheme: light;
  --page: #ffffff; --card: #f6f8fa; --text: #1c2128; --soft: #59636e; --rule: #d5dbe1; --grid: #e6eaee;
  --mark: #e4f0fa; --mark-edge: #0072b2; --alert: #fff6e0; --alert-edge: #d58a00;
  --s0: #0072b2; --s1: #d55e00; --s2: #00805c; --s3: #a64d87; --s4: #b07a00; --s5: #3b8fc4;
}
@media screen and (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) { color-scheme: dark; )css" GRACEVAE_DARK_COLOURS R"css( }
}
@media screen {
  :root[data-theme="dark"] { color-scheme: dark; )css" GRACEVAE_DARK_COLOURS R"css( }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1.25rem 3rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.75rem; }
p { max-width: 62rem; margin: 0.5rem 0; }
.brand { margin: 0; color: var(--mark-edge); font-weight: 600; letter-spacing: 0.02em; }
.note { color: var(--soft); font-size: 0.85rem; font-weight: normal; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.9em; }
.facts { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; margin: 0; padding: 0.75rem 0;
  border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule); }
.facts dt { color: var(--soft); font-size: 0.8rem; }
.facts dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 0.75rem 1rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0.75rem;
  margin-top: 1.25rem; }
@media (max-width: 40rem) { .tiles { grid-template-columns: 1fr 1fr; } }
.tile .name { font-size: 0.85rem; }
.tile .value { font-size: 1.7rem; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums; }
.warnings { background: var(--alert); border-left: 4px solid var(--alert-edge); border-radius: 4px;
  padding: 0.1rem 1.25rem 0.75rem; margin-top: 1.5rem; }
.warnings h2 { margin-top: 0.75rem; font-size: 1.05rem; }
.warnings ul { margin: 0; padding-left: 1.1rem; }
.warnings li { margin: 0.3rem 0; }
.wide { overflow-x: auto; margin: 0 0 1.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0 0 0.4rem; }
th, td { padding: 0.3rem 0.6rem; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--grid); }
th { font-weight: 600; }
thead th { border-bottom: 1px solid var(--rule); font-size: 0.85rem; }
thead th.group { text-align: center; border-bottom: 1px solid var(--grid); }
tbody th { font-weight: normal; }
.numbers td, .numbers thead tr + tr th { text-align: right; }
.numbers td, .numbers th { white-space: nowrap; }
.numbers.conditions td:nth-child(2) { text-align: left; }
tr.model th, tr.model td { background: var(--mark); }
tr.model th { font-weight: 600; box-shadow: inset 3px 0 0 var(--mark-edge); }
tr.replicate th, tr.replicate td, tr.noise-free th, tr.noise-free td { color: var(--soft); }
details summary { cursor: pointer; margin: 0.5rem 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: 1rem; }
figure { margin: 0; padding: 0.75rem 0.9rem; background: var(--card); border: 1px solid var(--rule); border-radius: 8px;
  display: flex; flex-direction: column; }
figcaption { line-height: 1.35; margin-bottom: 0.4rem; }
figure .chart { margin-top: auto; }
.last { font-variant-numeric: tabular-nums; color: var(--soft); }
.legend { font-size: 0.82rem; }
.key { white-space: nowrap; margin-right: 0.9rem; }
.swatch { width: 1.75rem; height: 0.5rem; vertical-align: middle; }
.chart { width: 100%; height: auto; display: block; }
.chart text { fill: var(--soft); font-size: 10.5px; }
.chart .y { text-anchor: end; }
.chart .x, .chart .empty { text-anchor: middle; }
.chart .label { text-anchor: end; }
.grid { stroke: var(--grid); }
.base { stroke: var(--soft); }
.line path { fill: none; stroke-width: 1.9; stroke-linejoin: round; }
.s0 path { stroke: var(--s0); } .s0 circle { fill: var(--s0); }
.s1 path { stroke: var(--s1); stroke-dasharray: 7 3; } .s1 circle { fill: var(--s1); }
.s2 path { stroke: var(--s2); stroke-dasharray: 2 2.5; } .s2 circle { fill: var(--s2); }
.s3 path { stroke: var(--s3); stroke-dasharray: 8 3 2 3; } .s3 circle { fill: var(--s3); }
.s4 path { stroke: var(--s4); stroke-dasharray: 12 3; } .s4 circle { fill: var(--s4); }
.s5 path { stroke: var(--s5); stroke-dasharray: 4 4; } .s5 circle { fill: var(--s5); }
nav { display: flex; flex-wrap: wrap; gap: 0.15rem 1rem; margin: 1rem 0 0; padding: 0.4rem 0; font-size: 0.9rem;
  position: sticky; top: 0; z-index: 5; background: var(--page); border-bottom: 1px solid var(--rule); }
a { color: var(--mark-edge); }
nav a { text-decoration: none; }
nav a:hover, nav a:focus { text-decoration: underline; }
section[id] { scroll-margin-top: 3.6rem; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--page); padding: 0.25rem 0.75rem; z-index: 10; }
tr.published th, tr.published td { color: var(--soft); font-style: italic; }
.strips { display: grid; gap: 0.5rem; }
.strip { display: grid; grid-template-columns: 9rem 8rem 8rem 1fr; gap: 0.75rem; align-items: center; break-inside: avoid;
  border-bottom: 1px solid var(--grid); padding-bottom: 0.5rem; }
.strip p { overflow-wrap: anywhere; }
.densities { display: grid; grid-template-columns: repeat(6, minmax(3rem, 1fr)); gap: 0.4rem; text-align: center; }
.small { width: 100%; height: auto; display: block; }
.small.square { border: 1px solid var(--rule); border-radius: 4px; }
.dots { fill: none; stroke-linecap: round; stroke-width: var(--dot, 4); stroke: var(--tint, var(--soft)); }
.dots.other { stroke: var(--s0); stroke-opacity: 0.55; }
.dots.de { stroke: var(--s1); stroke-width: 7; stroke-opacity: 0.9; }
.dots.control { stroke-opacity: 0.6; }
.dots.actual { stroke: var(--tint, var(--s0)); stroke-opacity: 0.6; }
.dots.generated { stroke: var(--tint, var(--s1)); stroke-opacity: 0.6; }
.map { --dot: 3; }
.condition-map { --dot: 12; }
.others { --tint: var(--rule); --dot: 9; }
.diagonal { stroke: var(--soft); stroke-dasharray: 5 4; fill: none; }
.density { fill: none; stroke-width: 2; stroke: var(--soft); }
.density.control { fill: var(--soft); fill-opacity: 0.25; }
.density.observed { stroke: var(--s0); }
.density.predicted { stroke: var(--s1); stroke-dasharray: 6 3; }
.dot.control { color: var(--soft); } .dot.actual { color: var(--s0); } .dot.generated { color: var(--s1); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1rem; }
.cards { columns: 3 20rem; column-gap: 0.75rem; }
.settings { break-inside: avoid; margin-bottom: 0.75rem; font-size: 0.87rem; }
.settings th, .settings td { padding: 0.15rem 0.5rem 0.15rem 0; }
.settings td { overflow-wrap: anywhere; }
.settings thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
footer { margin-top: 3rem; padding-top: 0.75rem; border-top: 1px solid var(--rule);
  color: var(--soft); font-size: 0.85rem; }
@page { margin: 12mm; }
@media print {
  :root { --card: #ffffff; --text: #000000; --soft: #444444; --rule: #bbbbbb; --grid: #dddddd;
    --mark: #eeeeee; --mark-edge: #000000; --alert: #ffffff; }
  nav, .skip { display: none; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  .strip { grid-template-columns: 3.2cm 2.6cm 2.6cm 1fr; }
  .pair { grid-template-columns: 1fr 1fr; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2 { break-after: avoid; }
  figure, .tile, tr { break-inside: avoid; }
  .charts { grid-template-columns: repeat(3, 1fr); gap: 0.5rem; }
  .wide { overflow: visible; }
}
)css";

}  // namespace gracevae::impl
