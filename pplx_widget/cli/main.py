"""The command `pplx-widget`: its arguments, and the calls that they lead to."""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import os
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

from .._version import __version__
from ..core.secret import learn_typed, redact


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        The arguments without the program's name; ``sys.argv[1:]`` by default.

    Returns
    -------
    int
        The exit code: 0, or 1 if something failed. Wrong usage exits with 2. See the help of ``ask``
        for its other codes.
    """
    from . import standard  # noqa: PLC0415

    standard.prepare()
    try:
        try:
            return _run(_typed(sys.argv[1:] if arguments is None else arguments))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        standard.discard()
        return standard.NO_READER
    except OSError as error:
        if not standard.failed(error):
            raise
        standard.discard()
        why = error.strerror or "Writing failed"
        print(f"pplx-widget: The output cannot be written. {why}.", file=sys.stderr)
        return standard.FAILED


def _typed(arguments: list[str]) -> list[str]:
    """Return the arguments as UTF-8, even if the locale has another encoding or none."""
    # Python keeps bytes that the locale cannot decode as lone surrogates.
    return [
        argument
        if argument.isascii() or not any("\udc80" <= char <= "\udcff" for char in argument)
        else os.fsencode(argument).decode("utf-8", "replace")
        for argument in arguments
    ]


def _run(arguments: list[str]) -> int:
    # No message may repeat a key that was typed as an argument by mistake.
    learn_typed(" ".join(arguments))
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    from ..core.errors import PplxError, nearest  # noqa: PLC0415 (keeps `--version` fast)

    if unknown:
        close = nearest(unknown[0].partition("=")[0], getattr(options, "flags", ()))
        parser = getattr(options, "parser", parser)
        parser.error(f"unknown arguments: {' '.join(unknown)}. {close}".rstrip())

    from . import advice, startup  # noqa: PLC0415

    try:
        # A question can be interrupted from the moment that it is sent; see `show`.
        with contextlib.nullcontext() if options.run is _ask else startup.interruptible():
            return int(options.run(options))
    except PplxError as error:
        from .terminal.said import printable  # noqa: PLC0415

        print(printable(f"pplx-widget: {advice.in_shell(error)}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130 if options.run is _ask else 0


def _ask(options: argparse.Namespace) -> int:
    from ..api.stream import stream  # noqa: PLC0415
    from ..config import configure  # noqa: PLC0415
    from ..core.errors import InvalidRequest  # noqa: PLC0415
    from . import advice, flags, standard  # noqa: PLC0415
    from .terminal import Form, printer, show  # noqa: PLC0415
    from .terminal.said import printable  # noqa: PLC0415

    standard.require_output()
    question = " ".join(options.question)
    if locale := getattr(options, "asked_locale", None):
        configure(locale=locale)
    if store := getattr(options, "asked_store", None):
        configure(store=store)
    try:
        if question == "-":
            question = standard.read_text()
        events = stream(question, **flags.given(options))
    except InvalidRequest as error:
        print(printable(f"pplx-widget ask: {advice.in_shell(error)}"), file=sys.stderr)
        return 2
    form: Form | None = "json" if options.json else "plain" if options.plain else None
    shown = printer(question, sys.stdout, sys.stderr, form, sources=options.sources)
    return show(events, shown, advice.in_shell)


def _serve(options: argparse.Namespace) -> int:
    from ..server.faults import FAULTS  # noqa: PLC0415
    from ..server.lessons import lessons  # noqa: PLC0415
    from ..server.library import samples  # noqa: PLC0415
    from ..server.network import Network  # noqa: PLC0415
    from ..server.server import LocalServer  # noqa: PLC0415
    from ..server.talk import Talk  # noqa: PLC0415
    from .terminal.said import printable  # noqa: PLC0415

    talk = Talk(options.recording) if options.recording else None
    own = lessons(options.samples) if options.samples else None
    network = Network(
        latency=options.latency,
        bytes_per_second=options.slow,
        buffer=options.buffer,
        sever_idle=options.sever_idle,
    )
    with LocalServer(
        port=options.port,
        speed=options.speed,
        library=talk or own,
        verbose=options.verbose,
        network=network,
        fault=options.fault,
        rate=options.rate,
        allow_origin=options.allow_origin,
    ) as server:
        say = functools.partial(print, flush=True)
        if talk:
            say(f"pplx-widget: serving {options.recording.name} at {server.base_url}")
            say("Answers come from the recording, for the Agent API and for chat completions.")
            if talk.left_out:
                say(f"Answers not served (cut off, stopped or failed): {talk.left_out}")
        else:
            say(f"pplx-widget: serving samples at {server.base_url}")
            say("Answers are scripted samples: they need no key, do not search and cost nothing.")
        say("In a notebook, before the first question:")
        say(f'    pplx.configure(base_url="{server.base_url}")')
        say(f"or start Jupyter with PERPLEXITY_BASE_URL={server.base_url}")
        if options.allow_origin:
            say(f"Pages of {options.allow_origin} may ask it.")
        if options.fault:
            say(f"Fault: {FAULTS[options.fault]}")
        if talk:
            say("Only these questions have an answer:")
        else:
            say("These questions, and close paraphrases, have an answer; any other gets this list:")
        for question in dict.fromkeys((talk or own or samples()).questions):
            say(f"    {printable(_first_line(question))}")
        say("Press Ctrl-C to stop the server.")
        threading.Event().wait()
    return 0


def _first_line(question: str) -> str:
    """Return the first line of a question, without the data sent with it."""
    first, _, more = question.strip().partition("\n")
    return f"{first} …" if more else first


def _demo(options: argparse.Namespace) -> int:
    from . import demo  # noqa: PLC0415
    from .doctor import failed, render  # noqa: PLC0415

    if options.check:
        checks = demo.check()
        print(render(checks, sys.stdout.encoding))
        return int(failed(checks))
    return demo.run(
        options.notebook,
        functools.partial(print, flush=True),
        port=options.port,
        browser=options.browser,
        sample=options.sample,
        folder=options.samples,
    )


def _sample(options: argparse.Namespace) -> int:
    from . import sample  # noqa: PLC0415

    return sample.run(options)


def _doctor(options: argparse.Namespace) -> int:
    from ..core.json_writer import to_json  # noqa: PLC0415
    from .doctor import as_json, examine, failed, render  # noqa: PLC0415

    checks = examine()
    if options.json:
        sys.stdout.write(to_json(as_json(checks)))
    else:
        print(render(checks, sys.stdout.encoding))
    return int(failed(checks))


def _export(options: argparse.Namespace) -> int:
    from ..core.errors import PplxError  # noqa: PLC0415
    from ..document.export import export  # noqa: PLC0415
    from ..document.record import from_record  # noqa: PLC0415
    from ..document.saved import find  # noqa: PLC0415
    from .terminal.said import printable  # noqa: PLC0415

    answers, unreadable = [], 0
    for saved in find(options.notebook):
        try:
            answers += [from_record(record) for record in saved.answers]
        except PplxError as error:
            unreadable += 1
            print(printable(f"pplx-widget: {saved.cell}: {error}"), file=sys.stderr)
    if not answers:
        raise PplxError(
            f"There is no answer to export in {options.notebook.name}.",
            "" if unreadable else "A notebook contains an answer only after it has finished.",
            "" if unreadable else "Run the cells, save the notebook, and try again.",
        )
    _write(export(answers, options.to), options.output)
    return int(unreadable > 0)  # like `cat`: the readable answers are still written


def _write(document: str, path: Path | None) -> None:
    if path is None:
        from . import standard  # noqa: PLC0415

        standard.require_output()
        if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
            sys.stdout.reconfigure(newline="\n")  # the same file on every system
        sys.stdout.write(document)
        return
    from ..core.errors import PplxError  # noqa: PLC0415

    try:
        path.write_bytes(document.encode())
    except (OSError, ValueError) as error:  # the second: NUL or half of a surrogate pair
        raise PplxError(
            f"{path.name} cannot be written.",
            f"{getattr(error, 'strerror', None) or 'No file can have this name'}.",
            "Use `-o` with a file in an existing folder.",
        ) from None
    print(f"pplx-widget: wrote {path}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pplx-widget",
        description="The command-line tools of pplx-widget, which asks Perplexity from a notebook.",
    )
    parser.add_argument("--version", action="version", version=f"pplx-widget {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    from . import search  # noqa: PLC0415

    _add_ask(commands)
    search.add(commands)

    serve = commands.add_parser(
        "serve", help="run a local server that answers with samples or a recording"
    )
    answers = serve.add_mutually_exclusive_group()
    answers.add_argument(
        "recording",
        nargs="?",
        type=Path,
        help="a .jsonl file of pplx.record, or a notebook (default: the samples)",
    )
    answers.add_argument(
        "--samples",
        type=Path,
        metavar="FOLDER",
        help="a folder of samples in place of the shipped ones; see `sample`",
    )
    serve.add_argument(
        "--port", type=_port, default=8911, help="the port; 0 takes a free one (default: 8911)"
    )
    serve.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        help="the speed of answers: 2 is twice as fast, 0 does not wait (default: 1)",
    )
    serve.add_argument("--verbose", action="store_true", help="print an access log")
    serve.add_argument(
        "--allow-origin",
        type=_origin,
        action=_Once,
        metavar="ORIGIN",
        help="let the web pages of one origin ask, such as https://notebooks.example.org",
    )
    _add_network(serve.add_argument_group("simulated network problems, for teaching"))
    serve.set_defaults(run=_serve)

    demo = commands.add_parser(
        "demo", help="open JupyterLab with the samples, or check the installation"
    )
    demo.add_argument(
        "notebook", nargs="?", type=Path, help="the notebook (default: a scratch notebook)"
    )
    demo.add_argument("--check", action="store_true", help="check one sample without JupyterLab")
    demo.add_argument("--sample", action="store_true", help="use the samples even if a key is set")
    demo.add_argument(
        "--samples",
        type=Path,
        metavar="FOLDER",
        help="use the samples of a folder in place of the shipped ones; see `sample`",
    )
    demo.add_argument("--port", type=_port, help="JupyterLab's port (default: a free one)")
    demo.add_argument(
        "--no-browser", dest="browser", action="store_false", help="do not open a browser"
    )
    demo.set_defaults(run=_demo)

    doctor = commands.add_parser("doctor", help="find out why answers do not appear")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.set_defaults(run=_doctor)

    sample = commands.add_parser(
        "sample",
        help="make an offline sample of a lesson in Markdown",
        description=(
            "Make an offline sample of a lesson in Markdown: a heading is a question, the text below "
            "it its answer, and a list `Sources` has its sources. `serve --samples FOLDER`, "
            "`demo --samples FOLDER`, `pplx.Samples(FOLDER)` and `pplx.replay` play it."
        ),
    )
    sample.add_argument("lesson", nargs="+", type=Path, help="a Markdown file")
    sample.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="the folder (default: the lesson's)"
    )
    sample.set_defaults(run=_sample)

    export = commands.add_parser(
        "export", help="write a notebook's answers as Markdown, HTML or JSON"
    )
    export.add_argument("notebook", type=Path, help="an .ipynb file; no kernel is needed")
    export.add_argument(
        "--to", choices=("md", "html", "json"), default="md", help="the format (default: md)"
    )
    export.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="the file (default: standard output)"
    )
    export.set_defaults(run=_export)
    return parser


def _add_network(group: argparse._ArgumentGroup) -> None:
    from ..server.faults import FAULTS  # noqa: PLC0415

    group.add_argument("--slow", type=_positive, metavar="BYTES", help="limit the bytes per second")
    group.add_argument(
        "--latency", type=_seconds, default=0.0, metavar="SECONDS", help="delay each direction"
    )
    group.add_argument(
        "--buffer", action="store_true", help="hold back each answer to its end, as some proxies do"
    )
    group.add_argument(
        "--sever-idle",
        type=_positive,
        metavar="SECONDS",
        help="reset connections that are idle for so long, as load balancers do",
    )
    group.add_argument(
        "--rate", type=_count, metavar="N", help="refuse more than N questions a second"
    )
    faults = "; ".join(f"{name}: {says[:1].lower()}{says[1:-1]}" for name, says in FAULTS.items())
    group.add_argument("--fault", choices=FAULTS, help=faults)


def _add_ask(commands: Any) -> None:
    from . import flags  # noqa: PLC0415

    ask = commands.add_parser(
        "ask",
        help="ask a question and print the answer as it arrives",
        # A list of all thirty options would hide the line with the error.
        usage="%(prog)s [options] question [question ...]",
        description=(
            "Ask a question and print the answer as it arrives, with its sources and cost. Into a pipe "
            "or file goes only the answer, in UTF-8; the sources and the cost go to standard error."
        ),
        epilog=(
            "Exit codes: 0 complete, 1 failed, 2 wrong usage, 3 incomplete or stopped by the "
            "service, 130 stopped by Ctrl-C (the text so far is kept). The key is read from "
            "PERPLEXITY_API_KEY or a keyring, never from an argument. It is sent to "
            "api.perplexity.ai; a key from the environment is also sent to PERPLEXITY_BASE_URL."
        ),
        allow_abbrev=False,
    )
    ask.add_argument("question", nargs="+", help="the question; - reads standard input")
    ask.add_argument(
        "--json", action="store_true", help="print the complete answer as one JSON object"
    )
    ask.add_argument("--plain", action="store_true", help="print plain text, also in a terminal")
    ask.add_argument(
        "--sources",
        action="store_true",
        help="print the sources below the answer, also into a pipe",
    )
    # Accepted only to explain where a key belongs, without repeating it.
    ask.add_argument("--api-key", "--key", action=_KeyGiven, help=argparse.SUPPRESS)
    settable = (*flags.FLAGS, flags.LOCALE, flags.STORE)
    flags.add_to(ask, settable)
    known = [flag.typed for flag in settable]
    known += ["--json", "--plain", "--sources"]
    ask.set_defaults(run=_ask, parser=ask, flags=known)


class _KeyGiven(argparse.Action):
    """An option that refuses a key: every process of the machine can read a command line."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        parser.error(
            "a key is not accepted as an argument, because other users could read it. Set "
            "PERPLEXITY_API_KEY, or run `keyring set pplx_widget PERPLEXITY_API_KEY`"
        )


class _Parser(argparse.ArgumentParser):
    """A parser whose errors hide keys that were typed by mistake."""

    def error(self, message: str) -> NoReturn:
        super().error(redact(message))


class _Once(argparse.Action):
    """Stores the value of an option that may be given once, where the last one would win silently."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} can be given once")
        setattr(namespace, self.dest, values)


def _origin(text: str) -> str:
    from ..server.origins import checked  # noqa: PLC0415

    try:
        return checked(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004 (the highest port)
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; use a number from 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of questions; use 1 or more")
    return int(text)


def _speed(text: str) -> float:
    return _number(text, "a speed")


def _seconds(text: str) -> float:
    return _number(text, "a time")


def _positive(text: str) -> float:
    if not (value := _number(text, "a limit")):
        raise argparse.ArgumentTypeError("0 is not a limit; leave out the option for no limit")
    return value


def _number(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}; use a number, 0 or more")
    return value


if __name__ == "__main__":
    sys.exit(main())
