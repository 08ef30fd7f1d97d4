"""The answers of a notebook as one standalone document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ..core.assets import asset
from ..core.json_writer import to_json
from ..core.state import AnswerState
from ..core.words import language, say
from ..markdown.html_writer import escaped
from . import forms
from .record import to_record

Saved: TypeAlias = tuple[str, AnswerState]
"""A question and the final state of its answer."""

_TITLE = 80

# The policy forbids the web page to load anything, even if an answer or a bug of ours contains a link
# to a resource.
_PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ max-width: 50rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }}
{style}
</style>
</head>
<body>
{answers}
</body>
</html>
"""


def export(answers: Sequence[Saved], to: str) -> str:
    """Return answers as one document.

    Parameters
    ----------
    answers : sequence of (str, AnswerState)
        Questions with the final states of their answers, at least one.
    to : {"md", "html", "json"}
        Markdown with a rule between answers; a standalone web page without scripts and without
        requests; or a list of records (see `record.to_record`).
    """
    match to:
        case "md":
            parts = (forms.markdown(*answer).strip("\n") for answer in answers)
            # No dashes: some programs take dashes at the start of a file for metadata.
            return "\n\n***\n\n".join(parts) + "\n"
        case "html":
            return _PAGE.format(
                language=language(),
                title=escaped(_title(answers[0][0])),
                style=asset("answer.css").strip(),
                answers="\n".join(forms.html(*answer, style="") for answer in answers),
            )
        case _:
            records = [to_record(*answer) for answer in answers]
            return to_json(records)


def _title(question: str) -> str:
    title = " ".join(question.split()) or say("document.answers")
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"
