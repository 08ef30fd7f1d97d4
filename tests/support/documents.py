"""Markdown for testing renderers: documents of random lines."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

# Each line starts, continues or ends a construct, or looks as if it did.
LINES = [
    *("", "", "", " ", "\t", "\xa0", "text", "more text here", "line  ", "back\\", "x\\ y", "\\"),
    *("# head", "## b #", "   # indented head", "===", "---", "----  ", "=", "--", "***", "* * *"),
    *("- item", "- ", "-", "+", "+ plus", "* star", "  - nested", "    - deep", "- \xa0z", "- - a"),
    *("1.", "1. one", "2. two", "10) ten", "- # h", "- > q", "> 1. a", "- a | b", "  -|-", "  two"),
    *("   continued", "    indented", "     five", "\tcode", "    ", "\xa0x", "\u2028 x"),
    *(
        "> quote",
        "> > qq",
        ">",
        "> - a",
        "> ```",
        "```",
        "```py",
        "~~~",
        "   ```",
        "- ```",
        "  ```",
    ),
    *("| a | b |", "|---|:-:|", "a | b", "-|-", "| 1 | [1] |", "| $|x|$ | `|` |"),
    *("[foo]: https://a.org/x", "[a]: <https://b.org> 'title'", "[Bar]:", "https://c.org 't'"),
    *("[foo]", "see [bar][] and [x][A]", "[q] [l] ![i][foo]", "[foo]:", "[", "![", "](x)"),
    *("> [q]: https://q.org", "- [l]: https://l.org", "[ünï]: https://münchen.de/ä", "[ÜNÏ]"),
    *("[1]: https://evil.org", "so.[1][3] and [web:2].[99]", "**[4]**[5]", "[6](https://a.org)"),
    *("`code` and `` a`b ``", "**bold *em* ~~s~~**", "a*b*c _d_ __e__", "ünï **ço**", "*a[7]*"),
    *(
        "$x_1 * y$ and $5 or $6",
        "\\(a*b*c\\) \\[x\\] \\*",
        "$$",
        "a + b",
        "\\(",
        "\\[8\\]",
        "b*c $",
    ),
    *("<div>", "<b>x</b> &amp; &copy; &#0; &nbsp;", "<https://d.org/%C3%A4>", "<a@b.org>"),
    *("![img](https://i.org/p.png)", "[rel](/x) [js](javascript:x)", "[c.org](https://d.org)"),
    *(
        "[p](<https://e.org:080/a b>)",
        "[v6](http://[::1]/) [n](http://0x7f.1)",
        "[w](https://ﬁ.org)",
    ),
]


def made_up(count: int, seed: int, lines: Sequence[str] = LINES) -> Iterator[str]:
    """Yield documents of random lines, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        some = [chance.choice(lines) for _ in range(chance.randint(1, 12))]
        yield "\n".join(some) + chance.choice(["", "\n"])


def pieces(text: str, chance: random.Random) -> list[str]:
    """Return the text, cut at random places."""
    cut = []
    while text:
        size = chance.choice([1, 2, 3, 5, 8, 40])
        cut.append(text[:size])
        text = text[size:]
    return cut
