"""The request body of the Agent API."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from ..core import errors
from ..core.words import count, say
from ..question.attachments import content
from ..question.request import Request, Search
from ..question.schema import Schema

_MOST = 32 * 2**20
_FOR_WORDS = 2**20

_RETIRED_MODELS = {
    # Official migration page, November 2026: a retired name → the effort that replaced it. The page
    # does not name sonar-reasoning, which is taken like its pro form.
    "sonar": "fast",
    "sonar-pro": "low",
    "sonar-reasoning": "medium",
    "sonar-reasoning-pro": "medium",
    "sonar-deep-research": "high",
}

# Names that were retired before the Sonar API.
_LONG_GONE = re.compile(r"pplx-.+|llama-.*sonar.*|sonar-(small|medium)-.+|r1-1776", re.DOTALL)

_OWN_MODEL = "perplexity/sonar"

_WEB_SEARCH = "web_search"
_EFFORT, _PRESET = "effort", "preset"  # the field of today, and its deprecated name


def body(request: Request) -> dict[str, Any]:
    """Return the body of ``POST /responses`` for a request.

    The service refuses unknown fields, so the body has only the fields of given options.
    """
    effort, models = _who_answers(request)
    several = len(request.models) > 1 or request.model is None
    itself = _searches_itself(request)
    forced = isinstance(request.search, Search) and request.search.required
    return given(
        {
            "input": _input(request),
            "previous_response_id": request.previous_response_id,
            "background": request.background or None,
            _EFFORT: None if _names_effort(request) else effort,
            "model": models[0] if models and not several else None,
            "models": models if several else [],
            "instructions": request.instructions,
            "max_output_tokens": request.max_tokens,
            "max_steps": request.max_steps,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "reasoning": given({"effort": request.reasoning_effort}),
            "tools": _tools(request, searches_itself=itself),
            "tool_choice": {"type": _WEB_SEARCH} if forced else None,
            # An effort searches by itself, unless all of its tools are off.
            "max_tool_calls": 0 if itself and request.search is False else None,
            "language_preference": request.language,
            "response_format": response_format(request.schema),
        }
    )


def check(request: Request) -> None:
    """Check whether a request can be sent.

    Raises
    ------
    InvalidRequest
        The images and files together are too large; or tools are given, but an effort's search is
        turned off, which turns all of its tools off.
    """
    if request.tools and request.search is False and _searches_itself(request):
        raise errors.InvalidRequest(
            "`search=False` turns all tools of an effort off, also those in `tools=`.",
            "The service cannot turn its search off alone.",
            "Leave `search=False` out, or give `model=` in place of the effort.",
        )
    weight = sum(one.weight for one in (*request.images, *request.files))
    if weight > _MOST - _FOR_WORDS:
        raise errors.InvalidRequest(
            "The images and files are too large together.",
            f"As they are sent they take {weight / 2**20:.0f} MiB; a request has at most 32, words "
            "included.",
            "Send fewer or smaller ones, or addresses that the service can fetch.",
        )


def as_preset(body: dict[str, Any], request: Request) -> dict[str, Any] | None:
    """Return a body with the effort under its older name; None if it has no effort of an option."""
    if _EFFORT not in body or _names_effort(request):
        return None
    return {_PRESET if name == _EFFORT else name: value for name, value in body.items()}


def _searches_itself(request: Request) -> bool:
    """Return whether an effort answers: it has tools of its own."""
    return _who_answers(request)[0] is not None or _names_effort(request)


def _names_effort(request: Request) -> bool:
    """Return whether ``extra_body`` has the effort: then it replaces that of the options."""
    return bool({_EFFORT, _PRESET} & (request.extra_body or {}).keys())


def _input(request: Request) -> str | list[dict[str, Any]]:
    asked = content(request.prompt, request.images, request.files)
    earlier = () if request.previous_response_id else request.messages
    if not earlier and isinstance(asked, str):
        return asked
    return [
        *({"type": "message", **turn} for turn in earlier),
        {"type": "message", "role": "user", "content": asked},
    ]


def without_id(request: Request) -> Request | None:
    """Return the request with all turns in place of the previous answer's id; None without an id."""
    return replace(request, previous_response_id=None) if request.previous_response_id else None


def given(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value; zero is one."""
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def notices(request: Request) -> list[str]:
    """Return a sentence for each part of the request that was reinterpreted."""
    retired = [m for m in (request.model, *request.models) if m and _effort_for(m)]
    if not retired:
        return []
    effort, models = _who_answers(request)
    asked = (
        say("notice.retired.model", name=_OWN_MODEL)
        if models
        else say("notice.retired.effort", name=effort)
    )
    *others, last = (f'"{name}"' for name in retired)
    names = say("notice.retired.names", first=", ".join(others), last=last) if others else last
    return [count(len(retired), "notice.retired", names=names, asked=asked)]


def _who_answers(request: Request) -> tuple[str | None, list[str]]:
    """Return the effort and the models to ask: one of the two, or both if both were given.

    A retired model name becomes an effort. In a list with other models, or without a search, it becomes
    Perplexity's own model, which does not search by itself.
    """
    models = [m for m in (request.model, *request.models) if m]
    efforts = [_effort_for(m) for m in models]
    if models and all(efforts) and request.search is not False:
        return request.effort or efforts[0], []
    if not models:
        return request.effort or "fast", []
    named = [_OWN_MODEL if retired else m for m, retired in zip(models, efforts, strict=True)]
    return request.effort, list(dict.fromkeys(named))


def _effort_for(model: str) -> str | None:
    """Return the effort that replaced a retired Sonar model; None for any other model."""
    model = model.strip().lower()
    if model == _OWN_MODEL:
        return None
    model = model.removeprefix("perplexity/")  # as gateways spell them
    if _LONG_GONE.fullmatch(model):
        return "fast"
    return _RETIRED_MODELS.get(model)


def _tools(request: Request, *, searches_itself: bool) -> list[dict[str, Any]]:
    # A tool changes nothing in the other tools of a preset: the service merges them by type.
    tools = [dict(tool) for tool in request.tools]
    if isinstance(request.search, Search):
        return [_search_tool(request.search), *tools]
    # A model alone does not search without the tool; an effort does.
    if request.search is False or (searches_itself and request.search is None):
        return tools
    return [{"type": _WEB_SEARCH}, *tools]


def _search_tool(search: Search) -> dict[str, Any]:
    filters = {
        "search_domain_filter": list(search.domains),
        "search_recency_filter": search.recency,
        "search_after_date_filter": _us_date(search.after),
        "search_before_date_filter": _us_date(search.before),
        "last_updated_after_filter": _us_date(search.updated_after),
        "last_updated_before_filter": _us_date(search.updated_before),
    }
    tool = {
        "type": _WEB_SEARCH,
        "search_type": search.type,
        "search_context_size": search.context,
        "max_results": search.max_results,
        "user_location": place(search)
        | given({"latitude": search.latitude, "longitude": search.longitude}),
        "filters": given(filters),
    }
    return given(tool)


def response_format(schema: Schema | None) -> dict[str, Any] | None:
    """Return the ``response_format`` of a schema, which is the same in both API formats."""
    if schema is None:
        return None
    named = {"name": schema.name, "schema": dict(schema.definition)}
    return {"type": "json_schema", "json_schema": named}


def place(search: Search) -> dict[str, Any]:
    """Return the place of a search by its names."""
    country = search.country.upper() if search.country else None
    return given({"country": country, "region": search.region, "city": search.city})


def _us_date(day: date | None) -> str | None:
    return f"{day:%m/%d/%Y}" if day else None
