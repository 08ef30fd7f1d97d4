"""The samples: they are complete, and the nearest one to a question is found."""

from __future__ import annotations

import dataclasses

import pytest

from pplx_widget.recordings.format import RecordingError
from pplx_widget.server.library import Library, samples

from ..support.exchanges import exchange
from ..support.sample_questions import OTHERS, PARAPHRASES


def test_every_sample_is_a_whole_cited_answer() -> None:
    library = samples()
    assert len(library.exchanges) >= 8
    for sample in library.exchanges:
        assert sample.scripted
        assert sample.final is not None
        assert sample.final["model"] == "local/scripted-sample"
        assert library.find(sample.question) == (sample, True)
        for phrase in sample.also:
            assert library.find(f"  {phrase.upper()}!? ") == (sample, True)


# The paraphrases that find nothing, and the other questions that find something, of all in the lists.
MISSED = {"Why do I see replacement characters in streamed text?"}
TAKEN = {
    "What is asyncio?": "asyncio-in-notebooks",
    "What is UTF-8?": "utf8-boundaries",
    "What is a long poll in politics?": "sse-vs-websockets",
    "What is the price of Perplexity Pro?": "agent-api-migration",
}


def found(question: str) -> str | None:
    """Return the id of the sample for a question."""
    match = samples().find(question)
    return match and match[0].id


def test_close_paraphrases_find_their_sample() -> None:
    asked = [(id_, each) for id_, several in PARAPHRASES.items() for each in several]
    assert len(asked) > 90
    assert {each: found(each) for id_, each in asked if found(each) != id_} == dict.fromkeys(MISSED)


def test_questions_about_something_else_find_none() -> None:
    assert len(OTHERS) > 120
    assert {each: id_ for each in OTHERS if (id_ := found(each))} == TAKEN


def test_a_word_in_common_is_not_enough() -> None:
    for word in ("migrate", "timeout", "websocket", "emoji", "citations", "jitter"):
        assert found(word)
        assert found(f"{word} in the gardens of Versailles") is None


def test_a_question_about_data_is_the_samples_own_only_with_its_data() -> None:
    (sample,) = [each for each in samples().exchanges if each.id == "library-visits"]
    older = sample.question.replace("(str)", "(object)").replace("[us]", "[ns]")
    assert older != sample.question
    assert samples().find(older) == (sample, True)
    asked, _, data = sample.question.partition("\n\n")
    for other in (asked, f"{asked}\n\nSome other data.", f"{asked}\n\n{data[:300]}", data):
        assert samples().find(other) is None
    # Otherwise every question about columns and rows would match the sample's data.
    assert samples().find("Which columns and rows were sent?") is None
    assert samples().find(f"What should be checked first in these figures?\n\n{data}") == (
        sample,
        False,
    )
    # The topic of a question is not that of the data beside it.
    assert samples().find(f"What is the capital of France?\n\n{data}") is None
    assert samples().find(f"What does the CAP theorem say?\n\n{data}") is not None


def test_a_library_needs_a_whole_answer() -> None:
    cut = dataclasses.replace(exchange(), events=exchange().events[:-1])
    chat = dataclasses.replace(exchange(), shape="chat")
    with pytest.raises(RecordingError, match="no sample to play"):
        Library([cut, chat])
