"""For the person at the front of the room: a server that misbehaves on request, and naive readers.

>>> from pplx_widget import classroom
>>> with classroom.LocalServer(fault="cut", network=classroom.Network(latency=0.3)) as server:
...     server.fault = None  # switches work while it runs

Nothing in the core imports this room.
"""

from ..server.faults import FAULTS
from ..server.network import Network
from ..server.server import LocalServer
from .readers import READERS
from .trial import Outcome, Trial, trial

__all__ = ["FAULTS", "READERS", "LocalServer", "Network", "Outcome", "Trial", "trial"]
