"""The magics ``%%ask``, ``%ask`` and ``%pplx``, which call `ask` and `configure`."""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from ..api.ask import ask
from ..api.stream import stream
from ..cli import flags
from ..cli.flags import FLAGS, LOCALE, STORE, Flag
from ..cli.terminal import printer, show
from ..config import configure, connection, option_names, settings
from ..core import checks, errors
from ..core.errors import InvalidRequest, PplxError
from ..core.secret import learn_typed, redact
from ..runs.ledger import usage
from ..widget import host
from ..widget.answer import Answer
from . import completion, template

_TO = Flag("to", "to", "the variable that gets the answer", "NAME")
_HELP = Flag("help", "help", "show this help")
_ASK = (*FLAGS, _TO, _HELP)

_SETTABLE = tuple(f for f in FLAGS if not f.of_search and f.option in option_names(configure))
_SETTINGS = (
    *_SETTABLE,
    Flag("base-url", "base_url", "the server to ask, including /v1", "URL"),
    Flag("max-retries", "max_retries", "how often to retry a refused question", "N", read=int),
    LOCALE,
    STORE,
    Flag("budget", "budget", "the most that this kernel may spend, in US dollars", "X", read=float),
    _HELP,
)

# An option at the beginning of a line, with the equals sign that may follow it.
_OPTION = re.compile(r"--([\w-]*)(=)?")
_VALUE = re.compile(r"""\s*("[^"]*"|'[^']*'|\S+)""")

ASK = """\
Ask Perplexity; the answer streams into the cell's output.

    %%ask [options]
    What changed in {country} this month?

    %ask [options] question on one line

The cell is the question. {name} inserts a variable: the value of a text or number, or the name of a
DataFrame, whose summary is sent with the question. Write {{ and }} for braces. Code stays as it is,
and so do braces after a command of TeX, ^ or _.

"""

PPLX = """\
Show the settings and the cost so far, or change the settings.

    %pplx
    %pplx --effort low --budget 1

"""


class _Parser(argparse.ArgumentParser):
    """A parser that raises an error instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(redact(message))


def load(ip: Any) -> None:
    """Register the magics and the completion of their options with IPython's shell."""
    ask_parser = _parser("%%ask", _ASK)
    pplx_parser = _parser("%pplx", _SETTINGS)

    def ask_(line: str, cell: str | None = None) -> Any:
        words, rest = _split(line, _ASK)
        if _HELP.typed in words:
            print(ask_.__doc__)
            return None
        if cell is not None and rest:
            learn_typed(line)
            raise UsageError(
                f"The line of %%ask takes options only, not {redact(rest)!r}. "
                "Write the question into the lines below it."
            )
        question = rest if cell is None else cell
        return _ask(ip, question.strip(), ask_parser.parse_args(words))

    def pplx(line: str) -> None:
        words, rest = _split(line, _SETTINGS)
        if _HELP.typed in words:
            print(pplx.__doc__)
            return
        if rest:
            raise UsageError("%pplx takes options only. For example: %pplx --effort low")
        _set(pplx_parser.parse_args(words))
        if not words:
            print(_shown())

    ask_.__doc__ = ASK + ask_parser.format_help()
    pplx.__doc__ = PPLX + pplx_parser.format_help()
    for magic, name, kind in ((ask_, "ask", "line_cell"), (pplx, "pplx", "line")):
        # Without this, IPython would evaluate expressions in braces, which a question may contain.
        ip.register_magic_function(no_var_expand(magic), kind, name)
    completion.read_questions(ip)
    completion.complete_options(ip, {"%ask": _ASK, "%%ask": _ASK, "%pplx": _SETTINGS})


def _ask(ip: Any, question: str, parsed: argparse.Namespace) -> Any:
    to = getattr(parsed, "asked_to", None)
    if to is not None and (not to.isidentifier() or keyword.iskeyword(to)):
        raise UsageError(
            f"--to takes the name of a variable, and {redact(to)!r} is not a valid name. "
            "For example: --to answer"
        )
    try:
        question, data = template.filled(question, ip.user_ns)
        options = flags.given(parsed) | ({"context": data} if data else {})
        answer = ask(question, **options) if host.in_kernel() else _asked(question, options)
    except InvalidRequest as error:
        raise UsageError(str(error)) from None
    if to is not None:
        ip.push({to: answer})
    return answer


def _asked(question: str, options: dict[str, Any]) -> Answer:
    """Ask in IPython's terminal, which has no live views: print the answer until it ends."""
    events = stream(question, **options)
    show(events, printer(question, sys.stdout, sys.stderr))
    return events.answer


def _set(parsed: argparse.Namespace) -> None:
    typed = {flag.option: getattr(parsed, f"asked_{flag.name}", None) for flag in _SETTINGS}
    try:
        configure(**{name: value for name, value in typed.items() if value is not None})
    except PplxError as error:
        raise UsageError(str(error)) from None


def _shown() -> str:
    now, where = settings(), connection(open_stores=False)
    key = f"from {where.key_from}" if where.key_from else "not needed here"
    if (kept := where.withheld) is not None:
        key = f"from {kept.key_from}, for {kept.owner}; not sent to {where.host}"
    elif where.needs_key:
        key = "none found yet; Colab's secrets and the keyring are searched with the first question"
    rows = {
        "effort": now.effort or ("" if now.model else "fast"),
        "model": now.model,
        "provider": now.provider or "agent",
        "server": where.base_url,
        "key": key,
        "timeout": f"{where.timeout.read:g} s between bytes, {where.timeout.connect:g} s to connect",
        "max retries": now.max_retries,
        "locale": now.locale,
        "store": now.store and now.store.name,
        "cache": now.cache and ("any age" if now.cache == checks.ANY_AGE else now.cache),
    }
    lines = [f"{name:<12}{value}" for name, value in rows.items() if value not in (None, "")]
    return "\n".join([*lines, "", str(usage())])


def _parser(name: str, known: Sequence[Flag]) -> _Parser:
    parser = _Parser(
        prog=name,
        usage=argparse.SUPPRESS,
        add_help=False,
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, width=88),
    )
    flags.add_to(parser, known)
    return parser


def _split(line: str, known: Sequence[Flag]) -> tuple[list[str], str]:
    """Return the options at the beginning of a line, and the rest exactly as typed.

    The rest is a question. It is not split like a shell's command line, because an apostrophe in it
    would count as an open quote.
    """
    by_name = {flag.name: flag for flag in known}
    words: list[str] = []
    rest = line.strip()
    while option := _OPTION.match(rest):
        name, equals = option[1], option[2]
        rest = rest[option.end() :]
        if not name:  # "--" ends the options
            break
        if (flag := by_name.get(name)) is None:
            raise UsageError(_unknown(name, [flag.typed for flag in known]))
        value = _VALUE.match(rest) if flag.takes_value and (equals or rest[:1].isspace()) else None
        if value:
            # With an equals sign a value may begin with a dash.
            words.append(f"{flag.typed}={_unquoted(value[1])}")
            rest = rest[value.end() :]
        else:
            words.append(flag.typed)
        rest = rest.lstrip()
    return words, rest


def _unquoted(value: str) -> str:
    return value[1:-1] if value[0] in "\"'" and value[-1] == value[0] else value


def _unknown(name: str, known: Iterable[str]) -> str:
    if name in ("api-key", "api_key", "key"):
        return (
            "A magic takes no key, because a key in a cell would be saved with the notebook. Set "
            "PERPLEXITY_API_KEY, or call pplx.configure(api_key=getpass.getpass())."
        )
    return f"Unknown option --{redact(name)}. {errors.nearest(f'--{name}', known)}".strip()
