/** Highlights in the answer the text that one event brought. */
import { rangeOf } from "./locate";

const NAME = "pplx-inspected";
const RULE = `::highlight(${NAME}) { background: #fc08; color: inherit; }`;

let dressed = false;

/** Returns the text elements of the answers to a question in the page, live or settled. */
function textsOf(question: string): HTMLElement[] {
  const answers = [...document.querySelectorAll<HTMLElement>(".pplx[aria-label]")];
  return (
    answers
      // The answer may speak another language.
      .filter((node) => node.getAttribute("aria-label")?.endsWith(`: ${question}`))
      .flatMap((node) => [...node.querySelectorAll<HTMLElement>(".pplx-text")])
  );
}

/**
 * Highlights a piece of the answer, if the browser can do it without changing nodes. Returns its
 * range, or null if the piece is not in the page.
 */
export function light(question: string, text: string, start: number, end: number): Range | null {
  const ranges = textsOf(question).flatMap((root) => rangeOf(root, text, start, end) ?? []);
  const { highlights } = CSS as { highlights?: HighlightRegistry };
  if (highlights && typeof Highlight === "function") {
    highlights.set(NAME, new Highlight(...ranges));
    if (!dressed) {
      dressed = true;
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(RULE);
      document.adoptedStyleSheets.push(sheet);
    }
  }
  return ranges[0] ?? null;
}

export function dark(): void {
  (CSS as { highlights?: HighlightRegistry }).highlights?.delete(NAME);
}
