"""Draw figures with matplotlib, which is optional, in the style that the user has set."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from . import browser_packages
from .errors import PplxError
from .text import shortened
from .visible import one_line, printable
from .words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that a white and a black ground carry, and that colour-blind readers can tell apart
# (Okabe and Ito).
BLUE, SKY, GREEN, ORANGE, RED, GREY = (
    "#3B8ED0",
    "#56B4E9",
    "#009E73",
    "#E69F00",
    "#D55E00",
    "#999999",
)
FAINT = "#99999944"

_NAME = 28  # characters of a name beside a bar
_BARS = 4  # fewer bars leave room below them


def figure(panels: Sequence[Sequence[str]], size: tuple[float, float]) -> tuple[Figure, Any]:
    """Return an empty figure and its panels by name.

    It is made without pyplot, so that it opens no window, and a notebook shows it once: as the value of
    a cell.

    Parameters
    ----------
    panels : sequence of sequence of str
        The names of the panels, as for matplotlib's ``subplot_mosaic``.
    size : (float, float)
        Width and height in inches.

    Raises
    ------
    PplxError
        matplotlib is not installed.
    """
    matplotlib = _matplotlib()
    # Names and amounts contain signs of TeX, such as "$" and "_".
    with matplotlib.rc_context({"text.parse_math": False, "text.usetex": False}):
        made = matplotlib.figure.Figure(figsize=size, layout="constrained")
        axes = made.subplot_mosaic([[*line] for line in panels])
    for each in axes.values():
        for side in ("top", "right"):
            each.spines[side].set_visible(False)
        for axis in ("x", "y"):  # ticks are made later, when a style may be over
            colour = matplotlib.rcParams[f"{axis}tick.color"]
            named = matplotlib.rcParams[f"{axis}tick.labelcolor"]
            each.tick_params(axis, color=colour, labelcolor=colour if named == "inherit" else named)
    _shown_by_ipython(matplotlib.figure.Figure)
    return made, axes


def title(axes: Axes, text: str, note: str = "") -> None:
    """Write a title, and a smaller note below the panel."""
    axes.set_title(text, loc="left", fontsize="medium", parse_math=False)
    if note:
        axes.set_xlabel(note, fontsize="small", parse_math=False)


def nothing(axes: Axes, text: str) -> None:
    """Write a sentence in place of a diagram."""
    axes.set_axis_off()
    axes.text(
        0.5,
        0.5,
        text,
        ha="center",
        va="center",
        parse_math=False,
        transform=axes.transAxes,
        wrap=True,
    )


def numbers(axes: Axes, *, x: bool = False, y: bool = False, whole: bool = False) -> None:
    """Write the numbers of an axis as the current language does."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415 (optional)

    for axis, wanted in ((axes.xaxis, x), (axes.yaxis, y)):
        if wanted:
            axis.set_major_locator(MaxNLocator(5, integer=whole, steps=[1, 2, 5, 10]))
            axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def number(value: float) -> str:
    """Return a number in the signs of the current language.

    Examples
    --------
    >>> number(12500.0), number(0.25)
    ('12,500', '0.25')
    """
    signs = str.maketrans({",": say("number.thousands"), ".": say("number.decimal")})
    return f"{value:,.10g}".translate(signs)


def bars(
    axes: Axes, names: Sequence[str], parts: Mapping[str, Sequence[float]], colours: Sequence[str]
) -> None:
    """Draw a bar for each name, the first one on top, with its parts side by side.

    ``parts`` has the lengths by the label of the part; a single part has no legend.
    """
    places = range(len(names))
    left = [0.0] * len(names)
    for (label, lengths), colour in zip(parts.items(), colours, strict=False):
        axes.barh(places, lengths, left=left, color=colour, label=label, height=0.7)
        left = [a + b for a, b in zip(left, lengths, strict=True)]
    axes.set_yticks(places, [*map(drawable, names)], parse_math=False)
    axes.set_ylim(max(len(names), _BARS) - 0.5, -0.5)
    if len(parts) > 1:
        legend(axes)


def legend(axes: Axes, where: Literal["best", "upper left", "lower right"] = "best") -> None:
    """Show what the colours stand for."""
    shown = axes.legend(loc=where, fontsize="small", framealpha=0.8, edgecolor="none")
    for text in shown.get_texts():
        text.set_parse_math(False)


def drawable(name: str) -> str:
    """Return a name that strangers chose, short and in letters that the font has.

    A host with other letters is written as in the domain name system (``xn--…``).
    """
    from matplotlib import font_manager  # noqa: PLC0415 (optional)

    name = shortened(printable(one_line(name)), _NAME)
    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties()))
    if all(font.get_char_index(ord(sign)) for sign in name):
        return name
    with contextlib.suppress(UnicodeError):
        return shortened(name.encode("idna").decode(), _NAME)
    return shortened(ascii(name)[1:-1], _NAME)


def _matplotlib() -> Any:
    try:
        return _imported()
    except ImportError:
        if browser_packages.load_now("matplotlib"):
            with contextlib.suppress(ImportError):
                return _imported()
        raise PplxError(
            "matplotlib is not installed.",
            "Figures need it; it comes with the extra `plot`.",
            "Run `pip install 'pplx-widget[plot]'` (in a notebook: `%pip install …`).",
        ) from None


def _imported() -> Any:
    import matplotlib as mpl  # noqa: PLC0415 (optional, and takes a moment)
    import matplotlib.figure  # noqa: PLC0415

    return mpl


def _shown_by_ipython(kind: type[Figure]) -> None:
    """Let IPython show figures as pictures, unless pyplot has already told it how."""
    if (ipython := sys.modules.get("IPython")) is None or (shell := ipython.get_ipython()) is None:
        return
    formatters = shell.display_formatter.formatters
    if not any(kind in each for each in formatters.values()):
        formatters["image/png"].for_type(kind, _png)


def _png(drawn: Figure) -> bytes:
    file = io.BytesIO()
    drawn.savefig(file, format="png")
    return file.getvalue()
