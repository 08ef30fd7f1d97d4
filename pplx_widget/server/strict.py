"""Checks of a request body, as strict as the real service's and with its error messages.

The service refuses unknown fields and values. A server that accepted everything would hide mistakes
until they cost a real question. Messages marked "recorded" are the service's own; the others are
modelled on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .strict_fields import unknown_field, wrong_value

MAX_BODY = 32 * 1024 * 1024
"""Largest body that the service accepts, in bytes."""

_MODELS_PAGE = "https://docs.perplexity.ai/docs/getting-started/models"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error response of the service.

    Attributes
    ----------
    status : int
        The HTTP status, which is also the ``code`` of the error.
    type : str
        The stable name of the cause.
    message : str
        The service's message.
    param : str or None
        The field that caused the error.
    """

    status: int
    type: str
    message: str
    param: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body of the error response."""
        error = {"message": self.message, "type": self.type, "code": self.status}
        return {"error": error if self.param is None else {**error, "param": self.param}}


# Recorded.
RETIRED = Refusal(
    403,
    "chat_completions_not_available",
    "Sonar is now the Agent API. Use /v1/responses instead of /v1/sonar. Migrate here: "
    "https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview",
)
# Recorded; the service gives no more detail.
UNKNOWN_PREVIOUS = Refusal(400, "invalid_request", "invalid request")

NOT_JSON = Refusal(400, "invalid_request", "invalid request body: not a JSON object")
RATE_LIMITED = Refusal(429, "request_rate_limit_exceeded", "request rate limit exceeded")
TOO_LARGE = Refusal(413, "payload_too_large", f"request body exceeds {MAX_BODY} bytes")


def refusal(body: dict[str, Any]) -> Refusal | None:
    """Return the error with which the service would refuse a body, or None.

    Parameters
    ----------
    body : dict
        The parsed body of a request to ``/v1/responses``.
    """
    if field := unknown_field(body):  # recorded
        message = f'invalid request body: json: unknown field "{field}"'
        return Refusal(400, "invalid_request", message, field)
    if not isinstance(body.get("input"), str | list) or not body["input"]:
        return _invalid("input is required")
    tools = body.get("tools") or []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        return _invalid("tools must be an array of objects")
    if said := wrong_value(body):
        return _invalid(said)
    return _refused_model(body)


def chooses_search(body: dict[str, Any]) -> bool:
    """Return whether a valid body has options of the search, or turns it off."""
    tools = [tool for tool in body.get("tools") or [] if tool.get("type") == "web_search"]
    return body.get("max_tool_calls") == 0 or any(tool.keys() - {"type"} for tool in tools)


def _refused_model(body: dict[str, Any]) -> Refusal | None:
    several = body.get("models") or []
    models = [body["model"]] if body.get("model") else []
    models += several if isinstance(several, list) else [several]
    if not models and not body.get("preset") and not body.get("effort"):
        return _invalid("one of model, models, preset or effort is required")
    for model in models:
        # A bare "sonar" is a name of the retired API; models are now named provider/name.
        if not isinstance(model, str) or "/" not in model:
            message = f"Invalid model '{model}'. Permitted models can be found in the documentation"
            return Refusal(400, "invalid_model", f"{message} at {_MODELS_PAGE}.")
        if model.startswith("anthropic/") and not body.get("max_output_tokens"):  # recorded
            return _invalid("max_output_tokens is required when using Anthropic models")
    return None


def _invalid(message: str) -> Refusal:
    return Refusal(400, "invalid_request", f"validation failed: {message}")
