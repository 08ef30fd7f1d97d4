"""Ask Perplexity from a notebook cell and watch a cited answer arrive.

>>> import pplx_widget as pplx
>>> answer = pplx.ask("Explain the CAP theorem with an example")
>>> print(answer.wait(timeout=60).text)
## The CAP theorem
...
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

# First, because the other imports take most of the start of a command.
from .cli import startup as _startup  # noqa: F401 (its import is its work)

# isort: split

from ._version import __version__
from .api import warmup
from .api.ask import ask
from .api.stream import astream, complete, stream
from .config import configure
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
    TimedOut,
    UnknownOption,
)
from .core.events import Source, Usage
from .core.state import Status, Step, Timing
from .providers import Provider, Raw
from .question.context.summary import Summary, summarise
from .question.request import Request, Search
from .runs.ledger import usage
from .runs.usage import UsageSoFar
from .widget import Answer

if TYPE_CHECKING:
    from .api.load import load
    from .api.models import Model, Models, models
    from .api.resume import resume
    from .bibliography.pages import sources
    from .recordings.recorder import Recorder, record
    from .recordings.replay import Replay, replay
    from .widget.inspector.inspector import Inspector, inspect
    from .widget.race.race import race

# Imported when they are first used: `import pplx_widget` and a first answer do without them.
_LATER = {
    "Inspector": ".widget.inspector.inspector",
    "Model": ".api.models",
    "Models": ".api.models",
    "Recorder": ".recordings.recorder",
    "Replay": ".recordings.replay",
    "inspect": ".widget.inspector.inspector",
    "load": ".api.load",
    "models": ".api.models",
    "race": ".widget.race.race",
    "record": ".recordings.recorder",
    "replay": ".recordings.replay",
    "resume": ".api.resume",
    "sources": ".bibliography.pages",
}

__all__ = [
    "Answer",
    "BudgetReached",
    "Citation",
    "ConnectionCut",
    "ConnectionFailed",
    "EndpointRetired",
    "Forbidden",
    "Inspector",
    "InvalidRequest",
    "KeyRejected",
    "MissingKey",
    "Model",
    "Models",
    "NotFound",
    "NotRecorded",
    "PplxError",
    "Provider",
    "ProviderFailed",
    "RateLimited",
    "Raw",
    "Recorder",
    "Replay",
    "Request",
    "RequestRejected",
    "SchemaMismatch",
    "Search",
    "ServiceFailed",
    "Source",
    "Status",
    "Step",
    "Summary",
    "TimedOut",
    "Timing",
    "UnknownOption",
    "Usage",
    "UsageSoFar",
    "__version__",
    "ask",
    "astream",
    "complete",
    "configure",
    "events",
    "inspect",
    "load",
    "models",
    "race",
    "record",
    "replay",
    "resume",
    "sources",
    "stream",
    "summarise",
    "usage",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_LATER[name], __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ip: Any) -> None:
    """Add ``%%ask``, ``%ask`` and ``%pplx``; called by ``%load_ext pplx_widget``."""
    from .magics import magics  # noqa: PLC0415 (a script has no IPython)

    magics.load(ip)


# Log nothing unless the application configures logging.
logging.getLogger("pplx_widget").addHandler(logging.NullHandler())

warmup.start()
