"""The samples: they are complete, and the nearest one to a question is found."""

from __future__ import annotations

import dataclasses

import pytest

from pplx_widget.recordings.format import RecordingError
from pplx_widget.server.library import Library, samples

from ..support.exchanges import exchange


def test_every_sample_is_a_whole_cited_answer() -> None:
    library = samples()
    assert len(library.exchanges) >= 8
    for sample in library.exchanges:
        assert sample.scripted
        assert sample.final is not None
        assert sample.final["model"] == "local/scripted-sample"
        assert library.nearest(sample.question) == (sample, True)
        for phrase in sample.also:
            assert library.nearest(f"  {phrase.upper()}!? ") == (sample, True)


@pytest.mark.parametrize(
    ("question", "id_"),
    [
        ("what is CAP?", "cap-theorem"),
        ("my emoji are broken", "utf8-boundaries"),
        ("how do i migrate", "agent-api-migration"),
        ("rate limits and retries", "backoff-and-jitter"),
        ("websocket", "sse-vs-websockets"),
    ],
)
def test_the_nearest_sample(question: str, id_: str) -> None:
    nearest, exact = samples().nearest(question)
    assert (nearest.id, exact) == (id_, False)


def test_a_question_about_data_is_the_samples_own_only_with_its_data() -> None:
    (sample,) = [each for each in samples().exchanges if each.id == "library-visits"]
    older = sample.question.replace("(str)", "(object)").replace("[us]", "[ns]")
    assert older != sample.question
    assert samples().nearest(older) == (sample, True)
    asked, _, data = sample.question.partition("\n\n")
    for other in (asked, f"{asked}\n\nSome other data.", f"{asked}\n\n{data[:300]}", data):
        assert samples().nearest(other)[1] is False
    # Otherwise every question about columns and rows would match the sample's data.
    assert samples().nearest("Which columns and rows were sent?")[0] is not sample


def test_nothing_asked_is_near_to_something() -> None:
    assert samples().nearest("?!")[1] is False


def test_a_library_needs_a_whole_answer() -> None:
    cut = dataclasses.replace(exchange(), events=exchange().events[:-1])
    chat = dataclasses.replace(exchange(), shape="chat")
    with pytest.raises(RecordingError, match="no sample to play"):
        Library([cut, chat])
