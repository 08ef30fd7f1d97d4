"""Tools for teachers: a server that fails on request, and naive readers of its streams.

>>> from pplx_widget import classroom
>>> with classroom.LocalServer(fault="cut", network=classroom.Network(latency=0.3)) as server:
...     server.fault = None  # can be changed while the server runs

`sse` is the module that reads server-sent events, for lessons that read them by hand. No other room of
the package imports this one.
"""

from ..providers import sse
from ..server.faults import FAULTS
from ..server.network import Network
from ..server.server import LocalServer
from .readers import READERS
from .trial import Outcome, Trial, trial

__all__ = ["FAULTS", "READERS", "LocalServer", "Network", "Outcome", "Trial", "sse", "trial"]
