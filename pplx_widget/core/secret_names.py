"""Which values of a request are secrets, by their names and by their look.

`secret` hides the keys that it knows. This module finds those that a caller puts into further fields
or headers of a request, which no option declares to be keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .secret import learn

MASK: Final = "[key]"

_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_SECRETS = frozenset(
    {
        *("apikey", "auth", "authentication", "authorization", "bearer", "cookie", "credential"),
        *("credentials", "jwt", "key", "keys", "passwd", "password", "pat", "pwd", "secret"),
        *("secrets", "sig", "signature", "token"),
    }
)
# Names of headers whose values identify software, formats or versions, and open no door.
_OPEN = frozenset(
    {
        *("accept", "agent", "beta", "content", "date", "language", "locale", "referer", "region"),
        *("title", "traceparent", "tracestate", "version"),
    }
)

# What issuers begin their keys with, and the three parts of a JSON web token.
_SHAPES = re.compile(
    r"\b(?:pplx|sk|pk|rk|gsk|xai|hf|nvapi|AIza|AKIA|gh[pousr]|github|glpat|xox[a-z]|tvly|r8)"
    r"[-_A-Za-z0-9][A-Za-z0-9_-]{14,}"
    r"|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"
)
# A long run of letters and digits together is neither a word nor the name of a model.
_RUN = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}")
_SCHEME = re.compile(r"\s*(?:Bearer|Basic|Token|ApiKey|Api-Key|Digest)\s+(\S.*)", re.IGNORECASE)
_USER = re.compile(r"://([^/?#\s@]+)@")
_QUERY = re.compile(r"[?&;#]([\w.-]+)=([^&;#\s]+)")

# A header value of at least this length that has a digit is hidden everywhere.
_TELLING = 10


def is_secret_name(name: str) -> bool:
    """Return whether a field or a header of this name holds a secret."""
    return any(word.lower() in _SECRETS for word in _WORDS.findall(name))


def secrets_in(value: str) -> list[str]:
    """Return the parts of a text that look like secrets."""
    found = [match[0] for match in _SHAPES.finditer(value)]
    found += [match[0] for match in _RUN.finditer(value)]
    found += [match[1] for match in _USER.finditer(value)]
    found += [match[2] for match in _QUERY.finditer(value) if is_secret_name(match[1])]
    if scheme := _SCHEME.fullmatch(value):
        found.append(scheme[1])
    return found


def masked(value: Any) -> Any:
    """Return JSON with ``[key]`` in the place of each secret."""
    match value:
        case Mapping():
            return {n: _blank(v) if is_secret_name(str(n)) else masked(v) for n, v in value.items()}
        case list() | tuple():
            return [masked(each) for each in value]
        case str():
            for secret in sorted(secrets_in(value), key=len, reverse=True):
                value = value.replace(secret, MASK)
            return value
        case _:
            return value


def _blank(value: Any) -> Any:
    match value:
        case Mapping():
            return {name: _blank(each) for name, each in value.items()}
        case list() | tuple():
            return [_blank(each) for each in value]
        case str() | int() if not isinstance(value, bool) and value != "":
            return MASK
        case _:
            return value


def learn_json(value: Any, *, secret: bool = False) -> None:
    """Hide the secrets of JSON from now on; ``secret`` says that all of it is one."""
    match value:
        case Mapping():
            for name, each in value.items():
                learn_json(each, secret=secret or is_secret_name(str(name)))
        case list() | tuple():
            for each in value:
                learn_json(each, secret=secret)
        case str():
            learn(*secrets_in(value), *([value] if secret else []))
        case _:
            pass


def learn_headers(headers: Mapping[Any, Any]) -> None:
    """Hide the secrets of headers from now on.

    A header that is not known counts as one if its value is long and has a digit: gateways invent
    names.
    """
    for name, value in headers.items():
        if not isinstance(value, str | bytes):
            continue
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        learn(*secrets_in(text), *_parts(str(name), text))


def _parts(name: str, value: str) -> Iterator[str]:
    words = {word.lower() for word in _WORDS.findall(name)}
    if words & _SECRETS:
        yield value
        if "cookie" in words:
            yield from (pair.partition("=")[2] for pair in value.split(";"))
    elif not words & _OPEN and len(value) >= _TELLING and re.search(r"\d", value):
        yield value
