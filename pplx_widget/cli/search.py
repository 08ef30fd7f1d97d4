"""The command `pplx-widget search`: the results of a web search, printed as a list or as JSON."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from typing import Any, get_args

from ..core.options import SearchMode
from . import flags

_SHARED = ("recency", "after", "before", "domains", "country", "max_results")
_OWN = (
    flags.Flag("mode", "mode", "what to search (default: web)", choices=get_args(SearchMode)),
    flags.Flag(
        "language",
        "language",
        "the languages of the pages, such as de",
        "CODE,…",
        read=flags.listed_words,
        many=True,
    ),
)
_FLAGS = (*_OWN, *(f for f in flags.FLAGS if f.of_search and f.option in _SHARED))


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "search",
        help="search the web and print the sources, without an answer",
        usage="%(prog)s [options] query [query ...]",
        description="Search the web and print the sources. Several queries are sent together.",
        allow_abbrev=False,
    )
    parser.add_argument("query", nargs="+", help="a query; put one of several words in quotes")
    parser.add_argument("--json", action="store_true", help="print the sources as JSON")
    flags.add_to(parser, _FLAGS)
    known = [*(flag.typed for flag in _FLAGS), "--json"]
    parser.set_defaults(run=run, parser=parser, flags=known)


def run(options: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    from ..api.search import search  # noqa: PLC0415
    from ..core.errors import InvalidRequest  # noqa: PLC0415
    from ..core.json_writer import to_json  # noqa: PLC0415
    from . import advice, standard  # noqa: PLC0415
    from .terminal.said import printable  # noqa: PLC0415

    standard.require_output()
    typed = {flag.option: getattr(options, f"asked_{flag.name}", None) for flag in _FLAGS}
    try:
        found = search(
            options.query, **{n: value for n, value in typed.items() if value is not None}
        )
    except InvalidRequest as error:
        print(printable(f"pplx-widget search: {advice.in_shell(error)}"), file=sys.stderr)
        return 2
    if options.json:
        sys.stdout.write(to_json([dataclasses.asdict(source) for source in found]))
    else:
        print(found)
    return 0
