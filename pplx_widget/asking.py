"""From a question and its options to runs of it: what all the ways to ask have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict, Unpack

from . import errors, providers
from ._types import Effort, ReasoningEffort
from .config import configure, connection, is_loopback, option_names, settings
from .request import Search, request
from .session import Session


class RequestOptions(TypedDict, total=False):
    """What is asked for, by the names that `pplx_widget.ask` documents."""

    context: Any
    effort: Effort | None
    preset: Effort | None
    model: str | None
    models: Iterable[str] | None
    instructions: str | None
    messages: Iterable[Mapping[str, Any]] | None
    search: Search | bool | None
    max_tokens: int | None
    max_steps: int | None
    temperature: float | None
    top_p: float | None
    reasoning_effort: ReasoningEffort | None
    language: str | None


class Options(RequestOptions, total=False):
    """The same, and how it is asked."""

    provider: Any
    timeout: float | tuple[float, float] | None


def prepared(
    question: str,
    *,
    provider: Any = None,
    timeout: float | tuple[float, float] | None = None,
    **options: Unpack[RequestOptions],
) -> Callable[[], Session]:
    """Check a question and its options, and return what begins a run of it.

    Raises
    ------
    InvalidRequest
        An option cannot be what it is; nothing was sent.
    """
    defaults = settings()
    if all(options.get(name) is None for name in ("effort", "preset", "model", "models")):
        options["effort"], options["model"] = defaults.effort, defaults.model
    asked = request(question, **options)

    def begin() -> Session:
        # Looked up anew for each run: a key or a server set since the first one counts for a retry.
        where = connection(timeout)
        chosen = provider if provider is not None else settings().provider
        session = Session(asked, providers.resolve(chosen, where, asked))
        # An object of the user's own has its own way to its service.
        if where.needs_key and providers.ours(chosen):
            session.fail(errors.missing_key())
        else:
            session.start(priced=providers.ours(chosen) and not is_loopback(where.base_url))
        return session

    return begin


def unknown_option(function: str, name: str, known: Iterable[str]) -> errors.UnknownOption:
    """Return the error for a keyword that a way to ask does not have, saying where it belongs."""
    if name in option_names(configure):
        why, how = "It belongs to the settings of the session.", f"Call `pplx.configure({name}=…)`."
    elif name in {field.name for field in dataclasses.fields(Search)}:
        why, how = "It belongs to the search.", f"Give it there: `search=pplx.Search({name}=…)`."
    else:
        return errors.unknown_option(function, name, known)
    return errors.UnknownOption(f"{function}() has no option {name!r}.", why, how)
