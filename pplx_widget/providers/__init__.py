"""Providers: one file a way of getting events.

A provider is any object with an asynchronous ``stream(request)`` that yields events and ends. It
raises `PplxError`; anything else that it raises is shown as `ProviderFailed`. Closing the generator
closes the connection. A stream that ends without `Finished` or `Failed` counts as cut.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol, runtime_checkable

from .. import errors
from ..config import Connection
from ..events import Event
from ..request import Request

__all__ = ["Provider", "resolve"]


@runtime_checkable
class Provider(Protocol):
    """What it takes to be asked."""

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Ask, and yield what comes back."""
        ...


_NAMES = ("agent",)


def resolve(provider: Any, connection: Connection) -> Callable[[], Provider]:
    """Return what makes the provider for a name, an object of the protocol, or None (the default).

    The making is left to the caller because it imports the SDK, which takes a while the first time.

    Raises
    ------
    InvalidRequest
        It is none of these.
    """
    if provider is None or provider == "agent":
        return lambda: _agent(connection)
    if isinstance(provider, Provider) and not isinstance(provider, type):
        return lambda: provider
    raise errors.InvalidRequest(
        f"provider cannot be {provider!r}.",
        errors.nearest(provider, _NAMES) if isinstance(provider, str) else "",
        "It is one of " + ", ".join(map(repr, _NAMES)) + ", or an object with an asynchronous "
        "`stream(request)`.",
    )


def _agent(connection: Connection) -> Provider:
    # Imported late: `import pplx_widget` in plain Python loads no HTTP library.
    from .agent import Agent  # noqa: PLC0415

    return Agent(connection)
