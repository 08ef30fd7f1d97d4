"""The request body of chat completions.

The server is not known, so an option is sent only if the format itself has a field for it. Any other
option is an error: leaving it out in silence would change the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ..core import errors
from ..question.attachments import content
from ..question.request import Request, Search
from .agent_body import given, place, response_format

# The options that are sent, in fields of the format or within its messages.
_SENT = (
    *("question", "context", "messages", "images", "files", "schema", "instructions", "model"),
    *("search", "max_tokens", "temperature", "top_p", "reasoning_effort", "previous_response_id"),
    *("extra_body", "extra_headers", "evidence"),
)
_SEARCHABLE = ("context", "country", "region", "city")
_NOT_GIVEN = (None, (), False)

# For some options that are not sent: the reason, and what to do instead.
_INSTEAD = {
    "effort": (
        "It is a preset of Perplexity's Agent API.",
        "Name a model, for example `model=…`; how long it thinks is `reasoning_effort=…`.",
    ),
    "models": ("", "Give one name as `model=…`."),
    "tools": ("They are tools of Perplexity's Agent API.", ""),
    "language": ("", "Say it in `instructions=…`."),
}


def check(request: Request) -> None:
    """Check whether a request can be sent as chat completions.

    Raises
    ------
    InvalidRequest
        It names no model, or has an option of the Agent API alone.
    """
    for field in fields(Request):
        if field.name not in _SENT and getattr(request, field.name) not in _NOT_GIVEN:
            raise _cannot(field.name, *_INSTEAD.get(field.name, ()))
    if not request.model:
        raise errors.InvalidRequest(
            "This server has to be told a model.",
            "The chat shape has no preset, and which models a server has is not known here.",
            'Name one: `pplx.ask(…, model="…")` or `pplx.configure(model="…")`; servers list theirs '
            "at `{base_url}/models`.",
        )
    if any(file.url for file in request.files):
        raise _cannot("the address of a file", "", "Give its path or its bytes.")
    if isinstance(request.search, Search):
        for field in fields(Search):
            value = getattr(request.search, field.name)
            if field.name not in _SEARCHABLE and value not in _NOT_GIVEN:
                raise _cannot(
                    f"search=Search({field.name}=…)",
                    "",
                    "What it can say of a search: "
                    + ", ".join(f"`{s}`" for s in _SEARCHABLE)
                    + ".",
                )


def body(request: Request) -> dict[str, Any]:
    """Return the body of ``POST /chat/completions`` for a request.

    ``search=True`` or a `Search` becomes ``web_search_options``, which gateways pass on and servers
    without a search refuse. ``search=False`` sends no field, since models do not search by default.
    """
    check(request)
    system = [{"role": "system", "content": request.instructions}] if request.instructions else []
    message = given(
        {
            "model": request.model,
            "messages": [
                *system,
                *(_turn(turn) for turn in request.messages),
                _turn(
                    {
                        "role": "user",
                        "content": content(request.prompt, request.images, request.files),
                    }
                ),
            ],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "reasoning_effort": request.reasoning_effort,
            "response_format": response_format(request.schema),
        }
    )
    if request.search:
        search = request.search if isinstance(request.search, Search) else Search()
        message["web_search_options"] = _search_options(search)
    return message | {"stream_options": {"include_usage": True}}


def _turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Return a turn with its parts, if any, named as in chat completions."""
    said = turn["content"]
    return {**turn, "content": [*map(_part, said)] if isinstance(said, list) else said}


def _part(part: Any) -> Any:
    match part:
        case {"type": "input_text", "text": text}:
            return {"type": "text", "text": text}
        case {"type": "input_image", "image_url": str(url)}:
            return {"type": "image_url", "image_url": {"url": url}}
        case {"type": "input_file", "filename": name, "file_data": data}:
            return {"type": "file", "file": {"filename": name, "file_data": data}}
        case _:
            return part


def _search_options(search: Search) -> dict[str, Any]:
    where = place(search)
    return given(
        {
            "search_context_size": search.context,
            "user_location": where and {"type": "approximate", "approximate": where},
        }
    )


def _cannot(option: str, why: str = "", try_this: str = "") -> errors.InvalidRequest:
    return errors.InvalidRequest(
        f"{option} cannot be sent to this server.",
        f"The chat-completions shape has no field for it. {why}",
        try_this or 'Leave it out, or ask the Agent API: `provider="agent"`.',
    )
