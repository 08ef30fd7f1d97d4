"""Ask Perplexity from a notebook cell and watch a cited answer arrive.

>>> import pplx_widget as pplx
>>> answer = pplx.ask("Explain the CAP theorem with an example")
>>> print(answer.wait(timeout=60).text)
## The CAP theorem
...
"""

from __future__ import annotations

import contextlib
import logging
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# First, because the other imports take most of the start of a command.
from .cli import startup as _startup  # noqa: F401 (its import is its work)

# isort: split

from ._version import __version__
from .widget import host as _host

if TYPE_CHECKING:
    from .api.ask import ask
    from .api.ask_many import ask_many
    from .api.history import History, forget, history
    from .api.load import load
    from .api.models import Model, Models, amodels, models
    from .api.resume import resume
    from .api.search import asearch, search
    from .api.stream import astream, complete, stream
    from .bibliography.check.findings import Check
    from .bibliography.pages import sources
    from .config.settings import configure
    from .core import events
    from .core.citations import Citation
    from .core.errors import (
        BudgetReached,
        ConnectionCut,
        ConnectionFailed,
        EndpointRetired,
        Forbidden,
        InvalidRequest,
        KeyRejected,
        MissingKey,
        NotFound,
        NotRecorded,
        PplxError,
        ProviderFailed,
        RateLimited,
        RequestRejected,
        SchemaMismatch,
        ServiceFailed,
        StoreFailed,
        TimedOut,
        UnknownOption,
    )
    from .core.events import Image, Source, Usage
    from .core.finding import Finding
    from .core.state import Place, Status, Step, Timing
    from .core.structured.evidence import Field
    from .providers import Raw
    from .providers.protocol import Provider
    from .question.context.summary import Summary, summarise
    from .question.request import Request, Search
    from .recordings.recorder import Recorder, record
    from .recordings.replay import Replay, replay
    from .runs.ledger import usage
    from .runs.usage import UsageSoFar
    from .server.in_process import Samples
    from .widget.answer import Answer
    from .widget.batch.batch import Batch
    from .widget.chat.chat import Chat
    from .widget.compare.compare import compare
    from .widget.compare.model import Comparison
    from .widget.inspector.inspector import Inspector, inspect
    from .widget.race.race import race

# Each public name is imported when it is first used. A kernel imports them in the background at once.
_NAMES = {
    ".api.ask": ["ask"],
    ".api.ask_many": ["ask_many"],
    ".api.history": ["History", "forget", "history"],
    ".api.load": ["load"],
    ".api.models": ["Model", "Models", "amodels", "models"],
    ".api.resume": ["resume"],
    ".api.search": ["asearch", "search"],
    ".api.stream": ["astream", "complete", "stream"],
    ".core.finding": ["Finding"],
    ".bibliography.check.findings": ["Check"],
    ".bibliography.pages": ["sources"],
    ".config.settings": ["configure"],
    ".core.citations": ["Citation"],
    ".core.errors": [
        "BudgetReached",
        "ConnectionCut",
        "ConnectionFailed",
        "EndpointRetired",
        "Forbidden",
        "InvalidRequest",
        "KeyRejected",
        "MissingKey",
        "NotFound",
        "NotRecorded",
        "PplxError",
        "ProviderFailed",
        "RateLimited",
        "RequestRejected",
        "SchemaMismatch",
        "ServiceFailed",
        "StoreFailed",
        "TimedOut",
        "UnknownOption",
    ],
    ".core.events": ["Image", "Source", "Usage", "events"],
    ".core.state": ["Place", "Status", "Step", "Timing"],
    ".core.structured.evidence": ["Field"],
    ".providers": ["Raw"],
    ".providers.protocol": ["Provider"],
    ".question.context.summary": ["Summary", "summarise"],
    ".question.request": ["Request", "Search"],
    ".recordings.recorder": ["Recorder", "record"],
    ".recordings.replay": ["Replay", "replay"],
    ".runs.ledger": ["usage"],
    ".runs.usage": ["UsageSoFar"],
    ".server.in_process": ["Samples"],
    ".widget.answer": ["Answer"],
    ".widget.batch.batch": ["Batch"],
    ".widget.compare.compare": ["compare"],
    ".widget.compare.model": ["Comparison"],
    ".widget.chat.chat": ["Chat"],
    ".widget.inspector.inspector": ["Inspector", "inspect"],
    ".widget.race.race": ["race"],
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}

__all__ = [
    "Answer",
    "Batch",
    "BudgetReached",
    "Chat",
    "Check",
    "Citation",
    "Comparison",
    "ConnectionCut",
    "ConnectionFailed",
    "EndpointRetired",
    "Field",
    "Finding",
    "Forbidden",
    "History",
    "Image",
    "Inspector",
    "InvalidRequest",
    "KeyRejected",
    "MissingKey",
    "Model",
    "Models",
    "NotFound",
    "NotRecorded",
    "Place",
    "PplxError",
    "Provider",
    "ProviderFailed",
    "RateLimited",
    "Raw",
    "Recorder",
    "Replay",
    "Request",
    "RequestRejected",
    "Samples",
    "SchemaMismatch",
    "Search",
    "ServiceFailed",
    "Source",
    "Status",
    "Step",
    "StoreFailed",
    "Summary",
    "TimedOut",
    "Timing",
    "UnknownOption",
    "Usage",
    "UsageSoFar",
    "__version__",
    "amodels",
    "asearch",
    "ask",
    "ask_many",
    "astream",
    "compare",
    "complete",
    "configure",
    "events",
    "forget",
    "history",
    "inspect",
    "load",
    "models",
    "race",
    "record",
    "replay",
    "resume",
    "search",
    "sources",
    "stream",
    "summarise",
    "usage",
]


if not TYPE_CHECKING:  # a type checker then knows which names there are

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = import_module(_HOMES[name], __name__)
        found = getattr(home, name, home)  # `events` is a module
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ip: Any) -> None:
    """Add ``%%ask``, ``%ask`` and ``%pplx``; called by ``%load_ext pplx_widget``."""
    from .magics import magics  # noqa: PLC0415 (a script has no IPython)

    magics.load(ip)


# Import it for libraries that need it later: its first import fails after the main thread has ended.
with contextlib.suppress(RuntimeError):  # the main thread has already ended
    import_module("concurrent.futures.thread")

# Log nothing unless the application configures logging.
logging.getLogger("pplx_widget").addHandler(logging.NullHandler())

# So that notebooks without a word about it can be shown with the samples, as `scripts/lite` does.
if os.environ.get("PPLX_SAMPLES", "0") not in ("", "0"):
    from .config.settings import configure as _configure
    from .server.in_process import Samples as _Samples

    _configure(provider=_Samples())

if _host.in_kernel():
    from .api import warmup as _warmup

    _warmup.start()
