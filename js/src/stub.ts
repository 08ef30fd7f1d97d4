/**
 * The `_esm` of every answer. The bundle itself is sent once per kernel session, in the trait
 * `code` of a hidden model. The answer's trait `_bundle` holds the id of that model, and this file
 * loads the bundle from it.
 */
import type { CleanUp, Factory, Listener, Model, Widget } from "./host";

/** After a reload of the web page the host may register the hidden model later than the answer. */
const RETRY_MS = [50, 100, 200, 400, 800, 1600, 3200, 3200];

const UNAVAILABLE =
  "The page part of pplx_widget could not be loaded. Reload the page; " +
  "if this text stays, run `pplx-widget doctor` in a terminal.";

/** On globalThis, because every answer imports its own copy of this module. */
const KEY = Symbol.for("pplx_widget.bundles");
const page = globalThis as { [KEY]?: Map<string, Promise<Factory>> };
page[KEY] ??= new Map();
const bundles = page[KEY];

function bundle(model: Model): Promise<Factory> {
  const id = String(model.get("_bundle"));
  let loading = bundles.get(id);
  if (!loading) {
    loading = load(model, id);
    bundles.set(id, loading);
    // Let the next view try again.
    loading.catch(() => bundles.delete(id));
  }
  return loading;
}

async function load(model: Model, id: string): Promise<Factory> {
  const holder = await find(model, id);
  const url = URL.createObjectURL(
    new Blob([String(holder.get("code"))], { type: "text/javascript" }),
  );
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function find(model: Model, id: string): Promise<Pick<Model, "get">> {
  const manager = model.widget_manager;
  if (!manager) throw new Error(UNAVAILABLE);
  for (const delay of RETRY_MS) {
    try {
      return await manager.get_model(id);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
  return manager.get_model(id);
}

const factory: Factory = () => {
  let start: () => Promise<Widget>;
  let widget: Promise<Widget> | undefined;
  const held: { type?: string; at?: number; text?: string }[] = [];

  return {
    // Not async: if a host has to wait too long here, it silently drops all later updates.
    initialize({ model }) {
      const hold: Listener = (message) => held.push(message as object);
      let cleanUp: CleanUp = () => model.off("msg:custom", hold);
      let over = false;
      model.on("msg:custom", hold);
      start = async () => {
        const inner = (await bundle(model))();
        // No message can arrive between these two lines, so none is lost or delivered twice.
        cleanUp();
        if (!over) cleanUp = inner.initialize({ model, held });
        return inner;
      };
      widget = start();
      // `render` reports the error, because it has an element to show it in.
      widget.catch(() => {});
      return () => {
        over = true;
        cleanUp();
      };
    },

    render({ model, el }) {
      let over = false;
      let cleanUp: CleanUp = () => {};
      widget ??= start();
      widget.then(
        (inner) => {
          if (!over) cleanUp = inner.render({ model, el });
        },
        () => {
          widget = undefined;
          // For example, a content policy forbids to load code: the text is still shown.
          const show = () => {
            let text = String(model.get("text") ?? "");
            for (const { type, at, text: more = "" } of held) {
              if (type === "patch" && at === text.length) text += more;
            }
            el.textContent = [model.get("question"), text, UNAVAILABLE]
              .filter(Boolean)
              .join("\n\n");
          };
          el.style.whiteSpace = "pre-wrap";
          model.on("msg:custom", show);
          cleanUp = () => model.off("msg:custom", show);
          show();
        },
      );
      return () => {
        over = true;
        cleanUp();
      };
    },
  };
};

export default factory;
