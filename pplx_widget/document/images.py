"""The images of an answer as its forms name them: at most `MOST_IMAGES`, by https alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..core.events import Image
from ..core.tables import LONGEST_TITLE, MOST_IMAGES
from ..core.visible import one_line
from ..core.words import count, say
from ..markdown import urls
from ..markdown.urls import Address
from . import wording


@dataclass(frozen=True, slots=True)
class Shown:
    """An image to show.

    Attributes
    ----------
    title : str
        Its title, or else its host.
    address : Address
        Where it is.
    page : Address
        The web page with the image, or else the image.
    size : str
        Its size in pixels, or ``""``.
    """

    title: str
    address: Address
    page: Address
    size: str


@dataclass(frozen=True, slots=True)
class Images:
    """The images of an answer: those to show, and how many more there are."""

    shown: tuple[Shown, ...]
    more: int

    @classmethod
    def of(cls, images: Iterable[Image]) -> Images:
        """Return those of an answer, without unsafe addresses."""
        found = [each for image in images if (each := _shown(image))]
        return cls(tuple(found[:MOST_IMAGES]), len(found[MOST_IMAGES:]))

    @property
    def heading(self) -> str:
        """The line above them."""
        return count(len(self.shown) + self.more, "count.image")

    @property
    def rest(self) -> str:
        """The line below them: how many are not shown, or ``""``."""
        return say("more.things", n=self.more) if self.more else ""

    @property
    def lines(self) -> list[str]:
        """The heading and a line for each; none without images."""
        if not self.shown:
            return []
        parts = [
            (i.title, i.address.href, i.size, i.page.href if i.page != i.address else "")
            for i in self.shown
        ]
        lines = [one_line(" — ".join(filter(None, part))) for part in parts]
        return [f"{self.heading}:", *lines, *([self.rest] if self.more else [])]


def _shown(image: Image) -> Shown | None:
    address = urls.safe_url(image.url)
    if address is None or not address.href.startswith("https:"):
        return None
    return Shown(
        wording.shortened(image.title, LONGEST_TITLE) or address.host,
        address,
        urls.safe_url(image.origin) or address,
        f"{image.width}\u00d7{image.height}" if image.width and image.height else "",
    )
