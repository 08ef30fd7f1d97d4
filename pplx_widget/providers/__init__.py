"""Providers: the ways to get the events of an answer.

============ ============================================================================
``"agent"``  The Agent API through the OpenAI SDK (the default).
``"chat"``   Chat completions through the OpenAI SDK: gateways and local servers.
``"raw"``    The Agent API by hand, without the SDK; `Raw` also has the other format.
an object    Anything that keeps to `Provider`.
============ ============================================================================
"""

from __future__ import annotations

import functools
import gc
import importlib
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, get_args

from ..config import Connection
from ..core import browser_packages, checks, errors, threads
from ..core.loop import run
from ..core.options import FormatName, ProviderName
from ..core.runtime import runtime
from ..question.request import Request
from .formats import FORMATS, ApiFormat
from .protocol import Provider, Raw, Stored

__all__ = ["Provider", "Raw", "Stored", "describe"]


@dataclass(frozen=True)
class Described:
    """A provider, described before it is made.

    Attributes
    ----------
    name : hashable
        Distinguishes it from other providers that ask the same server.
    make : callable
        Makes it for a connection. Awaited, because the first call imports the SDK, which takes half a
        second.
    api : ApiFormat or None
        The API format; None if only the provider itself knows.
    transport : str or None
        The module of this package that sends the request.
    keyed : bool
        Whether it asks the server of the settings, with that server's key.
    paid : bool
        Whether its answers may cost something.
    one_answer : bool
        Whether it only fetches an existing answer and takes no question.
    """

    name: Hashable
    make: Callable[[Connection], Awaitable[Provider]]
    api: ApiFormat | None = None
    transport: Literal["sdk", "http"] | None = None
    keyed: bool = True
    paid: bool = True
    one_answer: bool = False

    def check(self, request: Request) -> None:
        """Raise `InvalidRequest` for a request that it cannot send."""
        if self.api is not None:
            self.api.check(request)

    def place(self, connection: Connection) -> Hashable:
        """Return a value that two runs share if the second may refer to the first by its id."""
        return (connection.base_url, self.name) if self.keyed else self.name


def describe(provider: Any) -> Described:
    """Describe the provider for a name, a `Raw`, an object of the protocol, or None (``"agent"``).

    Raises
    ------
    InvalidRequest
        It is none of these.
    """
    if isinstance(provider, str | None) and (provider or "agent") in _NAMED:
        return _NAMED[provider or "agent"]
    if isinstance(provider, Raw):
        return _streams(provider, provider.shape, "http")
    if isinstance(provider, Stored):
        make = functools.partial(_stored, provider.response_id)
        return Described("agent", make, paid=False, one_answer=True)
    if isinstance(provider, Provider) and not isinstance(provider, type):
        make = functools.partial(_itself, provider)
        return Described(id(provider), make, keyed=False, paid=getattr(provider, "paid", True))
    names = get_args(ProviderName)
    raise errors.InvalidRequest(
        f"provider cannot be {checks.written(provider)}.",
        errors.nearest(provider, names) if isinstance(provider, str) else "",
        "It is one of " + ", ".join(map(repr, names)) + ", `pplx.Raw(…)`, or an object with an "
        "asynchronous `stream(request)`.",
    )


async def prepare(provider: Any, connection: Connection) -> None:
    """Import the modules and make the client that the first answer needs."""
    if transport := describe(provider).transport:
        await load(".streamed")
        (await load(f".{transport}")).clients.client(connection)
        if threads.can_start():
            await runtime().importing(_what_a_connection_imports)


def _what_a_connection_imports() -> None:
    """Import the modules that the HTTP library imports when it first opens a connection."""
    anyio = importlib.import_module("anyio")
    _ = anyio.connect_tcp
    run(anyio.sleep(0))


def _streams(name: Hashable, spoken: FormatName, transport: Literal["sdk", "http"]) -> Described:
    api = FORMATS[spoken]
    return Described(name, functools.partial(_streamed, api, transport), api, transport)


async def _streamed(api: ApiFormat, transport: str, connection: Connection) -> Provider:
    streamed, asks = await load(".streamed"), await load(f".{transport}")
    provider: Provider = streamed.Streamed(connection, api, asks)
    return provider


async def _stored(response_id: str, connection: Connection) -> Provider:
    provider: Provider = (await load(".stored")).StoredStream(connection, response_id)
    return provider


async def _itself(provider: Provider, _connection: Connection) -> Provider:
    return provider


_NAMED: dict[str, Described] = {
    "agent": _streams("agent", "agent", "sdk"),
    "chat": _streams("chat", "chat", "sdk"),
    "raw": _streams("raw", "agent", "http"),
}


async def load(name: str) -> ModuleType:
    """Import a module that needs an HTTP library, in a thread unless it is there already.

    `import pplx_widget` in plain Python loads no HTTP library. An import in the loop's thread would
    delay every answer under way.
    """
    if name not in _loaded:  # `sys.modules` also has modules that another thread is still importing
        await browser_packages.load(*_NEEDED.get(name, ()))
        module = await runtime().importing(functools.partial(_imported, name))
        _loaded[name] = module
    return _loaded[name]


def _imported(name: str) -> ModuleType:
    """Import a module of this room without garbage collection.

    The SDK makes so many objects that the collector would take a sixth of the time of its import.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module(name, __name__)
    finally:
        if collects:
            gc.enable()


_loaded: dict[str, ModuleType] = {}

# The packages of the modules that need an HTTP library.
_NEEDED = {".sdk": ("openai", "httpx2"), ".http": ("httpx2",), ".stored": ("httpx2",)}
