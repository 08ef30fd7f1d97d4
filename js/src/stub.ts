/**
 * What every answer carries as its `_esm`. The bundle itself is sent once a session, in the trait
 * `code` of a hidden model that this answer's trait `_bundle` names; this file fetches it from there.
 */
import type { CleanUp, Factory, Listener, Model, Widget } from "./host";

/** After a page reload the host may register the holder a little later than the answer. */
const RETRY_MS = [50, 100, 200, 400, 800, 1600, 3200, 3200];

const UNAVAILABLE =
  "The page part of pplx_widget could not be loaded. Reload the page; " +
  "if this text stays, run `pplx-widget doctor` in a terminal.";

/** On globalThis, because every answer imports a copy of this module of its own. */
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
    // The next view may have better luck.
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

  return {
    // Awaits nothing: a host that waits too long here drops every later update without a word.
    initialize({ model }) {
      const held: unknown[] = [];
      const hold: Listener = (message) => held.push(message);
      let cleanUp: CleanUp = () => model.off("msg:custom", hold);
      let over = false;
      model.on("msg:custom", hold);
      start = async () => {
        const inner = (await bundle(model))();
        // No message can come between these two lines, so none is lost and none comes twice.
        cleanUp();
        if (!over) cleanUp = inner.initialize({ model, held });
        return inner;
      };
      widget = start();
      // Said in `render`, where there is a place to say it.
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
          el.textContent = UNAVAILABLE;
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
