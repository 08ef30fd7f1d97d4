// Renderers of a growing text, and the time that each takes for a batch, layout included.
import MarkdownIt from "markdown-it";
import { marked } from "marked";
import { createRoot } from "react-dom/client";
import { Streamdown } from "streamdown";
import { Renderer } from "../../js/src/markdown/renderer";
import { batches } from "./texts";

const md = new MarkdownIt();
const PER_BATCH = 8;

/** Each takes a node and returns a function that takes the next piece of the text. */
const DESIGNS = {
  ours(host) {
    const renderer = new Renderer(host, (id) => ({ tag: "a", children: [String(id)] }));
    return (piece) => {
      renderer.append(piece);
      while (renderer.owes) renderer.pay();
    };
  },
  /** No Markdown: paragraphs of plain text in groups of 64. The browser's own cost. */
  plain(host) {
    host.style.whiteSpace = "pre-wrap";
    let [group, text, blocks, ends] = [null, null, 0, 0];
    const open = () => {
      if (blocks++ % 64 === 0) group = host.appendChild(document.createElement("div"));
      text = group.appendChild(document.createElement("p")).appendChild(new Text());
    };
    return (piece) => {
      for (const part of piece.split(/(\n)/)) {
        if (part === "\n") ends += 1;
        else if (part) {
          if (!text || ends > 1) open();
          text.appendData(ends === 1 ? `\n${part}` : part);
          ends = 0;
        }
      }
    };
  },
  "markdown-it": whole((text) => md.render(text)),
  marked: whole((text) => marked.parse(text)),
  /** Closed blocks stay; the last one is parsed again. */
  "markdown-it, tail"(host) {
    let [tail, settled] = ["", 0];
    return (piece) => {
      tail += piece;
      const ends = md.parse(tail, {}).filter(({ level, map }) => level === 0 && map);
      const cut = ends.length > 1 ? ends.at(-1).map[0] : 0;
      if (cut > 0) {
        const lines = tail.split("\n");
        show(host, settled, md.render(lines.slice(0, cut).join("\n")));
        settled = host.childNodes.length;
        tail = lines.slice(cut).join("\n");
      }
      show(host, settled, md.render(tail));
    };
  },
  streamdown(host) {
    const root = createRoot(host);
    let text = "";
    return async (piece) => {
      text += piece;
      root.render(<Streamdown controls={false}>{text}</Streamdown>);
      for (let turn = 0; turn < 3; turn++) await nextTask();
    };
  },
};

function whole(render) {
  return (host) => {
    let text = "";
    return (piece) => {
      text += piece;
      host.innerHTML = render(text);
    };
  };
}

function show(host, from, html) {
  while (host.childNodes.length > from) host.lastChild.remove();
  host.insertAdjacentHTML("beforeend", html);
}

function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
}

function fresh() {
  document.body.replaceChildren();
  const host = document.body.appendChild(document.createElement("article"));
  host.className = "pplx";
  return host.appendChild(Object.assign(document.createElement("div"), { className: "pplx-text" }));
}

async function timed(add, piece, host) {
  const start = performance.now();
  const pending = add(piece);
  if (pending) await pending;
  void host.offsetHeight;
  return performance.now() - start;
}

/**
 * The time of each batch in ms; or of some batches spread over the text, with the text between them
 * shown in one piece and not counted.
 */
async function measure(design, kind, tokens, samples = Number.POSITIVE_INFINITY) {
  const pieces = batches(kind, tokens, PER_BATCH);
  const times = await sampled(design, pieces, Math.min(samples, pieces.length));
  const total = (sum(times) / times.length) * pieces.length;
  const sorted = [...times].sort((a, b) => a - b);
  const nodes = document.body.getElementsByTagName("*").length;
  const p99 = sorted[Math.floor(sorted.length * 0.99)];
  return { total, p99, max: sorted.at(-1), sampled: times.length < pieces.length, nodes };
}

async function sampled(design, pieces, count) {
  const host = fresh();
  const add = DESIGNS[design](host);
  const times = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const next = Math.floor(((i + 1) * pieces.length) / count) - 1;
    if (next > at) {
      await add(pieces.slice(at, next).join(""));
      void host.offsetHeight;
    }
    times.push(await timed(add, pieces[next], host));
    at = next + 1;
  }
  return times;
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** Frames per second while several answers grow at once, scrolled to their end. */
async function frames(design, { widgets = 8, tokens = 20_000, rate = 100, seconds = 4 } = {}) {
  document.body.replaceChildren();
  const pieces = batches("mixed", tokens, 1);
  const start = Math.floor(pieces.length * 0.8);
  const adds = [];
  for (let i = 0; i < widgets; i++) {
    const host = document.body.appendChild(document.createElement("div"));
    host.className = "pplx-text";
    const add = DESIGNS[design](host);
    await add(pieces.slice(0, start).join(""));
    adds.push(add);
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  const began = performance.now();
  let [at, count] = [start, 0];
  while (performance.now() - began < 1000 * seconds) {
    await new Promise(requestAnimationFrame);
    count += 1;
    const due = start + Math.floor(((performance.now() - began) / 1000) * rate);
    if (due > at) {
      const piece = pieces.slice(at, due).join("");
      at = due;
      for (const add of adds) add(piece);
      document.scrollingElement.scrollTop = 1e9;
    }
  }
  return count / ((performance.now() - began) / 1000);
}

Object.assign(globalThis, { measure, frames, designs: Object.keys(DESIGNS) });
