"""Requests to the service for `scripts/live`: each is kept and its cost counted.

`Sanitiser` removes keys and ids from the exchanges.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

# The headers that are kept; others may identify an account.
KEPT = ("content-type", "retry-after")
# Fields whose values may identify an account.
PRIVATE = frozenset(
    {"user", "safety_identifier", "organization", "org_id", "account", "account_id"}
)
_ID = re.compile(
    r"(?P<uuid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    # The first pattern has the rest of an id such as resp_ and a UUID.
    r"|\b(?P<head>(?:req|request|resp|msg|call|fc|org|organization|acct|account|user|proj)[-_])"
    r"(?![0-9a-fA-F]{8}-)(?=[A-Za-z]*[0-9])[A-Za-z0-9]{6,}"
)
_KEY = re.compile(r"\b(?:pplx|sk)-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{8,}")
_PATIENCE = 5  # refusals of one request by the rate limit
_LONGEST_WAIT = 30.0  # seconds for the rate limit


@dataclass(frozen=True)
class Reply:
    """A response that was not streamed."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def error(self) -> dict[str, Any]:
        """The error of the body; empty if it has none."""
        error = self.body.get("error")
        return error if isinstance(error, dict) else {}

    def items(self, kind: str) -> list[dict[str, Any]]:
        """Return the items of one type in the output."""
        return [item for item in self.body.get("output") or [] if item.get("type") == kind]


@dataclass
class Service:
    """The service, or the local server in its place.

    Parameters
    ----------
    base_url : str
        The address, with ``/v1``.
    key : str
        The key; ``""`` for the local server.
    """

    base_url: str
    key: str = field(repr=False)
    claim: str = ""
    spent: float = 0.0  # dollars, as the service reports them
    exchanges: list[dict[str, Any]] = field(default_factory=list)
    streams: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A proxy would not reach this machine.
        outside = not self.base_url.startswith("http://")
        self._client = httpx2.Client(
            base_url=self.base_url.removesuffix("/v1"), timeout=180, trust_env=outside
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self, **body: Any) -> Reply:
        """Ask a question without streaming."""
        return self.send("POST", "/v1/responses", body)

    def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        key: str | None = None,
        patient: bool = True,
    ) -> Reply:
        """Send a request; if the rate limit refuses it, wait and send it again.

        Parameters
        ----------
        method, path : str
            Those of HTTP.
        body : dict, optional
            The JSON body.
        key : str, optional
            Another key; ``""`` sends none.
        patient : bool, optional
            Whether to send it again.
        """
        for attempt in range(_PATIENCE):
            response = self._client.request(method, path, json=body, headers=self._headers(key))
            reply = Reply(response.status_code, dict(response.headers), _json(response.text))
            if reply.status != httpx2.codes.TOO_MANY_REQUESTS or not patient:
                break
            time.sleep(min(_LONGEST_WAIT, 2.0**attempt))
        self._keep(method, path, body, reply)
        return reply

    @contextmanager
    def stream(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> Iterator[Iterator[dict[str, Any]]]:
        """Yield the events of a stream. Leaving the block closes the connection."""
        started = time.monotonic()
        events: list[tuple[float, dict[str, Any]]] = []
        recorded = {"claim": self.claim, "path": path, "request": body or {}, "events": events}
        with self._client.stream(
            method, path, json=body, headers={**self._headers(), "Accept": "text/event-stream"}
        ) as response:
            if response.status_code != httpx2.codes.OK:
                response.read()
                headers = dict(response.headers)
                reply = Reply(response.status_code, headers, _json(response.text))
                self._keep(method, path, body, reply)
                raise Differs(told(reply))
            self.streams.append(recorded)

            def read() -> Iterator[dict[str, Any]]:
                for line in response.iter_lines():
                    data = _json(line.removeprefix("data:")) if line.startswith("data:") else {}
                    if data:
                        events.append((round(time.monotonic() - started, 3), data))
                        self._count(data.get("response"))
                        yield data

            yield read()

    def _headers(self, key: str | None = None) -> dict[str, str]:
        key = self.key if key is None else key
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _keep(self, method: str, path: str, body: dict[str, Any] | None, reply: Reply) -> None:
        self._count(reply.body)
        kept = {
            name: value
            for name, value in reply.headers.items()
            if name in KEPT or name.startswith("x-ratelimit-")
        }
        self.exchanges.append(
            {
                "claim": self.claim,
                "method": method,
                "path": path,
                "request": body,
                "status": reply.status,
                "headers": kept,
                "body": reply.body,
            }
        )

    def _count(self, response: Any) -> None:
        usage = response.get("usage") if isinstance(response, dict) else None
        cost = usage.get("cost") if isinstance(usage, dict) else None
        if isinstance(cost, dict) and isinstance(cost.get("total_cost"), int | float):
            self.spent += cost["total_cost"]


class Differs(Exception):
    """The service does not do what a claim says. The message says what it does."""


class NotTried(Exception):
    """A claim cannot be tried. The message says why."""


def told(reply: Reply) -> str:
    """Return a reply in one line."""
    said = reply.error or {"status": reply.body.get("status")}
    shown = " ".join(str(v) for k, v in said.items() if k in ("type", "message", "status") and v)
    return f"HTTP {reply.status} {shown}"[:200].strip()


class Sanitiser:
    """Replaces keys and ids in recordings; the same id always gets the same replacement.

    Parameters
    ----------
    key : str
        The key, which must not remain anywhere.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._known: dict[str, str] = {}

    def text(self, value: str) -> str:
        """Return a text without keys and ids."""
        if self._key:
            value = value.replace(self._key, "(key)")
        value = _KEY.sub("(key)", value)
        return _ID.sub(self._numbered, value)

    def value(self, value: Any) -> Any:
        """Return a JSON value without keys, ids and the fields that identify an account."""
        match value:
            case dict():
                return {
                    self.text(name): None if name in PRIVATE else self.value(inner)
                    for name, inner in value.items()
                }
            case list():
                return [self.value(inner) for inner in value]
            case str():
                return self.text(value)
            case _:
                return value

    def _numbered(self, found: re.Match[str]) -> str:
        number = len(self._known) + 1
        form = (
            f"00000000-0000-0000-0000-{number:012}"
            if found["uuid"]
            else found["head"] + str(number)
        )
        return self._known.setdefault(found[0], form)


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {"text": text[:2000]} if text.strip() else {}
    return value if isinstance(value, dict) else {"value": value}
