"""Every example in the documentation of a public name runs, and says what it says."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

import pplx_widget as pplx
from pplx_widget.local.server import LocalServer

EXAMPLES = [
    test
    for name in pplx.__all__
    if not isinstance(value := getattr(pplx, name), str | ModuleType)
    for test in doctest.DocTestFinder(exclude_empty=True).find(value, name, globs={})
    if test.examples
]


# They print a whole answer, which nobody wants to read there.
LONG = {"stream", "astream"}


class AnyOutput(doctest.OutputChecker):
    """Takes any output where none is shown."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return not want or super().check_output(want, got, optionflags)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda test: test.name)
def test_an_example(example: doctest.DocTest, capsys: pytest.CaptureFixture[str]) -> None:
    with LocalServer(speed=0) as samples:
        pplx.configure(base_url=samples.base_url)
        failed = run(example)
    assert failed == 0, capsys.readouterr().out


def run(example: doctest.DocTest) -> int:
    """Return how many lines of an example are not so."""
    checker = AnyOutput() if example.name in LONG else None
    return doctest.DocTestRunner(checker, optionflags=doctest.ELLIPSIS).run(example).failed


def test_what_is_asked_most_has_one() -> None:
    with_examples = {example.name for example in EXAMPLES}
    assert {"ask", "configure", "models", "load", "Answer.ask", "Search"} <= with_examples
