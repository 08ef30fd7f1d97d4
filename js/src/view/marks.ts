/** The marks of a check at the sentences, and the ways between them and the list. */
import type { Mark } from "../protocol";
import type { Store } from "../store";
import { say } from "../words";
import { element } from "./element";

const MARK = ".pplx-mark";
const VERDICT = ".pplx-verdict";
const DOUBT = "pplx-doubt";
const LIT = "pplx-sentence";

/** Characters of a sentence by which its beginning is found. */
const BEGINNING = 60;

/** Puts each mark behind the citations that it belongs to, in place of all earlier marks. */
export function placeMarks(text: HTMLElement, marks: readonly Mark[]): void {
  for (const old of text.querySelectorAll(MARK)) old.remove();
  const chips = text.querySelectorAll("sup.pplx-cite > *");
  // From the last to the first, so that those behind one run stay in order.
  for (const { chip, sign, verdict, words } of [...marks].reverse()) {
    const name = { differs: " pplx-differs", found: " pplx-dim" }[verdict] ?? "";
    const node = element("small", `pplx-mark${name}`, sign);
    for (const attribute of ["title", "aria-label"]) node.setAttribute(attribute, words);
    node.setAttribute("role", "img");
    chips[chip]?.parentElement?.after(node);
  }
}

/**
 * Leads from each mark to its row and back, by click and by key, until `signal`; and underlines the
 * sentences in doubt, without a change of the text.
 */
export function connect(
  root: HTMLElement,
  store: Store,
  set: (on: Element, name: string, value: string) => void,
  signal: AbortSignal,
): void {
  const { rows = [], marks = [] } = store.state.checked ?? {};
  const nodes = [...root.querySelectorAll<HTMLElement>(MARK)];
  const verdicts = [...root.querySelectorAll<HTMLElement>(VERDICT)];
  const ways = new Map<Element, { to: HTMLElement; range: Range | null }>();
  for (const [i, mark] of marks.entries()) {
    const [node, verdict] = [nodes[i], verdicts[mark.row]];
    const found = rows[mark.row];
    if (!node || !verdict || !found) continue;
    const range = rangeOf(node, found.sentence.join(""));
    ways.set(node, { to: verdict, range }).set(verdict, { to: node, range });
    for (const control of [node, verdict]) {
      set(control, "role", "button");
      set(control, "tabindex", "0");
    }
    set(node, "aria-label", say("check.to_list", { label: mark.words }));
    set(verdict, "aria-label", say("check.to_sentence", { label: found.label }));
    if (range) underline(range, signal);
  }
  const at = ({ target }: Event) =>
    target instanceof Element ? ways.get(target.closest(`${MARK}, ${VERDICT}`) ?? root) : undefined;
  const go = (event: Event) => {
    const way = at(event);
    if (!way) return;
    event.preventDefault();
    const list = way.to.closest("details");
    if (list) list.open = true;
    way.to.focus({ preventScroll: true });
    way.to.scrollIntoView({ block: "nearest" });
  };
  const light = (event: Event) => {
    const range = at(event)?.range;
    if (range) highlights()?.set(LIT, new Highlight(range));
  };
  const dim = () => highlights()?.delete(LIT);
  root.addEventListener("click", go, { signal });
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter" || event.key === " ") go(event);
    },
    { signal },
  );
  for (const type of ["focusin", "pointerover"]) root.addEventListener(type, light, { signal });
  for (const type of ["focusout", "pointerout"]) root.addEventListener(type, dim, { signal });
  signal.addEventListener("abort", dim);
}

/** Older browsers have none: then the signs alone mark the sentences. */
const highlights = (): HighlightRegistry | undefined => CSS.highlights;

function underline(range: Range, signal: AbortSignal): void {
  const all = highlights();
  if (!all) return;
  const doubt = all.get(DOUBT) ?? new Highlight();
  all.set(DOUBT, doubt);
  doubt.add(range);
  signal.addEventListener("abort", () => doubt.delete(range));
}

/** Returns the sentence before a mark, by its first characters; null if its text looks otherwise. */
function rangeOf(mark: HTMLElement, sentence: string): Range | null {
  const block = mark.closest("p, li, tr, h3, h4, h5, h6, blockquote, .pplx-text");
  if (!block) return null;
  const walker = block.ownerDocument.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  const places: [Text, number][] = [];
  let flat = "";
  for (let node = walker.nextNode(); node instanceof Text; node = walker.nextNode()) {
    if (mark.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING) break;
    if (node.parentElement?.closest(`sup, ${MARK}`)) continue;
    for (let i = 0; i < node.length; i++) {
      const sign = node.data[i] ?? "";
      if (!sign.trim()) continue;
      flat += sign;
      places.push([node, i]);
    }
  }
  const at = flat.lastIndexOf(sentence.replace(/\s/g, "").slice(0, BEGINNING));
  const [first, last] = [places[at], places.at(-1)];
  if (!first || !last) return null;
  const range = block.ownerDocument.createRange();
  range.setStart(...first);
  range.setEnd(last[0], last[1] + 1);
  return range;
}
