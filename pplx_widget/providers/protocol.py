"""The protocol of providers, and the values of ``provider=`` for the built-in ones."""

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
    """An object with an asynchronous ``stream(request)`` that yields the events of an answer.

    The stream ends with `Finished` or `Failed`; without either it counts as cut. It raises `PplxError`;
    any other exception is shown as `ProviderFailed`. It runs on the package's background thread, so it
    must not block. When an answer is stopped, its generator is closed, and its ``finally`` closes the
    connection. An object of your own connects to its service by itself: it gets no key and does not
    follow `configure`. If its answers cost nothing, set ``paid = False``: `usage` leaves them out, and
    the store does not keep them. To let the cache answer, name what it asks in ``server``, such as
    ``server = "my model"``: objects with the same name give the same answers.

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
        """Ask the question of a request, and yield the events of its answer."""
        ...


@dataclass(frozen=True)
class Raw:
    """The provider without the OpenAI SDK: a value for ``provider=``.

    Key, base URL and timeouts are those of the settings when the question is asked.

    Parameters
    ----------
    shape : {"agent", "chat"}
        The API format of the server: the Agent API, as for ``provider="raw"``, or chat completions.

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
    """A response that the service stores under an id; made by `resume`."""

    response_id: str


class GoesOn:
    """A run that goes on at the service if its stream is closed, such as one in the background.

    Attributes
    ----------
    untold : bool
        Whether the answer was stopped and the service could not be told, so that it may go on.
    """

    untold: bool = False
