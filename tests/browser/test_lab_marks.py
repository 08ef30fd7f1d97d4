"""The marks and the list of a check in a real JupyterLab: in the view, in the document, reopened."""

from __future__ import annotations

import os
import pathlib
from typing import Any

from playwright.sync_api import Page, expect

from ..support.lab import Lab
from ..support.lab_answer import outputs, settled
from .test_lab_check import ASK

THEME = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
SHOW = ASK + "answer"


def picture(page: Page, name: str) -> None:
    """Take a picture, if a folder for pictures is given."""
    if folder := os.environ.get("PPLX_PICTURES"):
        page.screenshot(path=pathlib.Path(folder) / f"{name}.png")


def marks(document: Any) -> list[str]:
    return [mark.strip() for mark in document.locator(".pplx-text .pplx-mark").all_inner_texts()]


def test_a_click_marks_the_sentences_and_lists_the_doubtful_ones(lab: Lab) -> None:
    with lab.open(SHOW, "print(answer.check().counts['differs'], len(asked))") as notebook:
        page = notebook.page
        notebook.run(0)
        document = settled(notebook)
        expect(document.locator(".pplx-check")).to_have_count(0)
        before = document.locator(".pplx-text").inner_text()

        document.get_by_role("button", name="Check").click()
        checked = page.locator(".pplx-settled[data-status] .pplx-check")
        expect(checked).to_have_attribute("open", "")
        summary = checked.locator("summary")
        expect(summary).to_be_focused()
        expect(summary).to_have_text(
            "3 sentences compared with their snippets (1 found, 2 differs)"
        )
        document = settled(notebook)
        assert marks(document) == ["≠", "·", "≠"]
        expect(document.get_by_role("button", name="Check", exact=True)).to_be_hidden()
        expect(page.locator("div.pplx-spoken")).to_contain_text("3 sentences compared")
        picture(page, "light")

        # By keyboard from the row to the sentence, and back.
        row = checked.locator("li").first
        expect(row.locator("u")).to_have_text(["nine", "seven"])
        page.keyboard.press("Tab")
        expect(row.locator(".pplx-verdict")).to_be_focused()
        assert page.evaluate("[...CSS.highlights.get('pplx-sentence')][0].toString()") == (
            "The bridge at Halmer has nine arches."
        )
        page.keyboard.press("Enter")
        mark = document.get_by_role("button", name="differs from source 1: go to the list").first
        expect(mark).to_be_focused()
        page.keyboard.press(" ")
        expect(row.locator(".pplx-verdict")).to_be_focused()
        assert page.evaluate("CSS.highlights.get('pplx-doubt').size") == 2

        # A selection has the text without the marks.
        copied = page.evaluate(
            """() => {
                const text = document.querySelector('.pplx-settled .pplx-text');
                getSelection().selectAllChildren(text);
                const said = getSelection().toString();
                getSelection().removeAllRanges();
                return said;
            }"""
        )
        assert copied.strip() == before.strip()

        assert notebook.run(1).strip() == "2 1"
        (output,) = outputs(notebook, 0)
        assert "**differs**: The bridge at Halmer has nine arches." in "".join(
            output["data"]["text/markdown"]
        )
        assert notebook.errors == []
        name = notebook.name
    lab.trust(name)
    for width in (1280, 390):
        with lab.visit(name, scheme="dark", width=width) as notebook:
            notebook.page.evaluate("jupyterapp.shell.collapseLeft()")
            notebook.page.evaluate(THEME, "JupyterLab Dark")
            reopened = notebook.page.locator(".pplx-settled")
            expect(reopened.locator(".pplx-check li")).to_have_count(3)
            assert marks(reopened) == ["≠", "·", "≠"]
            reopened.locator(".pplx-check").scroll_into_view_if_needed()
            picture(notebook.page, f"reopened-dark-{width}")
    with lab.open(
        f"import pplx_widget as pplx\nanswer = pplx.load({name!r})[0]\n"
        "print(answer.check().counts['differs'], answer.check()[0].quote)"
    ) as notebook:
        assert notebook.run(0).strip() == (
            "2 The bridge at Halmer has seven arches and is 213 metres long."
        )


def test_a_model_compares_after_its_price_was_told(lab: Lab) -> None:
    with lab.open(SHOW, "answer.check(); None", "print(len(asked))") as notebook:
        page = notebook.page
        notebook.run(0)
        settled(notebook)
        notebook.run(1)
        listed = page.locator(".pplx-settled[data-status] .pplx-check")
        listed.get_by_role("button", name="Let a model compare").click()
        agree = listed.get_by_role("button", name="Let a model (low) compare 3 sentences")
        expect(agree).to_contain_text("about $0.0046")
        assert notebook.run(2).strip() == "1"
        agree.click()
        expect(listed).to_contain_text("A model (low) compared them: judged & <b>told</b>")
        assert notebook.run(2).strip() == "2"
        assert notebook.errors == []


def test_a_price_above_the_budget_is_refused(lab: Lab) -> None:
    budget = "pplx.configure(budget=0.01)"
    costly = SHOW.replace(
        "yield Finished", "yield UsageReported(Usage(1, 1, 2, 0.02)); yield Finished"
    )
    costly = costly.replace("import Finished,", "import Finished, Usage, UsageReported,")
    with lab.open(costly, budget, "answer.check(); None", "print(len(asked))") as notebook:
        notebook.run(0)
        settled(notebook)
        notebook.run(1)
        notebook.run(2)
        listed = notebook.page.locator(".pplx-settled[data-status] .pplx-check")
        listed.get_by_role("button", name="Let a model compare").click()
        listed.get_by_role("button", name="Let a model (low)").click()
        expect(listed.get_by_role("button")).to_contain_text(["≠", "≠", "budget"])
        assert notebook.run(3).strip() == "1"
