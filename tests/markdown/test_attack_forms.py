"""The generated attacks: they use the whole grammar and are the same on every run."""

from __future__ import annotations

import subprocess
import sys

from ..support import attack_forms, attacks
from ..support.paths import CORPORA, ROOT

WRITTEN = attack_forms.written()


def test_there_are_many_and_no_two_are_the_same() -> None:
    assert len(WRITTEN) == len(set(WRITTEN)) > 550
    assert all(text.strip(" \n") for text in WRITTEN)


def test_they_are_the_same_in_another_process() -> None:
    digest = "import zlib; from tests.support.attack_forms import written; print(zlib.crc32(repr(written()).encode()))"
    command = [sys.executable, "-c", digest]
    said = {
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    }
    assert len(said) == 1


def test_every_place_meets_every_spelling() -> None:
    for place in attack_forms.PLACES.values():
        for spelling in attack_forms.SPELLINGS.values():
            whole = {place.replace("{}", spelling(payload)) for payload in attack_forms.PAYLOADS}
            assert whole & set(WRITTEN), (place, spelling("<a:>"))


def test_every_payload_stands_somewhere_as_it_is_and_cut() -> None:
    for payload in attack_forms.PAYLOADS:
        assert payload in WRITTEN
    for cut in attack_forms.CUTS:
        assert attack_forms.CUTS[cut]("abcd", 2)
    assert len({attack_forms.CUTS[cut]("abcd", 2) for cut in attack_forms.CUTS}) == 5


def test_the_spellings_say_the_same_in_other_signs() -> None:
    text = "<a href=javascript:x>"
    spelt = {name: spelling(text) for name, spelling in attack_forms.SPELLINGS.items()}
    assert len(set(spelt.values())) == len(spelt)
    assert spelt["names"] == "&lt;a href=javascript&colon;x>"
    assert spelt["numbers"].startswith("&#60;&#97;")
    assert spelt["percent"].startswith("%3Ca%20href%3D")


def test_our_own_corpora_are_in_the_repository() -> None:
    assert len(attacks.corpus(attacks.OURS)) > 140
    assert len(list((CORPORA / "cases" / "wire").glob("*.sse"))) == 20
    assert len(list((CORPORA / "cases" / "text").glob("*.md"))) == 8
