// The states that an answer can be seen in, for the gallery.

const source = (id, site, title, date = null, query = "EU AI Act November 2026", snippet = "") => ({
  id,
  title,
  site,
  date,
  url: `https://${site}/article/${id}`,
  last_updated: null,
  snippet,
  query,
});

const sources = [
  source(
    11,
    "europa.eu",
    "The AI Act enters a new phase: what applies from August 2026",
    "2026-08-02",
  ),
  source(
    3,
    "reuters.com",
    "EU lawmakers agree on delay for high-risk AI rules",
    "2026-11-12",
    undefined,
    "## Brussels\n\nNegotiators met late on Wednesday, after two sessions without a result, and spoke of **progress** and of patience. Nobody wanted to be quoted on what had been traded for what. Then it went fast: the **high-risk duties** of Annex III are moved to December 2027, those of Annex I to August 2028, and the registers that the member states keep are to be merged. Parliament votes in plenary before the end of the year, and few expect a surprise.",
  ),
  source(
    7,
    "digital-strategy.ec.europa.eu",
    "Guidelines on general-purpose AI models, second edition, with annexes for providers of open models",
    "2026-10-30",
  ),
  source(1, "ft.com", "Brussels’ digital omnibus, explained"),
  source(
    19,
    "edpb.europa.eu",
    "Opinion 14/2026 on the interplay of the AI Act and the GDPR",
    "2026-11-04",
  ),
  source(
    4,
    "politico.eu",
    "What the omnibus leaves out",
    null,
    "AI omnibus vote · omnibus plenary",
  ),
  source(8, "iapp.org", "Tracker: national authorities under the AI Act", "2026-11-18"),
];

const citations = [
  { number: 1, id: 3, count: 3 },
  { number: 2, id: 11, count: 1 },
  { number: 3, id: 7, count: 2 },
  { number: 4, id: 19, count: 1 },
];

const text = `Three things changed in **EU AI regulation** this month: high-risk duties moved to December 2027,[3][web:11] the guidelines for general-purpose models were revised,[7] and the data-protection board said how the Act and the GDPR meet.[19]

## What moved, and to when

The agreement of 12 November shifts the dates below. It still needs a vote in plenary, so *treat them as likely, not certain*.[3]

| Duty | Was | Is now | Articles |
|:--|:--:|:--:|--:|
| High-risk systems, Annex III | 2 Aug 2026 | 2 Dec 2027 | 41 |
| High-risk products, Annex I | 2 Aug 2027 | 2 Aug 2028 | 12 |
| Marking of synthetic media | 2 Aug 2026 | 2 Feb 2027 | 3[7] |

### For a team that ships a model

1. Keep the documentation of training data current; the template has a new section on opt-outs.[7]
2. Check whether a fine-tune makes you a *provider*:
   - more than a third of the original compute: yes,
   - less: no, but you pass on what you know.
3. Read \`Article 53(1)(d)\` together with the [code of practice](https://digital-strategy.ec.europa.eu/en/policies).

\`\`\`python
from datetime import date

def applies(duty: str, on: date) -> bool:
    """True once the duty binds [3] providers."""
    return on >= DATES[duty]
\`\`\`

> The board holds that a legitimate interest can carry training, if the weighing is written down.

A marker that leads nowhere stays as it was written [99], and so does a tag: <b>not bold</b>.[3]`;

const timing = { first_event: 0.4, first_token: 1.9, finished: 8.6, tokens_per_second: 61.2 };
const usage = {
  input_tokens: 3120,
  output_tokens: 412,
  total_tokens: 3532,
  cost: 0.0061,
  currency: "USD",
};
const question = "What changed in EU AI regulation this month?";
const query = "EU AI Act changes November 2026";
const searching = {
  kind: "search",
  at: 0.4,
  queries: [query, "AI omnibus vote", "GPAI guidelines"],
  found: null,
};
const found = { ...searching, found: 7 };
const refused = {
  kind: "retry",
  at: 0.4,
  name: "Rate limited",
  what: "Too many requests (HTTP 429).",
  seconds: 3,
};
const model = "perplexity/sonar";

const complete = {
  question,
  text,
  sources,
  citations,
  steps: [found],
  status: "complete",
  timing,
  usage,
  model,
  elapsed: 8.6,
};
const failure = {
  what: "The connection broke while the answer was arriving.",
  why: "The service closed the stream without an end.",
  try_this: "Press Retry. If it happens again, ask with a longer `timeout=`.",
  request_id: "req_8f2a41c09b",
  retry: true,
  kind: "connection",
};

export const states = {
  connecting: { question, status: "connecting", elapsed: 0.3 },
  "rate limited": { question, status: "connecting", steps: [refused], elapsed: 0.9 },
  searching: { question, status: "searching", steps: [searching], elapsed: 0.9 },
  "sources found": { question, status: "searching", steps: [found], sources, elapsed: 1.4 },
  streaming: {
    ...complete,
    status: "streaming",
    text: text.slice(0, text.indexOf("Was") + 330),
    timing: { ...timing, finished: null },
    usage: null,
    model: null,
    elapsed: 4.2,
  },
  complete,
  stopped: {
    ...complete,
    status: "stopped",
    text: text.slice(0, 420),
    citations: citations.slice(0, 3),
    usage: null,
    elapsed: 3.1,
    timing: { ...timing, finished: 3.1 },
  },
  incomplete: {
    ...complete,
    status: "incomplete",
    reason: "the output limit was reached",
    text: text.slice(0, 580),
    citations: citations.slice(0, 3),
  },
  "failed, no key": {
    question,
    status: "failed",
    elapsed: 0,
    timing: {
      ...timing,
      first_event: null,
      first_token: null,
      finished: 0,
      tokens_per_second: null,
    },
    error: {
      kind: "key",
      what: "No API key was found.",
      why: "Neither `configure(api_key=…)` nor `PERPLEXITY_API_KEY` has one.",
      try_this:
        'Make a key at perplexity.ai/settings/api, then run in a cell:\n`import os, getpass; os.environ["PERPLEXITY_API_KEY"] = getpass.getpass()`',
      request_id: null,
      retry: false,
    },
  },
  "failed, partial": {
    ...complete,
    status: "failed",
    text: text.slice(0, 300),
    citations: citations.slice(0, 2),
    usage: null,
    error: failure,
  },
  "asked for JSON, streaming": {
    ...complete,
    question: "Who founded Siemens, and when?",
    status: "streaming",
    structured: true,
    text: '{"company":"Siemens","founders":[{"name":"Werner von Siemens","born":1816},{"name":"Johann Georg Ha',
    citations: [],
    timing: { ...timing, finished: null },
    usage: null,
    elapsed: 2.4,
  },
  "asked for JSON, does not fit": {
    ...complete,
    question: "Who founded Siemens, and when?",
    status: "failed",
    structured: true,
    text: '{"company":"Siemens","founders":[{"name":"Werner von Siemens","born":"1816?"}],"tags":[]}',
    citations: [],
    error: {
      kind: "schema-mismatch",
      what: "The answer does not fit the schema Company.",
      why: "founders.0.born: Input should be a valid integer.",
      try_this: "The text is kept. Try again, or allow for it in the schema.",
      request_id: null,
      retry: true,
    },
  },
  "with notes": {
    ...complete,
    text: text.slice(0, 420),
    notes: [
      'The model name "sonar-pro" was retired in September 2026; the effort "low", which replaced it, was asked in its place.',
    ],
  },
  "long question": {
    ...complete,
    question: `Summarise the following minutes.\n\n${"The committee met and heard the report on the progress of the trilogue, and asked for figures. ".repeat(9)}`,
    text: text.slice(0, 261),
  },
  "complete at 320": complete,
  "searching at 320": { question, status: "searching", steps: [found], sources, elapsed: 1.4 },
};
