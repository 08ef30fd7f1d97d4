"""The response object around an answer: the fields that do not come from its recording."""

from __future__ import annotations

from typing import Any

# As recorded: the values of a response to a request that names none of these fields.
_FIELDS: dict[str, Any] = {
    "background": False,
    "completed_at": None,
    "created_at": 0,
    "error": None,
    "frequency_penalty": 0,
    "incomplete_details": None,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "object": "response",
    "output": [],
    "parallel_tool_calls": True,
    "presence_penalty": 0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": None,
    "safety_identifier": None,
    "service_tier": "default",
    "store": True,
    "temperature": 1,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [{"type": "web_search"}],
    "top_logprobs": 0,
    "top_p": 1,
    "truncation": "",
    "usage": None,
    "user": None,
}
_ECHOED = (
    "background",
    "effort",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "preset",
    "previous_response_id",
    "prompt_cache_key",
    "reasoning",
    "service_tier",
    "store",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
    "truncation",
)


def response_to(body: dict[str, Any], recorded: dict[str, Any]) -> dict[str, Any]:
    """Return a response with all its fields: those of the recording, and those that repeat the request.

    Parameters
    ----------
    body : dict
        The body of the request.
    recorded : dict
        The response of the recording, at any state.
    """
    echoed = {name: body[name] for name in _ECHOED if body.get(name) is not None}
    response = {**_FIELDS, **recorded, **echoed}
    if response.get("status") in ("queued", "in_progress"):
        # Before the end the service names the effort that was asked for.
        asked = body.get("effort") or body.get("preset") or body.get("model")
        response["model"] = asked or response.get("model") or ""
    return response
