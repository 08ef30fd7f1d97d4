"""The options of `ask` as a person types them: one table for the terminal and the magics.

Names, types, choices, help and completion all come from `FLAGS`. What is no line of text (earlier
messages, a provider of one's own) has no flag.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

from ..core.errors import InvalidRequest
from ..core.options import ContextSize, Effort, ProviderName, ReasoningEffort, Recency, SearchType
from ..question.request import Search


@dataclass(frozen=True)
class Flag:
    """One option.

    Attributes
    ----------
    name : str
        As it is typed, without the dashes.
    option : str
        What it is called in `ask`, or in `Search`.
    help : str
        What it does, in one line.
    value : str
        What its value is called in the help; ``""`` where it takes none.
    choices : tuple of str
        What the value may be, where that is a closed list.
    read : callable
        Makes the value from text; raises `ValueError` where it is none.
    many : bool
        Whether several values may be given, with commas or by repeating the flag.
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
        """With its dashes."""
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


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _one(text: str) -> list[str]:
    return [text]


def _json_file(text: str) -> Any:
    try:
        return json.loads(Path(text).read_text("utf-8"))
    except OSError as error:
        raise ValueError(text) from error


FLAGS: tuple[Flag, ...] = (
    Flag(
        "effort",
        "effort",
        "how much work goes into the answer (default: fast)",
        choices=get_args(Effort),
    ),
    Flag("model", "model", "a model in place of an effort, such as perplexity/sonar", "NAME"),
    Flag("models", "models", "models to try in turn", "NAME,…", read=_words, many=True),
    Flag("instructions", "instructions", "what the model should keep to", "TEXT"),
    Flag("language", "language", "the language of the answer, such as de", "CODE"),
    Flag(
        "image",
        "images",
        "an image to look at: a path or an https address; may be repeated",
        "PATH",
        read=_one,
        many=True,
    ),
    Flag(
        "file",
        "files",
        "a file to read, in the same ways: text, PDF, RTF, Word",
        "PATH",
        read=_one,
        many=True,
    ),
    Flag(
        "schema",
        "schema",
        "a JSON file with a JSON schema: the answer is JSON of that form",
        "FILE",
        read=_json_file,
    ),
    Flag(
        "recency",
        "recency",
        "how old a page may be",
        choices=get_args(Recency),
        of_search=True,
    ),
    Flag(
        "domains",
        "domains",
        "sites to search; one with a leading - is left out (--domains=-example.com)",
        "SITE,…",
        read=_words,
        many=True,
        of_search=True,
    ),
    Flag(
        "after",
        "after",
        "only pages published from then on",
        "DATE",
        read=date.fromisoformat,
        of_search=True,
    ),
    Flag(
        "before",
        "before",
        "only pages published up to then",
        "DATE",
        read=date.fromisoformat,
        of_search=True,
    ),
    Flag(
        "updated-after",
        "updated_after",
        "only pages updated from then on",
        "DATE",
        read=date.fromisoformat,
        of_search=True,
    ),
    Flag(
        "updated-before",
        "updated_before",
        "only pages updated up to then",
        "DATE",
        read=date.fromisoformat,
        of_search=True,
    ),
    Flag("country", "country", "search as from there, such as DE", "CODE", of_search=True),
    Flag("region", "region", "the region there, by name", "NAME", of_search=True),
    Flag("city", "city", "the city there, by name", "NAME", of_search=True),
    Flag("latitude", "latitude", "degrees north", "X", read=float, of_search=True),
    Flag("longitude", "longitude", "degrees east", "X", read=float, of_search=True),
    Flag("max-results", "max_results", "results at most, 1 to 50", "N", read=int, of_search=True),
    Flag(
        "search-context",
        "context",
        "how much of the pages the model reads",
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
    Flag("no-search", "search", "do not search; needs a model"),
    Flag(
        "reasoning-effort",
        "reasoning_effort",
        "how long the model thinks",
        choices=get_args(ReasoningEffort),
    ),
    Flag("max-tokens", "max_tokens", "tokens of the answer at most, from 16", "N", read=int),
    Flag("max-steps", "max_steps", "steps of research at most, 1 to 100", "N", read=int),
    Flag("temperature", "temperature", "0 to 2", "X", read=float),
    Flag("top-p", "top_p", "0 to 1", "X", read=float),
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
    Flag("provider", "provider", "the way to the service", choices=get_args(ProviderName)),
    Flag(
        "timeout",
        "timeout",
        "seconds without a byte after which it fails",
        "SECONDS",
        read=_seconds,
    ),
)


def add_to(parser: argparse.ArgumentParser, flags: Iterable[Flag] = FLAGS) -> None:
    """Let a parser know the options."""
    how = parser.add_argument_group("how to ask")
    where = parser.add_argument_group("where to search")
    for flag in flags:
        group = where if flag.of_search or flag.option == "search" else how
        said: dict[str, Any] = {
            "dest": f"asked_{flag.name}",
            "help": flag.help,
            "default": argparse.SUPPRESS,
        }
        if not flag.takes_value:
            group.add_argument(flag.typed, action="store_true", **said)
        elif flag.choices:
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
    """Return what was typed as the options of `ask`.

    Raises
    ------
    InvalidRequest
        The options of the search do not go together.
    """
    typed = {f: getattr(parsed, f"asked_{f.name}", None) for f in FLAGS}
    options = {f.option: v for f, v in typed.items() if v is not None and not f.of_search}
    search = {f.option: v for f, v in typed.items() if v is not None and f.of_search}
    if search:
        if "search" in options:
            raise InvalidRequest(
                f"--no-search and --{next(f.name for f in FLAGS if f.option in search)} contradict "
                "each other.",
                "",
                "Leave one of them out.",
            )
        options["search"] = Search(**search)
    elif "search" in options:
        options["search"] = False
    return options


def completions(words: Sequence[str], text: str, flags: Iterable[Flag] = FLAGS) -> list[str]:
    """Return what may stand where the cursor is.

    Parameters
    ----------
    words : sequence of str
        The words before the one that is being typed.
    text : str
        What of that word is there.
    flags : iterable of Flag
        The flags that there are.
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
            raise argparse.ArgumentTypeError(f"{text!r} is no {_CALLED[flag.read]}") from None

    return read


_CALLED: dict[Callable[[str], Any], str] = {
    date.fromisoformat: "date: write it as 2026-11-30",
    _json_file: "readable file with JSON in it",
    int: "whole number",
    float: "number",
    _seconds: "number of seconds",
}
