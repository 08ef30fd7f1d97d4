"""Further fields and headers of a request, which the package sends without knowing them.

The names are the OpenAI SDK's: ``extra_body`` and ``extra_headers``. Either may hold a key, so neither
shows one.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from ..core import errors
from ..core.secret_names import is_secret_name, learn_headers, learn_json, masked

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[ -~\xa0-\xff]*(?<! )|")

# These say how the bytes travel. Another value would make the request or the response unreadable.
_TRANSPORT: Final = frozenset(
    {
        *("accept-encoding", "connection", "content-encoding", "content-length", "content-type"),
        *("expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)


class ExtraBody(Mapping[str, Any]):
    """Fields for the body of a request, merged last.

    Parameters
    ----------
    fields : mapping
        JSON's types. It is copied.

    Raises
    ------
    InvalidRequest
        It is not a mapping of names to JSON.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        learn_json(fields)
        wrong = _wrong_body(fields)
        self._fields: dict[str, Any] = {} if wrong else copy.deepcopy(dict(fields))
        fields = {}  # a traceback may show the variables
        if wrong:
            raise errors.InvalidRequest(*wrong)

    @property
    def shown(self) -> dict[str, Any]:
        """The fields with ``[key]`` in the place of each secret."""
        shown: dict[str, Any] = masked(self._fields)
        return shown

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"ExtraBody({self.shown!r})"

    def __deepcopy__(self, _memo: object) -> ExtraBody:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("extra_body is never pickled: it may hold a key")


class ExtraHeaders(Mapping[str, str]):
    """Headers for a request, which replace those of the same name.

    Parameters
    ----------
    headers : mapping of str to str
        It is copied.

    Raises
    ------
    InvalidRequest
        It is not a mapping of names to values, or has a header that belongs to the transport.
    """

    __slots__ = ("_headers",)

    def __init__(self, headers: Mapping[str, str]) -> None:
        if isinstance(headers, Mapping):
            learn_headers(headers)
        wrong = _wrong_headers(headers)
        self._headers: dict[str, str] = {} if wrong else dict(headers)
        headers = {}  # a traceback may show the variables
        if wrong:
            raise errors.InvalidRequest(*wrong)

    @property
    def secret(self) -> bool:
        """Whether one of them holds a key, by its name."""
        return any(map(is_secret_name, self._headers))

    def __getitem__(self, name: str) -> str:
        return self._headers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)

    def __repr__(self) -> str:
        return f"ExtraHeaders({', '.join(self._headers)})"

    def __deepcopy__(self, _memo: object) -> ExtraHeaders:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("extra_headers are never pickled: they may hold a key")


def seal(options: dict[str, Any]) -> None:
    """Put `ExtraBody` and `ExtraHeaders` in the place of what callers gave, so that it shows no key.

    Raises
    ------
    InvalidRequest
        One of them cannot be sent. It is no longer in ``options`` then.
    """
    for name, kind in (("extra_body", ExtraBody), ("extra_headers", ExtraHeaders)):
        if options.get(name) is not None and not isinstance(options[name], kind):
            options[name] = kind(options.pop(name))


def _wrong_body(fields: Any) -> tuple[str, str, str] | None:
    example = 'Give a mapping, such as `extra_body={"top_k": 40}`.'
    if not isinstance(fields, Mapping) or not all(isinstance(name, str) for name in fields):
        return "extra_body must be a mapping of names to values.", "", example
    for name, value in fields.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            why = "The value is not JSON: text, number, true, false, null, list or object."
            return f"extra_body has a field {name!r} that cannot be sent.", why, example
    return None


def _wrong_headers(headers: Any) -> tuple[str, str, str] | None:
    example = 'Give a mapping of texts, such as `extra_headers={"X-Title": "My course"}`.'
    if not isinstance(headers, Mapping) or not all(isinstance(name, str) for name in headers):
        return "extra_headers must be a mapping of names to values.", "", example
    for name, value in headers.items():
        what = f"extra_headers has a header {name!r} that cannot be sent."
        if not _TOKEN.fullmatch(name):
            return what, "The name of a header has letters, digits and hyphens.", example
        if name.lower() in _TRANSPORT:
            return what, "It belongs to the connection, which the package makes.", "Leave it out."
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            return what, "The value must be text on one line, in Latin-1.", example
    return None
