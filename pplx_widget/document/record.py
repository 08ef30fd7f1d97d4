"""The record of an answer in a notebook's output, from which the answer can be restored.

A record is plain JSON with the names of the public API, in the output's metadata under `KEY`. This
module lists its fields one by one, so that nothing else can get into a file. A file may contain
anything, so every value is checked when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from ..core.errors import LINES, PplxError, of_kind
from ..core.events import Failed, Finished, Image, Source, SourcesFound, Text, ToolUse, Usage
from ..core.state import AnswerState, Status, Step, Timing
from ..core.tables import STEPS
from ..core.text import clean, shortened
from ..core.words import say
from ..question.context.summary import Summary
from ..question.schema import loosely
from .fields import EXTRACT, Fields, filled, unreadable

if TYPE_CHECKING:
    from ..core.structured.evidence import Field

KEY: Final = "pplx_widget"
"""Key of the record in an output's metadata."""

FURTHER: Final = "further"
"""Key, in a record, of the records of follow-up questions asked in the same output."""

ROWS: Final = "rows"
"""Key, in the record of a batch, of the rows that its document holds."""

FORMAT: Final = 2
"""The newest format of records."""

WHOLE: Final = 1
"""The format of records that contain the whole answer; `compact` makes those of format 2 from them."""


# How a record says whether a quote is in its source.
_SIGNS: dict[bool | None, str] = {True: "y", False: "n", None: "-"}
_VERDICTS = {sign: verdict for verdict, sign in _SIGNS.items()}

_OF_A_REASON = 2  # items of such a step: the reason in two words, and as a sentence


def to_record(question: str, state: AnswerState, context: Summary | None = None) -> dict[str, Any]:
    """Return the record of a finished answer.

    Parameters
    ----------
    question : str
        The question.
    state : AnswerState
        The final state of the answer.
    context : Summary, optional
        The summary of the user's data that was sent with the question.

    Returns
    -------
    dict
        Only JSON types. Values that are None or empty are left out; snippets and thoughts are cut to
        300 characters. The record omits citations, which follow from the text and the sources, and
        unknown events.
    """
    error = state.error
    return filled(
        {
            "format": WHOLE,
            "question": clean(question),
            "asked": state.asked and state.asked.isoformat(timespec="seconds"),
            "kept": state.kept and state.kept.isoformat(timespec="seconds"),
            "context": context
            and {
                "about": context.about,
                "text": context.text,
                "left_out": [*context.left_out],
            },
            "status": str(state.status),
            "reason": state.reason,
            "model": state.model,
            "text": str(state.text),
            "structured": state.structured or None,
            "evidence": {"quoted": _verdicts(state)} if state.evidence else None,
            "checked": _check(state),
            "notes": [*state.notes],
            "sources": [
                _fields(source) | filled({"snippet": shortened(source.snippet, EXTRACT)})
                for source in state.sources
            ],
            "images": [_fields(image) for image in state.images],
            "steps": [_step(step) for step in state.steps],
            "usage": state.usage
            and _fields(replace(state.usage, tools=()))
            | filled({"tools": [_fields(tool) for tool in state.usage.tools]}),
            "timing": _fields(state.timing),
            "error": error and error_to_record(error),
        }
    )


def error_to_record(error: PplxError) -> dict[str, Any]:
    """Return the record of an error."""
    return filled(
        {
            "kind": error.kind,
            **error.lines,
            "request_id": error.request_id,
        }
    )


def error_from_record(saved: Any) -> PplxError:
    """Return the error of a record.

    Raises
    ------
    PplxError
        The value is not the record of an error.
    """
    return _error(Fields(saved, "error"))


def from_record(record: Any) -> tuple[str, AnswerState]:
    """Return the question and the state of a record.

    Parameters
    ----------
    record : object
        The output of `to_record`, read from an untrusted file.

    Returns
    -------
    question : str
    state : AnswerState
        A final state, with snippets and thoughts as cut for the record.

    Raises
    ------
    PplxError
        The value is not a record, is broken, or was written by a newer version.
    """
    saved = Fields(record, "the record")
    _refuse_newer(number := saved.whole("format"))
    if number == FORMAT:
        raise unreadable("the Markdown of this answer is missing or changed")
    if number != WHOLE:
        raise unreadable("the record.format is unknown")
    status = saved.status()
    # Built from events like an answer from the service, which yields the same citations.
    state = _cited(saved, sources_of(record))
    state.apply(
        Failed(_error(saved.part("error")))
        if status is Status.FAILED
        else Finished(status.value, saved.optional("reason")),  # type: ignore[arg-type]
        0,
    )
    state.kept = saved.moment("kept")
    if state.evidence and status is Status.COMPLETE:
        state.fields = _evidence(str(state.text), saved.part("evidence").text("quoted"))
    if saved.has("checked"):
        from .check_record import check_from_record  # noqa: PLC0415 (few answers have it)

        state.checked = check_from_record(saved.part("checked"))
    state.images = tuple(_image(image) for image in saved.parts("images"))
    state.notes = tuple(saved.texts("notes"))
    state.steps = tuple(_saved_step(step) for step in saved.parts("steps"))
    state.model = saved.optional("model")
    state.usage = _usage(saved.part("usage")) if saved.has("usage") else None
    timing = saved.part("timing")
    state.timing = Timing(**{f.name: timing.number(f.name) for f in fields(Timing)})
    return saved.text("question"), state


def _cited(saved: Fields, sources: tuple[Source, ...]) -> AnswerState:
    """Return the state of a record when its text has come."""
    structured, evidence = saved.flag("structured"), saved.has("evidence")
    state = AnswerState(saved.moment("asked"), structured=structured, evidence=evidence)
    state.apply(SourcesFound(sources), 0)
    if text := saved.text("text"):
        state.apply(Text(text), 0)
    return state


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A row of a batch from a file.

    Attributes
    ----------
    row : int
        Its number in the batch.
    question : str
        Its question.
    state : AnswerState
        The final state of its answer.
    cost : float or None
        Its cost in US dollars, if that is known.
    """

    row: int
    question: str
    state: AnswerState
    cost: float | None


def batch_to_record(
    status: str,
    rows: Iterable[tuple[int, float | None, Any]],
    stored: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Return the record of a finished batch.

    Parameters
    ----------
    status : {"complete", "stopped"}
        The status of the batch.
    rows : iterable of (int, float or None, dict)
        The number, the cost in US dollars and the record of each row that the document holds.
    stored : (str, str), optional
        The name of the store's file, without its folder, and the name of the batch in it.
    """
    kept = [filled({"row": row, "cost": cost, "record": record}) for row, cost, record in rows]
    file, name = stored or ("", "")
    return {
        "format": WHOLE,
        "status": status,
        **filled({"store": file, "batch": name}),
        ROWS: kept,
    }


def is_batch(record: Any) -> bool:
    """Return whether a record from a file claims to be that of a batch."""
    return isinstance(record, dict) and ROWS in record


def stored_in(record: Any) -> tuple[str, str]:
    """Return the names of the store's file and of the batch in it; empty if there is no store.

    Raises
    ------
    PplxError
        The names are broken.
    """
    saved = Fields(record, "the record")
    return saved.optional("store") or "", saved.optional("batch") or ""


def batch_from_record(record: Any) -> tuple[str, list[SavedRow]]:
    """Return the status and the rows of a record of a batch.

    Raises
    ------
    PplxError
        The record is broken, or was written by a newer version.
    """
    saved = Fields(record, "the record")
    _refuse_newer(saved.whole("format"))
    rows = [
        SavedRow(row.whole("row"), *from_record(row.raw("record")), row.number("cost"))
        for row in saved.parts(ROWS)
    ]
    return str(saved.status()), rows


def context_of(record: Any) -> Summary | None:
    """Return the context sent with the question, from a record that `from_record` has accepted.

    Raises
    ------
    PplxError
        The context is broken.
    """
    saved = Fields(record, "the record")
    if not saved.has("context"):
        return None
    context = saved.part("context")
    return Summary(context.text("text"), context.text("about"), tuple(context.texts("left_out")))


def sources_of(record: Any) -> tuple[Source, ...]:
    """Return the sources of a record.

    Raises
    ------
    PplxError
        A source is broken.
    """
    return tuple(_source(s) for s in Fields(record, "the record").parts("sources"))


def addresses_of(record: Any, cited: Iterable[int] | None = None) -> tuple[list[str], list[str]]:
    """Return the addresses of the sources and those of the citations; quicker than the whole state.

    Parameters
    ----------
    record : dict
        A record that `to_record` has returned, or `from_record` has accepted.
    cited : iterable of int, optional
        The ids of the cited sources, if they are known; otherwise the text is read.
    """
    found = {each["id"]: each.get("url", "") for each in record.get("sources", ())}
    if cited is None:
        sources = tuple(Source(id_, "", url, "") for id_, url in found.items())
        state = _cited(Fields(record, "the record"), sources)
        state.apply(Finished(), 0)
        cited = [each.id for each in state.citations]
    return [*found.values()], [found[id_] for id_ in cited]


def way_of(record: Any) -> str | None:
    """Return the name of the answer's way in a comparison; None if it was not compared.

    Raises
    ------
    PplxError
        The name is broken.
    """
    return Fields(record, "the record").optional("way")


def _verdicts(state: AnswerState) -> str:
    """Return a sign for each field with a source: whether its quote is in the whole snippet."""
    return "".join(_SIGNS[field.quoted] for field in state.fields if field.id is not None)


def _evidence(text: str, verdicts: str) -> tuple[Field, ...]:
    """Return the fields of an answer's text, with the verdicts of its record."""
    from ..core.structured import evidence  # noqa: PLC0415 (few answers have it)

    _, leaves = evidence.unwrapped(loosely(text))
    said = iter(verdicts)
    return evidence.fields(leaves, lambda _id, _quote: _VERDICTS.get(next(said, "")))


def _check(state: AnswerState) -> dict[str, Any] | None:
    if state.checked is None:
        return None
    from .check_record import check_to_record  # noqa: PLC0415 (few answers have it)

    return check_to_record(state.checked)


def _refuse_newer(number: int) -> None:
    if number > FORMAT:
        raise PplxError(
            "This saved answer cannot be read.",
            f"A newer pplx_widget wrote it (format {number}; this version reads {FORMAT}).",
            "Update with `pip install -U pplx-widget`.",
        )


def _fields(value: Source | Image | Usage | ToolUse | Timing) -> dict[str, Any]:
    return filled({field.name: getattr(value, field.name) for field in fields(value)})


def _step(step: Step) -> dict[str, Any]:
    saved = {"kind": step.kind, "at": step.at, "items": [*_kept(step.kind, step.items)]}
    return filled(saved | {"found": step.found, "seconds": step.seconds})


def _source(saved: Fields) -> Source:
    return Source(
        id=saved.whole("id"),
        title=saved.text("title"),
        url=saved.text("url"),
        site=saved.text("site"),
        date=saved.optional("date"),
        last_updated=saved.optional("last_updated"),
        snippet=shortened(saved.text("snippet"), EXTRACT),
        query=saved.optional("query"),
    )


def _image(saved: Fields) -> Image:
    # An impossible size becomes unknown.
    url, origin, title = (saved.text(name) for name in ("url", "origin", "title"))
    return Image(url, origin, title, saved.raw("width"), saved.raw("height"))


def _saved_step(saved: Fields) -> Step:
    kind, items = saved.text("kind"), saved.texts("items")
    if kind not in STEPS or (STEPS[kind]["look"] == "reason" and len(items) != _OF_A_REASON):
        raise unreadable(f"{saved.name}.kind is not a kind of step")
    return Step(
        kind,  # type: ignore[arg-type]
        saved.number("at") or 0.0,
        tuple(_kept(kind, items)),
        saved.whole("found") if saved.has("found") else None,
        saved.number("seconds"),
    )


def _kept(kind: str, items: Iterable[str]) -> Iterable[str]:
    """Return a step's items as kept in a record; a text is cut."""
    if STEPS[kind]["look"] in ("quotes", "links", "reason"):
        return items
    return [shortened("".join(items), EXTRACT)]


def _usage(saved: Fields) -> Usage:
    # An impossible cost becomes unknown; it does not make the answer unreadable.
    return Usage(
        input_tokens=saved.whole("input_tokens", 0),
        output_tokens=saved.whole("output_tokens", 0),
        total_tokens=saved.whole("total_tokens", 0),
        cost=saved.raw("cost"),
        currency=saved.text("currency") or "USD",
        reasoning_tokens=saved.whole("reasoning_tokens", 0),
        tools=tuple(
            ToolUse(tool.text("name"), tool.whole("calls", 0), tool.raw("cost"))
            for tool in saved.parts("tools")
        ),
        cached_tokens=saved.whole("cached_tokens", 0),
    )


def _error(saved: Fields) -> PplxError:
    return of_kind(saved.text("kind"))(
        **{name: saved.text(name) for name in LINES}
        | {"what": saved.text("what") or say("error.failed")},
        request_id=saved.optional("request_id"),
    )
