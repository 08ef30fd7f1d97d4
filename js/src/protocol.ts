/**
 * What crosses the comm, seen from the page. `pplx_widget/widget/protocol.py` says the same from the
 * kernel's side, and `tests/golden/channel.json` is held against both by a test of each.
 *
 * Kernel to page: the whole state (ordinary synced traits: at the opening, on request, at the end),
 * numbered patches in between, and on request the finished output (`Settled`) and parts of the page's
 * code (`ChunkSent`). Page to kernel: a `Request`.
 */

import type { StepKind } from "./words";

/** The last four are final. */
export type Status =
  | "queued"
  | "connecting"
  | "searching"
  | "streaming"
  | "complete"
  | "incomplete"
  | "stopped"
  | "failed";

/** A source as the service sent it. `id` is what a marker in the text names. */
export interface Source {
  id: number;
  title: string;
  url: string;
  site: string;
  date: string | null;
  last_updated: string | null;
  snippet: string;
  query: string | null;
}

/** One cited source; `number` counts from 1 in the order of first mention. */
export interface Citation {
  number: number;
  id: number;
  count: number;
}

/** What happened before and beside the text; `at` is in seconds since the question was asked. */
export interface Step {
  kind: StepKind;
  at: number;
  /** Queries, addresses, one thought; or why it is asked again, in two words and in a sentence. */
  items: string[];
  /** Sources or pages that it has brought; null while it is under way. */
  found: number | null;
  /** How long a retry waits before it asks. */
  seconds?: number;
}

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  cost: number | null;
  currency: string;
}

/** Seconds since the question was asked; null where it has not happened. */
export interface Timing {
  first_event: number | null;
  first_token: number | null;
  finished: number | null;
  tokens_per_second: number | null;
}

/** An error for a person: what happened, why, what to try; `retry` where asking again may help. */
export interface Failure {
  kind: string;
  /** By their names, in their order; none is empty. */
  lines: Record<string, string>;
  request_id: string | null;
  retry: boolean;
}

export interface Context {
  /** What it is of, and about how long. */
  label: string;
  text: string;
}

/** The whole of an answer: the names are the names of the synced traits. */
export interface AnswerState {
  /** Number of the newest patch that this state contains. */
  seq: number;
  question: string;
  /** What of the asker's data went out with the question, to the letter. */
  context: Context | null;
  text: string;
  status: Status;
  /** Why an answer is incomplete or stopped, in words. */
  reason: string | null;
  sources: Source[];
  citations: Citation[];
  steps: Step[];
  usage: Usage | null;
  timing: Timing;
  error: Failure | null;
  /** What was understood or done otherwise than it was asked, a sentence each. */
  notes: string[];
  /** Whether JSON was asked for. */
  structured: boolean;
  model: string | null;
  /** Seconds since the question was asked, at the moment of sending: the page keeps its own clock. */
  elapsed: number;
  /** True where the kernel reads messages only between cells, so that Stop has to wait for the cell. */
  stop_waits: boolean;
  /**
   * The key of the HTML that stands for this answer in the notebook; "" while there is none. It comes
   * by itself, after the end, and keeps its value during a retry. It is never part of a patch.
   */
  settled: string;
  /** The keys of HTML that stood for it before a retry, oldest first; a file may still have one. */
  earlier: string[];
  /** The ids of the models of what was asked beneath it from the page, oldest first; comes by itself. */
  further: string[];
  /** The id of its own model, which a host keeps to itself. */
  widget_id: string;
}

/** Everything since the last patch, in one message. What is absent has not changed. */
export interface Patch {
  type: "patch";
  seq: number;
  /** Where `text` goes: the length of the text before it, in UTF-16 code units. */
  at: number;
  text?: string;
  /** New or changed sources, by `id`. */
  sources?: Source[];
  /** New or changed citations, by `number`. */
  citations?: Citation[];
  /** Replaces the steps from index `from` on. */
  steps?: { from: number; items: Step[] };
  status?: Status;
  reason?: string | null;
  usage?: Usage | null;
  timing?: Timing;
  error?: Failure | null;
  notes?: string[];
  model?: string | null;
  elapsed: number;
}

/** The finished output, as it stands in the notebook; the kernel sends it only when all is over. */
export interface Settled {
  type: "settled";
  key: string;
  /** To be copied: its citations are links, which read well wherever they are pasted. */
  markdown: string;
  /** The same for plain text. Both are of this answer alone; what follows has those beneath it, too. */
  plain: string;
  /** By MIME type. */
  data: Record<string, string>;
  metadata: object;
}

/** What was asked beneath an answer was not sent; the kernel says why. */
export interface Refused {
  type: "refused";
  error: Failure;
}

/** Chunks of the page's code that are sent when they are first needed; `words`: those of its language. */
export type ChunkName = "code" | "math" | "words";

export interface ChunkSent {
  type: "chunk";
  name: ChunkName;
  /** An ES module. */
  code: string;
}

/**
 * Page to kernel. `sync`: the page's newest number; the kernel sends the whole if its own differs.
 * `locale` is the page's language.
 * `settle`: asks for the finished output; `ask`: a further question, to be answered beneath; `chunk`: for a
 * chunk of the page's code.
 */
export type Request =
  | { type: "sync"; seq: number; locale?: string }
  | { type: "stop" }
  | { type: "retry" }
  | { type: "settle" }
  | { type: "ask"; question: string }
  | { type: "chunk"; name: ChunkName };
