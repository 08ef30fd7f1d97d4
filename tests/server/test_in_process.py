"""The samples without a server: they answer as the local server does."""

from __future__ import annotations

import pytest

import pplx_widget as pplx
from pplx_widget.server.server import LocalServer

from ..support.scripts import python

QUESTION = "Explain the CAP theorem with an example"


@pytest.mark.parametrize(
    "question", [QUESTION, "What is the CAP theorem?", "What is a lighthouse?"]
)
def test_they_answer_as_the_server_does(local: LocalServer, question: str) -> None:
    pplx.configure(base_url=local.base_url)
    asked = pplx.ask(question).wait(30)
    sample = pplx.ask(question, provider=pplx.Samples(speed=None)).wait(30)
    assert (sample.status, sample.text) == ("complete", asked.text)
    assert sample.sources == asked.sources
    assert sample.usage == asked.usage
    assert [step.kind for step in sample.steps] == [step.kind for step in asked.steps]


def test_a_further_question_has_its_own_sample() -> None:
    first = pplx.ask(QUESTION, provider=pplx.Samples(speed=None)).wait(30)
    further = first.ask("Which timeouts should a streaming HTTP client use?").wait(30)
    assert "Scripted sample" not in further.text
    assert further.text != first.text


def test_an_answer_says_what_was_asked_in_place_of_a_retired_model() -> None:
    answer = pplx.ask(QUESTION, model="sonar-pro", provider=pplx.Samples(speed=None)).wait(30)
    assert "sonar-pro" in answer.notes[0]


def test_examples_of_costs_are_counted() -> None:
    before = len(pplx.usage().runs)
    answer = pplx.ask(QUESTION, provider=pplx.Samples(speed=None)).wait(30)
    assert answer.usage is not None
    assert answer.usage.cost
    assert len(pplx.usage().runs) == before + 1


def test_they_come_step_by_step() -> None:
    samples = pplx.Samples(paused=True)
    answer = pplx.ask(QUESTION, provider=samples)
    assert samples.step(3) == 3
    assert not answer.status.final
    assert "paused" in repr(samples)
    samples.speed = None
    samples.play()
    assert answer.wait(30).status == "complete"
    assert QUESTION in samples.questions


def test_a_speed_is_checked() -> None:
    with pytest.raises(pplx.InvalidRequest):
        pplx.Samples(speed=0)


@pytest.mark.parametrize(("value", "text"), [("1", "complete"), ("0", "failed"), ("", "failed")])
def test_the_environment_chooses_them(value: str, text: str) -> None:
    done = python(
        """
        import pplx_widget as pplx
        pplx.configure(timeout=1)
        print(pplx.ask("What is the CAP theorem?").wait(60).status)
        """,
        PPLX_SAMPLES=value,
    )
    assert (done.stdout, done.stderr) == (f"{text}\n", "")
