"""The server to ask and its key, looked up again for each question.

So a key that a later cell sets takes effect. An argument of `ask` wins over `configure`, which wins
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
    """A key that was found but is not sent to this server.

    Attributes
    ----------
    key_from : str
        Where the key was found, in words.
    owner : str
        The servers that the key belongs to, in words.
    in_the_clear : bool
        Whether the key belongs to this server, but the connection is not private.
    """

    key_from: str
    owner: str
    in_the_clear: bool = False


@dataclass(frozen=True)
class Connection:
    """The server to ask, its key and the limits for the connection.

    Attributes
    ----------
    base_url : str
        The base URL, with ``/v1`` and without a slash at the end.
    key : Secret or None
        The key that belongs to this server; None if there is none.
    key_from : str or None
        Where the key was found, in words; never the key itself.
    timeout : Timeout
        Seconds to wait for a connection and between bytes.
    max_retries : int
        How often a question is sent again if it fails before any part of the answer has arrived.
    written : str or None
        The base URL as the user gave it, if it was that of the retired API.
    withheld : Withheld or None
        A key that was found but is not sent, if no key is sent.
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
        """The server's host, with the port if the base URL names one."""
        return urlsplit(self.base_url).netloc

    @property
    def needs_key(self) -> bool:
        """Whether a required key is missing.

        A server on this machine needs no key, unless one was given for it and a proxy could read it.
        """
        if self.key:
            return False
        kept_back = self.withheld is not None and self.withheld.in_the_clear
        return kept_back or not is_loopback(self.base_url)

    def missing_key(self) -> errors.MissingKey:
        """Return the error for this server's missing key; it names the call that fixes it."""
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
    timeout: float | tuple[float, float] | None = None,
    *,
    open_stores: bool = True,
    base_url: str | None = None,
) -> Connection:
    """Return the server to ask now, with its key.

    With ``open_stores=False``, key stores that may ask the user for permission are skipped. With a
    ``base_url``, the server is that one, and it gets a key only if one belongs to it.
    """
    chosen = settings()
    around = os.environ.get("PERPLEXITY_BASE_URL", "").strip()
    written = chosen.written or around or DEFAULT_BASE_URL
    base_url = base_url or chosen.base_url or check_base_url(written, "PERPLEXITY_BASE_URL")
    key = key_from = withheld = None
    for found, where, owner in _keys(base_url, open_stores=open_stores):
        # An open key belongs to this base URL: none has been set since the key.
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
    """Yield the key of `configure`, then the keys of the environment and the key stores."""
    chosen = settings()
    if chosen.api_key:
        yield chosen.api_key, "configure", chosen.key_owner
    yield from found_keys(base_url, open_stores=open_stores)
