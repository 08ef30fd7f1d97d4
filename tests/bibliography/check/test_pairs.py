"""The figures that the check reaches on pairs of a sentence and its snippets.

The floors hold for pairs that the rules were tuned to. `benchmarks/check.py` prints the whole table, also
for pairs that no rule was tuned to.
"""

from __future__ import annotations

import pytest

from ...support.check_pairs import Pair, judged, pairs, rates

TUNED = ("given", "tuned", "second", "third", "fourth", "fifth")


@pytest.fixture(scope="module")
def verdicts() -> list[tuple[Pair, str]]:
    return [(pair, judged(pair).verdict) for name in TUNED for pair in pairs(name)]


def test_the_corpora_have_all_kinds_and_many_languages(verdicts: list[tuple[Pair, str]]) -> None:
    everything = [pair for pair, _ in verdicts] + pairs("sealed")
    assert len({pair.kind for pair in everything}) == 17
    assert len({pair.domain for pair in everything}) > 8
    assert {"de", "fr", "es", "zh"} < {pair.lang for pair in everything}
    assert sum(pair.lang != "en" for pair in everything) > 100


@pytest.mark.parametrize(
    ("group", "verdict", "least", "most"),
    [
        ("right, verbatim", "found", 1, 1),
        ("all right", "differs", 0, 0.03),
        ("all right", "found", 0.5, 1),
        ("right, no strong paraphrase", "alarm", 0, 0.05),
        ("strong paraphrase", "differs", 0, 0.02),
        ("strong paraphrase", "not found", 0, 0.3),
        ("all wrong", "found", 0, 0.05),
        ("all wrong", "alarm", 0.85, 1),
        ("number, unit, date, negated", "alarm", 0.9, 1),
        ("number, unit, date, negated", "differs", 0.88, 1),
        ("wrong source, added claim", "alarm", 0.85, 1),
        ("over-claimed, cause", "alarm", 0.75, 1),
        ("entity", "alarm", 0.7, 1),
    ],
)
@pytest.mark.parametrize("language", ["English", "others"])
def test_floors(
    verdicts: list[tuple[Pair, str]],
    group: str,
    verdict: str,
    least: float,
    most: float,
    language: str,
) -> None:
    chosen = [each for each in verdicts if (each[0].lang == "en") is (language == "English")]
    table = rates(chosen)
    if group not in table:
        assert (group, language) == ("right, verbatim", "others")
        return
    slack = 0 if language == "English" else 0.1  # fewer pairs
    assert least - slack <= table[group][verdict] <= most + slack


def test_a_page_around_a_snippet_changes_little(verdicts: list[tuple[Pair, str]]) -> None:
    for long in (True, False):
        chosen = [
            (p, v) for p, v in verdicts if ("Sign up for our letter" in p.sources[0][2]) is long
        ]
        assert rates(chosen)["all right"]["differs"] <= 0.03
        assert rates(chosen)["all wrong"]["found"] <= 0.05
