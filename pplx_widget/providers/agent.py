"""The Agent API through the OpenAI SDK: the default provider."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import openai

from .. import errors
from ..config import Connection
from ..events import Event
from ..request import Request, Search
from . import sdk
from ._wire import failure
from .agent_events import AgentReader

_RETIRED_MODELS = {
    # Official migration notes, September 2026. A retired name asks for the preset that replaced it.
    "sonar": "fast",
    "sonar-pro": "low",
    "sonar-reasoning": "low",
    "sonar-reasoning-pro": "low",
    "sonar-deep-research": "medium",
}

# How long the end of a response is waited for after its last event.
_REST_SECONDS = 1.0


class Agent:
    """Asks the Agent API (``POST {base_url}/responses``, streamed).

    Parameters
    ----------
    connection : Connection
        Where to ask and with which key.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        """Ask, and yield the events of the answer; see `Provider`."""
        host, started = self._connection.host, False
        reader = AgentReader(host)
        types_ready = sdk.prepare_types()
        try:
            stream: openai.AsyncStream[Any] = await sdk.client(self._connection).responses.create(
                **body(request), stream=True, timeout=sdk.timeout(self._connection)
            )
            try:
                # Shielded: stopping this answer must not stop what the next one needs.
                await asyncio.shield(types_ready)
                async for event in stream:
                    started = True
                    for ours in reader.read(_payload(event)):
                        yield ours
                    if reader.ended:
                        return
            finally:
                # Reached too when the answer is stopped: the response is closed, not only hidden.
                if reader.ended:
                    await _read_out(stream)
                await stream.close()
            content_type = stream.response.headers.get("content-type", "")
            if started or content_type.startswith("text/event-stream"):
                return  # cut short, which whoever reads the events notices
            failed: Exception = errors.no_stream(content_type, host=host)
        except Exception as error:  # noqa: BLE001 (the border: whatever the SDK raises becomes ours)
            failed = self._our_error(error, started=started)
        # Not raised where it was caught: the SDK's error, which holds the request's headers, would
        # stay reachable as its context.
        raise failed

    def _our_error(self, error: Exception, *, started: bool) -> errors.PplxError:
        if type(error) is openai.APIError:
            # An error event in a stream that began well: the SDK raises it with its error object.
            return failure(error.body, self._connection.host)
        return sdk.our_error(error, host=self._connection.host, started=started)


async def _read_out(stream: openai.AsyncStream[Any]) -> None:
    """Read what comes after the last event, so that the next answer can use the connection.

    A generator of the SDK that is left in the middle would also be collected some time later, in any
    thread, and closed while this one runs it.
    """
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_REST_SECONDS):
            async for _ in stream:
                pass


def body(request: Request) -> dict[str, Any]:
    """Return the arguments of ``responses.create`` for a request.

    The service refuses any field that it does not know, so only what was asked for is sent; what the
    SDK has no argument for goes through ``extra_body``.
    """
    extra: dict[str, Any] = {
        "language_preference": request.language,
        "max_steps": request.max_steps,
    }
    model = request.model
    preset: str | None = request.effort
    if model is not None and (retired := _preset_for(model)):
        model, preset = None, preset or retired
    if model is None and not request.models and preset is None:
        preset = "fast"
    extra |= {"preset": preset, "models": list(request.models)}
    arguments: dict[str, Any] = {
        "input": [
            *({"type": "message", **turn} for turn in request.messages),
            {"type": "message", "role": "user", "content": request.question},
        ]
        if request.messages
        else request.question,
        "model": model,
        "instructions": request.instructions,
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "reasoning": {"effort": request.reasoning_effort} if request.reasoning_effort else None,
        "tools": _tools(request, searches_itself=preset is not None),
        "extra_body": _given(extra),
    }
    return _given(arguments)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
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
        "user_location": {"country": search.country.upper()} if search.country else None,
        "filters": _given(filters),
    }
    return _given(tool)


def _us_date(day: date | None) -> str | None:
    return f"{day:%m/%d/%Y}" if day else None


def _payload(event: Any) -> dict[str, Any]:
    """Return an event of the SDK as the mapping that came over the wire.

    Events that the SDK does not know arrive as objects of some other class with the right ``type``
    and every field as an attribute, so the class says nothing and the fields are all there.
    """
    if event.type == "response.output_text.delta":  # by far the most: spare it the whole dump
        return {
            "type": event.type,
            "delta": event.delta,
            "item_id": getattr(event, "item_id", None),
            "output_index": getattr(event, "output_index", None),
            "content_index": getattr(event, "content_index", None),
        }
    dumped: dict[str, Any] = event.model_dump(warnings=False)
    return dumped
