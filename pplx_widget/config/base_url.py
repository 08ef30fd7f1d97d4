"""Base URLs: what is understood, which server one names, and who may read what goes there."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ..core import errors

DEFAULT_BASE_URL: Final = "https://api.perplexity.ai/v1"
ROUTER_BASE_URL: Final = "https://api.perplexity.ai/router/v1"
API_HOST: Final = "api.perplexity.ai"
_DOMAIN: Final = "perplexity.ai"
_PORTS: Final = {"http": 80, "https": 443}

# What is read in two ways by two programs, such as a backslash, is no host here.
_NETLOC = re.compile(r"(?:\[[0-9A-Fa-f:.%\w]+\]|[\w.-]+)(?::\d*)?")


def check_base_url(url: str, name: str = "base_url") -> str:
    """Return a base URL as it is used, understanding what tutorials write.

    Raises
    ------
    InvalidRequest
        It is no http or https address, or carries a password or a query.
    """
    text = url.strip() if isinstance(url, str) else ""
    if text.partition("/")[0] == API_HOST:
        text = "https://" + text
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
        # `urlsplit` drops line ends and tabs; the HTTP client does not.
        usable = usable and text.isprintable() and bool(_host(text))
    except ValueError:
        usable = False
    if usable and (parts.username or parts.password or parts.query or parts.fragment):
        raise errors.InvalidRequest(
            f"{name} carries more than an address.",
            "A user, a password or a query in it would be written into logs.",
            "Give the bare address, and the key by `api_key`.",
        )
    if not usable or not _NETLOC.fullmatch(parts.netloc):
        shown = re.sub(r"[^/\s]*@", "…@", text)  # what stands before an @ may be a password
        raise errors.InvalidRequest(
            f"{name} cannot be {shown!r}.", "", f"It is an address such as `{DEFAULT_BASE_URL}`."
        )
    if _host(text) == API_HOST:
        # Tutorials leave /v1 out or paste the whole endpoint. Never over plain http.
        router = parts.path.partition("/")[2].partition("/")[0] == "router"
        return ROUTER_BASE_URL if router else DEFAULT_BASE_URL
    return text.rstrip("/")


def base_url_around() -> str | None:
    """Return the environment's base URL; None if there is none that can be one."""
    try:
        return check_base_url(os.environ["PERPLEXITY_BASE_URL"])
    except (KeyError, errors.InvalidRequest):
        return None


def origin(url: str) -> str:
    """Return which server a base URL names, the same however it is written.

    Case, a trailing dot, the usual port, the forms of an IPv6 address and those of an international
    name make no difference.
    """
    parts = urlsplit(url)
    host, port = _host(url), parts.port
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (
        f":{port}" if port not in (None, _PORTS.get(parts.scheme)) else ""
    )


def is_loopback(url: str) -> bool:
    """Return whether an address is on this machine."""
    host = _host(url)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_perplexity(url: str) -> bool:
    """Return whether an address is Perplexity's, and nobody on the way can read what goes there."""
    return re.fullmatch(rf"https://(?:[\w-]+\.)*{re.escape(_DOMAIN)}", origin(url)) is not None


def proxied(url: str) -> bool:
    """Return whether the settings of the environment lead to an address through a proxy."""
    import urllib.request  # noqa: PLC0415 (who never asks a server by http needs none of it)

    parts, routes = urlsplit(url), urllib.request.getproxies()
    return bool({parts.scheme, "all"} & set(routes)) and not urllib.request.proxy_bypass(
        parts.hostname or ""
    )


def in_the_clear(url: str) -> bool:
    """Return whether anybody on the way could read what goes to an address."""
    return urlsplit(url).scheme != "https" and (not is_loopback(url) or proxied(url))


def over_tls(url: str) -> str:
    """Return an address with https in the place of http."""
    return re.sub(r"^http:", "https:", url)


def _host(url: str) -> str:
    """Return the host of an address in the one form by which hosts are compared.

    Raises
    ------
    ValueError
        It cannot be a host.
    """
    host = urlsplit(url).hostname or ""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not host.isascii():
        import idna  # noqa: PLC0415 (as the HTTP clients do, and only for such a name)

        host = idna.encode(host).decode()
    return host.removesuffix(".")


@dataclass(frozen=True)
class Owner:
    """The servers that a key belongs to: it goes to no other.

    Attributes
    ----------
    perplexity : bool
        Whether it belongs to Perplexity's hosts.
    others : tuple of str
        Other servers, by their `origin`.
    open : bool
        Whether it belongs to the next base URL that is set, too.
    """

    perplexity: bool = False
    others: tuple[str, ...] = ()
    open: bool = False

    def and_of(self, base_url: str | None) -> Owner:
        """Return the same with a base URL's server; nothing is open any more."""
        if base_url is None:
            return Owner(self.perplexity, self.others)
        if is_perplexity(base_url):
            return Owner(perplexity=True, others=self.others)
        return Owner(self.perplexity, (*self.others, origin(base_url)))

    def has(self, base_url: str) -> bool:
        """Return whether a base URL is that of one of these servers."""
        return (self.perplexity and is_perplexity(base_url)) or origin(base_url) in self.others

    def __str__(self) -> str:
        named = [*([API_HOST] if self.perplexity else ()), *self.others]
        return " and ".join(name.removeprefix("https://") for name in named)
