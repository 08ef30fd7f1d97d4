/** The signs on the inspector's buttons. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  back: "M12 3v10L5 8zM3 3h1.6v10H3z",
  step: "M4 3v10l7-5zM11.4 3H13v10h-1.6z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  play: "M5 3v10l8-5z",
  again: "M8 3a5.5 5.5 0 1 0 5.5 5.5H12A4 4 0 1 1 8 4.6V7l4.2-3.2L8 .8z",
} as const;

export type Icon = keyof typeof PATHS;

/** Gives a button a sign in place of words, which stay its name and its tooltip. */
export function mark(button: HTMLButtonElement, icon: Icon, name: string): void {
  if (button.title === name) return;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[icon]);
  svg.append(path);
  button.replaceChildren(svg);
  button.title = name;
  button.setAttribute("aria-label", name);
}
