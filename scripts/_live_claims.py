"""The claims about the service that `scripts/live` tries, each in a small function.

A function returns the observation. It raises `Differs` if that is not what the package expects, and
`NotTried` if it could not try. Prices are estimates in dollars, from the median costs of
`pplx_widget/runs/ledger.py`, rounded up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from _live_service import Differs, NotTried, Reply, Service, told

from pplx_widget.bibliography.check.claims import checked
from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.providers.agent_body import body
from pplx_widget.runs.judge import Judge, Judging

# Two questions that the samples answer too.
QUESTION = "What is the CAP theorem?"
LONG_QUESTION = "Compare server-sent events, WebSockets and long polling"

FAST, LOW, SEARCHED, FREE = 0.004, 0.006, 0.005, 0.0
LIMIT = ("limit", "remaining", "reset", "used")
BURST = 40
STOPPING = 60  # seconds until a cancelled run must have stopped


@dataclass(frozen=True)
class Claim:
    """One claim: its name, the expectation, its estimated price, and the function that tries it."""

    name: str
    expected: str
    price: float
    tried: Callable[[Service], str]


CLAIMS: list[Claim] = []


def claim(
    name: str, expected: str, price: float = FREE
) -> Callable[[Callable[[Service], str]], Callable[[Service], str]]:
    """Enter a function in the list of claims."""

    def enter(tried: Callable[[Service], str]) -> Callable[[Service], str]:
        CLAIMS.append(Claim(name, expected, price, tried))
        return tried

    return enter


def answered(reply: Reply) -> str:
    """Check that a question was answered."""
    if reply.status != 200 or reply.body.get("status") not in ("completed", "incomplete"):  # noqa: PLR2004
        raise Differs(told(reply))
    return told(reply)


def refused(reply: Reply, status: int, kind: str, words: str = "") -> str:
    """Check that a request was refused in a certain way."""
    error = reply.error
    if (reply.status, error.get("type")) != (status, kind) or words not in str(error):
        raise Differs(told(reply))
    return told(reply)


# ---- keys, models, limits --------------------------------------------------------------------------


@claim("models without a key", "GET /v1/models answers without a key")
def models(service: Service) -> str:
    """Ask for the models."""
    reply = service.send("GET", "/v1/models", key="")
    data = reply.body.get("data")
    if reply.status != 200 or not data:  # noqa: PLR2004
        raise Differs(told(reply))
    priced = sum("pricing" in model for model in data)
    return f"{len(data)} models, {priced} with pricing"


@claim("a wrong key", "HTTP 401 invalid_api_key")
def wrong_key(service: Service) -> str:
    """Ask with a key that does not exist."""
    body = {"input": QUESTION, "effort": "fast"}
    reply = service.send("POST", "/v1/responses", body, key="pplx-" + "0" * 48)
    return refused(reply, 401, "invalid_api_key")


def limits(reply: Reply) -> str:
    """Check the headers of the rate limit."""
    found = {name: reply.headers.get(f"x-ratelimit-{name}", "") for name in LIMIT}
    seen = " ".join(f"{name}={value}" for name, value in found.items())
    if not all(value.isdecimal() for value in found.values()):
        raise Differs(seen)
    limit, remaining, reset, used = (int(found[name]) for name in LIMIT)
    minute = 60
    if limit != remaining + used or abs(reset - time.time()) > minute:
        raise Differs(seen)
    return f"limit={limit} remaining={remaining} used={used}, reset in Unix time"


@claim("headers of the rate limit", "limit = remaining + used, reset in Unix time")
def rate_headers(service: Service) -> str:
    """Send a request that is refused, which costs nothing."""
    return limits(service.ask(input=QUESTION, effort="none of them"))


@claim("more requests than the limit", "HTTP 429 request_rate_limit_exceeded, with the headers")
def too_many(service: Service) -> str:
    """Send many requests at once; their bodies have an unknown field, so none is billed."""
    body = {"X": 1}
    if (reply := service.send("POST", "/v1/responses", body)).status == 200:  # noqa: PLR2004
        raise NotTried(f"an invalid body was answered: {told(reply)}")

    def send(_: int) -> Reply:
        return service.send("POST", "/v1/responses", body, patient=False)

    with ThreadPoolExecutor(BURST) as pool:
        replies = list(pool.map(send, range(BURST)))
    over = [reply for reply in replies if reply.status == 429]  # noqa: PLR2004
    if not over:
        raise NotTried(f"none of {BURST} requests at once was refused: the limit may be higher")
    waits = {reply.headers.get("retry-after") for reply in over}
    refused(over[0], 429, "request_rate_limit_exceeded")
    return f"{len(over)} of {BURST} refused; {limits(over[0])}; Retry-After: {waits}"


# ---- the body ----------------------------------------------------------------------------------------


def fields() -> dict[str, Any]:
    """Return the fields that the types of the SDK or the documentation name, with a value for each."""
    return {
        "background": False,
        "include": ["web_search_call.action.sources"],
        "language_preference": "en",
        "max_steps": 2,
        "max_tool_calls": 2,
        "metadata": {"purpose": "test"},
        "parallel_tool_calls": True,
        "prompt_cache_key": "test",
        "service_tier": "default",
        "step_budget_reminder": True,
        "stream_options": {"include_obfuscation": False},
        "tool_choice": "auto",
        "truncation": "disabled",
    }


def _known(field: str, value: Any) -> None:
    @claim(f"the field {field}", "is known (with a wrong effort, the error is about the effort)")
    def known(service: Service) -> str:
        """Send a body that is refused, which costs nothing."""
        reply = service.ask(input=QUESTION, effort="none of them", **{field: value})
        if reply.status != 400 or "effort" not in str(reply.error):  # noqa: PLR2004
            raise Differs(told(reply))
        return "known"


for _field, _value in fields().items():
    _known(_field, _value)


@claim("an unknown field", "HTTP 400 invalid_request that names it")
def unknown_field(service: Service) -> str:
    """Send an unknown field."""
    return refused(service.ask(input="x", effort="fast", X=1), 400, "invalid_request", "X")


@claim("recency with a date", "HTTP 400 invalid_request")
def recency_with_after(service: Service) -> str:
    """Send filters that exclude each other."""
    filters = {"search_recency_filter": "day", "search_after_date_filter": "01/01/2026"}
    tools = [{"type": "web_search", "filters": filters}]
    return refused(service.ask(input="x", effort="fast", tools=tools), 400, "invalid_request")


@claim("retired models", "`sonar-pro` and `perplexity/sonar-pro` are HTTP 400 invalid_model")
def retired_models(service: Service) -> str:
    """Ask models that do not exist any more."""
    seen = ""
    for model in ("sonar-pro", "perplexity/sonar-pro"):
        seen = refused(service.ask(input="x", model=model), 400, "invalid_model")
    return seen


@claim("chat completions", "HTTP 403 chat_completions_not_available")
def retired_chat(service: Service) -> str:
    """Ask the retired API."""
    body = {"model": "sonar", "messages": [{"role": "user", "content": "x"}]}
    reply = service.send("POST", "/chat/completions", body)
    return refused(reply, 403, "chat_completions_not_available")


# ---- asking ------------------------------------------------------------------------------------------


@claim("effort", "`effort` is answered", FAST)
def effort(service: Service) -> str:
    """Ask with the new name."""
    reply = service.ask(input=QUESTION, effort="fast")
    return f"{answered(reply)}, model {reply.body.get('model')}"


@claim("a pinned effort", "`effort=fast@2026-10-16.0` is answered", FAST)
def pinned(service: Service) -> str:
    """Ask with a pinned version."""
    return answered(service.ask(input=QUESTION, effort="fast@2026-10-16.0"))


@claim("an old name", "`effort=fast-search` is answered as fast", FAST)
def old_name(service: Service) -> str:
    """Ask with a name of before."""
    return answered(service.ask(input=QUESTION, effort="fast-search"))


@claim("effort beside preset", "`effort` takes precedence", FAST)
def beside(service: Service) -> str:
    """Ask with both."""
    reply = service.ask(input=QUESTION, effort="fast", preset="low")
    seen = f"{answered(reply)}, effort {reply.body.get('effort')}, model {reply.body.get('model')}"
    if reply.body.get("effort") not in (None, "fast"):
        raise Differs(seen)
    return seen


def _reasoning(depth: str, price: float) -> None:
    @claim(f"reasoning effort {depth}", f"`reasoning.effort={depth}` is answered", price)
    def reasoned(service: Service) -> str:
        """Ask with a depth of reasoning."""
        return answered(service.ask(input="Say hello.", effort="fast", reasoning={"effort": depth}))


_reasoning("none", FAST)
_reasoning("max", 2 * FAST)


@claim("empty instructions", "`instructions=''` is answered", FAST)
def no_instructions(service: Service) -> str:
    """Clear the instructions of the effort."""
    return answered(service.ask(input="Say hello.", effort="fast", instructions=""))


@claim("a forced search", "`tool_choice` makes a greeting search", FAST)
def forced(service: Service) -> str:
    """Ask something that needs no search."""
    reply = service.ask(
        input=QUESTION, effort="fast", tool_choice={"type": "web_search"}, instructions="Be brief."
    )
    seen = f"{answered(reply)}, {len(reply.items('search_results'))} searches"
    if not reply.items("search_results"):
        raise Differs(seen)
    return seen


@claim("no tools", "`max_tool_calls=0` answers without a search", FAST)
def no_tools(service: Service) -> str:
    """Turn the tools off."""
    reply = service.ask(input=QUESTION, effort="fast", max_tool_calls=0)
    seen = f"{answered(reply)}, {len(reply.items('search_results'))} searches"
    if reply.items("search_results"):
        raise Differs(seen)
    return seen


@claim(
    "a stream", "sources with snippets before the text, rising numbers, one terminal event", FAST
)
def streamed(service: Service) -> str:
    """Stream an answer."""
    body = {"input": QUESTION, "effort": "fast", "stream": True}
    with service.stream("POST", "/v1/responses", body) as events:
        read = list(events)
    kinds = [event.get("type", "") for event in read]
    numbers = [event.get("sequence_number", -1) for event in read]
    found = [e for e in read if e.get("type") == "response.reasoning.search_results"]
    seen = f"{len(read)} events, {len(found)} searches, {kinds[:1]} to {kinds[-1:]}"
    if kinds[-1:] != ["response.completed"] or numbers != sorted(set(numbers)) or not found:
        raise Differs(seen)
    first_text = kinds.index("response.output_text.delta")
    ends = [item for item in read[-1]["response"]["output"] if item["type"] == "search_results"]
    results = [result for each in (*found, *ends) for result in each["results"]]
    if read.index(found[0]) > first_text or not all("snippet" in result for result in results):
        raise Differs(f"{seen}, {len(results)} results")
    return seen


def _tool(kind: str, item: str, question: str, options: dict[str, Any]) -> None:
    @claim(f"the tool {kind}", f"an item {item} in the output", 3 * FAST)
    def used(service: Service) -> str:
        """Force the tool."""
        tool = {"type": kind, **options}
        reply = service.ask(input=question, effort="fast", tools=[tool], tool_choice={"type": kind})
        answered(reply)
        kinds = sorted({each.get("type", "") for each in reply.body["output"]})
        if item not in kinds:
            raise Differs(f"items: {', '.join(kinds)}")
        fields = sorted(reply.items(item)[0])
        return f"items: {', '.join(kinds)}; its fields: {', '.join(fields)}"


_tool(
    "fetch_url",
    "fetch_url_results",
    "Summarise https://www.python.org/dev/peps/pep-0008/ in one sentence.",
    {"max_urls": 1},
)
_tool("image_search", "image_search_results", "Show a picture of a lighthouse.", {"max_results": 2})
_tool("people_search", "people_search_results", "Who created the language Python?", {})
_tool("finance_search", "finance_results", "What does a share of Apple cost?", {})


# ---- a model as a judge -----------------------------------------------------------------------------

# Sentences with the same snippet, and whether a judge may find them. More pairs: tests/corpora/check.
SNIPPET = (
    "The bridge at Halmer has seven arches and is 213 metres long. It was opened in 1748 and widened in"
    " 1811. A flood destroyed two arches in 1809. The railway never used it."
)
JUDGED = {
    "The bridge at Halmer consists of seven arches.": True,
    "The bridge has nine arches.": False,
    "Trains never crossed it.": True,
    "The railway used the bridge until 1811.": False,
    "Two of its arches fell victim to high water.": True,
    "The flood of 1811 destroyed two arches.": False,
}


@claim("a judge", "a model by schema tells wrong sentences from right ones", LOW)
def judged(service: Service) -> str:
    """Let a model compare sentences with a snippet, as `answer.check(judge="low")` does."""
    state = AnswerState()
    source = Source(
        1, "The bridge at Halmer", "https://example.org/", "example.org", snippet=SNIPPET
    )
    for event in (SourcesFound((source,)), Text(" ".join(f"{s}[1]" for s in JUDGED)), Finished()):
        state.apply(event, 1)
    found = checked(state)
    judging = Judging(found, state, Judge("low", 1.0), {})
    (request,) = judging.requests
    reply = service.ask(**body(request))
    answered(reply)
    written = "".join(
        part.get("text", "") for item in reply.items("message") for part in item.get("content", ())
    )
    verdicts = [each.verdict for each in judging.read(written)]
    wrong = [
        sentence
        for (sentence, right), verdict in zip(JUDGED.items(), verdicts, strict=True)
        if (verdict == "found") is not right
    ]
    if wrong:
        raise Differs(f"{len(wrong)} of {len(JUDGED)} misjudged: {wrong}")
    return f"{len(JUDGED)} sentences judged as expected"


# ---- stored responses ------------------------------------------------------------------------------


@claim("a stored response", "GET returns it; with `store=false` it is HTTP 404", 2 * FAST)
def stored(service: Service) -> str:
    """Fetch an answer, and one that is not stored."""
    asked = service.ask(input="Say hello.", effort="fast")
    answered(asked)
    found = service.send("GET", f"/v1/responses/{asked.body['id']}")
    if found.body.get("output") != asked.body["output"]:
        raise Differs(told(found))
    asked = service.ask(input="Say hello.", effort="fast", store=False)
    hidden = service.send("GET", f"/v1/responses/{asked.body['id']}")
    if hidden.status != 404:  # noqa: PLR2004
        raise Differs(f"store=false: {told(hidden)}")
    return f"{told(found)}; {told(hidden)}"


@claim("a cut run is taken up", "`starting_after` brings the events after it, to the end", LOW)
def resumed(service: Service) -> str:
    """Leave a stream after a few events, and take it up."""
    body = {"input": QUESTION, "effort": "low", "background": True, "stream": True}
    with service.stream("POST", "/v1/responses", body) as events:
        begun = [event for event, _ in zip(events, range(3), strict=False)]
    id_, last = begun[0]["response"]["id"], begun[-1]["sequence_number"]
    path = f"/v1/responses/{id_}?stream=true&starting_after={last}"
    with service.stream("GET", path) as events:
        rest = list(events)
    numbers = [event.get("sequence_number", -1) for event in rest]
    seen = f"after {last}: {numbers[:1]} to {numbers[-1:]}, {[e.get('type') for e in rest[-1:]]}"
    if not numbers or min(numbers) <= last or rest[-1].get("type") != "response.completed":
        raise Differs(seen)
    return seen


@claim("a running run", "GET has `output: []`; cancel answers `cancelling`, and the run stops", LOW)
def cancelled(service: Service) -> str:
    """Begin a run in the background, cancel it, and wait for its end."""
    run = service.ask(input=LONG_QUESTION, effort="low", background=True)
    path = f"/v1/responses/{run.body.get('id')}"
    running = service.send("GET", path)
    status = running.body.get("status")
    if status not in ("queued", "in_progress"):
        raise NotTried(f"the run was {status} before it could be cancelled")
    said = service.send("POST", f"{path}/cancel")
    deadline = time.monotonic() + STOPPING
    while True:
        ended = service.send("GET", path)
        over = ended.body.get("status") not in ("queued", "in_progress")
        if over or time.monotonic() > deadline:
            break
        time.sleep(1)
    seen = (
        f"{status} with output {running.body.get('output')}, then {said.body.get('status')}, "
        f"then {ended.body.get('status')}; again: {told(service.send('POST', f'{path}/cancel'))}"
    )
    expected = ([], "cancelling", "cancelled")
    if (running.body.get("output"), said.body.get("status"), ended.body.get("status")) != expected:
        raise Differs(seen)
    return seen


# ---- the Search API ---------------------------------------------------------------------------------


def _search(name: str, body: dict[str, Any]) -> None:
    @claim(f"search: {name}", "one flat list of results with title, url and snippet", SEARCHED)
    def searched(service: Service) -> str:
        """Search."""
        reply = service.send("POST", "/search", body)
        results = reply.body.get("results")
        if not isinstance(results, list) or not results:
            raise Differs(told(reply))
        if not all({"title", "url", "snippet"} <= result.keys() for result in results):
            raise Differs(f"fields: {sorted(results[0])}")
        return f"{len(results)} results, fields: {', '.join(sorted(results[0]))}"


_search("several queries", {"query": ["CAP theorem", "WebSocket"], "max_results": 4})
_search(
    "academic mode and language",
    {
        "query": "CAP theorem",
        "search_mode": "academic",
        "search_language_filter": ["en"],
        "max_results": 2,
    },
)


# ---- through the package -----------------------------------------------------------------------------


def _asked(provider: str) -> None:
    @claim(
        f"the package, provider {provider}", "a complete answer with sources, all understood", FAST
    )
    def asked(service: Service) -> str:
        """Ask with the public API."""
        import pplx_widget as pplx  # noqa: PLC0415 (only here)

        pplx.configure(base_url=service.base_url, api_key=service.key or None)
        answer = pplx.ask(QUESTION, effort="fast", provider=provider).wait(180)
        if answer.usage and answer.usage.cost:
            service.spent += answer.usage.cost
        kinds = [str(getattr(each, "kind", each)) for each in answer.unknown]
        seen = f"{answer.status}, {len(answer.sources)} sources, not understood: {kinds}"
        if answer.status != "complete" or not answer.sources or kinds:
            raise Differs(f"{seen} {answer.error or ''}".strip())
        return seen


_asked("agent")
_asked("raw")
