"""What a question looks like on the wire of the Agent API; knows no transport."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from .. import errors
from ..attachments import content
from ..request import Request, Search

_MOST = 32 * 2**20
_FOR_WORDS = 2**20

_RETIRED_MODELS = {
    # Official migration notes, September 2026. A retired name asks for the preset that replaced it.
    "sonar": "fast",
    "sonar-pro": "low",
    "sonar-reasoning": "low",
    "sonar-reasoning-pro": "low",
    "sonar-deep-research": "medium",
}


def body(request: Request) -> dict[str, Any]:
    """Return the body of ``POST /responses`` for a request.

    The service refuses any field that it does not know, so only what was asked for is sent.
    """
    model = request.model
    preset: str | None = request.effort
    if model is not None and (retired := _preset_for(model)):
        model, preset = None, preset or retired
    if model is None and not request.models and preset is None:
        preset = "fast"
    return given(
        {
            "input": _input(request),
            "previous_response_id": request.previous_response_id,
            "preset": preset,
            "model": model,
            "models": list(request.models),
            "instructions": request.instructions,
            "max_output_tokens": request.max_tokens,
            "max_steps": request.max_steps,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "reasoning": given({"effort": request.reasoning_effort}),
            "tools": _tools(request, searches_itself=preset is not None),
            "language_preference": request.language,
        }
    )


def check(request: Request) -> None:
    """Look whether a request can be sent.

    Raises
    ------
    InvalidRequest
        Its images and files are too large together.
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


def replayed(request: Request) -> Request | None:
    """Return the request with all turns in place of the id that stands for them, if one does."""
    return replace(request, previous_response_id=None) if request.previous_response_id else None


def given(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was not asked for; a zero was."""
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def _preset_for(model: str) -> str | None:
    """Return the preset that replaced a retired Sonar name; None for any other model."""
    model = model.strip().lower()
    if model.startswith("pplx-") or (model.startswith("llama-") and "sonar" in model):
        return "fast"
    return _RETIRED_MODELS.get(model)


def _tools(request: Request, *, searches_itself: bool) -> list[dict[str, Any]] | None:
    if isinstance(request.search, Search):
        return [_search_tool(request.search)]
    # A bare model does not search unless told to; a preset does.
    if request.search is False or (searches_itself and request.search is None):
        return None
    return [{"type": "web_search"}]


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


def place(search: Search) -> dict[str, Any]:
    """Return where a search is made from, by names."""
    country = search.country.upper() if search.country else None
    return given({"country": country, "region": search.region, "city": search.city})


def _us_date(day: date | None) -> str | None:
    return f"{day:%m/%d/%Y}" if day else None
