"""Sources and reasoning as chat-completions servers send them, with the expected reading."""

from __future__ import annotations

from .servers import STOP, TWO, A, B, chat, chunk, cites, message

CHAT_SOURCES = [
    chat(
        "annotations of a delta",
        chunk("One.[1] Two.[2]"),
        chunk({"content": "", "annotations": [cites(A, "A", 0, 4), cites(B, "B", 8, 12)]}),
        STOP,
        text="One.[1] Two.[2]",
        sources=TWO,
        cited=(1, 2),
    ),
    chat(
        "annotations one by one, with zeros, and again",
        chunk({"content": "One.[1] ", "annotations": [cites(A, "A")]}),
        chunk({"content": "Two.[2]", "annotations": [cites(B, "B"), cites(A, "A")]}),
        chunk({"annotations": [cites(B, "B")]}, "stop"),
        text="One.[1] Two.[2]",
        sources=TWO,
        cited=(1, 2),
    ),
    chat(
        "annotations that stand at markers in another order",
        chunk("One.[2] Two.[1]"),
        chunk({"annotations": [cites(B, "B", 4, 7), cites(A, "A", 12, 15)]}, "stop"),
        text="One.[2] Two.[1]",
        sources=TWO,
        cited=(2, 1),
    ),
    chat(
        "annotations of a message",
        chunk("One.[1]"),
        chunk({}, "stop")
        | {
            "choices": [
                {
                    "index": 0,
                    "delta": {},
                    "message": {"content": "One.[1]", "annotations": [cites(A, "A")]},
                    "finish_reason": "stop",
                }
            ]
        },
        text="One.[1]",
        sources=TWO[:1],
        cited=(1,),
    ),
    chat(
        "annotations without an object of their own",
        chunk({"content": "One.[1]", "annotations": [{"type": "url_citation", "url": A}]}),
        STOP,
        text="One.[1]",
        sources=((1, A, "a.org"),),
        cited=(1,),
    ),
    chat(
        "annotations after the finish reason",
        chunk("One.[1]"),
        STOP,
        chunk({"annotations": [cites(A, "A")]}),
        text="One.[1]",
        sources=TWO[:1],
    ),
    chat(
        "annotations that are files",
        chunk({"content": "One.", "annotations": [{"type": "file_citation", "file_id": "f"}]}),
        STOP,
        text="One.",
        sources=(),
    ),
    chat(
        "citations of a delta",
        chunk({"content": "One.[1]", "citations": [A]}),
        STOP,
        text="One.[1]",
        sources=((1, A, "a.org"),),
        cited=(1,),
    ),
    chat(
        "citations with annotations that name them",
        chunk({"content": "One.[2]", "annotations": [cites(B, "B")]}, citations=[A, B]),
        STOP,
        text="One.[2]",
        sources=((1, A, "a.org"), (2, B, "B")),
        cited=(2,),
    ),
    chat(
        "citations in the last chunk, as xAI sends them",
        chunk("One.[2]"),
        chunk({}, "stop", citations=[A, B], usage={"num_sources_used": 2}),
        text="One.[2]",
        sources=((1, A, "a.org"), (2, B, "b.org")),
        cited=(2,),
    ),
    chat(
        "citations that are objects",
        chunk("One.[1]", citations=[{"url": A, "title": "A"}, {"link": B, "name": "B"}]),
        STOP,
        text="One.[1]",
        sources=TWO,
    ),
    chat(
        "fields of a provider, in a delta, as LiteLLM passes them on",
        chunk(
            {
                "content": "One.[1]",
                "provider_specific_fields": {
                    "citations": [A],
                    "search_results": [{"url": A, "title": "A"}],
                },
            }
        ),
        STOP,
        text="One.[1]",
        sources=TWO[:1],
        cited=(1,),
    ),
    chat(
        "fields of a provider, beside the choices",
        chunk("One.[2]", provider_specific_fields={"citations": [A, B]}),
        STOP,
        text="One.[2]",
        sources=((1, A, "a.org"), (2, B, "b.org")),
    ),
    chat(
        "Anthropic's citations, a list for each piece of text",
        chunk(
            {
                "content": "One.",
                "provider_specific_fields": {
                    "citations": [
                        [{"type": "web_search_result_location", "url": A, "title": "A"}],
                        [
                            {"type": "web_search_result_location", "url": B, "title": "B"},
                            {"type": "web_search_result_location", "url": A, "title": "A"},
                        ],
                    ]
                },
            }
        ),
        STOP,
        text="One.",
        sources=TWO,
    ),
    chat(
        "Anthropic's citations, one a chunk",
        chunk(
            {"content": "One.", "provider_specific_fields": {"citation": {"url": A, "title": "A"}}}
        ),
        chunk({"content": "", "provider_specific_fields": {"citation": {"url": B, "title": "B"}}}),
        STOP,
        text="One.",
        sources=TWO,
    ),
    chat(
        "Google's grounding",
        chunk("One."),
        chunk(
            {},
            "stop",
            vertex_ai_grounding_metadata=[
                {
                    "groundingChunks": [
                        {"web": {"uri": A, "title": "A"}},
                        {"web": {"uri": B, "title": "B"}},
                    ]
                }
            ],
        ),
        text="One.",
        sources=TWO,
    ),
    chat(
        "Zhipu's results",
        chunk("One."),
        chunk({}, "stop", web_search=[{"title": "A", "link": A, "content": "c", "refer": "ref_1"}]),
        text="One.",
        sources=TWO[:1],
    ),
    chat(
        "Groq's tools",
        chunk(
            {
                "executed_tools": [
                    {
                        "type": "search",
                        "arguments": '{"query": "bees"}',
                        "search_results": {"results": [{"url": A, "title": "A", "content": "c"}]},
                    }
                ]
            }
        ),
        chunk("One."),
        STOP,
        text="One.",
        sources=TWO[:1],
        steps=(("search", ("bees",)),),
    ),
    chat(
        "parts of a text with annotations",
        chunk({"content": [{"type": "text", "text": "One.[1]", "annotations": [cites(A, "A")]}]}),
        STOP,
        text="One.[1]",
        sources=TWO[:1],
    ),
]

CHAT_REASONING = [
    chat(
        f"reasoning in {name}",
        chunk({name: value}),
        chunk("One."),
        STOP,
        text="One.",
        steps=(("thought", ("Hm.",)),),
    )
    for name, value in [
        ("reasoning", "Hm."),
        ("reasoning_content", "Hm."),
        ("reasoning_text", "Hm."),
        ("thinking", "Hm."),
        ("thinking", {"content": "Hm."}),
        ("reasoning", {"summary": [{"type": "summary_text", "text": "Hm."}]}),
        ("reasoning_details", [{"type": "reasoning.text", "text": "Hm.", "index": 0}]),
        ("reasoning_details", [{"type": "reasoning.summary", "summary": "Hm."}]),
        ("thinking_blocks", [{"type": "thinking", "thinking": "Hm.", "signature": "s"}]),
        ("content", [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]),
        ("content", [{"type": "thinking", "thinking": "Hm."}]),
        ("content", [{"type": "reasoning", "text": "Hm."}]),
    ]
] + [
    chat(
        "reasoning by two names at once",
        chunk(
            {"reasoning": "Hm.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]}
        ),
        chunk("One."),
        STOP,
        text="One.",
        steps=(("thought", ("Hm.",)),),
    ),
    chat(
        "reasoning that is encrypted",
        chunk(
            {"reasoning": None, "reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}
        ),
        chunk("One."),
        STOP,
        text="One.",
        steps=(),
    ),
    chat(
        "Mistral's parts, token by token",
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "H"}]}]}),
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "m."}]}]}),
        chunk({"content": [{"type": "text", "text": "On"}]}),
        chunk("e."),
        STOP,
        text="One.",
        steps=(("thought", ("Hm.",)),),
    ),
    *(
        chat(
            f"thought in <{tag}>",
            chunk(f"<{tag[:3]}"),
            chunk(f"{tag[3:]}>Hm.</{tag[:4]}"),
            chunk(f"{tag[4:]}>\n\nOne."),
            STOP,
            text="One.",
            steps=(("thought", ("Hm.",)),),
        )
        for tag in ("think", "thinking", "thought", "reasoning", "THINK")
    ),
    chat(
        "a closing tag alone",
        chunk("Okay, "),
        chunk("let me see.\n</thi"),
        chunk("nk>\n\n"),
        chunk("One.[1]", citations=[A]),
        STOP,
        text="One.[1]",
        cited=(1,),
        steps=(("thought", ("Okay, let me see.",)),),
    ),
    chat(
        "a closing tag alone, in one piece",
        chunk("Okay [1].</think>One."),
        STOP,
        text="One.",
        cited=(),
        steps=(("thought", ("Okay [1].",)),),
    ),
    chat(
        "a closing tag alone, of another name",
        chunk("Okay."),
        chunk("\n</thinking>\nOne."),
        STOP,
        text="One.",
        steps=(("thought", ("Okay.",)),),
    ),
    chat(
        "an answer about the tags",
        chunk("Write `</think>` after <think>, or\n\n```\n</think>\n```\n"),
        chunk("and </think> again."),
        STOP,
        text="Write `</think>` after <think>, or\n\n```\n</think>\n```\nand </think> again.",
        steps=(),
    ),
    chat(
        "an answer with the tag in code",
        chunk("The tag `</thi"),
        chunk("nk>` ends it."),
        STOP,
        text="The tag `</think>` ends it.",
        steps=(),
    ),
    chat(
        "a whole message with reasoning",
        message("One.", reasoning_content="Hm."),
        text="One.",
        steps=(("thought", ("Hm.",)),),
    ),
]
