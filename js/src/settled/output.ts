/**
 * Replaces an output of the notebook from the page.
 *
 * The kernel does it where it can, by display id. But which output has which id is something that
 * JupyterLab knows only until the page is loaded again; after that nobody but the page can reach the
 * output, and a live view saved into the file is an error message when the file is opened. So we go
 * through the notebook's model, which the widget manager knows in JupyterLab and Notebook 7. Nothing
 * of this is promised to us: whatever is not as expected is left alone.
 */
import type { Settled } from "../protocol";
import { keyClass } from "./watch";

const VIEW = "application/vnd.jupyter.widget-view+json";

interface List<T> {
  length: number;
  get(index: number): T;
}

interface Output {
  data?: Record<string, unknown>;
}

interface Outputs extends List<Output> {
  set(index: number, output: object): void;
}

/** Puts `settled` where the live view stands, or HTML with one of `keys`; tells how often. */
export function replaceOutputs(
  manager: unknown,
  settled: Settled,
  keys: ReadonlySet<string>,
): number {
  let replaced = 0;
  try {
    for (const outputs of outputsOf(manager)) {
      for (let i = 0; i < outputs.length; i++) {
        if (!shows(outputs.get(i), settled.model_id, keys)) continue;
        const { data, metadata } = settled;
        outputs.set(i, { output_type: "display_data", data, metadata });
        replaced += 1;
      }
    }
  } catch {
    // Another host, or another version: the live view stays.
  }
  return replaced;
}

function* outputsOf(manager: unknown): Generator<Outputs> {
  const { context } = manager as { context?: { model?: { cells?: List<{ outputs?: Outputs }> } } };
  const cells = context?.model?.cells;
  for (let i = 0; i < (cells?.length ?? 0); i++) {
    const outputs = cells?.get(i).outputs;
    if (typeof outputs?.set === "function") yield outputs;
  }
}

function shows({ data }: Output, model: string | undefined, keys: ReadonlySet<string>): boolean {
  const view = data?.[VIEW] as { model_id?: string } | undefined;
  if (view) return model !== undefined && view.model_id === model;
  const html = String(data?.["text/html"] ?? "");
  return [...keys].some((key) => html.includes(keyClass(key)));
}
