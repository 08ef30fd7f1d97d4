/**
 * Images and files for the next question: pasted, dropped, or chosen. Each is sent to the kernel in
 * pieces at once, because a Jupyter server closes a connection whose message has more than 10 MB.
 */
import { button } from "../view/buttons";
import { element } from "../view/element";
import { say } from "../words";
import type { State } from "./state";

/** As in `pplx_widget/question/attachments.py`. */
const LARGEST = 50_000_000;
/** As in `pplx_widget/widget/chat/uploads.py`. */
const MOST = 10;
const PIECE = 4_000_000;

export interface Files {
  /** The list of the files; hidden while it is empty. */
  node: HTMLElement;
  /** The button that opens the dialog for files. */
  opener: HTMLElement;
  /** Their numbers, for the question. */
  numbers(): number[];
  clear(): void;
}

/** Files are dropped on `root` and pasted into `box`. `changed` is called after each change. */
export function files(
  state: State,
  root: HTMLElement,
  box: HTMLElement,
  changed: () => void,
  tell: (words: string) => void,
  signal: AbortSignal,
): Files {
  const node = element("ul", "pplx-chat-files");
  const picker = element("input", "");
  picker.type = "file";
  picker.multiple = true;
  picker.hidden = true;
  const opener = button("", () => picker.click(), signal);
  opener.classList.add("pplx-chat-attach");
  opener.setAttribute("aria-label", say("chat.attach"));
  opener.title = say("chat.attach");
  opener.append(picker);
  const held = new Map<number, HTMLElement>();

  const update = () => {
    node.hidden = held.size === 0;
    changed();
  };
  const drop = (number: number) => {
    held.get(number)?.remove();
    held.delete(number);
    state.send({ type: "drop", file: number });
    update();
    box.focus({ preventScroll: true });
  };
  const add = async (file: File) => {
    if (file.size > LARGEST) return tell(say("chat.too_large", { name: file.name }));
    if (held.size >= MOST) return tell(say("chat.too_many", { n: MOST }));
    // Two pages may send files to one chat.
    const number = Math.floor(Math.random() * 2 ** 48);
    const remove = button("×", () => drop(number), signal);
    remove.setAttribute("aria-label", say("chat.remove", { name: file.name }));
    const item = element("li", "", element("span", "", file.name), remove);
    held.set(number, item);
    node.append(item);
    update();
    for (let at = 0; at < Math.max(1, file.size) && held.has(number); at += PIECE) {
      const piece = await file.slice(at, at + PIECE).arrayBuffer();
      state.send({ type: "piece", file: number, name: file.name }, [piece]);
    }
  };
  const take = (list: FileList | undefined | null): boolean => {
    for (const file of list ?? []) add(file);
    return (list?.length ?? 0) > 0;
  };

  picker.addEventListener(
    "change",
    () => {
      take(picker.files);
      picker.value = "";
    },
    { signal },
  );
  box.addEventListener(
    "paste",
    ({ clipboardData }) => {
      // A cell of a spreadsheet is text and an image: the text is meant.
      if (!clipboardData?.types.includes("text/plain")) take(clipboardData?.files);
    },
    { signal },
  );
  const over = "pplx-chat-over";
  const isFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  const dragged = (event: DragEvent) => {
    if (!isFile(event)) return;
    // JupyterLab would take the file into its file browser.
    event.preventDefault();
    event.stopPropagation();
    root.classList.toggle(over, event.type !== "dragleave" && event.type !== "drop");
    if (event.type === "drop") take(event.dataTransfer?.files);
  };
  for (const type of ["dragenter", "dragover", "dragleave", "drop"] as const) {
    root.addEventListener(type, dragged, { signal });
  }
  node.hidden = true;

  return {
    node,
    opener,
    numbers: () => [...held.keys()],
    clear() {
      held.clear();
      node.replaceChildren();
      update();
    },
  };
}
