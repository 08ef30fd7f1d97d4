/** A button that opens a menu, with the usual keys of a menu. */
import { button } from "./buttons";
import { element } from "./element";
import { float } from "./float";

export interface Choice {
  name: string;
  act: () => void;
}

/** The menu is placed in the button's answer, and closes at the latest on `signal`. */
export function menuButton(
  name: string,
  choices: readonly Choice[],
  signal: AbortSignal,
): HTMLButtonElement {
  const opener = button("", () => (menu ? close() : open()), signal);
  opener.setAttribute("aria-label", name);
  opener.setAttribute("aria-haspopup", "menu");
  opener.setAttribute("aria-expanded", "false");
  let menu: HTMLElement | null = null;
  let done = new AbortController();

  const close = () => {
    done.abort();
    menu?.remove();
    menu = null;
    opener.setAttribute("aria-expanded", "false");
  };
  const back = () => opener.focus({ preventScroll: true });

  const open = (at = 0) => {
    const root = opener.closest<HTMLElement>(".pplx");
    if (!root) return;
    close();
    done = new AbortController();
    const items = choices.map((choice) => itemOf(choice, done.signal));
    menu = element("div", "pplx-menu", ...items);
    menu.setAttribute("role", "menu");
    menu.setAttribute("aria-label", name);
    opener.setAttribute("aria-expanded", "true");
    root.append(menu);
    float(menu, opener, root);
    items.at(at)?.focus({ preventScroll: true });
    listen(menu, items);
  };

  const itemOf = ({ name: words, act }: Choice, until: AbortSignal) => {
    const item = element("button", "pplx-menu-item", words);
    item.type = "button";
    item.tabIndex = -1;
    item.setAttribute("role", "menuitem");
    item.addEventListener(
      "click",
      () => {
        back();
        close();
        act();
      },
      { signal: until },
    );
    return item;
  };

  const listen = (shown: HTMLElement, items: readonly HTMLElement[]) => {
    const until = { signal: done.signal };
    shown.addEventListener(
      "keydown",
      (event) => {
        const at = items.indexOf(event.target as HTMLElement);
        const last = items.length - 1;
        const to = {
          ArrowDown: at === last ? 0 : at + 1,
          ArrowUp: at === 0 ? last : at - 1,
          Home: 0,
          End: last,
        }[event.key];
        if (to !== undefined) items[to]?.focus({ preventScroll: true });
        else if (event.key === "Escape" || event.key === "Tab") {
          back();
          close();
        }
        // Tab continues from the button, as if there had been no menu.
        if (event.key === "Tab" || (to === undefined && event.key !== "Escape")) return;
        event.preventDefault();
        event.stopPropagation();
      },
      until,
    );
    // Close when the focus moves elsewhere.
    shown.addEventListener(
      "focusout",
      ({ relatedTarget }) => {
        const inside = shown.contains(relatedTarget as Node | null);
        if (!inside && relatedTarget !== opener) close();
      },
      until,
    );
    // An earlier scroll may still fire its last event, without moving anything.
    const { top } = opener.getBoundingClientRect();
    const moved = () => {
      if (Math.abs(opener.getBoundingClientRect().top - top) > 1) close();
    };
    document.addEventListener("scroll", moved, { ...until, capture: true, passive: true });
  };

  opener.addEventListener(
    "keydown",
    (event) => {
      const at = { ArrowDown: 0, ArrowUp: -1 }[event.key];
      if (at === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      open(at);
    },
    { signal },
  );
  signal.addEventListener("abort", close);
  return opener;
}
