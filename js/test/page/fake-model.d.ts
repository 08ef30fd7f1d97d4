import type { Listener, Model } from "../../src/host";
import type { AnswerState } from "../../src/protocol";

export const EMPTY: AnswerState;

export class FakeModel implements Model {
  sent: object[];
  constructor(
    traits?: object,
    holders?: Record<string, Pick<Model, "get">> | null,
    context?: object,
  );
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(event: string, listener: Listener): void;
  off(event: string, listener: Listener): void;
  send(message: object): void;
  update(traits: object): void;
  message(content: unknown): void;
  die(): void;
  close(): void;
}
