"""The list of a check in a real JupyterLab, and the button that lets a model compare."""

from __future__ import annotations

from playwright.sync_api import expect

from ..support.lab import Lab

ASK = """
import pplx_widget as pplx
from pplx_widget.core.events import Finished, Source, SourcesFound, Text

snippet = ("The bridge at Halmer has **seven** arches and is 213 metres long. It was opened in 1748. "
           "The railway never used it.")
asked = []

class Says:
    async def stream(self, request):
        asked.append(request)
        if request.schema:
            yield Text('{"verdicts": [{"sentence": 2, "verdict": "differs",'
                       ' "quote": "213 metres long", "reason": "judged & <b>told</b>"}]}')
        else:
            yield SourcesFound((Source(1, "Halmer", "https://example.org/b", "example.org", snippet=snippet),))
            yield Text("The bridge at Halmer has nine arches.[1] It is 213 metres long.[1] "
                       "The railway used it until 1811.[1] Its builder is unknown to all historians.")
        yield Finished()

answer = pplx.ask("What is known about the bridge?", provider=Says()).wait(20)
"""


def test_a_list_and_a_judge_after_a_click(lab: Lab) -> None:
    with lab.open(
        ASK + "answer.check()", 'answer.check(judge="low")', "print(len(asked))"
    ) as notebook:
        notebook.run(0)
        shown = notebook.page.locator(".jp-Cell").nth(0).locator(".jp-OutputArea")
        expect(shown.locator("li")).to_have_count(3)
        expect(shown.locator("li").first).to_contain_text("differs")
        expect(shown).to_contain_text("1 sentence has no citation and was not compared.")
        notebook.run(1)
        offered = notebook.page.locator(".jp-Cell").nth(1).locator(".jp-OutputArea")
        button = offered.get_by_role("button", name="Let a model (low) compare 3 sentences")
        expect(button).to_contain_text("about $0.0046")
        assert notebook.run(2).strip() == "1"
        button.click()
        expect(offered).to_contain_text("A model (low) compared them: judged & <b>told</b>")
        expect(button).to_have_count(0)
        assert not notebook.errors
