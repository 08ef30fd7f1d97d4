"""Files that the page sends in pieces: put together, checked, and bounded."""

from __future__ import annotations

from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.question import attachments
from pplx_widget.widget.chat import uploads
from pplx_widget.widget.chat.uploads import MOST, Uploads

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def piece(number: int, name: str = "a.txt") -> dict[str, Any]:
    return {"type": "piece", "file": number, "name": name}


def test_pieces_are_put_together_and_taken_once() -> None:
    held = Uploads()
    held.add(piece(1, "../../secret/plot.png"), [memoryview(PNG[:5]), PNG[5:]])
    held.add(piece(2, "C:\\home\\notes.md"), [b"# No"])
    held.add(piece(2), [b"tes"])
    found = held.take([1, 2])
    (image,), (file,) = found["images"], found["files"]
    assert (image.name, image.data, image.media_type) == ("plot.png", PNG, "image/png")
    assert (file.name, file.data, file.media_type) == ("notes.md", b"# Notes", "text/markdown")
    with pytest.raises(pplx.InvalidRequest, match="did not arrive"):
        held.take([1])


def test_a_file_of_another_type_leaves_the_others() -> None:
    held = Uploads()
    held.add(piece(1), [b"text"])
    held.add(piece(2, "x.bin"), [b"\x00\xff"])
    with pytest.raises(pplx.InvalidRequest, match=r"x\.bin cannot be sent"):
        held.take([1, 2])
    held.drop(2)
    assert len(held.take([1])["files"]) == 1


def test_what_is_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (attachments, uploads):
        monkeypatch.setattr(module, "LARGEST", 10)
    held = Uploads()
    for _ in range(50):
        held.add(piece(1), [b"12345"])
    assert len(held._files[1][1]) == 11
    with pytest.raises(pplx.InvalidRequest, match="too large"):
        held.take([1])
    for number in range(2, 3 * MOST):
        held.add(piece(number), [b"x"])
    assert len(held._files) == MOST


@pytest.mark.parametrize("wrong", [None, 7, {}, {"file": "1", "name": "x"}, {"file": 1}])
def test_other_messages_are_ignored(wrong: Any) -> None:
    held = Uploads()
    held.add(wrong, [b"x"])
    held.drop(wrong)
    assert held.take(wrong if wrong == {} else ()) == {}
