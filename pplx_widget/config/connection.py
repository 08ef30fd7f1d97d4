"""The server that is asked, and the key for it: looked up anew for each question.

A key that is set in the next cell counts. An argument of `ask` wins over `configure`, and that
over the environment.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..core import errors
from ..core.secret import Secret
from .base_url import (
    DEFAULT_BASE_URL,
    Owner,
    check_base_url,
    in_the_clear,
    is_loopback,
    is_perplexity,
    origin,
    over_tls,
)
from .credentials import check_key, found_keys
from .settings import Timeout, check_timeout, settings


@dataclass(frozen=True)
class Withheld:
    """A key that there is, and that does not go to the server that is asked.

    Attributes
    ----------
    key_from : str
        In words where the key was found.
    owner : str
        In words whom it belongs to.
    in_the_clear : bool
        Whether it belongs to the server that is asked, and others on the way could read it.
    """

    key_from: str
    owner: str
    in_the_clear: bool = False


@dataclass(frozen=True)
class Connection:
    """Where to ask and with which key.

    Attributes
    ----------
    base_url : str
        With ``/v1`` and no slash at the end.
    key : Secret or None
        The key that belongs to this server; None if there is none.
    key_from : str or None
        In words where the key was found, never the key.
    timeout : Timeout
        Seconds to wait for a connection and between bytes.
    max_retries : int
        How often a question is asked again that was refused before anything of an answer had come.
    written : str or None
        The base URL as it was given, where it was that of the retired API.
    withheld : Withheld or None
        A key that there is and that is not sent, if none is.
    """

    base_url: str
    key: Secret | None
    key_from: str | None
    timeout: Timeout
    max_retries: int = 0
    written: str | None = None
    withheld: Withheld | None = None

    @property
    def host(self) -> str:
        """The host that is asked, with a port where it is not the usual one."""
        return urlsplit(self.base_url).netloc

    @property
    def needs_key(self) -> bool:
        """Whether a key is missing; a server on this machine is asked without one.

        Not if a key was given for it that a proxy on the way could read.
        """
        if self.key:
            return False
        kept_back = self.withheld is not None and self.withheld.in_the_clear
        return kept_back or not is_loopback(self.base_url)

    def missing_key(self) -> errors.MissingKey:
        """Return the error of a server whose key is missing, with the one call that mends it."""
        kept, server = self.withheld, origin(self.base_url)
        if kept is None and is_perplexity(self.base_url):
            return errors.missing_key()
        tell = functools.partial(errors.told, errors.MissingKey)
        clear = kept is not None and kept.in_the_clear
        what = "error.key_in_clear.what" if clear else "error.key_of_server.what"
        if clear and is_loopback(self.base_url):
            lines = "error.key_by_proxy.why", "error.key_by_proxy.try"
            return tell(what, *lines, server=server, host=urlsplit(server).hostname)
        if clear:
            why = "error.key_in_clear.why"
        else:
            why = "error.key_of_server.foreign" if kept else "error.key_of_server.none"
        how = "error.key_in_clear.try" if in_the_clear(self.base_url) else "error.key_of_server.try"
        parts = urlsplit(self.base_url)
        return tell(
            what,
            why,
            how,
            server=server,
            found=kept and kept.key_from,
            owner=kept and kept.owner,
            call=f'`pplx.configure(api_key="…", base_url="{over_tls(self.base_url)}")`',
            tunnel=f"`ssh -L 8000:localhost:{parts.port or 80} {parts.hostname}`",
            here=f"`http://127.0.0.1:8000{parts.path}`",
        )


def connection(
    timeout: float | tuple[float, float] | None = None, *, open_stores: bool = True
) -> Connection:
    """Return where to ask now and with which key.

    ``open_stores`` false looks only where nobody can be asked for permission.
    """
    chosen = settings()
    around = os.environ.get("PERPLEXITY_BASE_URL", "").strip()
    written = chosen.written or around or DEFAULT_BASE_URL
    base_url = chosen.base_url or check_base_url(written, "PERPLEXITY_BASE_URL")
    key = key_from = withheld = None
    for found, where, owner in _keys(base_url, open_stores=open_stores):
        # An open key goes to what is asked now: no base URL has been set since it came.
        belongs = owner.open or owner.has(base_url)
        if belongs and not in_the_clear(base_url):
            key, key_from, withheld = check_key(found, where), where, None
            break
        if withheld is None or belongs:
            withheld = Withheld(where, str(owner), in_the_clear=belongs)
    limit = check_timeout(timeout) if timeout is not None else chosen.timeout or Timeout()
    corrected = base_url == DEFAULT_BASE_URL and not written.strip("/ ").endswith("/v1")
    return Connection(
        base_url,
        key,
        key_from,
        limit,
        chosen.max_retries,
        written if corrected else None,
        withheld,
    )


def _keys(base_url: str, *, open_stores: bool) -> Iterator[tuple[Secret, str, Owner]]:
    """Yield the key of `configure`, then those that are found."""
    chosen = settings()
    if chosen.api_key:
        yield chosen.api_key, "configure", chosen.key_owner
    yield from found_keys(base_url, open_stores=open_stores)
