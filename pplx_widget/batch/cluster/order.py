"""The order that a task carries to a worker, and the result that it returns: neither has a key."""

from __future__ import annotations

import functools
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...config import connection
from ...config.settings import Timeout
from ...core import errors
from ...core.errors import InvalidRequest, told
from ...core.events import Event
from ...core.secret import scrub
from ...core.state import AnswerState
from ...document.record import from_record, to_record
from ...providers import Raw, describe
from ...question.extras import ExtraBody, ExtraHeaders
from ...question.request import Request
from ...runs.prepare import Way
from ..row import Row


@dataclass(frozen=True, slots=True)
class Order:
    """The options of all rows of a batch; made by `Order.of`.

    Attributes
    ----------
    request : Request
        The options, without those that may hold a key, and without the user's class of a schema.
    body, headers : dict or None
        ``extra_body`` and ``extra_headers``, which hold no key.
    provider : str, Raw or None
        The provider.
    base_url : str
        The server.
    timeout : Timeout
        The limits for the connection.
    max_retries : int
        How often a question is sent again.
    """

    request: Request
    body: Mapping[str, Any] | None = field(repr=False)
    headers: Mapping[str, str] | None = field(repr=False)
    provider: str | Raw | None
    base_url: str
    timeout: Timeout
    max_retries: int

    @classmethod
    def of(cls, request: Request, way: Way) -> Order:
        """Return what the workers need to ask.

        Raises
        ------
        InvalidRequest
            The provider is an object, which only this process has, or an option holds a key.
        """
        if not isinstance(way.provider, str | Raw | None):
            raise InvalidRequest(
                "The workers of a cluster cannot ask this provider.",
                "It is an object of this process, and may hold a key.",
                'Name one: `provider="agent"`, `"chat"`, `"raw"` or `pplx.Raw(…)`.',
            )
        body, headers = request.extra_body, request.extra_headers
        if body is not None and (body.shown != {**body} or _holds_key(body)):
            raise _secret("extra_body")
        if headers is not None and (headers.secret or _holds_key(headers)):
            raise _secret("extra_headers")
        schema = request.schema
        if schema is not None:
            plain = schema.plain and replace(schema.plain, model=None)
            schema = replace(schema, model=None, plain=plain)
        # Not a new request, which would be checked, and its schema wrapped, once more.
        bare = request.asking("?")
        for name, value in (("schema", schema), ("extra_body", None), ("extra_headers", None)):
            object.__setattr__(bare, name, value)
        where = way.where
        return cls(
            bare,
            body and {**body},
            headers and {**headers},
            way.provider,
            where.base_url,
            where.timeout,
            where.max_retries,
        )

    def row(self, question: str) -> Row:
        """Return the run of a row, in the worker's process and with its key.

        Raises
        ------
        MissingKey
            The worker's environment has no key for this server.
        """
        where = connection(base_url=self.base_url)
        if where.needs_key:
            lines = "error.no_key_there.what", "error.no_key_there.why", "error.no_key_there.try"
            raise told(errors.MissingKey, *lines, server=where.host)
        where = replace(where, timeout=self.timeout, max_retries=self.max_retries)
        described = describe(self.provider)
        request = self.request.asking(question)
        if self.body is not None:
            object.__setattr__(request, "extra_body", ExtraBody(self.body))
        if self.headers is not None:
            object.__setattr__(request, "extra_headers", ExtraHeaders(self.headers))
        way = Way(
            where,
            self.provider,
            functools.partial(described.make, where),
            described.place(where),
            keyed=True,
            paid=False,  # the client counts the costs
            priced=False,
            missing_key=None,
            keeping=None,
        )
        return _Unchecked(request, way, _unheard)


class _Unchecked(Row):
    """A row whose schema only the client checks; here, quotes are compared with whole snippets."""

    async def _checked(self, event: Event) -> Event:
        evidence = self.request.schema is not None and self.request.schema.plain is not None
        return await super()._checked(event) if evidence else event


def _unheard(_event: Event) -> None:
    """Stand for the watcher of a row, which the client has."""


def packed(question: str, state: AnswerState) -> bytes:
    """Return the record of a finished row, compressed."""
    error = state.error
    failed = error and {"transient": error.transient, "sent": error.sent}
    written = json.dumps({"record": to_record(question, state), "failed": failed})
    return zlib.compress(written.encode(), 1)


def unpacked(found: bytes) -> AnswerState:
    """Return the final state of a row.

    Raises
    ------
    PplxError
        The record is broken.
    """
    told_ = json.loads(zlib.decompress(found))
    _question, state = from_record(told_["record"])
    if state.error is not None and told_["failed"]:
        # They say whether the row may have cost something.
        state.error.transient = told_["failed"]["transient"]
        state.error.sent = told_["failed"]["sent"]
    return state


def _holds_key(values: Mapping[str, Any]) -> bool:
    """Return whether a value contains a known key, whatever its name."""
    written = json.dumps({**values}, ensure_ascii=False)
    return scrub(written) != written


def _secret(option: str) -> InvalidRequest:
    return InvalidRequest(
        f"{option} holds a key, and no key travels to the workers of a cluster.",
        "Each worker uses the key of its own environment.",
        "Set `PERPLEXITY_API_KEY` there, and `PERPLEXITY_BASE_URL` for another server.",
    )
