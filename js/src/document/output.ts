/**
 * Replaces an output of the notebook from the page.
 *
 * Usually the kernel replaces it, by display id. But JupyterLab forgets which output has which id
 * when the page is reloaded. After that only the page can reach the output, and a live view saved
 * in the file is an error message when the file is opened. So we change the notebook's model, which
 * the widget manager provides in JupyterLab and Notebook 7. This is not a public API: anything
 * unexpected is left alone.
 */
import { keyClass } from "./watch";

const VIEW = "application/vnd.jupyter.widget-view+json";

const ROOTS = /<div class=(["'])(pplx[ -].*?)\1/g;

interface List<T> {
  length: number;
  get(index: number): T;
}

export interface Output {
  /** By MIME type. */
  data: Record<string, unknown>;
  metadata: object;
}

interface Outputs extends List<Partial<Output>> {
  set(index: number, output: object): void;
}

/**
 * Replaces each output that shows the live view of `model`, or HTML with one of `keys`. Returns the
 * number of replaced outputs. `make` is called only if there is an output to replace.
 */
export function replaceOutputs(
  manager: unknown,
  model: string,
  keys: ReadonlySet<string>,
  make: (old: Partial<Output>) => Output,
): number {
  let replaced = 0;
  try {
    for (const outputs of outputsOf(manager)) {
      for (let i = 0; i < outputs.length; i++) {
        const old = outputs.get(i);
        if (!shows(old, model, keys)) continue;
        const { data, metadata } = make(old);
        outputs.set(i, { output_type: "display_data", data, metadata });
        replaced += 1;
      }
    }
  } catch {
    // Another host or another version: keep the live view.
  }
  return replaced;
}

/** Tells whether an output shows `model`, or HTML with one of `keys`; also if that is unknown. */
export function isShown(manager: unknown, model: string, keys: ReadonlySet<string>): boolean {
  try {
    const { context } = manager as { context: { isDisposed?: boolean; model: { cells: object } } };
    // A closed tab shows nothing, but the notebook does.
    if (context.isDisposed || !context.model.cells) return true;
    for (const outputs of outputsOf(manager)) {
      for (let i = 0; i < outputs.length; i++) {
        if (shows(outputs.get(i), model, keys)) return true;
      }
    }
    return false;
  } catch {
    return true;
  }
}

function* outputsOf(manager: unknown): Generator<Outputs> {
  const { context } = manager as { context?: { model?: { cells?: List<{ outputs?: Outputs }> } } };
  const cells = context?.model?.cells;
  for (let i = 0; i < (cells?.length ?? 0); i++) {
    const outputs = cells?.get(i).outputs;
    if (typeof outputs?.set === "function") yield outputs;
  }
}

function shows({ data }: Partial<Output>, model: string, keys: ReadonlySet<string>): boolean {
  const view = data?.[VIEW] as { model_id?: string } | undefined;
  if (view) return model !== "" && view.model_id === model;
  // One output may contain several answers. Compare whole words: one key may be the beginning of
  // another.
  const html = [data?.["text/html"] ?? ""].flat().join("");
  const words = [...html.matchAll(ROOTS)].flatMap(([, , names = ""]) => names.split(" "));
  return [...keys].some((key) => words.includes(keyClass(key)));
}
