import { patch } from "../markdown/dom";
import { type Element, type Item, link } from "../markdown/tree";
import { hostOf, safeUrl } from "../markdown/urls";
import type { Image } from "../protocol";
import type { Store } from "../store";
import { LONGEST_TITLE, MOST_IMAGES } from "../tables";
import { count, IMAGES, say } from "../words";
import { element, setText } from "./element";
import type { Part } from "./part";
import { shortened } from "./words";

/** The images that searches found, as chips; `pictures.ts` fetches one when its chip is clicked. */
export function imageList(store: Store): Part {
  const label = element("div", "");
  const list = element("ul", "pplx-found-list");
  const node = element("div", "pplx-images", label, list);
  return {
    node,
    needs: ["images"],
    update() {
      const rows = store.state.images.flatMap(row);
      const more = rows.splice(MOST_IMAGES).length;
      node.hidden = rows.length === 0;
      setText(label, count(rows.length + more, IMAGES));
      patch(list, more ? [...rows, item(say("more.things", { n: more }))] : rows);
    },
  };
}

function row({ url, origin, title, width, height }: Image): Element[] {
  const address = safeUrl(url);
  if (!address?.href.startsWith("https:")) return [];
  const page = safeUrl(origin) ?? address;
  const chip = link(address, [shortened(title, LONGEST_TITLE) || hostOf(address)]);
  chip.className = "pplx-image";
  const about = [width && height ? `${width}×${height} · ` : "· ", link(page, [hostOf(page)])];
  return [item(chip, " ", { tag: "span", className: "pplx-source-about", children: about })];
}

function item(...children: Item[]): Element {
  return { tag: "li", className: "pplx-source", children };
}
