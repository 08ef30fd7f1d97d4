/**
 * Tokens to the plain tree that is to be shown. Only what this file names can reach the page. Mirrors
 * `pplx_widget/render/tree.py`.
 */
import type { Token } from "markdown-it";
import { type Address, disguisedHost, hostOf, safeUrl } from "./urls";

export interface Element {
  tag: string;
  className?: string;
  attributes?: Record<string, string>;
  children: Item[];
}

/** A string is text. */
export type Item = string | Element;

/** What a marker shows, or null where it leads to no source and stays as it was written. */
export type Cite = (id: number) => Item | null;

const LANGUAGE = /^[a-z0-9+#-]{1,20}$/;
const ALIGNED = /^text-align:(left|center|right)$/;
const CITATIONS = "pplx-cite";

const TAGS = new Set(
  "p h1 h2 h3 h4 h5 h6 ul ol li blockquote strong em s table thead tbody tr th td".split(" "),
);

export function toTree(tokens: readonly Token[], cite: Cite): Item[] {
  const root: Item[] = [];
  const stack: { into: Item[]; close?: () => void }[] = [{ into: root }];

  for (const token of tokens) {
    const into = stack.at(-1)?.into ?? root;
    if (token.nesting === 1) {
      stack.push(opened(token, into));
    } else if (token.nesting === -1) {
      stack.pop()?.close?.();
    } else if (token.type === "citation") {
      appendCitation(into, token, cite);
    } else {
      for (const item of leaf(token, cite)) append(into, item);
    }
  }
  return root;
}

/** Where the children of an opening token go, and what is to be done when they are all there. */
function opened(token: Token, into: Item[]): { into: Item[]; close?: () => void } {
  // The paragraphs of a tight list, and whatever we do not know, show their content alone.
  if (token.type === "link_open") return openedLink(token, into);
  if (token.hidden || !TAGS.has(token.tag)) return { into };
  const element: Element = { tag: token.tag, children: [] };
  const align = ALIGNED.exec(String(token.attrGet("style")))?.[1];
  if (align) element.className = `pplx-align-${align}`;
  const start = token.attrGet("start");
  if (start !== null) element.attributes = { start: String(Number(start)) };
  // A wide table scrolls sideways within itself.
  into.push(token.tag === "table" ? box("div", "pplx-table", element) : element);
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
    if (host) element.attributes = { ...element.attributes, title: host };
  };
  return { into: element.children, close };
}

/** No link can stand in a link: of a picture in one its words stay. */
function withoutLinks(items: readonly Item[]): Item[] {
  const kept: Item[] = [];
  for (const item of items) {
    if (typeof item === "string") append(kept, item);
    else if (item.tag === "a") append(kept, item.attributes?.title ?? textOf(item));
    else append(kept, { ...item, children: withoutLinks(item.children) });
  }
  return kept;
}

function leaf(token: Token, cite: Cite): Item[] {
  switch (token.type) {
    case "inline":
      return toTree(token.children ?? [], cite);
    case "text":
    case "text_special":
      return [token.content];
    case "softbreak":
      return ["\n"];
    case "hardbreak":
      return [{ tag: "br", children: [] }];
    case "hr":
      return [{ tag: "hr", children: [] }];
    case "code_inline":
      return [box("code", undefined, token.content)];
    case "code_block":
    case "fence":
      return [code(token)];
    case "math":
      return [box("span", "pplx-math", token.content)];
    case "image":
      return [image(token)];
    default:
      return [];
  }
}

function code(token: Token): Element {
  const language = /[^ \t]+/.exec(token.info)?.[0].toLowerCase() ?? "";
  const className = LANGUAGE.test(language) ? `language-${language}` : undefined;
  return box("pre", undefined, box("code", className, token.content.replace(/\n$/, "")));
}

/** Never fetched: an image is a beacon that tells a stranger what was asked. */
function image(token: Token): Item {
  const address = safeUrl(token.attrGet("src") ?? "");
  if (!address || address.href.startsWith("mailto:")) return token.content;
  const chip = link(address, [`image: ${hostOf(address)}`]);
  chip.className = "pplx-image";
  if (token.content) chip.attributes = { ...chip.attributes, title: token.content };
  return chip;
}

export function link(address: Address, children: Item[]): Element {
  const attributes = { href: address.href, rel: "noopener noreferrer nofollow", target: "_blank" };
  return { tag: "a", attributes, children };
}

function box(tag: string, className: string | undefined, child: Item): Element {
  return className ? { tag, className, children: [child] } : { tag, children: [child] };
}

/** Neighbouring texts become one, so that a growing text stays one node in the page. */
function append(into: Item[], item: Item): void {
  const last = into.at(-1);
  if (item === "") return;
  if (typeof item === "string" && typeof last === "string") into[into.length - 1] = last + item;
  else into.push(item);
}

/** Neighbours share one `sup`, with a space that keeps their numbers apart without a stylesheet. */
function appendCitation(into: Item[], { meta, content }: Token, cite: Cite): void {
  const chip = cite(meta);
  const last = into.at(-1);
  if (chip === null) append(into, content);
  else if (typeof last === "object" && last.className === CITATIONS) last.children.push(" ", chip);
  else into.push(box("sup", CITATIONS, chip));
}

export function textOf(item: Item): string {
  return typeof item === "string" ? item : item.children.map(textOf).join("");
}
