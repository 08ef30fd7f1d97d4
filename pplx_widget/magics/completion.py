"""Hooks into IPython for the magics: questions that end in a question mark, and completion with Tab.

They use extension points of IPython 8.6 and newer; in older versions Tab does not complete options.
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
# A magic, optionally after an assignment, and its options up to the cursor.
_MAGIC = re.compile(r"(?:[\w., ]+=)?\s*(%%?\w+)\s+(.*)", re.DOTALL)
_SPACES = {tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER}


class Question(TokenTransformBase):
    """A transformation that makes ``%ask What is this?`` ask.

    Without it, IPython shows help for a line that ends in a question mark.
    """

    priority = 4  # runs before IPython's transformation for help
    magic_line: int  # from 1
    magic_column: int

    @classmethod
    def find(cls, tokens_by_line: Sequence[Sequence[Any]]) -> Self | None:
        """Find the first ``%ask …?``, also after ``name =``; ``%ask?`` alone still shows help."""
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
        """Replace the magic with a call of ``run_line_magic``."""
        start = self.magic_line - 1
        end = find_end_of_continued_line(lines, start)
        typed = assemble_continued_line(lines, (start, self.magic_column), end)
        question = typed.removeprefix("%ask").strip()
        before = lines[start][: self.magic_column]
        call = f"{before}get_ipython().run_line_magic('ask', {question!r})\n"
        return [*lines[:start], call, *lines[end + 1 :]]


def read_questions(ip: Any) -> None:
    """Register `Question` with IPython's shell, once."""
    known = ip.input_transformer_manager.token_transformers
    if Question not in known:
        known.append(Question)


def complete_options(ip: Any, known: Mapping[str, Sequence[Flag]]) -> None:
    """Let Tab complete the options of magics, and suppress other completions there.

    ``known`` maps the name of each magic, including ``%`` or ``%%``, to its flags.
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
        # IPython treats the text after an equals sign as a separate word.
        words = [text.removeprefix(word.removesuffix(context.token)) for text in found]
        completions = [completer.SimpleCompletion(text, type="option") for text in words]
        return {"completions": completions, "suppress": bool(completions), "ordered": True}

    matchers = ip.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != _NAME]
    matchers.append(options)
