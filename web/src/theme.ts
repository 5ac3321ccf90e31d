/** Colours: Okabe and Ito's palette, darkened or lightened so that lines and text keep their contrast on either ground. */

export interface Palette {
  page: string;
  text: string;
  soft: string;
  grid: string;
  rule: string;
  series: string[]; // runs or lines
  control: string;
  actual: string;
  generated: string;
  faint: string; // cells that are not looked at
}

export const kLight: Palette = {
  page: "#ffffff",
  text: "#1c2128",
  soft: "#59636e",
  grid: "#e6eaee",
  rule: "#d5dbe1",
  series: ["#0072b2", "#d55e00", "#00805c", "#a64d87", "#b07a00", "#3b8fc4"],
  control: "#8a949e",
  actual: "#0072b2",
  generated: "#d55e00",
  faint: "#dde2e7",
};

export const kDark: Palette = {
  page: "#191f26",
  text: "#e4e8ed",
  soft: "#9ca7b3",
  grid: "#262e37",
  rule: "#323b46",
  series: ["#56b4e9", "#f0854a", "#35c79b", "#dd93c2", "#e6a817", "#9cc9e8"],
  control: "#8f9ba8",
  actual: "#56b4e9",
  generated: "#f0854a",
  faint: "#333d48",
};

/** Dashes of line k, beside its colour. */
export const kDashes: (string | number[])[] = ["solid", [7, 3], [2, 2.5], [8, 3, 2, 3], [12, 3], [4, 4]];

const listeners: (() => void)[] = [];
const system = window.matchMedia("(prefers-color-scheme: dark)");

export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

export function palette(): Palette {
  return isDark() ? kDark : kLight;
}

export function onThemeChange(listener: () => void): void {
  listeners.push(listener);
}

/** "" follows the system. */
export function setTheme(theme: "" | "light" | "dark"): void {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const listener of listeners) listener();
}

system.addEventListener("change", () => {
  for (const listener of listeners) listener();
});
