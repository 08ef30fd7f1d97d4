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
    # Official migration notes, September 2026: a retired name → the preset that replaced it.
    "sonar": "fast",
    "sonar-pro": "low",
    "sonar-reasoning": "low",
    "sonar-reasoning-pro": "low",
    "sonar-deep-research": "medium",
}

# Names that were retired before the Sonar API.
_LONG_GONE = re.compile(r"pplx-.+|llama-.*sonar.*|sonar-(small|medium)-.+|r1-1776", re.DOTALL)

_OWN_MODEL = "perplexity/sonar"


def body(request: Request) -> dict[str, Any]:
    """Return the body of ``POST /responses`` for a request.

    The service refuses unknown fields, so the body has only the fields of given options.
    """
    preset, models = _who_answers(request)
    several = len(request.models) > 1 or request.model is None
    return given(
        {
            "input": _input(request),
            "previous_response_id": request.previous_response_id,
            "background": request.background or None,
            "preset": preset,
            "model": models[0] if models and not several else None,
            "models": models if several else [],
            "instructions": request.instructions,
            "max_output_tokens": request.max_tokens,
            "max_steps": request.max_steps,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "reasoning": given({"effort": request.reasoning_effort}),
            "tools": _tools(request, searches_itself=preset is not None),
            "language_preference": request.language,
            "response_format": response_format(request.schema),
        }
    )


def check(request: Request) -> None:
    """Check whether a request can be sent.

    Raises
    ------
    InvalidRequest
        The images and files together are too large.
    """
    weight = sum(one.weight for one in (*request.images, *request.files))
    if weight > _MOST - _FOR_WORDS:
        raise errors.InvalidRequest(
            "The images and files are too large together.",
            f"As they are sent they take {weight / 2**20:.0f} MiB; a request has at most 32, words "
            "included.",
            "Send fewer or smaller ones, or addresses that the service can fetch.",
        )


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
    retired = [m for m in (request.model, *request.models) if m and _preset_for(m)]
    if not retired:
        return []
    preset, models = _who_answers(request)
    asked = (
        say("notice.retired.model", name=_OWN_MODEL)
        if models
        else say("notice.retired.effort", name=preset)
    )
    *others, last = (f'"{name}"' for name in retired)
    names = say("notice.retired.names", first=", ".join(others), last=last) if others else last
    return [count(len(retired), "notice.retired", names=names, asked=asked)]


def _who_answers(request: Request) -> tuple[str | None, list[str]]:
    """Return the preset and the models to ask: one of the two, or both if both were given.

    A retired model name becomes a preset. In a list with other models, or without a search, it becomes
    Perplexity's own model, since a preset cannot be used there.
    """
    models = [m for m in (request.model, *request.models) if m]
    presets = [_preset_for(m) for m in models]
    if models and all(presets) and request.search is not False:
        return request.effort or presets[0], []
    if not models:
        return request.effort or "fast", []
    named = [_OWN_MODEL if retired else m for m, retired in zip(models, presets, strict=True)]
    return request.effort, list(dict.fromkeys(named))


def _preset_for(model: str) -> str | None:
    """Return the preset that replaced a retired Sonar model; None for any other model."""
    model = model.strip().lower()
    if _LONG_GONE.fullmatch(model):
        return "fast"
    return _RETIRED_MODELS.get(model)


def _tools(request: Request, *, searches_itself: bool) -> list[dict[str, Any]]:
    # A tool changes nothing in the other tools of a preset: the service merges them by type.
    tools = [dict(tool) for tool in request.tools]
    if isinstance(request.search, Search):
        return [_search_tool(request.search), *tools]
    # A model alone does not search without the tool; a preset does.
    if request.search is False or (searches_itself and request.search is None):
        return tools
    return [{"type": "web_search"}, *tools]


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
        "type": "web_search",
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
