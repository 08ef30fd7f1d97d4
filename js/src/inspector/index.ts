/**
 * The inspector as the host sees it: a bundle of its own, which goes out only when somebody inspects.
 * In the notebook stands a picture; where kernel and page are both there, the view takes its place.
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

  /** Inside another widget. */
  render({ model, el }) {
    const done = new AbortController();
    const tree = el.getRootNode();
    if (tree instanceof ShadowRoot) adoptStyle(tree);
    el.replaceChildren(view(runs.get(model) ?? new Run(model, done.signal), done.signal));
    return () => done.abort();
  },
});

export default factory;
