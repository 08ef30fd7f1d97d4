"""The configuration of the documentation site; `scripts/site` builds it.

The source folder is the checkout, so that a relative link leads to the same file here as on GitHub.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from numpydoc.xref import DEFAULT_LINKS
from sphinx.addnodes import pending_xref

import pplx_widget

if TYPE_CHECKING:
    from docutils.parsers.rst.states import Inliner
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
RUN = HERE.parent / ".cache" / "site"

# These are classes that users do not call: they get them from a function, or write their own.
NOT_CALLED = {
    f"pplx_widget.{name}"
    for name in (
        "Answer",
        "Comparison",
        "Inspector",
        "Provider",
        "Recorder",
        "Status",
        "Summary",
        "UsageSoFar",
        "api.stream.AsyncStream",
        "api.stream.Stream",
        "bibliography.pages.Pages",
        "bibliography.sources.Citations",
        "bibliography.sources.Sources",
        "widget.race.race.Race",
    )
}

project = "pplx_widget"
author = "The pplx_widget authors"
version = release = pplx_widget.__version__

default_role = "name"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
]
root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "notebooks/*.ipynb",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
]
# Sphinx walks the whole checkout for pages; these folders are large.
exclude_patterns = [
    ".*",
    "benchmarks",
    "dist",
    "js",
    "pplx_widget",
    "scripts",
    "tests",
    "**/.ipynb_checkpoints",
]

# Every reference has to lead somewhere. Types of other packages have no page here.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!pplx_widget\b).*")]

myst_enable_extensions: list[str] = []
myst_heading_anchors = 3
suppress_warnings = [
    # A notebook may show an answer twice, each time with the same definitions of links.
    "myst.duplicate_def",
    "myst.header",  # an included page may begin at any level
]


class _Rules(logging.Filter):
    """Allow rules between the answers of one output: docutils wants them between sections only."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Transition must be child of" not in record.getMessage()


logging.getLogger("sphinx.sphinx.util.docutils").addFilter(_Rules())

nb_execution_mode = "off"  # `scripts/site` runs the notebooks, several at once
# An answer is plain HTML once it is over, so no page needs the widgets' code (it is on another host).
nb_ipywidgets_js: dict[str, dict[str, str]] = {}

add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say them
autodoc_class_signature = "mixed"
maximum_signature_line_length = 80
numpydoc_show_class_members = False  # the pages of the reference name them
numpydoc_class_members_toctree = False
numpydoc_attributes_as_param_list = True
numpydoc_xref_param_type = True
numpydoc_xref_ignore = {"of", "optional"}
# Names of Python itself are shown as they are; numpydoc would link them to Python's documentation.
numpydoc_xref_aliases = {name: name for name in DEFAULT_LINKS}
python_use_unqualified_type_names = True

pygments_style = "tango"
pygments_dark_style = "github-dark"
html_theme = "furo"
html_title = "pplx_widget"
html_static_path = [str(HERE / "_static")]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
# It fetches the pages that it found, which a browser refuses to a page read from a file.
html_show_search_summary = False


def name_role(
    _role: str, _raw: str, text: str, _line: int, inliner: Inliner, *_more: Any
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """Show a name in single backticks as code, with a link if the reference has it."""
    literal = nodes.literal("", text, classes=["xref", "py", "py-obj"])
    env = inliner.document.settings.env
    module = env.ref_context.get("py:module")
    target = text.removesuffix("()").removeprefix("pplx_widget.")
    if target.partition(".")[0] not in pplx_widget.__all__:
        return [literal], []
    reference = pending_xref(
        "",
        literal,
        refdomain="py",
        reftype="obj",
        reftarget=f"pplx_widget.{target}",
        refdoc=env.docname,
        refexplicit=True,
        refwarn=False,
        **{"py:module": module, "py:class": env.ref_context.get("py:class")},
    )
    return [reference], []


def read_notebook(_app: Sphinx, page: str, source: list[str]) -> None:
    """Read a notebook as `scripts/site` has run it; the files in the checkout have no outputs."""
    if not page.startswith("notebooks/"):
        return
    run = RUN / f"{page}.ipynb"
    notebook = json.loads(run.read_text("utf-8") if run.is_file() else source[0])
    # The kernel says this; without it magics are an error of highlighting.
    notebook["metadata"]["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    source[0] = json.dumps(notebook)


def hide_constructor(
    _app: Sphinx, _kind: str, name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Leave out the parameters of a class that users do not call."""
    if name not in NOT_CALLED or "Parameters" not in lines:
        return
    start = lines.index("Parameters")
    ruled = (i - 1 for i in range(start + 2, len(lines)) if lines[i].startswith("----"))
    del lines[start : next(ruled, len(lines))]


def change_signature(
    _app: Sphinx,
    _kind: str,
    name: str,
    _object: Any,
    _options: Any,
    signature: str | None,
    returns: str | None,
) -> tuple[str, str | None] | None:
    """Leave out the signature of such a class, and parameters that only refuse mistakes."""
    if name in NOT_CALLED:
        return "", ""
    if signature is None:
        return None
    return signature.replace(", **unknown", "").replace("*misplaced", "*"), returns


def setup(app: Sphinx) -> None:
    """Add what the site needs beyond its settings."""
    app.add_role("name", name_role)
    app.connect("source-read", read_notebook)
    app.connect("autodoc-process-docstring", hide_constructor, priority=400)  # before numpydoc
    app.connect("autodoc-process-signature", change_signature)
