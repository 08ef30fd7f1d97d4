"""What it takes to be a provider, and the values that stand for ours in ``provider=``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol, get_args, runtime_checkable

from ..core import checks
from ..core.events import Event
from ..core.options import FormatName
from ..question.request import Request


@runtime_checkable
class Provider(Protocol):
    """What it takes to be asked: an asynchronous ``stream(request)`` that yields events and ends.

    It ends with `Finished` or `Failed`; a stream that ends without either counts as cut. It raises
    `PplxError`; anything else that it raises is shown as `ProviderFailed`. It runs on the package's
    background thread, so it must not block. When an answer is stopped its generator is closed, and
    its ``finally`` closes the connection. An object of one's own has its own way to its service: no
    key is looked for, and the settings of `configure` are not its. If its answers cost nothing, an
    attribute ``paid = False`` says so, and `usage` leaves them out.

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

    shape: FormatName = "agent"

    def __post_init__(self) -> None:
        checks.one_of("shape", str(self.shape), get_args(FormatName))


@dataclass(frozen=True)
class Stored:
    """A response that the service keeps by an id; `resume` makes it."""

    response_id: str
