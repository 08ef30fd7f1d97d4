"""`ask`: the main function of the package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Literal

from ..config import option_names
from ..core import checks
from ..core.options import Attached, Effort, ReasoningEffort
from ..core.secret import learn_tried
from ..question.extras import seal
from ..question.request import Search
from ..runs import prepare
from ..runs.prepare import OPTIONS
from ..widget.answer import Answer


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
    search: Search | bool | Literal["required"] | None = None,
    tools: Iterable[str | Mapping[str, Any]] | None = None,
    max_tokens: int | None = None,
    max_steps: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    reasoning_effort: ReasoningEffort | None = None,
    language: str | None = None,
    images: Attached | None = None,
    files: Attached | None = None,
    schema: Any = None,
    evidence: bool | None = None,
    background: bool | None = None,
    extra_body: Mapping[str, Any] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    provider: Any = None,
    timeout: float | tuple[float, float] | None = None,
    cache: str | timedelta | bool | None = None,
    refresh: bool | None = None,
    check: bool | None = None,
    **unknown: object,
) -> Answer:
    """Ask a question; the answer streams in the background.

    This returns at once. In a notebook, the answer is shown if it is the last value of a cell, or by
    ``display``. In plain Python, use ``answer.wait().text``.

    Parameters
    ----------
    question : str
        The question.
    context : DataFrame, Series, str, list, dict, Sources or Answer, optional
        Data for the question, the result of `search`, an answer, or a list of answers. Only a summary
        of it is sent after the question (see `summarise`), and shown with the answer. To inspect the
        summary first, or to exclude columns or rows, pass the result of ``pplx.summarise(…)``.
    effort : {"fast", "low", "medium", "high", "xhigh"} or str, optional
        How much work goes into the answer. The default is ``"fast"`` if neither effort nor model is
        given. ``"fast@2026-10-16.0"`` stays with one version of an effort. The older names of presets
        (``"fast-search"``, ``"pro-search"``, ``"deep-research"``, ``"advanced-deep-research"``) are
        accepted too.
    preset : str, optional
        An alias of ``effort``.
    model : str, optional
        A model instead of an effort, such as ``"perplexity/sonar"``. It can search the web.
    models : iterable of str, optional
        Models to try in turn.
    instructions : str, optional
        Instructions for the model; they replace an effort's own instructions. ``""`` clears those.
    messages : iterable of mapping, optional
        Earlier turns: ``{"role": "user" | "assistant", "content": …}``.
    search : Search, bool or "required", optional
        Options for the search. True only offers the search to the model; ``"required"``, or a `Search`
        with ``required=True``, makes the model search. False turns the search off, and with an effort
        all other tools too.
    tools : iterable of str or mapping, optional
        Tools of the service that the model may use beside the search, as names or as mappings with
        ``type`` and options: ``"fetch_url"`` (``max_urls``, 1 to 10) reads pages,
        ``"people_search"`` and ``"finance_search"`` find people and figures, ``"image_search"``
        (``max_results``; ``filters`` with ``domain_filter``, ``format_filter`` and ``safe_search``)
        finds `images`. An effort keeps its own tools beside them. Experimental: only ``fetch_url`` was
        ever seen in a recording, the others are documented by the service.
    max_tokens : int, optional
        The maximum number of output tokens, at least 16.
    max_steps : int, optional
        The maximum number of research steps, 1 to 100.
    temperature : float, optional
        The sampling temperature, 0 to 2.
    top_p : float, optional
        The probability mass for nucleus sampling, 0 to 1.
    reasoning_effort : str, optional
        How long the model thinks: ``"none", "minimal", "low", "medium", "high", "xhigh", "max"``. A
        model may not support each of them.
    language : str, optional
        The preferred language of the answer, such as ``"de"``.
    images : iterable of str, path or bytes, optional
        Images for the question: PNG, JPEG, WebP or GIF, as paths, bytes or ``https://`` addresses,
        which the service fetches. An image may have at most 50 MB, a whole request at most 32 MiB.
    files : iterable of str, path or bytes, optional
        Files for the question: texts (UTF-8), PDF, RTF and Word, given like images. Experimental: the
        Agent API documents this, but no answer to a file was ever recorded.
    schema : pydantic model or dict, optional
        The schema of the answer: a model class, or a JSON schema. The text is then JSON, and
        ``answer.parsed`` its value. An answer that does not fit fails with `SchemaMismatch` and keeps
        its text. A JSON schema is checked only if the package jsonschema is installed.
    evidence : bool, optional
        Whether each value of a structured answer names its sources and quotes one of them; needs
        ``schema``. The values are then ``answer.parsed`` as without it, and ``answer.evidence`` says
        which source each comes from, and whether the quote is there.
    background : bool, optional
        Whether the service continues if the connection is lost. The answer is then taken up where it
        was cut, and later by `resume` with ``answer.response_id``. Stopping it cancels the work at the
        service. Experimental: documented, but never recorded.
    extra_body : mapping, optional
        Further fields for the body of the request, by the server's names. They are merged last, so they
        replace the fields of an option. The server decides whether it accepts them; an error names a
        field that it refuses. A key in them is not shown.
    extra_headers : mapping of str to str, optional
        Further headers for the request; they replace headers of the same name, including
        ``Authorization``. Their values are never shown. They go to the server that is set when the
        question is asked, and to no other one in a retry or a further question.
    provider : str or Provider, optional
        ``"agent"``, ``"chat"``, ``"raw"`` or a `Raw`, or an object with an asynchronous
        ``stream(request)``; see `Provider`.
    timeout : float or (float, float), optional
        Seconds between bytes (default 60), or (seconds to connect (default 5), seconds between bytes).
    cache : str, timedelta or bool, optional
        How old an answer of the store may be that is given in place of a new one, such as
        ``"7 days"``; True for any age, False for none. The same question, with the same options and
        context to the same server, then costs nothing. Only complete answers count. The answer says
        the date (see its ``kept``); ``answer.retry()`` asks the service again. The default is that
        of `configure`, which also names the store.
    refresh : bool, optional
        Whether to ask the service in any case. The store gets the new answer.
    check : bool, optional
        Whether a failed answer makes its cell fail in a non-interactive run (nbconvert, papermill,
        nbval). The error is shown either way.

    Returns
    -------
    Answer
        A live answer. If no key is found, it is a failed answer that says what to do.

    Raises
    ------
    InvalidRequest
        The question is empty, or an option is invalid or not supported by the provider; nothing was
        sent.
    UnknownOption
        An unknown keyword argument.

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
        # The same steps as in `prepare.refuse_unknown`.
        learn_tried(unknown)
        name = next(iter(unknown))
        unknown.clear()
        raise prepare.unknown_option("ask", name, option_names(ask))
    checks.flag("check", check)
    begin = prepare.prepared(question, **{name: given[name] for name in OPTIONS})
    return Answer.begun(begin, check=check)
