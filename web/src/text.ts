/** Numbers as text. */

export function fixed(value: number | null | undefined, decimals = 3): string {
  return value === null || value === undefined || !Number.isFinite(value) ? "n/a" : value.toFixed(decimals);
}

/** At most four significant digits. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "n/a";
  return value === 0 ? "0" : String(Number(value.toPrecision(4)));
}

export function signed(value: number): string {
  return (value > 0 ? "+" : "") + short(Number(value.toPrecision(2)));
}

export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** A name for a file: letters, digits and dashes. */
export function fileName(title: string): string {
  return title.normalize("NFKD").replace(/[^A-Za-z0-9+.-]+/g, "-").replace(/^-+|-+$/g, "").toLowerCase() || "plot";
}

const kEntities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** For ECharts' tooltips, which are markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => kEntities[c]!);
}
