"""The states, made from events, as the session of a run makes them."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json import dumps

from pplx_widget.bibliography.evidence import compared
from pplx_widget.core import errors, http_errors
from pplx_widget.core.events import (
    Event,
    Failed,
    Fetching,
    Finished,
    Image,
    ImagesFound,
    Noted,
    Opened,
    PagesFetched,
    Retrying,
    Searching,
    SearchingImages,
    Source,
    SourcesFound,
    Text,
    Thought,
    Usage,
    UsageReported,
    site_of,
)
from pplx_widget.core.state import AnswerState
from pplx_widget.core.structured.evidence import unwrapped
from pplx_widget.providers import _wire
from pplx_widget.question.context.summary import Summary

from . import texts

QUESTION = "What changed in EU AI regulation this month?"
HOST = "api.perplexity.ai"


@dataclass(frozen=True)
class Shown:
    """One state, with its values that only the page has.

    Attributes
    ----------
    group, name : str
        Its group, and its name in the group.
    question : str
        The question.
    state : AnswerState
        The state in the kernel.
    elapsed : float
        Seconds since the question.
    quiet : float
        Seconds since the last message.
    requested : str or None
        The button pressed that the kernel has not answered yet.
    gone : bool
        Whether the kernel is gone.
    stop_waits : bool
        Whether Stop takes effect only after the running cell.
    context : Summary or None
        The data sent with the question.
    """

    group: str
    name: str
    state: AnswerState
    elapsed: float
    question: str = QUESTION
    quiet: float = 0
    requested: str | None = None
    gone: bool = False
    stop_waits: bool = False
    context: Summary | None = None


def _source(id_: int, url: str, title: str, date: str | None = None, **rest: str) -> Source:
    query = rest.get("query", "EU AI Act November 2026")
    snippet = rest.get("snippet", f"{title}. {texts.SNIPPET}")
    return Source(id_, title, url, site_of(url), date, None, snippet, query)


SOURCES = (
    _source(
        11,
        "https://europa.eu/ai-act/phase",
        "The AI Act enters a new phase: what applies from August 2026",
        "2026-08-02",
    ),
    _source(
        3,
        "https://www.reuters.com/technology/omnibus",
        "EU lawmakers agree on delay for high-risk AI rules",
        "2026-11-12",
        snippet="Negotiators met late on Wednesday and spoke of **progress**. Then it went fast: the "
        "**high-risk duties** of Annex III move to December 2027, those of Annex I to August 2028.",
    ),
    _source(
        7,
        "https://digital-strategy.ec.europa.eu/en/library/guidelines",
        "Guidelines on general-purpose AI models, second edition, with annexes for providers of open models",
        "2026-10-30",
    ),
    _source(1, "https://www.ft.com/content/omnibus", "Brussels’ digital omnibus, explained"),
    _source(
        19,
        "https://edpb.europa.eu/opinion-14-2026",
        "Opinion 14/2026 on the interplay of the AI Act and the GDPR",
        "2026-11-04",
    ),
    _source(
        4,
        "https://politico.eu/omnibus",
        "What the omnibus leaves out",
        query="AI omnibus vote · omnibus plenary",
    ),
    _source(
        8,
        "https://iapp.org/tracker",
        "Tracker: national authorities under the AI Act",
        "2026-11-18",
    ),
)
MANY = tuple(
    _source(
        n,
        f"https://site{n}.example.org/a/path/{n}",
        f"A source with the number {n}, " + ("which has a long title that goes on " * (n % 4)),
        f"2026-11-{n % 28 + 1:02}",
        query=f"search {n // 10 + 1}",
    )
    for n in range(1, 61)
)
QUERIES = ("EU AI Act changes November 2026", "AI omnibus vote", "GPAI guidelines")
PAGES = ("https://www.reuters.com/technology/omnibus", "https://edpb.europa.eu/opinion-14-2026")
THOUGHTS = (
    "The question is about this month, so the agreement of 12 November matters most.",
    "The dates in the older guidelines are out of date; compare them with the new text.",
)
USAGE = UsageReported(Usage(3120, 412, 3532, 0.0061))

OPENED = Opened("resp_1", "perplexity/sonar")
SEARCHING = Searching(QUERIES)
FOUND = SourcesFound(SOURCES, QUERIES)


IMAGES = tuple(
    Image(
        f"https://img.example.net/{i}.png",
        "https://www.bees.example.org/dance" if i % 4 else "",
        "" if i == 2 else f"Bee {i}" + " on a flower in the garden of the university" * (i % 3),
        640 if i % 5 else None,
        480,
    )
    for i in range(14)
)


def after(
    *events: Event, connected: bool = True, structured: bool = False, evidence: bool = False
) -> AnswerState:
    """Return the state after these events, half a second apart."""
    state = AnswerState(structured=structured, evidence=evidence)
    if connected:
        state.connect()
    for i, event in enumerate(events):
        state.apply(event, 0.4 + i * 0.5)
    return state


def _text(text: str) -> list[Event]:
    """Return the text in two pieces, so that it has a rate."""
    return [Text(text[:40]), Text(text[40:])]


def answered(text: str, sources: tuple[Source, ...] = SOURCES, *end: Event) -> AnswerState:
    """Return the state of an answer with this text, complete unless `end` says otherwise."""
    found = SourcesFound(sources, QUERIES)
    return after(OPENED, SEARCHING, found, *_text(text), *(end or (USAGE, Finished())))


def _waiting() -> Iterator[Shown]:
    group = "Waiting"
    limited = http_errors.from_response(429, {"retry-after": "4"}, None)
    down = http_errors.from_response(503, {}, None)
    reading = (OPENED, SEARCHING, FOUND, Fetching(PAGES))
    yield Shown(group, "queued", after(connected=False), 0)
    yield Shown(group, "connecting", after(), 0.3)
    yield Shown(group, "the service has taken it", after(OPENED), 0.9)
    yield Shown(group, "rate limited", after(Retrying(limited, 4)), 1.2)
    yield Shown(group, "service failing, asked again", after(Retrying(down, 2)), 0.9)
    yield Shown(group, "searching", after(OPENED, SEARCHING), 1.4)
    yield Shown(group, "sources found", after(OPENED, SEARCHING, FOUND), 2.2)
    yield Shown(group, "reading pages", after(*reading), 2.9)
    thinking = (*reading, PagesFetched(PAGES), *map(Thought, THOUGHTS))
    yield Shown(group, "thinking", after(*thinking), 4.1)
    yield Shown(group, "stall before the text", after(*thinking), 17.2, quiet=12)
    yield Shown(group, "many steps", after(*thinking, *[SEARCHING, FOUND] * 5, SEARCHING), 12.5)


def _arrivals() -> Iterator[Shown]:
    group = "Arriving"
    text = texts.REGULATION
    begun = (OPENED, SEARCHING, FOUND)
    some = after(*begun, *_text(text[: text.index("| High-risk products")]))
    yield Shown(group, "the first words", after(*begun, Text("Three things")), 2.4)
    yield Shown(group, "streaming", some, 4.2)
    yield Shown(group, "stall in the text", some, 16.9, quiet=12)
    yield Shown(group, "stopping", some, 4.9, requested="stop")
    yield Shown(group, "stopping waits for the cell", some, 4.9, requested="stop", stop_waits=True)


def _endings() -> Iterator[Shown]:
    group = "Ended"
    text = texts.REGULATION
    some = text[: text.index("\n\n| Duty")]
    yield Shown(group, "complete", answered(text), 8.6)
    plain = after(
        OPENED, *_text("The sky is blue because air scatters short waves more."), Finished()
    )
    yield Shown(group, "complete, without sources", plain, 2.1, "Why is the sky blue?")
    yield Shown(group, "complete, nothing cited", answered("No marker at all."), 2.1)
    yield Shown(group, "asking again", answered(some), 8.6, requested="retry")
    for reason in (_wire.CUT_AT_LIMIT, _wire.FILTERED, _wire.REFUSED):
        end = Finished("incomplete", reason)
        yield Shown(group, f"incomplete: {reason}", answered(some, SOURCES, USAGE, end), 5)
    yield Shown(group, "stopped", answered(some, SOURCES, Finished("stopped")), 3.1)
    yield Shown(group, "stopped before the text", after(OPENED, Finished("stopped")), 1.1)
    yield Shown(
        group, "the kernel is gone", after(OPENED, SEARCHING, FOUND, *_text(some)), 4, gone=True
    )
    minutes = (
        f"Summarise the following minutes.\n\n{'The committee met and asked for figures. ' * 30}"
    )
    yield Shown(group, "a long question", answered(some), 8.6, minutes)


def failures() -> Iterator[errors.PplxError]:
    """Yield the error of every card, from the functions that create them."""
    yield errors.missing_key()
    yield errors.BudgetReached(
        "Not sent: this could exceed your budget of $1.00.",
        "This kernel has spent $0.98.",
        "Raise it, `pplx.configure(budget=2.00)`, or lift it, `pplx.configure(budget=None)`.",
    )
    for status in (400, 401, 402, 403, 404, 413, 429, 502):
        headers = {"x-request-id": "req_8f2a41c09b", "retry-after": "20"}
        yield http_errors.from_response(
            status, headers, {"error": {"message": "It was not accepted."}}
        )
    yield http_errors.from_response(403, {}, {"error": {"type": "chat_completions_not_available"}})
    for cause in (socket.gaierror("no name"), ConnectionRefusedError("refused"), TimeoutError()):
        yield http_errors.from_transport(cause, host=HOST, started=False)
    yield http_errors.from_transport(TimeoutError(), host=HOST, started=True)
    yield errors.cut(kept=True)
    yield errors.garbled()
    yield errors.no_stream("text/html", host=HOST)
    yield errors.unforeseen(RecursionError("maximum depth exceeded"))


def _failed() -> Iterator[Shown]:
    some = texts.REGULATION[:300]
    for number, error in enumerate(failures(), 1):
        group = "Failed" if number < 10 else "Failed too"
        events = [OPENED, SEARCHING, FOUND, *_text(some)] if "kept" in error.why else []
        yield Shown(group, f"{number}. {error.kind}", after(*events, Failed(error)), 2.4)


def _texts() -> Iterator[Shown]:
    group = "Text"
    yield Shown(group, "all of Markdown", answered(texts.ALL_OF_MARKDOWN), 6)
    yield Shown(
        group, "Arabic", answered(texts.ARABIC), 6, "ما الذي تغير في تنظيم الذكاء الاصطناعي؟"
    )
    yield Shown(group, "Hebrew", answered(texts.HEBREW), 6, "מה השתנה ברגולציה?")
    yield Shown(
        group,
        "Chinese, Japanese, Korean",
        answered(texts.CJK),
        6,
        "今月、EUのAI規制で何が変わりましたか？",
    )
    yield Shown(group, "emoji", answered(texts.EMOJI), 6, "How far are we? 🧭")
    yield Shown(group, "very long words", answered(texts.LONG_WORDS), 6, texts.LONG_WORD)
    yield Shown(
        group,
        "many sources",
        answered(
            "".join(f"Claim {n}.[{n}]" + "[1][2]" * (n % 3) + " " for n in range(1, 41)), MANY
        ),
        9,
    )
    found = (SearchingImages(("bees",)), ImagesFound(IMAGES))
    live = after(OPENED, *found, Text("Bees dance."))
    yield Shown(group, "images, streaming", live, 6)
    whole = after(OPENED, *found, SEARCHING, FOUND, *_text("Bees dance.[1]"), USAGE, Finished())
    yield Shown(group, "images", whole, 6)
    run = "".join(f"[{n}]" for n in range(1, 13))
    cell = f"| Claim | Since |\n|---|---|\n| Three duties moved.{run} | May |\n| One stays.[3] | June |"
    yield Shown(group, "long runs of citations", answered(f"A claim.{run} So.\n\n{cell}", MANY), 9)
    yield Shown(group, "a long text", answered(texts.LONG, MANY), 20)


def _by_schema() -> Iterator[Shown]:
    group = "By a schema"
    question = "Who founded Siemens, and when were they born?"
    begun = (OPENED, SEARCHING, FOUND)
    json = (
        '{"company":"Siemens","founders":[{"name":"Werner von Siemens","born":"1816?"}],"tags":[]}'
    )
    some = after(*begun, *_text(json[:64]), structured=True)
    yield Shown(group, "streaming", some, 4.2, question)
    whole = after(*begun, *_text(json), USAGE, Finished(), structured=True)
    yield Shown(group, "complete", whole, 6, question)
    wrong = errors.SchemaMismatch(
        "The answer does not fit the schema Company.",
        "founders.0.born: Input should be a valid integer.",
        "The text is kept. Try again, or allow for it in the schema.",
    )
    failed = after(*begun, *_text(json), USAGE, Failed(wrong), structured=True)
    yield Shown(group, "does not fit", failed, 6, question)
    prose = after(*begun, *_text("That is not known.[1]"), USAGE, Finished(), structured=True)
    yield Shown(group, "prose all the same", prose, 6, question)
    cited = json.replace("Werner von Siemens", "Werner von Siemens [11]")
    chips = after(*begun, *_text(cited), USAGE, Finished(), structured=True)
    yield Shown(group, "cites in a value", chips, 6, question)
    yield Shown(group, "with evidence", _with_evidence(), 6, question)
    retired = Noted(
        '"sonar" is retired with the Sonar API; the effort "fast" was asked in its place.'
    )
    noted = after(retired, *begun, *_text(texts.REGULATION[:300]), USAGE, Finished())
    yield Shown(group, "with a note", noted, 6)


def _with_evidence() -> AnswerState:
    """Return an answer whose second quote is not in its source."""
    source = FOUND.sources[0]
    said = {
        "company": {
            "value": "Siemens",
            "sources": [source.id],
            "quote": source.snippet.partition(":")[0],
        },
        "founded": {"value": 1847, "sources": [source.id], "quote": "It began in a backyard."},
        "workers": {"value": None, "sources": [], "quote": None},
    }
    state = after(OPENED, SEARCHING, FOUND, *_text(dumps(said)), structured=True, evidence=True)
    state.fields = compared(unwrapped(said)[1], state.sources)
    for event in (USAGE, Finished()):
        state.apply(event, 6)
    return state


def _about_data() -> Iterator[Shown]:
    group = "About data"
    question = "What is unusual in these figures?"
    rows = "\n".join(f"2026-{month:02d}-01,Market,{month * 731}" for month in range(1, 13)) * 3
    context = Summary(f"Visits: 36 rows × 3 columns\n\n{rows}", "36 rows × 3 columns")
    some = after(OPENED, SEARCHING, FOUND, *_text(texts.REGULATION[:300]))
    yield Shown(group, "streaming", some, 4.2, question, context=context)
    yield Shown(group, "complete", answered("October.[3]"), 6, question, context=context)


def states() -> Iterable[Shown]:
    """Return all states, by group."""
    return [
        *_waiting(),
        *_arrivals(),
        *_endings(),
        *_failed(),
        *_by_schema(),
        *_about_data(),
        *_texts(),
    ]
