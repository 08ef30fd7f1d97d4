"""Base URLs: check them, compare their servers, and tell whether the connection is private."""

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

# Characters that programs read differently, such as a backslash, are not allowed in a host.
_NETLOC = re.compile(r"(?:\[[0-9A-Fa-f:.%\w]+\]|[\w.-]+)(?::\d*)?")


def check_base_url(url: str, name: str = "base_url") -> str:
    """Return a base URL in its normal form; the forms that tutorials use are corrected.

    Raises
    ------
    InvalidRequest
        It is not an http or https address, or contains a user name, password, query or fragment.
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
            f"{name} contains more than an address.",
            "A user name, password or query in it would be written to logs.",
            "Pass only the address, and the key as `api_key`.",
        )
    if not usable or not _NETLOC.fullmatch(parts.netloc):
        shown = re.sub(r"[^/\s]*@", "…@", text)  # the text before an @ may be a password
        raise errors.InvalidRequest(
            f"{name} cannot be {shown!r}.", "", f"Use an address such as `{DEFAULT_BASE_URL}`."
        )
    if _host(text) == API_HOST:
        # Tutorials leave out /v1 or give the whole endpoint. This also replaces http by https.
        router = parts.path.partition("/")[2].partition("/")[0] == "router"
        return ROUTER_BASE_URL if router else DEFAULT_BASE_URL
    return text.rstrip("/")


def without_version(url: str) -> str:
    """Return the base URL of the Search API, which has no ``/v1``."""
    if _host(url) == API_HOST:
        return f"https://{API_HOST}"
    return re.sub(r"/v1/?\Z", "", url)


def base_url_around() -> str | None:
    """Return the environment's base URL; None if it is missing or invalid."""
    try:
        return check_base_url(os.environ["PERPLEXITY_BASE_URL"])
    except (KeyError, errors.InvalidRequest):
        return None


def origin(url: str) -> str:
    """Return the server of a base URL in a normal form, by which servers are compared.

    Case, a trailing dot, the default port, and the forms of an IPv6 address or an international domain
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
    """Return whether an address is a host of Perplexity, reached by https."""
    return re.fullmatch(rf"https://(?:[\w-]+\.)*{re.escape(_DOMAIN)}", origin(url)) is not None


def proxied(url: str) -> bool:
    """Return whether the environment's settings route an address through a proxy."""
    import urllib.request  # noqa: PLC0415 (needed only for http:// servers)

    parts, routes = urlsplit(url), urllib.request.getproxies()
    return bool({parts.scheme, "all"} & set(routes)) and not urllib.request.proxy_bypass(
        parts.hostname or ""
    )


def in_the_clear(url: str) -> bool:
    """Return whether requests to an address are readable on the network or by a proxy."""
    return urlsplit(url).scheme != "https" and (not is_loopback(url) or proxied(url))


def over_tls(url: str) -> str:
    """Return an address with http replaced by https."""
    return re.sub(r"^http:", "https:", url)


def _host(url: str) -> str:
    """Return the host of an address in a normal form, by which hosts are compared.

    Raises
    ------
    ValueError
        The host is invalid.
    """
    host = urlsplit(url).hostname or ""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not host.isascii():
        import idna  # noqa: PLC0415 (needed only for such names; the HTTP clients use it too)

        host = idna.encode(host).decode()
    return host.removesuffix(".")


@dataclass(frozen=True)
class Owner:
    """The servers that a key belongs to; the key is sent to no other server.

    Attributes
    ----------
    perplexity : bool
        Whether the key belongs to Perplexity's hosts.
    others : tuple of str
        Other servers, as `origin` returns them.
    open : bool
        Whether the key also belongs to the next base URL that is set.
    """

    perplexity: bool = False
    others: tuple[str, ...] = ()
    open: bool = False

    def and_of(self, base_url: str | None) -> Owner:
        """Return an owner that also has a base URL's server and is no longer open."""
        if base_url is None:
            return Owner(self.perplexity, self.others)
        if is_perplexity(base_url):
            return Owner(perplexity=True, others=self.others)
        return Owner(self.perplexity, (*self.others, origin(base_url)))

    def has(self, base_url: str) -> bool:
        """Return whether a base URL belongs to one of these servers."""
        return (self.perplexity and is_perplexity(base_url)) or origin(base_url) in self.others

    def __str__(self) -> str:
        named = [*([API_HOST] if self.perplexity else ()), *self.others]
        return " and ".join(name.removeprefix("https://") for name in named)
