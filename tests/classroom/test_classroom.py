"""The naive readers, and the effect of each fault on them and on this package's reader."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest

from pplx_widget import classroom
from pplx_widget.classroom import READERS, Outcome

pytestmark = pytest.mark.slow

# Outcomes that do not depend on the speed of the machine.
ENDS: dict[tuple[str | None, str], tuple[str, str]] = {
    (None, "wait_for_whole"): ("whole", ""),
    (None, "short_timeout"): ("lost", "ReadTimeout"),
    (None, "trust_the_end"): ("whole", ""),
    (None, "ignore_bad_bytes"): ("whole", ""),
    ("cut", "wait_for_whole"): ("lost", "IncompleteRead"),
    ("cut", "trust_the_end"): ("wrong", ""),
    ("split", "json_each_read"): ("lost", "JSONDecodeError"),
    ("split", "decode_each_read"): ("lost", "UnicodeDecodeError"),
    ("split", "ignore_bad_bytes"): ("wrong", ""),
    ("split", "trust_the_end"): ("whole", ""),
    ("sentinel", "trust_the_end"): ("lost", "JSONDecodeError"),
    ("html", "trust_the_end"): ("wrong", ""),
    (None, "pplx_widget"): ("whole", ""),
    ("cut", "pplx_widget"): ("said", "ConnectionCut"),
    ("split", "pplx_widget"): ("whole", ""),
    ("sentinel", "pplx_widget"): ("whole", ""),
    ("html", "pplx_widget"): ("said", "ServiceFailed"),
}


def test_what_becomes_of_each_mistake() -> None:
    tried = classroom.trial((None, "cut", "split", "sentinel", "html"), patience=60)
    assert len(tried.outcomes) == 5 * (len(READERS) + 1)
    found = {place: (tried[place].end, tried[place].says) for place in ENDS}
    assert found == ENDS
    half = tried["cut", "trust_the_end"]
    assert half.share == tried["cut", "pplx_widget"].share == pytest.approx(0.5, abs=0.1)
    table, page = repr(tried), tried._repr_html_()
    for outcome in tried.outcomes.values():
        assert str(outcome) in table
        assert f'class="pplx-{outcome.end}" title="{outcome.says}"' in page
    assert "no fault" in table.splitlines()[1]


def test_who_waits_for_ever_is_given_up_and_ends_with_its_server() -> None:
    only = {"trust_the_end": READERS["trust_the_end"]}
    tried = classroom.trial(["stall"], only, patience=0.5)
    assert tried["stall", "trust_the_end"] == Outcome("hangs")
    assert tried["stall", "pplx_widget"].says == "TimedOut"


def test_a_reader_of_ones_own() -> None:
    def mine(base_url: str, question: str) -> str:
        raise TimeoutError(base_url + question)

    tried = classroom.trial([None], {"mine": mine})
    assert tried[None, "mine"] == Outcome("lost", says="TimeoutError")
    with pytest.raises(ValueError, match="unknown fault 'flood'"):
        classroom.trial(["flood"])


def test_the_readers_can_be_shown() -> None:
    for reader in READERS.values():
        source = inspect.getsource(reader)
        assert '"""' in source
        assert len(source.splitlines()) < 14


def test_the_core_does_not_import_the_classroom() -> None:
    code = "import sys, json, pplx_widget; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = json.loads(done.stdout)
    assert "pplx_widget" in loaded
    assert not {"pplx_widget.classroom", "pplx_widget.server.server", "httpx2"} & {*loaded}
