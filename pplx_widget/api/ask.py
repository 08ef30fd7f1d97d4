"""`ask`: the front door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..config import option_names
from ..core import checks
from ..core.options import Attached, Effort, ReasoningEffort
from ..core.secret import learn_tried
from ..question.extras import seal
from ..question.request import Search
from ..runs import prepare
from ..runs.prepare import OPTIONS
from ..widget import Answer


def ask(
    question: str,
    /,
    *,
    context: Any = None,
    effort: Effort | None = None,
    preset: Effort | None = None,
    model: str | None = None,
    models: Iterable[str] | None = None,
    instructions: str | None = None,
    messages: Iterable[Mapping[str, Any]] | None = None,
    search: Search | bool | None = None,
    max_tokens: int | None = None,
    max_steps: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    reasoning_effort: ReasoningEffort | None = None,
    language: str | None = None,
    images: Attached | None = None,
    files: Attached | None = None,
    schema: Any = None,
    background: bool | None = None,
    extra_body: Mapping[str, Any] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    provider: Any = None,
    timeout: float | tuple[float, float] | None = None,
    check: bool | None = None,
    **unknown: object,
) -> Answer:
    """Ask a question; the answer streams in the background.

    Returns at once. In a notebook the answer is shown where it is the last value of a cell, or by
    ``display``; in plain Python use ``answer.wait().text``.

    Parameters
    ----------
    question : str
        What you want to know.
    context : DataFrame, Series, str, list or dict, optional
        Data that the question is about: what `summarise` makes of it goes out after the question, and
        nothing else of it. It is shown with the answer. To look at it first, or to keep columns or
        rows back, give what ``pplx.summarise(…)`` returned.
    effort : {"fast", "low", "medium", "high", "xhigh"}, optional
        How much work goes into the answer: a preset of the service. ``"fast"`` where neither effort
        nor model is named.
    preset : str, optional
        Another name for ``effort``.
    model : str, optional
        A model in place of a preset, such as ``"perplexity/sonar"``. It is given the web search.
    models : iterable of str, optional
        Models to try in turn.
    instructions : str, optional
        What the model should keep to; replaces a preset's own instructions.
    messages : iterable of mapping, optional
        Earlier turns: ``{"role": "user" | "assistant", "content": …}``.
    search : Search or bool, optional
        How to search; False, together with a model and no effort, not at all.
    max_tokens : int, optional
        Output tokens at most, from 16.
    max_steps : int, optional
        Steps of research at most, 1 to 100.
    temperature : float, optional
        0 to 2.
    top_p : float, optional
        0 to 1.
    reasoning_effort : str, optional
        How long the model thinks: ``"minimal", "low", "medium", "high", "xhigh"``.
    language : str, optional
        The preferred language of the answer, such as ``"de"``.
    images : iterable of str, path or bytes, optional
        Images to look at: PNG, JPEG, WebP or GIF, as paths, bytes or ``https://`` addresses, which the
        service fetches. An image has at most 50 MB, and all that is sent at most 32 MiB.
    files : iterable of str, path or bytes, optional
        Files to read: texts (UTF-8), PDF, RTF and Word, in the same ways. Experimental: the Agent API
        has parts for them, and no answer to one was ever recorded.
    schema : pydantic model or dict, optional
        The form that the answer is to have: a model class, or a JSON schema. The text is JSON then, and
        ``answer.parsed`` what it says. An answer that does not fit is a failed one, with its text
        (`SchemaMismatch`). A JSON schema is checked by the package jsonschema, where it is installed.
    background : bool, optional
        Whether the service goes on without us when the connection is lost, or the answer stopped, and
        keeps the response for `resume`, by ``answer.response_id``. Experimental: documented, and never
        recorded.
    extra_body : mapping, optional
        Further fields for the body of the request, by the server's names. They are merged last, so they
        replace what an option says. The server decides whether it takes them; an error names a field
        that it refuses. A key in them is not shown.
    extra_headers : mapping of str to str, optional
        Further headers for the request; they replace those of the same name, ``Authorization``
        included. Their values are never shown. They go to the server that is set at the time of asking,
        and to no other one in a retry or a further question.
    provider : str or Provider, optional
        ``"agent"``, ``"chat"``, ``"raw"`` or a `Raw`, or an object with an asynchronous
        ``stream(request)``; see `Provider`.
    timeout : float or (float, float), optional
        Seconds between bytes (60), or (seconds to connect (5), seconds between bytes).
    check : bool, optional
        Whether a failed answer fails the cell that shows it where nobody watches (nbconvert,
        papermill, nbval). Its error is shown either way.

    Returns
    -------
    Answer
        Live. Where no key is found it is a failed one that says what to do.

    Raises
    ------
    InvalidRequest
        The question is empty, or an option cannot be what it is or cannot be sent by the provider;
        nothing was sent.
    UnknownOption
        A keyword that there is not.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> answer = pplx.ask("What is HTTP/3?", effort="low")
    >>> answer.wait(timeout=60).status
    <Status.COMPLETE: 'complete'>
    >>> print(answer.to_markdown())
    **What is HTTP/3?**
    ...
    """
    given: Any = locals()
    extra_body = extra_headers = None  # a traceback may show the variables
    seal(given)
    if unknown:
        # As in `prepare.refuse_unknown`.
        learn_tried(unknown)
        name = next(iter(unknown))
        unknown.clear()
        raise prepare.unknown_option("ask", name, option_names(ask))
    checks.flag("check", check)
    begin = prepare.prepared(question, **{name: given[name] for name in OPTIONS})
    return Answer.begun(begin, check=check)
