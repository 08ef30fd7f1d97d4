/**
 * The inspector's entry point, in a separate bundle that is sent when an inspector is opened. The
 * notebook contains a picture. If both kernel and page are there, the view replaces the picture.
 */
import type { CleanUp, InitializeProps, Model, RenderProps } from "../host";
import { places } from "./places";
import { Run } from "./run";
import { adoptStyle } from "./style";
import { view } from "./view";

interface Inspector {
  initialize(props: InitializeProps): CleanUp;
  render(props: RenderProps): CleanUp;
}

const runs = new WeakMap<Model, Run>();

const factory = (): Inspector => ({
  initialize({ model }) {
    const done = new AbortController();
    const run = new Run(model, done.signal);
    runs.set(model, run);
    places(`pplx-i-${run.head.key}`, (signal) => view(run, signal), done.signal);
    return () => done.abort();
  },

  /** Called if the inspector is inside another widget. */
  render({ model, el }) {
    const done = new AbortController();
    const tree = el.getRootNode();
    if (tree instanceof ShadowRoot) adoptStyle(tree);
    el.replaceChildren(view(runs.get(model) ?? new Run(model, done.signal), done.signal));
    return () => done.abort();
  },
});

export default factory;
