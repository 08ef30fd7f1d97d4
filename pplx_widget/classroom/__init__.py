"""Tools for teachers: a server that fails on request, and naive readers of its streams.

>>> from pplx_widget import classroom
>>> with classroom.LocalServer(fault="cut", network=classroom.Network(latency=0.3)) as server:
...     server.fault = None  # can be changed while the server runs

No other room of the package imports this one.
"""

from ..server.faults import FAULTS
from ..server.network import Network
from ..server.server import LocalServer
from .readers import READERS
from .trial import Outcome, Trial, trial

__all__ = ["FAULTS", "READERS", "LocalServer", "Network", "Outcome", "Trial", "trial"]
