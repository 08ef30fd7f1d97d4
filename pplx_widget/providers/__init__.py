"""Providers: one file a way of getting events.

A provider is any object with an asynchronous ``stream(request)`` that yields events and ends. It
raises `PplxError`; anything else that it raises is shown as `ProviderFailed`. Closing the generator
closes the connection. A stream that ends without `Finished` or `Failed` counts as cut.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from types import ModuleType
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


def resolve(provider: Any, connection: Connection) -> Callable[[], Awaitable[Provider]]:
    """Return what makes the provider for a name, an object of the protocol, or None (the default).

    Making is a step of its own, and awaited, because it imports the SDK: half a second, the first time.

    Raises
    ------
    InvalidRequest
        It is none of these.
    """
    if provider is None or provider == "agent":
        return functools.partial(_agent, connection)
    if isinstance(provider, Provider) and not isinstance(provider, type):
        return functools.partial(_itself, provider)
    raise errors.InvalidRequest(
        f"provider cannot be {provider!r}.",
        errors.nearest(provider, _NAMES) if isinstance(provider, str) else "",
        "It is one of " + ", ".join(map(repr, _NAMES)) + ", or an object with an asynchronous "
        "`stream(request)`.",
    )


async def _agent(connection: Connection) -> Provider:
    provider: Provider = (await load("agent")).Agent(connection)
    return provider


async def _itself(provider: Provider) -> Provider:
    return provider


async def load(name: str) -> ModuleType:
    """Import a module of this package that needs the SDK, in a thread unless it is there already.

    `import pplx_widget` in plain Python loads no HTTP library, and an import in the loop's own thread
    would hold up every answer under way.
    """
    if name not in _loaded:  # `sys.modules` would also have what another thread is still importing
        module = await asyncio.to_thread(importlib.import_module, f"{__name__}.{name}")
        _loaded[name] = module
    return _loaded[name]


_loaded: dict[str, ModuleType] = {}
