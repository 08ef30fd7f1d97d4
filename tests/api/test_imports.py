"""What `import pplx_widget` and a first answer load: names on first use, and few modules."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import pplx_widget as pplx

from ..support.scripts import python

# Own modules that are loaded; a new one should be worth its start (about 1.5 ms each).
MOST_AT_IMPORT = 6
MOST_AT_FIRST_ANSWER = 100
NEVER_AT_IMPORT = {
    "IPython",
    "anywidget",
    "asyncio",
    "dataclasses",
    "httpx2",
    "ipywidgets",
    "openai",
}
NEVER_WITHOUT_NEED = {
    "anyio",
    "http.server",
    "httpx2",
    "markdown_it",
    "narwhals",
    "openai",
    "pandas",
    "pydantic",
    "rich",
    "pplx_widget.bibliography.audit",
    "pplx_widget.classroom",
    "pplx_widget.server",
    "pplx_widget.widget.compare",
    "pplx_widget.widget.chat",
    "pplx_widget.widget.inspector",
    "pplx_widget.widget.race",
}
ASKS = """
class Own:
    async def stream(self, request):
        yield pplx.events.Text("an answer")
        yield pplx.events.Finished()
pplx.ask("?", provider=Own()).wait(timeout=60)
"""


def loaded(code: str = "") -> set[str]:
    """Return the modules that a new process has after the import and some code."""
    script = (
        f"import pplx_widget as pplx\n{code}\nimport sys, json\nprint(json.dumps([*sys.modules]))"
    )
    done = python(script)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def own(modules: set[str]) -> list[str]:
    return sorted(name for name in modules if name.partition(".")[0] == "pplx_widget")


def test_an_import_loads_almost_nothing() -> None:
    modules = loaded()
    assert not NEVER_AT_IMPORT & modules
    assert len(own(modules)) <= MOST_AT_IMPORT, own(modules)


def test_a_first_answer_loads_only_what_it_needs() -> None:
    modules = loaded(ASKS)
    assert not NEVER_WITHOUT_NEED & modules
    assert len(own(modules)) <= MOST_AT_FIRST_ANSWER, own(modules)


def test_each_public_name_comes_from_its_home() -> None:
    for name in pplx.__all__:
        assert getattr(pplx, name) is not None, name
    assert dir(pplx).count("ask") == 1
    assert set(pplx.__all__) <= set(dir(pplx))


def test_type_checkers_see_the_same_homes() -> None:
    # Type checkers read the imports, Python the table.
    tree = ast.parse(Path(pplx.__file__).read_text("utf-8"))
    told = {
        alias.name: f".{node.module}"
        for branch in tree.body
        if isinstance(branch, ast.If)
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname is None
    }
    told["events"] = ".core.events"  # a module: `from .core import events`
    assert told == pplx._HOMES
    assert {*told, "__version__"} == set(pplx.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        pplx.nonsense  # type: ignore[attr-defined]  # noqa: B018
