/**
 * Turns the tokens of a leaf into the tree to show. Only elements named in this file and in page.ts
 * can reach the page. Mirrors `pplx_widget/markdown/tree.py`.
 */
import type { Token } from "markdown-it";
import { DEEPEST, LANGUAGE, LINK_ATTRIBUTES, pattern } from "../tables";
import { autolinked } from "./autolinks";
import { type Address, disguisedHost, hostOf, safeUrl } from "./urls";

export interface Element {
  tag: string;
  className?: string;
  attributes?: Record<string, string>;
  children: Item[];
}

/** A string is text. */
export type Item = string | Element;

/** Returns the item for an id; null if it has no source and its marker stays as written. */
export type Cite = (id: number) => Item | null;

/** Returns the letter of a footnote; null if there is none and the mention stays as written. */
export type LetterOf = (label: string) => string | null;

const KNOWN_LANGUAGE = pattern(`^${LANGUAGE}$`);
const CITATIONS = "pplx-cite";
export const MATH = "pplx-math";

const TAGS = new Set(["strong", "em", "s", "sub", "sup"]);

export function toTree(
  tokens: readonly Token[],
  cite: Cite,
  letterOf: LetterOf = () => null,
): Item[] {
  const root: Item[] = [];
  const stack: { into: Item[]; close?: () => void }[] = [{ into: root }];

  for (const token of autolinked(tokens)) {
    const into = stack.at(-1)?.into ?? root;
    if (token.nesting === 1) {
      stack.push(stack.length > DEEPEST ? { into } : opened(token, into));
    } else if (token.nesting === -1) {
      stack.pop()?.close?.();
    } else if (token.type === "citation") {
      appendCitation(into, token, cite);
    } else if (token.type === "note") {
      const letter = letterOf(token.meta);
      append(into, letter === null ? token.content : box("sup", "pplx-note-ref", letter));
    } else {
      append(into, leaf(token));
    }
  }
  return root;
}

/** Returns the list for the children of an opening token, and a function to call after the last. */
function opened(token: Token, into: Item[]): { into: Item[]; close?: () => void } {
  if (token.type === "link_open") return openedLink(token, into);
  // Unknown elements show only their content.
  if (!TAGS.has(token.tag)) return { into };
  const element: Element = { tag: token.tag, children: [] };
  into.push(element);
  return { into: element.children };
}

function openedLink(token: Token, into: Item[]): { into: Item[]; close?: () => void } {
  const address = safeUrl(token.attrGet("href") ?? "");
  if (!address) return { into };
  const element = link(address, []);
  into.push(element);
  const close = () => {
    element.children = withoutLinks(element.children);
    const host = disguisedHost(textOf(element), address);
    if (host) append(element.children, ` (${host})`);
  };
  return { into: element.children, close };
}

/** Links cannot be nested: of an image in a link only the words stay. */
function withoutLinks(items: readonly Item[]): Item[] {
  const kept: Item[] = [];
  for (const item of items) {
    if (typeof item === "string") append(kept, item);
    else if (item.tag === "a") append(kept, item.attributes?.title ?? textOf(item));
    else append(kept, { ...item, children: withoutLinks(item.children) });
  }
  return kept;
}

function leaf(token: Token): Item {
  switch (token.type) {
    case "text":
    case "text_special":
      return token.content;
    case "softbreak":
      return "\n";
    case "hardbreak":
      return { tag: "br", children: [] };
    case "code_inline":
      return box("code", undefined, token.content);
    case "math":
      return box("span", MATH, token.content);
    case "image":
      return image(token);
    default:
      return "";
  }
}

/** Returns the class that names the language of code, for syntax colouring. */
export function languageClass(info: string): string {
  const language = /[^ \t]+/.exec(info)?.[0].toLowerCase() ?? "";
  return KNOWN_LANGUAGE.test(language) ? `language-${language}` : "";
}

/**
 * Makes a link of an image. The image is not fetched: its request would tell a third party about
 * the question.
 */
function image(token: Token): Item {
  const address = safeUrl(token.attrGet("src") ?? "");
  if (!address || address.href.startsWith("mailto:")) return token.content;
  const words = token.content && ` (${token.content})`;
  const chip = link(address, [`image: ${hostOf(address)}${words}`]);
  chip.className = "pplx-image";
  if (token.content) chip.attributes = { ...chip.attributes, title: token.content };
  return chip;
}

export function link(address: Address, children: Item[]): Element {
  return { tag: "a", attributes: { href: address.href, ...LINK_ATTRIBUTES }, children };
}

function box(tag: string, className: string | undefined, child: Item): Element {
  return className ? { tag, className, children: [child] } : { tag, children: [child] };
}

/** Merges neighbouring texts, so that a growing text stays one node in the page. */
function append(into: Item[], item: Item): void {
  const last = into.at(-1);
  if (item === "") return;
  if (typeof item === "string" && typeof last === "string") into[into.length - 1] = last + item;
  else into.push(item);
}

/**
 * Puts neighbouring citations into one `sup`, with spaces that separate their numbers even without
 * a stylesheet.
 */
function appendCitation(into: Item[], { meta, content }: Token, cite: Cite): void {
  const chips: (Item | null)[] = meta.map(cite);
  if (chips.includes(null)) {
    append(into, content);
    return;
  }
  for (const chip of chips as Item[]) {
    const last = into.at(-1);
    if (typeof last === "object" && last.className === CITATIONS) {
      last.children.push(" ", last.children.some(isLink) ? offTheTabs(chip) : chip);
    } else into.push(box("sup", CITATIONS, chip));
  }
}

const isLink = (item: Item): item is Element => typeof item === "object" && item.tag === "a";

/** A run of citations is one tab stop; the arrow keys lead to the others (view/card.ts). */
function offTheTabs(chip: Item): Item {
  return isLink(chip) ? { ...chip, attributes: { ...chip.attributes, tabindex: "-1" } } : chip;
}

export function textOf(item: Item): string {
  return typeof item === "string" ? item : item.children.map(textOf).join("");
}
