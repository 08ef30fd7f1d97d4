"""Images and files: how they are sent, and which are refused before anything is sent."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.question import attachments
from pplx_widget.question.attachments import Attachment

from ..support.wire_server import CREATED, WireServer, completed, delta

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(20))
WEBP = b"RIFF\x10\0\0\0WEBPVP8 "


def word(name: str = "word/document.xml") -> bytes:
    with zipfile.ZipFile(written := io.BytesIO(), "w") as archive:
        archive.writestr(name, "<w/>")
    return written.getvalue()


def data_address(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (WEBP, "image/webp"),
    ],
)
def test_images_are_known_by_what_is_in_them(tmp_path: Path, data: bytes, kind: str) -> None:
    path = tmp_path / "chart.txt"
    path.write_bytes(data)
    (by_path,) = attachments.images(path)
    (by_name,), (by_bytes,) = attachments.images([str(path)]), attachments.images([data])
    (by_address,) = attachments.images(data_address("text/plain", data))
    assert (by_path.name, by_path.media_type, by_path.data) == ("chart.txt", kind, data)
    assert by_name == by_path
    assert by_bytes == by_address == Attachment("", kind, data)
    assert by_bytes.uri == data_address(kind, data)
    assert by_bytes.weight == len(base64.b64encode(data))
    assert "chart" in repr(by_path)
    assert repr(data)[2:-1] not in repr(by_path)


@pytest.mark.parametrize(
    ("name", "data", "sent"),
    [
        ("report.pdf", b"%PDF-1.7\n\xff", "application/pdf"),
        ("notes.md", b"# Notes", "text/markdown"),
        ("table.csv", "\ufeffStadt\nKöln".encode(), "text/csv"),
        ("readme", b"plain", "text/plain"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1", "application/msword"),
        ("new.docx", word(), attachments._OFFICE + ".wordprocessingml.document"),
        ("letter.rtf", b"{\\rtf1 x}", "application/rtf"),
    ],
)
def test_files_are_known_by_what_is_in_them(
    tmp_path: Path, name: str, data: bytes, sent: str
) -> None:
    (tmp_path / name).write_bytes(data)
    (found,) = attachments.files([tmp_path / name])
    assert (found.name, found.media_type) == (name, sent)
    (bare,) = attachments.files([data])
    assert bare.name.startswith("document.")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("images", [b"%PDF-1.7"], "files="),
        ("images", ["http://example.org/a.png"], "https"),
        ("images", ["missing.png"], "cannot be read"),
        ("images", ["."], "cannot be read"),
        ("images", ["a\0b"], "cannot be read"),
        ("images", [""], "image cannot be"),
        ("images", [3], "image cannot be"),
        ("images", 3, "images cannot be"),
        ("images", {"a": 1}, "images cannot be"),
        ("images", ["data:image/png;base64,§"], "base64"),
        ("images", ["data:nothing"], "accepts only PNG"),
        ("files", [PNG], "images="),
        ("files", [b""], "not a text, PDF"),
        ("files", [b"\0\1\2"], "not a text, PDF"),
        ("files", [word("xl/workbook.xml")], "not a text, PDF"),
        ("files", [b"PK\x03\x04"], "not a text, PDF"),
        ("files", ["file:///etc/passwd"], "https"),
    ],
)
def test_what_cannot_be_sent_is_refused(option: str, value: Any, said: str) -> None:
    with pytest.raises(errors.InvalidRequest, match=said):
        pplx.ask("q", **{option: value})


def test_a_file_that_is_too_large_is_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(50_000_001)  # a sparse file: this writes no data
    monkeypatch.setattr(Path, "read_bytes", lambda _self: pytest.fail("it was read"))
    with pytest.raises(errors.InvalidRequest, match=r"huge\.pdf is too large"):
        pplx.ask("q", files=[path])


def test_all_together_have_to_fit_into_a_request() -> None:
    large = PNG + bytes(13_000_000)
    with pytest.raises(errors.InvalidRequest, match="too large together"):
        pplx.ask("q", images=[large, large])


def test_they_are_sent_and_replayed(server: WireServer, clean_settings: None) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, delta("A chart.")], whole=False)
    pdf = b"%PDF-1.7"
    first = pplx.ask("What is this?", images=[PNG], files=[pdf]).wait(30)
    said = [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": data_address("image/png", PNG)},
        {
            "type": "input_file",
            "filename": "document.pdf",
            "file_data": data_address("application/pdf", pdf),
        },
    ]
    assert server.requests[0]["input"] == [{"type": "message", "role": "user", "content": said}]
    server.respond([CREATED, delta("Red."), completed()])
    further = first.ask("Its colour?").wait(30)
    assert server.requests[1]["input"][0]["content"] == said
    assert server.requests[1]["input"][2]["content"] == "Its colour?"
    # The same turns in the other API format.
    server.respond(b"", status=404)
    further.ask("Why?", provider="chat", model="m").wait(30)
    turns = server.requests[2]["messages"]
    assert turns[0]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": data_address("image/png", PNG)}},
        {
            "type": "file",
            "file": {
                "filename": "document.pdf",
                "file_data": data_address("application/pdf", pdf),
            },
        },
    ]
