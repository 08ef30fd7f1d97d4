"""Providers: one file a way of getting events.

============ ============================================================================
``"agent"``  The Agent API through the OpenAI SDK (the default).
``"chat"``   The chat-completions shape through the OpenAI SDK: gateways and local servers.
``"raw"``    The Agent API by hand, without the SDK; `Raw` also has the other shape.
an object    Anything that keeps to `Provider`.
============ ============================================================================
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, Protocol, TypeAlias, get_args, runtime_checkable

from ..config import Connection
from ..core import checks, errors
from ..core.events import Event
from ..core.loop import run
from ..core.options import ProviderName
from ..core.runtime import runtime
from ..question.request import Request
from . import agent_body, chat_body

__all__ = ["Provider", "Raw", "resolve"]

Shape: TypeAlias = Literal["agent", "chat"]


@runtime_checkable
class Provider(Protocol):
    """What it takes to be asked: an asynchronous ``stream(request)`` that yields events and ends.

    It ends with `Finished` or `Failed`; a stream that ends without either counts as cut. It raises
    `PplxError`; anything else that it raises is shown as `ProviderFailed`. It runs on the package's
    background thread, so it must not block. When an answer is stopped its generator is closed, and
    its ``finally`` closes the connection. An object of one's own has its own way to its service: no
    key is looked for, and the settings of `configure` are not its.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> class Echo:
    ...     async def stream(self, request):
    ...         for word in request.question.split():
    ...             yield pplx.events.Text(word + " ")
    ...         yield pplx.events.Finished()
    >>> pplx.ask("one two", provider=Echo()).wait(5).text
    'one two '
    """

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Ask, and yield what comes back."""
        ...


@dataclass(frozen=True)
class Raw:
    """The wire by hand, without the OpenAI SDK: a value for ``provider=``.

    Key, base URL and timeouts are those of the settings at the moment of asking.

    Parameters
    ----------
    shape : {"agent", "chat"}
        What the server speaks: the Agent API, or chat completions (``provider="raw"`` is the first).

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> pplx.ask("Why?", model="qwen3", provider=pplx.Raw(shape="chat"))
    <Answer 'Why?': ...>
    """

    shape: Shape = "agent"

    def __post_init__(self) -> None:
        checks.one_of("shape", str(self.shape), get_args(Shape))


@dataclass(frozen=True)
class Stored:
    """A response that the service keeps by an id; `resume` makes it."""

    response_id: str


_NAMES = get_args(ProviderName)


def resolve(
    provider: Any, connection: Connection, request: Request
) -> Callable[[], Awaitable[Provider]]:
    """Return what makes the provider for a name, a `Raw`, an object of the protocol, or None (agent).

    Making is a step of its own, and awaited, because it imports the SDK: half a second, the first time.

    Raises
    ------
    InvalidRequest
        It is none of these, or it cannot send what is asked.
    """
    if isinstance(provider, Stored):
        return functools.partial(_stored, connection, provider.response_id)
    if spoken := _spoken(provider):
        transport, shape = spoken
        (chat_body if shape == "chat" else agent_body).check(request)
        return functools.partial(_streamed, connection, shape, transport)
    if isinstance(provider, Provider) and not isinstance(provider, type):
        return functools.partial(_itself, provider)
    raise errors.InvalidRequest(
        f"provider cannot be {provider!r}.",
        errors.nearest(provider, _NAMES) if isinstance(provider, str) else "",
        "It is one of " + ", ".join(map(repr, _NAMES)) + ", `pplx.Raw(…)`, or an object with an "
        "asynchronous `stream(request)`.",
    )


def ours(provider: Any) -> bool:
    """Return whether a provider is one of this package's, which ask with the key of the settings."""
    return provider is None or isinstance(provider, str | Raw | Stored)


async def prepare(provider: Any, connection: Connection) -> None:
    """Do what the first answer would wait for: imports, and a client."""
    if spoken := _spoken(provider):
        await load(".streamed")
        (await load(f".{spoken[0]}")).clients.client(connection)
        await runtime().importing(_what_a_connection_imports)


def _what_a_connection_imports() -> None:
    """Import the modules that the HTTP library imports only when it first opens a connection."""
    anyio = importlib.import_module("anyio")
    _ = anyio.connect_tcp
    run(anyio.sleep(0))


def _spoken(provider: Any) -> tuple[Literal["sdk", "http"], Shape] | None:
    """Return who asks and the shape that is spoken; None for a provider of another kind."""
    if isinstance(provider, Raw):
        return "http", provider.shape
    return _TRANSPORTS.get(provider or "agent") if isinstance(provider, str | None) else None


_TRANSPORTS: dict[str, tuple[Literal["sdk", "http"], Shape]] = {
    "agent": ("sdk", "agent"),
    "chat": ("sdk", "chat"),
    "raw": ("http", "agent"),
}


async def _streamed(connection: Connection, shape: Shape, transport: str) -> Provider:
    streamed, asks = await load(".streamed"), await load(f".{transport}")
    provider: Provider = streamed.Streamed(connection, shape, asks)
    return provider


async def _stored(connection: Connection, response_id: str) -> Provider:
    provider: Provider = (await load(".stored")).StoredStream(connection, response_id)
    return provider


async def _itself(provider: Provider) -> Provider:
    return provider


async def load(name: str) -> ModuleType:
    """Import a module that needs an HTTP library, in a thread unless it is there already.

    `import pplx_widget` in plain Python loads no HTTP library, and an import in the loop's own thread
    would hold up every answer under way.
    """
    if name not in _loaded:  # `sys.modules` would also have what another thread is still importing
        module = await runtime().importing(lambda: importlib.import_module(name, __name__))
        _loaded[name] = module
    return _loaded[name]


_loaded: dict[str, ModuleType] = {}
