"""Pairs of a claim and the snippets that it cites, and the figures of a comparison of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pplx_widget.bibliography.check.claims import checked
from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.finding import Finding
from pplx_widget.core.state import AnswerState

from .paths import ROOT

CORPORA = ROOT / "tests" / "corpora" / "check"
WRONG = {
    "number", "unit", "date", "negated", "wrong_source", "addition", "overclaim", "causal", "entity",
}  # fmt: skip
# A page around a snippet, with sentences that claims must not be compared with.
PAGE = """[Start](https://example.org/) · [Topics](https://example.org/topics) · [Log in](https://example.org/login)

Some features of this site do not work without JavaScript. You have read 2 of 5 free articles this month.

{}

### Most read
- Ferry service between Anholt and Brisk suspended until 4 March; 1,300 passengers were affected.
- No agreement in the pay dispute at Halden Steel: the union rejected an offer of 3.1 percent.
- The museum of clocks in Orlen closed in 2019 and will not reopen.

---
Sign up for our letter, sent every Tuesday to more than 40,000 readers.

© 2024 Example Press. All rights reserved.
"""


@dataclass(frozen=True)
class Pair:
    """A claim and its snippets: ``sources`` are tuples of id, title and snippet."""

    group: str
    lang: str
    domain: str
    kind: str
    claim: str
    sources: tuple[tuple[int, str, str], ...]

    @property
    def wrong(self) -> bool:
        return self.kind in WRONG


def pairs(name: str) -> list[Pair]:
    """Return the pairs of a corpus, with a wrong source for each group."""
    lines = (CORPORA / f"{name}.jsonl").read_text("utf-8").splitlines()
    groups = [json.loads(line) for line in lines]
    found = [pair for group in groups for pair in _of(group)]
    if name != "given":
        found += _wrong_sources(groups)
    return found


def _of(group: dict) -> Iterator[Pair]:
    for kind, claim, *ids in group["claims"]:
        chosen = [s for s in group["sources"] if not ids or s["id"] in ids[0]]
        yield _pair(group, kind, claim, chosen)


def _pair(group: dict, kind: str, claim: str, chosen: list[dict]) -> Pair:
    sources = tuple(
        (s["id"], s["title"], PAGE.format(s["snippet"]) if group["page"] else s["snippet"])
        for s in chosen
    )
    return Pair(group["group"], group["lang"], group["domain"], kind, claim, sources)


def _wrong_sources(groups: list[dict]) -> Iterator[Pair]:
    """Yield right claims with the snippet of the next group in their language."""
    for lang in {group["lang"]: None for group in groups}:
        same = [group for group in groups if group["lang"] == lang]
        for this, other in zip(same, [*same[1:], same[0]], strict=True):
            claims = [c for c in this["claims"] if c[0] in {"para_light", "number_format"}]
            if this is not other and claims:
                yield _pair(
                    {**other, "group": this["group"]},
                    "wrong_source",
                    claims[0][1],
                    other["sources"],
                )


def judged(pair: Pair) -> Finding:
    """Return the finding of the check of an answer that says the claim and cites its sources."""
    state = AnswerState()
    sources = [
        Source(id_, title, f"https://example.org/{id_}", "example.org", snippet=snippet)
        for id_, title, snippet in pair.sources
    ]
    markers = "".join(f"[{source.id}]" for source in sources)
    for event in (SourcesFound(tuple(sources)), Text(f"{pair.claim}{markers}"), Finished()):
        state.apply(event, 1)
    # A claim of several sentences counts by the most doubtful one.
    return checked(state).doubtful[0]


# The false alarms first.
GROUPS: dict[str, Callable[[Pair], bool]] = {
    "all right": lambda p: not p.wrong,
    "right, verbatim": lambda p: p.kind == "verbatim",
    "right, no strong paraphrase": lambda p: not p.wrong and p.kind != "para_strong",
    "strong paraphrase": lambda p: p.kind == "para_strong",
    "all wrong": lambda p: p.wrong,
    "number, unit, date, negated": lambda p: p.kind in {"number", "unit", "date", "negated"},
    "wrong source, added claim": lambda p: p.kind in {"wrong_source", "addition"},
    "over-claimed, cause": lambda p: p.kind in {"overclaim", "causal"},
    "entity": lambda p: p.kind == "entity",
}


def rates(judged: Iterable[tuple[Pair, str]]) -> dict[str, dict[str, float]]:
    """Return the share of each verdict, and of alarms, by group of kinds; with the number of pairs."""
    judged = list(judged)
    table = {}
    for name, belongs in GROUPS.items():
        counts = Counter(verdict for pair, verdict in judged if belongs(pair))
        total = sum(counts.values())
        if total:
            shares = {
                v: counts[v] / total for v in ("found", "differs", "not found", "unclear", "unread")
            }
            table[name] = {
                "pairs": total,
                "alarm": shares["differs"] + shares["not found"],
                **shares,
            }
    return table
