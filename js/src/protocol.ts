/**
 * The messages on the comm, seen from the page. `pplx_widget/widget/protocol.py` describes the same
 * messages for the kernel. A test on each side compares them with `tests/golden/channel.json`.
 *
 * Kernel to page: the whole state (as synced traits: at the start and on request),
 * numbered patches in between, and, on request, the finished output (`Settled`) and chunks of the
 * page's code (`ChunkSent`). Page to kernel: a `Request`.
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

/** A source as the service sent it. A marker in the text refers to `id`. */
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

/** An image that a search found, with its size in pixels; `origin` is its page, or "". */
export interface Image {
  url: string;
  origin: string;
  title: string;
  width: number | null;
  height: number | null;
}

/** The quotes for the values of a structured answer, in words. */
export interface Quotes {
  heading: string;
  /** Whether a quote is not in its source. */
  open: boolean;
  rows: Quote[];
}

export interface Quote {
  /** The place of the value (keys and positions, joined by dots), and the value. */
  name: string;
  quote: string;
  url: string;
  source: string;
  /** The fault, or "". */
  warning: string;
  missing: boolean;
}

/** How the sentences compare with what they cite, in words; see `pplx_widget/document/findings.py`. */
export interface Checked {
  heading: string;
  remark: string;
  /** Whether a passage differs. */
  open: boolean;
  /** The sentences in doubt, the most doubtful first. */
  rows: Finding[];
  /** The marks of all findings, in the order of the text. */
  marks: Mark[];
}

/** Text, the part of it that differs, and the rest. */
export type Parts = [string, string, string];

export interface Finding {
  verdict: string;
  label: string;
  sentence: Parts;
  why: string;
  quote: Parts;
  url: string;
  source: string;
}

export interface Mark {
  /** The place of the citation that it follows, counted over the whole text. */
  chip: number;
  sign: string;
  verdict: string;
  words: string;
  /** Its row in the list, or -1. */
  row: number;
}

/** A step before or during the text. `at` is in seconds since the question was asked. */
export interface Step {
  kind: StepKind;
  at: number;
  /** Queries, addresses, or one thought. For a retry: the reason in two words, then as a sentence. */
  items: string[];
  /** Number of sources, images or pages found; null while the step is running. */
  found: number | null;
  /** Seconds that a retry waits before it sends the request. */
  seconds?: number;
}

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  cost: number | null;
  currency: string;
}

/** A place in the queue of the questions for one service. */
export interface Place {
  /** The phase in words: that it waits, and at which place. */
  words: string;
  /** Since when, in seconds since the question was asked. */
  at: number;
  /** About how long it would wait from then on; null if that was unknown. */
  seconds: number | null;
}

/** Seconds since the question was asked; null if the moment has not come. */
export interface Timing {
  first_event: number | null;
  first_token: number | null;
  finished: number | null;
  tokens_per_second: number | null;
}

/**
 * An error for the user: what happened, why, and what to do. `retry` is true if asking again may
 * help.
 */
export interface Failure {
  kind: string;
  /** Lines by name, in order of display. No line is empty. */
  lines: Record<string, string>;
  request_id: string | null;
  retry: boolean;
}

export interface Context {
  /** What the data is, and its approximate length. */
  label: string;
  text: string;
}

/** The whole state of an answer. The names are those of the synced traits. */
export interface AnswerState {
  /** Number of the newest patch that this state contains. */
  seq: number;
  question: string;
  /** The user's data that was sent with the question, verbatim. */
  context: Context | null;
  text: string;
  status: Status;
  /** Why the answer is incomplete or stopped, as text. */
  reason: string | null;
  sources: Source[];
  citations: Citation[];
  images: Image[];
  /** The quotes of a complete answer with evidence. */
  evidence: Quotes | null;
  /** The findings, if the finished answer was checked. */
  checked: Checked | null;
  steps: Step[];
  /** The place while the question waits for its turn. */
  place: Place | null;
  usage: Usage | null;
  timing: Timing;
  error: Failure | null;
  /** Notices, one sentence each: how the request was reinterpreted. */
  notes: string[];
  /** Whether the text is JSON if it looks like it. JSON that cites arrives as a list in Markdown. */
  structured: boolean;
  model: string | null;
  /** When the question was asked, in ISO format; null if that is not known. */
  asked: string | null;
  /** When it was asked, in ISO format, if the store answered in place of the service. */
  kept: string | null;
  /** Seconds since the question was asked, when the state was sent. The page has its own clock. */
  elapsed: number;
  /**
   * True if the kernel reads messages only between cells, so that Stop takes effect after the cell.
   * The kernel learns it from the first message of a page.
   */
  stop_waits: boolean;
  /**
   * The key of the HTML that represents this answer in the notebook; "" if there is none yet. It is
   * sent on its own after the end, never as part of a patch, and keeps its value during a retry.
   */
  settled: string;
  /**
   * The keys that this answer had before its retries, oldest first. A saved file may still contain
   * one of them.
   */
  earlier: string[];
  /** The model ids of the follow-up answers below this one, oldest first. Sent on its own. */
  further: string[];
  /** The id of this answer's own model. Hosts do not tell it to the page. */
  widget_id: string;
  /** The model id of the widget that shows this answer beside others; "" if none does. */
  within: string;
}

/** All changes since the last patch, in one message. An absent field has not changed. */
export interface Patch {
  type: "patch";
  seq: number;
  /** Length of the text before `text`, in UTF-16 code units. */
  at: number;
  text?: string;
  /** New or changed sources, by `id`. */
  sources?: Source[];
  /** New or changed citations, by `number`. */
  citations?: Citation[];
  /** Further images. */
  images?: Image[];
  evidence?: Quotes | null;
  checked?: Checked | null;
  /** Replaces the steps from index `from` on. */
  steps?: { from: number; items: Step[] };
  status?: Status;
  reason?: string | null;
  place?: Place | null;
  usage?: Usage | null;
  timing?: Timing;
  error?: Failure | null;
  notes?: string[];
  model?: string | null;
  asked?: string | null;
  kept?: string | null;
  elapsed: number;
}

/** The finished output, as in the notebook. The kernel sends it only after the end. */
export interface Settled {
  type: "settled";
  key: string;
  /** For the clipboard. Citations are links, so they work wherever the text is pasted. */
  markdown: string;
  /**
   * For the clipboard, as plain text. `markdown` and `plain` contain this answer only; `data` also
   * contains its follow-up answers.
   */
  plain: string;
  /** By MIME type. */
  data: Record<string, string>;
  metadata: object;
  /** Whether a user can save the notebook. */
  file: boolean;
}

/** A follow-up question was not sent. `error` says why. */
export interface Refused {
  type: "refused";
  error: Failure;
}

/** Does the page show the answer? Another page says that it does not. */
export interface Asked {
  type: "shown";
}

/** What a model would cost that compares, too; or why it does not, if it is not `ready`. */
export interface Offer {
  type: "offer";
  label: string;
  ready: boolean;
}

/** The reply to `sync` ends: the page now has everything. */
export interface Synced {
  type: "synced";
}

/** Chunks of the page's code, each sent when it is first needed; `words` are those of its language. */
export type ChunkName = "code" | "math" | "words";

export interface ChunkSent {
  type: "chunk";
  name: ChunkName;
  /** An ES module. */
  code: string;
}

/**
 * Messages from the page to the kernel.
 *
 * `sync` carries the page's newest number, and its key or its language; the kernel
 * sends what differs, and `synced`. `live` says that the page still shows a live view of a finished
 * answer. `echo` confirms the kernel's own `echo`, a message that belongs to no request.
 * `settle` asks for the finished output, `ask` asks a follow-up question, and `chunk` asks for a chunk
 * of the page's code. `check` compares the sentences with their snippets, `price` asks what a model would
 * cost that does it, and `judge` agrees to that price. `hidden` says that no output of the notebook shows the answer any more, `shown`
 * that one does; both also answer the kernel's question `shown`.
 */
export type Request =
  | { type: "sync"; seq: number; settled?: string; locale?: string }
  | { type: "echo" | "live" }
  | { type: "hidden" | "shown" }
  | { type: "stop" }
  | { type: "retry" }
  | { type: "settle" }
  | { type: "check" | "price" | "judge" }
  | { type: "ask"; question: string }
  | { type: "chunk"; name: ChunkName };
