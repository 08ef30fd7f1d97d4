"""What the body of an error says, in each of the forms that servers use.

There is no common form: an object under ``error`` (OpenAI), a flat one (vLLM, Mistral), a text (Ollama,
Hugging Face), a list of details (FastAPI), the upstream's own body as a text inside (OpenRouter,
LiteLLM), and words without any JSON (proxies).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .text import clean

# The fields that hold words, the best first.
_WORDS: Final = (
    *("message", "msg", "error_message", "error_msg", "errorMessage", "error_description"),
    *("status_msg", "faultstring", "Message", "detail", "details", "reason", "title", "info"),
)
# The fields that hold another form of the same.
_INSIDE: Final = ("error", "errors", "detail", "fault", "base_resp", "response")
_STATUS: Final = ("code", "status", "status_code", "statusCode", "http_code", "httpCode")
_DEEPEST: Final = 6
_LONGEST: Final = 4000

# The message of a body that was cut off is readable all the same.
_MESSAGE = re.compile(r'"(?:message|msg|detail)"\s*:\s*"((?:[^"\\]|\\.)*)"?', re.DOTALL)

# What an error is called → the HTTP status that means the same.
_STATUSES: Final[Mapping[int, frozenset[str]]] = {
    400: frozenset(
        {
            *("badrequest", "badrequesterror", "contentfilter", "contentpolicyviolation"),
            *("contextlengthexceeded", "exceedcontextsizeerror", "invalidargument"),
            *("invalidparameter", "invalidprompt", "invalidrequest", "invalidrequesterror"),
            *("stringabovemaxlength", "validationerror", "unsupportedparameter"),
        }
    ),
    401: frozenset(
        {
            *("authenticationerror", "invalidapikey", "unauthenticated", "unauthorized"),
            *("incorrectapikey", "missingapikey"),
        }
    ),
    402: frozenset(
        {
            *("insufficientquota", "insufficientbalance", "insufficientcredits", "quotaexceeded"),
            *("billinghardlimitreached", "billingnotactive", "paymentrequired", "creditsexhausted"),
            "insufficientfunds",
        }
    ),
    403: frozenset({"permissiondenied", "permissiondeniederror", "permissionerror", "forbidden"}),
    404: frozenset(
        {"modelnotfound", "notfound", "notfounderror", "deploymentnotfound", "modelnotexist"}
    ),
    413: frozenset({"requesttoolarge", "payloadtoolarge"}),
    429: frozenset(
        {
            *("ratelimit", "ratelimiterror", "ratelimited", "ratelimitexceeded", "toomanyrequests"),
            *("requestratelimitexceeded", "resourceexhausted", "throttled", "throttling"),
        }
    ),
}


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What a body says.

    Attributes
    ----------
    message : str
        The service's words; empty if there are none.
    type, code, param : str
        As the service names the error, its code and the field that is meant; empty if it does not.
    status : int or None
        The HTTP status that the body itself names, or that its type or code means.
    """

    message: str = ""
    type: str = ""
    code: str = ""
    param: str = ""
    status: int | None = None

    @property
    def names(self) -> frozenset[str]:
        """Its type and code without case and separators."""
        return frozenset(_plain(name) for name in (self.type, self.code) if name)

    @property
    def out_of_credits(self) -> bool:
        """Whether the account cannot pay for the question."""
        return bool(self.names & _STATUSES[402])

    @property
    def unknown_model(self) -> bool:
        """Whether there is no model of the name that was asked for."""
        named = {"modelnotfound", "modelnotexist", "deploymentnotfound", "invalidmodel"}
        if self.names & named or self.param == "model":
            return True
        said = self.message.lower()
        known = r"\b(?:model|deployment|engine)\b|\bno endpoints found\b"  # the last: OpenRouter
        return re.search(known, said) is not None


def read(body: Any) -> ErrorBody:
    """Read the body of an error: bytes, text or parsed JSON."""
    return _read(_parsed(body), 0)


def _read(body: Any, depth: int) -> ErrorBody:
    if depth > _DEEPEST:
        return ErrorBody()
    match body:
        case str():
            inner = _parsed(body) if body.lstrip()[:1] in ("{", "[") else body
            if not isinstance(inner, str):
                return _read(inner, depth + 1)
            cut = _MESSAGE.search(inner) if inner.lstrip()[:1] in ("{", "[") else None
            return ErrorBody(_unescaped(cut[1]) if cut else _words(inner))
        case list():
            return _of_list(body, depth)
        case Mapping():
            return _of_object(body, depth)
        case _:
            return ErrorBody()


def _of_list(body: list[Any], depth: int) -> ErrorBody:
    found = [_read(each, depth + 1) for each in body[:20]]
    said = list(dict.fromkeys(each.message for each in found if each.message))
    first = next((each for each in found if each.message or each.status), ErrorBody())
    return ErrorBody("; ".join(said), first.type, first.code, first.param, first.status)


def _of_object(body: Mapping[str, Any], depth: int) -> ErrorBody:
    if "msg" in body and "loc" in body:  # a detail of FastAPI
        return ErrorBody(_located(body), param=_last(body.get("loc")))
    inner = ErrorBody()
    for name in _INSIDE:
        if isinstance(body.get(name), Mapping | list | str) and body[name]:
            inner = _read(body[name], depth + 1)
            if inner.message or inner.status:
                break
    message = next(
        (said for name in _WORDS if (said := _said(body.get(name), depth)) and name != "details"),
        "",
    )
    upstream = _upstream(body.get("metadata"), depth)
    words = [inner.message] if inner.message else [message]
    if upstream and not any(upstream in word for word in words):
        words.append(upstream)
    type_ = _named(body.get("type")) or clean(body.get("error_type")) or inner.type
    code = _code(body.get("code")) or _code(body.get("error_code")) or inner.code
    if isinstance(body.get("error"), str) and message and not _is_words(body["error"]):
        # ``{"error": "invalid_request", "message": "…"}``
        code, words = code or clean(body["error"]), [message]
    return ErrorBody(
        ": ".join(
            word.rstrip(" .:") if i < len(words) - 1 else word for i, word in enumerate(words)
        ),
        inner.type or ("" if type_ == "error" else type_),
        inner.code or code,
        inner.param or _named(body.get("param")),
        inner.status or _status(body, type_, code),
    )


def _said(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return _read(value, depth + 1).message
    return _read(value, depth + 1).message if isinstance(value, Mapping | list) else ""


def _upstream(metadata: Any, depth: int) -> str:
    """Return what the server behind a gateway said."""
    if not isinstance(metadata, Mapping):
        return ""
    said = _said(metadata.get("raw"), depth)
    if not said and isinstance(reasons := metadata.get("reasons"), list):
        said = ", ".join(clean(reason) for reason in reasons if clean(reason))
    return said


def _located(detail: Mapping[str, Any]) -> str:
    loc = detail.get("loc")
    path = ".".join(str(part) for part in loc if part != "body") if isinstance(loc, list) else ""
    return f"{path}: {clean(detail.get('msg'))}" if path else clean(detail.get("msg"))


def _last(loc: Any) -> str:
    return str(loc[-1]) if isinstance(loc, list) and loc else ""


def _status(body: Mapping[str, Any], type_: str, code: str) -> int | None:
    for name in _STATUS:
        value = body.get(name)
        if isinstance(value, str) and value.isdecimal() and len(value) == 3:  # noqa: PLR2004
            value = int(value)
        if type(value) is int and 400 <= value < 600:  # noqa: PLR2004
            return value
    names = {_plain(code), _plain(type_)} - {""}
    # The code is more exact than the type: OpenAI's `invalid_request_error` is of many statuses.
    for name in (_plain(code), _plain(type_)):
        for status, known in _STATUSES.items():
            if name in known and names:
                return status
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _code(value: Any) -> str:
    return str(value) if type(value) is int else clean(value)


def _named(value: Any) -> str:
    """Return a name; LiteLLM writes ``"None"`` for none."""
    name = clean(value)
    return "" if name.lower() in ("none", "null") else name


def _is_words(text: str) -> bool:
    return " " in text.strip()


def _words(text: str) -> str:
    return " ".join(clean(text[:_LONGEST]).split())


def _unescaped(text: str) -> str:
    try:
        return _words(json.loads(f'"{text}"'))
    except ValueError:
        return _words(text)


def _parsed(body: Any) -> Any:
    """Return a body as JSON, or as text if it is none; some servers frame it as an event."""
    if isinstance(body, bytes | bytearray):
        body = bytes(body).decode("utf-8", "replace")
    if not isinstance(body, str):
        return body
    text = body.strip().removeprefix("\ufeff").strip()
    if re.match(r"(?:data|event|error|id|retry)\s*:", text):
        text = _first_data(text.splitlines()) or text
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, Mapping | list | str) else text


def _first_data(lines: Iterable[str]) -> str:
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() in ("data", "error") and value.strip():
            return value.strip()
    return ""
