"""The options of `ask` on a command line: one table for the terminal and the magics.

Names, types, choices, help and completion all come from `FLAGS`. Options that cannot be typed as text
(earlier messages, a provider object) have no flag.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

from ..core import efforts, words
from ..core.errors import InvalidRequest
from ..core.options import ContextSize, ProviderName, ReasoningEffort, Recency, SearchType
from ..question.request import Search


@dataclass(frozen=True)
class Flag:
    """A command-line option.

    Attributes
    ----------
    name : str
        The name without its dashes.
    option : str
        The name of the parameter of `ask` or `Search`.
    help : str
        A help text of one line.
    value : str
        The name of the value in the help; ``""`` if the option takes no value or has `choices`.
    choices : tuple of str
        The valid values. If the option has a ``value`` too, they are only the usual ones: completion
        offers them, and `ask` checks the value.
    read : callable
        Converts text to the value; raises `ValueError` if the text is invalid.
    many : bool
        Whether the option takes several values, separated by commas or by repeating the option.
    of_search : bool
        Whether it is an option of `Search`.
    """

    name: str
    option: str
    help: str
    value: str = ""
    choices: tuple[str, ...] = ()
    read: Callable[[str], Any] = str
    many: bool = False
    of_search: bool = False

    @property
    def typed(self) -> str:
        """The name with its dashes."""
        return f"--{self.name}"

    @property
    def takes_value(self) -> bool:
        """Whether a value follows."""
        return bool(self.value or self.choices)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


def listed_words(text: str) -> list[str]:
    """Return the values of an option that takes several, separated by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def _one(text: str) -> list[str]:
    return [text]


def _tools(text: str) -> list[Any]:
    """Return the tools of names separated by commas, or of a JSON object."""
    return [json.loads(text)] if text.lstrip().startswith("{") else [*listed_words(text)]


def _age(text: str) -> str | bool:
    return True if text == "any" else text


def _json_file(text: str) -> Any:
    try:
        return json.loads(Path(text).read_bytes())  # UTF-8, UTF-16 or UTF-32
    except OSError as error:
        raise ValueError(text) from error


FLAGS: tuple[Flag, ...] = (
    Flag(
        "effort",
        "effort",
        "how much work goes into the answer: fast (the default), low, medium, high, xhigh, or a "
        f"pinned version such as {efforts.EXAMPLE}",
        "NAME",
        choices=efforts.EFFORTS,
    ),
    Flag("model", "model", "a model instead of an effort, such as perplexity/sonar", "NAME"),
    Flag("models", "models", "models to try in turn", "NAME,…", read=listed_words, many=True),
    Flag(
        "instructions",
        "instructions",
        'instructions for the model; "" clears those of an effort',
        "TEXT",
    ),
    Flag("language", "language", "the language of the answer, such as de", "CODE"),
    Flag(
        "image",
        "images",
        "an image: a path or an https address; may be repeated",
        "PATH",
        read=_one,
        many=True,
    ),
    Flag(
        "file",
        "files",
        "a text, PDF, RTF or Word file: a path or an https address; may be repeated",
        "PATH",
        read=_one,
        many=True,
    ),
    Flag(
        "schema",
        "schema",
        "a file with a JSON schema: the answer is JSON that follows it",
        "FILE",
        read=_json_file,
    ),
    Flag("evidence", "evidence", "with --schema: each value with its sources and a quote"),
    Flag(
        "recency",
        "recency",
        "the maximum age of web pages",
        choices=get_args(Recency),
        of_search=True,
    ),
    Flag(
        "domains",
        "domains",
        "sites to search; a leading - excludes a site (--domains=-example.com)",
        "SITE,…",
        read=listed_words,
        many=True,
        of_search=True,
    ),
    Flag(
        "after",
        "after",
        "only web pages published from this date on",
        "DATE",
        read=date.fromisoformat,
        of_search=True,
    ),
    Flag(
        "before",
        "before",
        "only web pages published up to this date",
        "DATE",
        read=date.fromisoformat,
        of_search=True,
    ),
    Flag(
        "updated-after",
        "updated_after",
        "only web pages updated from this date on",
        "DATE",
        read=date.fromisoformat,
        of_search=True,
    ),
    Flag(
        "updated-before",
        "updated_before",
        "only web pages updated up to this date",
        "DATE",
        read=date.fromisoformat,
        of_search=True,
    ),
    Flag("country", "country", "the country to search from, such as DE", "CODE", of_search=True),
    Flag("region", "region", "the name of the region to search from", "NAME", of_search=True),
    Flag("city", "city", "the name of the city to search from", "NAME", of_search=True),
    Flag("latitude", "latitude", "degrees north", "X", read=float, of_search=True),
    Flag("longitude", "longitude", "degrees east", "X", read=float, of_search=True),
    Flag(
        "max-results",
        "max_results",
        "the maximum number of results, 1 to 50",
        "N",
        read=int,
        of_search=True,
    ),
    Flag(
        "search-context",
        "context",
        "how much of the web pages the model reads",
        choices=get_args(ContextSize),
        of_search=True,
    ),
    Flag(
        "search-type",
        "type",
        "the search engine's mode",
        choices=get_args(SearchType),
        of_search=True,
    ),
    Flag(
        "search",
        "required",
        "whether the model has to search",
        choices=("required",),
        of_search=True,
    ),
    Flag("no-search", "search", "do not search, nor use other tools of an effort"),
    Flag(
        "tool",
        "tools",
        "a tool beside the search: fetch_url, image_search, people_search, finance_search, or JSON "
        'such as {"type": "fetch_url", "max_urls": 3}',
        "NAME,…",
        read=_tools,
        many=True,
    ),
    Flag(
        "reasoning-effort",
        "reasoning_effort",
        "how long the model thinks",
        choices=get_args(ReasoningEffort),
    ),
    Flag("max-tokens", "max_tokens", "maximum tokens of the answer, 16 or more", "N", read=int),
    Flag("max-steps", "max_steps", "maximum steps of research, 1 to 100", "N", read=int),
    Flag("temperature", "temperature", "sampling temperature, 0 to 2", "X", read=float),
    Flag("top-p", "top_p", "probability mass of nucleus sampling, 0 to 1", "X", read=float),
    Flag(
        "extra-body",
        "extra_body",
        "a JSON file with further fields for the body of the request",
        "FILE",
        read=_json_file,
    ),
    Flag(
        "extra-headers",
        "extra_headers",
        "a JSON file with further headers for the request",
        "FILE",
        read=_json_file,
    ),
    Flag("provider", "provider", "the provider that asks", choices=get_args(ProviderName)),
    Flag(
        "cache",
        "cache",
        'how old an answer of the store may be that is given in place of a new one, such as "7 days"; '
        "any for any age",
        "AGE",
        read=_age,
    ),
    Flag("refresh", "refresh", "ask the service, whatever the store has"),
    Flag(
        "timeout",
        "timeout",
        "fail after so many seconds without a byte",
        "SECONDS",
        read=_seconds,
    ),
)


STORE = Flag("store", "store", "a file that keeps the answers (SQLite)", "FILE")
"""An option of `configure`, and not of `ask`."""

LOCALE = Flag(
    "locale", "locale", "the language of what is shown around the answer", choices=words.languages()
)
"""An option of `configure`, and not of `ask`."""


def add_to(parser: argparse.ArgumentParser, flags: Iterable[Flag] = FLAGS) -> None:
    """Add the options to a parser."""
    how = parser.add_argument_group("options of the question")
    where = parser.add_argument_group("options of the search")
    for flag in flags:
        group = where if flag.of_search or flag.option == "search" else how
        said: dict[str, Any] = {
            "dest": f"asked_{flag.name}",
            "help": flag.help,
            "default": argparse.SUPPRESS,
        }
        if not flag.takes_value:
            group.add_argument(flag.typed, action="store_true", **said)
        elif flag.choices and not flag.value:
            group.add_argument(flag.typed, choices=flag.choices, **said)
        else:
            group.add_argument(
                flag.typed,
                type=_reader(flag),
                metavar=flag.value,
                action="extend" if flag.many else "store",
                **said,
            )


def given(parsed: argparse.Namespace) -> dict[str, Any]:
    """Return the parsed options as keyword arguments of `ask`.

    Raises
    ------
    InvalidRequest
        If the options of the search contradict each other.
    """
    typed = {f: getattr(parsed, f"asked_{f.name}", None) for f in FLAGS}
    options = {f.option: v for f, v in typed.items() if v is not None and not f.of_search}
    search = {f.option: v for f, v in typed.items() if v is not None and f.of_search}
    if "required" in search:
        search["required"] = True
    if search:
        if "search" in options:
            raise InvalidRequest(
                f"--no-search and --{next(f.name for f in FLAGS if f.option in search)} contradict "
                "each other.",
                "Options of the search need a search.",
                "Leave out one of them.",
            )
        options["search"] = Search(**search)
    elif "search" in options:
        options["search"] = False
    return options


def completions(words: Sequence[str], text: str, flags: Iterable[Flag] = FLAGS) -> list[str]:
    """Return the completions at the cursor.

    Parameters
    ----------
    words : sequence of str
        The words before the one that is being typed.
    text : str
        The part of that word before the cursor.
    flags : iterable of Flag
        The known flags.
    """
    by_name = {flag.typed: flag for flag in flags}
    name, equals, begun = text.partition("=")
    if equals and name in by_name:
        return [f"{name}={c}" for c in by_name[name].choices if c.startswith(begun)]
    last = by_name.get(words[-1]) if words else None
    if last and last.takes_value:
        return [choice for choice in last.choices if choice.startswith(text)]
    if not text.startswith("-"):
        return []
    fresh = (f for f in by_name.values() if f.many or f.typed not in words)
    return [f.typed for f in fresh if f.typed.startswith(text)]


def _reader(flag: Flag) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return flag.read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a {_CALLED[flag.read]}") from None

    return read


_CALLED: dict[Callable[[str], Any], str] = {
    date.fromisoformat: "date; write it as 2026-11-30",
    _json_file: "readable JSON file",
    _tools: "tool: a name, or a JSON object",
    int: "whole number",
    float: "number",
    _seconds: "positive number of seconds",
}
