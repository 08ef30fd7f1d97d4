"""Measure `Answer.check` on pairs of a sentence and its snippets: alarms and verdicts by kind.

    python -m benchmarks.check                   # the tuned pairs
    python -m benchmarks.check sealed            # pairs that no rule was tuned to: figures only

Each pair becomes an answer of one sentence that cites its sources. An alarm is "differs" or "not
found". The false alarms come first. Pairs that are not in English have a table of their own. The time
is CPU time for each pair; a snippet that another pair had before is not read again.

The rules were tuned to `given`, `tuned` and `second` to `fifth` in ``tests/corpora/check``. Do
not look at the pairs of `sealed`: figures on pairs that rules are tuned to say little.
"""

from __future__ import annotations

import sys
import time

from tests.support.check_pairs import Pair, judged, pairs, rates

TUNED = ("given", "tuned", "second", "third", "fourth", "fifth")


def main(names: list[str]) -> None:
    """Print the tables of some corpora."""
    everything: list[tuple[Pair, str]] = []
    for name in names or TUNED:
        chosen = pairs(name)
        began = time.process_time()
        found = [(pair, judged(pair).verdict) for pair in chosen]
        each = 1000 * (time.process_time() - began) / len(chosen)
        print(f"\n# {name}: {len(chosen)} pairs, {each:.1f} ms each")
        table(found)
        everything += found
    if len(names or TUNED) > 1:
        print(f"\n# together: {len(everything)} pairs")
        table(everything)


def table(found: list[tuple[Pair, str]]) -> None:
    """Print the rates by group, English and other languages apart."""
    for title, english in (("English", True), ("other languages", False)):
        chosen = [(pair, verdict) for pair, verdict in found if (pair.lang == "en") is english]
        if not chosen:
            continue
        columns = ("alarm", "differs", "not found", "unclear", "found")
        print(f"{title:32}{'pairs':>7}" + "".join(f"{column:>11}" for column in columns))
        for name, row in rates(chosen).items():
            shares = "".join(f"{row[column]:>11.0%}" for column in columns)
            print(f"  {name:30}{row['pairs']:>7.0f}{shares}")


if __name__ == "__main__":
    main(sys.argv[1:])
