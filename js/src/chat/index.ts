/**
 * A chat: the page's part of `pplx.Chat`. A bundle of its own, sent with each chat. The answers in it
 * have their own models, and the bundle of answers makes their views.
 */
import { onceGone } from "../document/kernel";
import type { InitializeProps, RenderProps } from "../host";
import { onWords } from "../words";
import { Keeper } from "./keeper";
import { State } from "./state";

export default () => {
  let keeper: Keeper;
  return {
    initialize({ model }: InitializeProps) {
      const done = new AbortController();
      const state = new State(model, done.signal);
      keeper = new Keeper(state, done.signal);
      onWords(() => keeper.renew(), done.signal);
      onceGone(model, () => state.lose(), done.signal);
      return () => done.abort();
    },
    render: ({ el }: RenderProps) => keeper.show(el),
  };
};
