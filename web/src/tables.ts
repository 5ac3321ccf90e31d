/** Tables that can be sorted and searched, both those that the page came with and those made here. */

import { button, h, uniqueId } from "./dom";
import { counted } from "./text";

export interface TableData {
  caption: string;
  columns: string[];
  rows: (string | number | null)[][];
}

const number = /^[-+−]?[\d.]+(e[-+]?\d+)?/i;

/** A real table of some values. */
export function dataTable(data: TableData): HTMLElement {
  const cell = (value: string | number | null, i: number) =>
    i === 0
      ? h("th", { scope: "row" }, value)
      : h("td", { class: typeof value === "number" ? "number" : null }, typeof value === "number" ? String(Number(value.toPrecision(4))) : (value ?? "–"));
  const table = h(
    "table",
    { "data-sortable": true },
    h("caption", {}, data.caption),
    h("thead", {}, h("tr", {}, data.columns.map((column) => h("th", { scope: "col" }, column)))),
    h("tbody", {}, data.rows.map((row) => h("tr", {}, row.map(cell)))),
  );
  makeSortable(table);
  return h("div", { class: "wide scroll", tabindex: 0, role: "region", "aria-label": data.caption }, table);
}

/** Text or number of a cell to sort by. */
function keyOf(row: HTMLTableRowElement, column: number): string | number {
  const text = (row.cells[column]?.textContent ?? "").trim();
  const match = number.exec(text.replace("−", "-"));
  return match ? Number(match[0]) : text;
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number") return -1; // numbers before words, such as n/a
  if (typeof b === "number") return 1;
  return a.localeCompare(b, undefined, { numeric: true });
}

/** The heads of the columns, whatever rows and columns they span; those of several columns have none. */
function columnHeads(table: HTMLTableElement): (HTMLTableCellElement | undefined)[] {
  const taken: boolean[][] = [];
  const heads: (HTMLTableCellElement | undefined)[] = [];
  Array.from(table.tHead?.rows ?? []).forEach((row, r) => {
    let at = 0;
    for (const cell of Array.from(row.cells)) {
      while (taken[r]?.[at]) ++at;
      for (let i = r; i < r + cell.rowSpan; ++i) for (let j = at; j < at + cell.colSpan; ++j) (taken[i] ??= [])[j] = true;
      if (cell.colSpan === 1) heads[at] = cell;
      at += cell.colSpan;
    }
  });
  return heads;
}

function sortBy(table: HTMLTableElement, column: number, heads: (HTMLTableCellElement | undefined)[]): void {
  const head = heads[column]!;
  const descending = head.getAttribute("aria-sort") === "ascending";
  for (const other of heads) other?.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const body = table.tBodies[0]!;
  const rows = Array.from(body.rows).map((row, i) => ({ row, i, key: keyOf(row, column) }));
  rows.sort((a, b) => (descending ? -1 : 1) * compare(a.key, b.key) || a.i - b.i);
  body.append(...rows.map((entry) => entry.row));
}

export function makeSortable(table: HTMLTableElement): void {
  const heads = columnHeads(table);
  heads.forEach((head, column) => {
    if (!head) return;
    const sort = button("", () => sortBy(table, column, heads), { class: "sort", title: "Sort by this column" });
    sort.append(...Array.from(head.childNodes));
    head.append(sort);
  });
}

/** A search field above a table: rows without all of the words are hidden. */
function makeSearchable(table: HTMLTableElement): void {
  const id = uniqueId("search");
  const said = h("output", { class: "note", for: id, "aria-live": "polite" });
  const rows = Array.from(table.tBodies[0]!.rows);
  const texts = rows.map((row) => (row.textContent ?? "").toLowerCase());
  const field = h("input", { type: "search", id, placeholder: table.dataset.search || "name, gene, pathway", autocomplete: "off", spellcheck: "false" });
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => texts[i]!.includes(word));
      if (!row.hidden) ++shown;
    });
    said.textContent = words.length ? `${shown} of ${counted(rows.length, "row")}` : counted(rows.length, "row");
  };
  field.addEventListener("input", filter);
  filter();
  const place = table.closest(".wide") ?? table;
  place.before(h("div", { class: "search controls", role: "search" }, h("label", { for: id }, "Search"), field, said));
}

export function enhanceTables(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>("table[data-search]")) makeSearchable(table);
  for (const table of document.querySelectorAll<HTMLTableElement>("table[data-sortable]")) makeSortable(table);
}
