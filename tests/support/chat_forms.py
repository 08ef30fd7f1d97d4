"""Usage, ends and unusual forms of chat completions, with the expected reading."""

from __future__ import annotations

import json

from .servers import STOP, A, Sent, chat, chunk, frames, message

CHAT_USAGE = [
    chat(
        f"usage: {name}",
        chunk("One."),
        STOP,
        {"id": "c1", "choices": [], **beside},
        text="One.",
        usage=expected,
    )
    for name, beside, expected in [
        ("a cost that is a number", {"usage": {"cost": 0.25}}, {"cost": 0.25}),
        ("a cost in an object", {"usage": {"cost": {"total_cost": 0.25}}}, {"cost": 0.25}),
        ("a total", {"usage": {"total_cost": 0.25}}, {"cost": 0.25}),
        ("xAI's ticks", {"usage": {"cost_in_usd_ticks": 37756000}}, {"cost": 0.0037756}),
        (
            "Groq's place",
            {"x_groq": {"id": "r", "usage": {"prompt_tokens": 2, "completion_tokens": 3}}},
            {"input_tokens": 2, "output_tokens": 3, "total_tokens": 5},
        ),
        (
            "a cache",
            {"usage": {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 8}}},
            {"input_tokens": 9, "cached_tokens": 8},
        ),
        ("DeepSeek's cache", {"usage": {"prompt_cache_hit_tokens": 8}}, {"cached_tokens": 8}),
        ("floats", {"usage": {"prompt_tokens": 9.0}}, {"input_tokens": 9}),
        (
            "reasoning",
            {"usage": {"completion_tokens_details": {"reasoning_tokens": 4}}},
            {"reasoning_tokens": 4},
        ),
    ]
] + [
    chat(
        "usage: Moonshot's place",
        chunk("One."),
        STOP | {"choices": [STOP["choices"][0] | {"usage": {"prompt_tokens": 7}}]},
        text="One.",
        usage={"input_tokens": 7},
    ),
    chat(
        "usage beside the finish reason",
        chunk("One."),
        chunk({}, "stop", x_groq={"usage": {"prompt_tokens": 7}}),
        text="One.",
        usage={"input_tokens": 7},
    ),
]

NO_NAMES = {"id": "", "object": "", "created": 0, "model": "", "choices": []}

CHAT_FORMS = [
    chat(
        "model and id from a later chunk",
        NO_NAMES | {"prompt_filter_results": [{"prompt_index": 0}]},
        chunk("One."),
        STOP,
        text="One.",
        model="m-1",
        response_id="c1",
    ),
    chat(
        "a model that comes last",
        *(chunk(text, model=None) for text in ("On", "e.")),
        chunk({}, "stop"),
        text="One.",
        model="m-1",
        response_id="c1",
    ),
    Sent(
        "a byte order mark",
        "chat",
        b"\xef\xbb\xbf" + frames(chunk("One."), STOP, done=True),
        "One.",
    ),
    Sent("JSON", "chat", json.dumps(message("One.")).encode(), "One.", kind="application/json"),
    Sent(
        "JSON with a byte order mark, on many lines",
        "chat",
        b"\xef\xbb\xbf\n" + json.dumps(message("One."), indent=2).encode(),
        "One.",
        model="m-1",
        response_id="c1",
    ),
    Sent(
        "JSON under the type of a stream",
        "chat",
        json.dumps(message("One.[1]") | {"citations": [A]}).encode(),
        "One.[1]",
        sources=((1, A, "a.org"),),
        cited=(1,),
    ),
    Sent(
        "JSON without a finish reason",
        "chat",
        json.dumps({"choices": [{"message": {"content": "One."}}]}).encode(),
        "One.",
        notes=1,
        kind="application/json",
    ),
    Sent(
        "a chunk a line",
        "chat",
        b"\n".join(json.dumps(each).encode() for each in (chunk("One"), chunk("."), STOP)),
        "One.",
        kind="application/x-ndjson",
    ),
    chat("[DONE] without a finish reason", chunk("One"), chunk("."), text="One.", notes=1),
    chat(
        "[DONE] without a finish reason, after one that was taken back",
        chunk("One", "stop"),
        chunk("."),
        text="One.",
        notes=1,
    ),
    chat("no end at all", chunk("One"), done=False, text="One", status="failed", says="was cut"),
    chat("no text", STOP, status="incomplete", says="sent no text"),
    chat("white space", chunk(" \n"), STOP, text=" \n", status="incomplete", says="no text"),
    chat("[DONE] alone", status="incomplete", says="sent no text"),
    chat("only a thought", chunk({"reasoning": "Hm."}), STOP, status="incomplete", says="no text"),
    chat(
        "a call of a tool",
        chunk({"tool_calls": [{"index": 0, "function": {"name": "look_up", "arguments": "{}"}}]}),
        chunk({}, "tool_calls"),
        status="incomplete",
        says="call a tool.*look_up",
    ),
    chat(
        "a call of a tool that ends as stop",
        chunk({"tool_calls": [{"index": 0, "function": {"name": "look_up", "arguments": "{}"}}]}),
        STOP,
        status="incomplete",
        says="call a tool.*look_up",
    ),
    chat(
        "a call of a function",
        chunk({"function_call": {"name": "look_up", "arguments": "{}"}}, "function_call"),
        status="incomplete",
        says="call a tool.*look_up",
    ),
]
