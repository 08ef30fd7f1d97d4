"""The check of addresses that an answer may link to, and the host that a link must show.

It uses a strict grammar instead of a URL library. So the page (``js/src/markdown/urls.ts``) accepts and
writes the same addresses, and no browser can read another host from them than we do.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from ..core.tables import (
    DEFAULT_PORTS,
    HIGHEST_PORT,
    HOST,
    HOST_IN_TEXT,
    LEFTWARD_DIGIT,
    LONGEST_HOST,
    MAIL_ADDRESS,
    UNSAFE,
    WEB_ADDRESS,
)
from ..core.visible import LEFTWARD

_UNSAFE = re.compile(UNSAFE)
# Ignore the case of ASCII letters only: U+017F, the long s, must not match `s`.
_FLAGS = re.ASCII | re.IGNORECASE | re.DOTALL
_WEB = re.compile(WEB_ADDRESS, _FLAGS)
_MAIL = re.compile(MAIL_ADDRESS, _FLAGS)
_HOST = re.compile(HOST)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_PORT = re.compile(r"[0-9]{1,5}")
# Invisible letters and marks: a name that contains one looks like another name.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3002\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# A name that mixes right-to-left and left-to-right letters is displayed in another order. So each part
# must use one direction only; browsers have similar rules that differ in details.
_LEFTWARD_PART = rf"(?:(?!{LEFTWARD_DIGIT}){LEFTWARD.pattern}+|[a-z](?:[a-z0-9-]*[a-z0-9])?)"
_LEFTWARD_HOST = re.compile(rf"{_LEFTWARD_PART}(?:\.{_LEFTWARD_PART})*")
# Characters that are kept in an address; all others are percent-encoded.
_KEPT = ";/?:@&=+$,-_.!~*'()#%"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST_IN_TEXT = re.compile(HOST_IN_TEXT, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """An address that a link may lead to.

    Attributes
    ----------
    href : str
        The address in ASCII, absolute.
    host : str
        The host as a browser requests it (letters beyond ASCII as ``xn--…``), without ``www.``; for a
        ``mailto:`` address, the recipient.
    """

    href: str
    host: str


def safe_url(address: str) -> Address | None:
    """Return the checked address for a link, or None if it must not be a link.

    Only absolute http, https and mailto addresses become links. A relative address would point to the
    notebook server, and a user name before the host only serves to deceive.

    Parameters
    ----------
    address : str
        An address from the service or the text, percent-encoded or not.
    """
    if _UNSAFE.search(address):
        return None
    if mail := _MAIL.fullmatch(address):
        to = _encoded(mail[1])
        return Address(f"mailto:{to}{_encoded(mail[2])}", to)
    if not (web := _WEB.fullmatch(address)):
        return None
    scheme = web[1].lower()
    host = _host(web[2], DEFAULT_PORTS[scheme])
    if host is None:
        return None
    return Address(f"{scheme}://{host}{_encoded(web[3])}", host.removeprefix("www."))


def disguised_host(text: str, address: Address) -> str | None:
    """Return the real host if a link's text claims another or its letters may look like others.

    None if the link need not show its host.
    """
    host = address.host
    if f"({host})" in text:  # already shown
        return None
    claim = _HOST_IN_TEXT.match(text)
    if claim and claim[1].lower().removeprefix("www.") != host:
        return host
    return host if "xn--" in host and host not in text else None


def _host(authority: str, default_port: int) -> str | None:
    name, colon, port = authority.partition(":")
    if colon and (not _PORT.fullmatch(port) or int(port) > HIGHEST_PORT):
        return None
    if len(name) > LONGEST_HOST:
        return None
    names = [_name(label) or "" for label in name.lower().split(".")]
    host = ".".join(map(_ascii, names))
    if len(host) > LONGEST_HOST or not _HOST.fullmatch(host):
        return None
    if LEFTWARD.search(shown := ".".join(names)) and not _LEFTWARD_HOST.fullmatch(shown):
        return None
    # If the last part is a number, browsers read the host as an IPv4 address, even a shortened one.
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and not _IPV4.fullmatch(host):
        return None
    return host if not colon or int(port) == default_port else f"{host}:{int(port)}"


def _name(label: str) -> str | None:
    """Return a part of a host name in its own script, or None if it is not valid."""
    if label.isascii():
        if not label.startswith("xn--"):
            return label
        try:
            name = label[4:].encode().decode("punycode")
        except UnicodeError:
            return None
        return name if _ascii(name) == label and _is_plain(name) else None
    return label if _is_plain(label) else None


def _is_plain(name: str) -> bool:
    """Return whether browsers accept the non-ASCII letters of a name unchanged."""
    categories = [unicodedata.category(character) for character in name]
    return (
        name == unicodedata.normalize("NFKC", name).lower()
        and not name.startswith("xn--")
        and categories[0][0] != "M"
        and not any(category[0] in "CZ" for category in categories)
        and not _INVISIBLE.search(name)
    )


def _ascii(name: str) -> str:
    return name if name.isascii() else "xn--" + name.encode("punycode").decode()


def _encoded(rest: str) -> str:
    return _STRAY_PERCENT.sub("%25", quote(rest, safe=_KEPT))
