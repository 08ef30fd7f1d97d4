"""Streams answers at a set rate, by the Agent API or chat completions, and logs its marks.

``model="bench-2000-200-3"`` asks for 2,000 tokens, 200 a second (0: all at once), as answer 3. About
every twentieth token carries a mark, ``¤3000040¤``: the answer's number times a million, plus the
token's. ``GET /log`` returns when marks were written and answers ended (Unix time), and clears the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

EVERY = 20
LAST = 999_999
SECTION = (
    "## Section {i}: how streaming works\n\n"
    "The server **keeps the socket open** and pushes _chunks_ separated by blank lines [1][2]. "
    "A client that waits for the end blocks for the whole generation, see `text/event-stream` and "
    "[the specification](https://html.spec.whatwg.org/).\n\n"
    "- a first item with `code` and a citation [3]\n- a second item, *emphasised*, with $E=mc^2$\n"
    "- a third item\n\n"
    "| model | context | price |\n|---|---:|---:|\n| small | 128k | 1 |\n| large | 200k | 3 |\n\n"
    "```python\nfor event in stream:\n    print(event.delta, end='')\n```\n\n"
    "A closing paragraph with 日本語 and 🚀 so that there are characters of many bytes, and then some "
    "plain words until it is as long as such a paragraph usually is [4].\n\n"
)
SOURCES = [
    {
        "id": i,
        "title": f"Source {i}",
        "url": f"https://example.org/source/{i}",
        "date": f"2026-01-0{i}",
        "snippet": "A snippet of the source.",
        "source": "web",
    }
    for i in range(1, 6)
]

log: dict[str, Any] = {"marks": [], "ends": []}


def tokens(count: int, answer: int) -> Iterator[tuple[str, int | None]]:
    """Yield tokens of about four characters, and the mark that each carries, if it does."""
    text, at, last, section = "", 0, 0, 0
    for k in range(count - 1):
        while at + 4 > len(text):
            section += 1
            text += SECTION.format(i=section)
        token, at = text[at : at + 4], at + 4
        line = text[text.rfind("\n", 0, at) + 1 : at]
        # Only at the end of a word in a paragraph: a mark must not change how Markdown is read.
        prose = line[:1].isupper() and not set(line) & set("|`$*_[")
        if k - last >= EVERY and token.endswith(" ") and prose:
            last = k
            yield f"{token}¤{answer * 1_000_000 + k}¤ ", answer * 1_000_000 + k
        else:
            yield token, None
    mark = answer * 1_000_000 + LAST
    yield f"\n\nThe end ¤{mark}¤", mark


def event(kind: str, **fields: Any) -> bytes:
    """Return a server-sent event of the Agent API."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def agent_head() -> bytes:
    """Return the events before the text: one search and its sources."""
    response = {"id": "resp_bench", "object": "response", "status": "in_progress", "output": []}
    search = {"type": "search_results", "queries": ["how streaming works"], "results": SOURCES}
    call = {"queries": search["queries"], "thought": "Searching the web"}
    return b"".join(
        [
            event("response.created", response=response | {"model": "bench"}),
            event("response.reasoning.search_queries", **call),
            event("response.reasoning.search_results", results=SOURCES, thought="Found"),
            event("response.output_item.done", output_index=0, item=search),
        ]
    )


def agent_tail(text: str) -> bytes:
    """Return the events after the text."""
    message = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    }
    search = {"type": "search_results", "queries": ["how streaming works"], "results": SOURCES}
    usage = {"input_tokens": 10, "output_tokens": 100, "total_tokens": 110}
    response = {
        "id": "resp_bench",
        "object": "response",
        "status": "completed",
        "model": "openai/bench",
        "output": [search, message],
        "usage": usage | {"cost": {"total_cost": 0.0026, "currency": "USD"}},
    }
    return event("response.completed", response=response)


def agent_delta(text: str) -> bytes:
    """Return the event of a token."""
    kind = "response.output_text.delta"
    return event(kind, item_id="msg_1", output_index=1, content_index=0, delta=text)


def chat_delta(text: str, finish: str | None = None) -> bytes:
    """Return the chunk of a token."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
    chunk = {"id": "b", "object": "chat.completion.chunk", "created": 1, "model": "bench"}
    return b"data: " + json.dumps(chunk | {"choices": [choice]}).encode() + b"\n\n"


async def answer(write: Any, asked: dict[str, Any], *, agent: bool) -> None:
    """Stream one answer."""
    _, count, rate, *number = asked["model"].split("-")
    if agent:
        await write(agent_head())
    begun, text = time.time(), []
    for k, (token, mark) in enumerate(tokens(int(count), int(number[0]) if number else 0)):
        if float(rate):
            await asyncio.sleep(max(0.0, begun + k / float(rate) - time.time()))
        await write(agent_delta(token) if agent else chat_delta(token))
        text.append(token)
        if mark is not None:
            log["marks"].append((mark, time.time()))
    end = chat_delta("", "stop") + b"data: [DONE]\n\n"
    await write(agent_tail("".join(text)) if agent else end)
    log["ends"].append(time.time())


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""

    async def write(data: bytes) -> None:
        writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await writer.drain()

    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next(
                (h[15:] for h in head.splitlines() if h.startswith("content-length:")), "0"
            )
            body = await reader.readexactly(int(length))
            if head.startswith("get"):
                found = json.dumps(log).encode()
                log.update(marks=[], ends=[])
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(found), found)
                )
                continue
            kind = b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            writer.write(b"HTTP/1.1 200 OK\r\n" + kind)
            await answer(write, json.loads(body), agent="/responses" in head.split()[1])
            writer.write(b"0\r\n\r\n")
    writer.close()


async def main(port: int) -> None:
    """Serve on a port of this machine."""
    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
