/** Plots as files, without a server: an SVG text is offered as a download, or drawn on a canvas for PNG. */

import { button } from "./dom";
import { fileName } from "./text";

const kPngScale = 2;

export interface Drawing {
  svg: string; // with xmlns, width and height
  width: number;
  height: number;
}

function download(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export function saveSvg(title: string, drawing: Drawing): void {
  download(new Blob([drawing.svg], { type: "image/svg+xml" }), `${fileName(title)}.svg`);
}

export async function savePng(title: string, drawing: Drawing): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawing.svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = drawing.width * kPngScale;
  canvas.height = drawing.height * kPngScale;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob) download(blob, `${fileName(title)}.png`);
}

/** Two buttons that save what `draw` gives at the time of the click. */
export function saveButtons(title: () => string, draw: () => Drawing): HTMLButtonElement[] {
  return [
    button("SVG", () => saveSvg(title(), draw()), { class: "save", "data-save": "svg", "aria-label": `Save as SVG: ${title()}` }),
    button("PNG", () => void savePng(title(), draw()), { class: "save", "data-save": "png", "aria-label": `Save as PNG: ${title()}` }),
  ];
}
