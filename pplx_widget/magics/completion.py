"""What IPython does with a line before a magic sees it: question marks and Tab.

Both lean on IPython's own extension points, of 8.6 and newer; on older ones they are left out.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Mapping, Sequence
from typing import Any, Self

from IPython.core import completer
from IPython.core.inputtransformer2 import (
    TokenTransformBase,
    assemble_continued_line,
    find_end_of_continued_line,
)

from ..cli import flags
from ..cli.flags import Flag

_NAME = "pplx_widget"
# A magic, at the beginning or assigned, and its options up to the cursor.
_MAGIC = re.compile(r"(?:[\w., ]+=)?\s*(%%?\w+)\s+(.*)", re.DOTALL)
_SPACES = {tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER}


class Question(TokenTransformBase):
    """Lets ``%ask What is this?`` ask: IPython takes a question mark at the end for a call for help."""

    priority = 4  # before that
    magic_line: int  # from 1
    magic_column: int

    @classmethod
    def find(cls, tokens_by_line: Sequence[Sequence[Any]]) -> Self | None:
        """Find the first ``%ask …?``, also behind ``name =``; ``%ask?`` alone is help."""
        for line in tokens_by_line:
            tokens = [token for token in line if token.type not in _SPACES]
            words = [token.string for token in tokens]
            at = words.index("%") if "%" in words else -1
            asks = words[at + 1 : at + 2] == ["ask"] and (at == 0 or words[at - 1] == "=")
            if asks and words[-1] == "?" and set(words[at + 2 :]) != {"?"}:
                found = cls(tokens[0].start)
                found.magic_line, found.magic_column = tokens[at].start
                return found
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """Make a call of it."""
        start = self.magic_line - 1
        end = find_end_of_continued_line(lines, start)
        typed = assemble_continued_line(lines, (start, self.magic_column), end)
        question = typed.removeprefix("%ask").strip()
        before = lines[start][: self.magic_column]
        call = f"{before}get_ipython().run_line_magic('ask', {question!r})\n"
        return [*lines[:start], call, *lines[end + 1 :]]


def read_questions(ip: Any) -> None:
    """Let the shell take a question that ends in a question mark for one."""
    known = ip.input_transformer_manager.token_transformers
    if Question not in known:
        known.append(Question)


def complete_options(ip: Any, known: Mapping[str, Sequence[Flag]]) -> None:
    """Let Tab complete the options of magics, and nothing else there.

    ``known`` has the flags of each magic by its name, per cents included.
    """
    if not hasattr(completer, "context_matcher"):
        return

    @completer.context_matcher(identifier=_NAME)  # type: ignore[untyped-decorator, unused-ignore]
    def options(context: Any) -> dict[str, Any]:
        typed = _MAGIC.fullmatch(context.text_until_cursor)
        if not typed or typed[1] not in known:
            return {"completions": []}
        *before, word = re.split(r"\s+", typed[2])
        found = flags.completions(before, word, known[typed[1]])
        # What follows an equals sign is a word of its own to IPython.
        words = [text.removeprefix(word.removesuffix(context.token)) for text in found]
        completions = [completer.SimpleCompletion(text, type="option") for text in words]
        return {"completions": completions, "suppress": bool(completions), "ordered": True}

    matchers = ip.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != _NAME]
    matchers.append(options)
