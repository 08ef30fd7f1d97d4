"""Server-sent events: every rule of the standard, at any chunking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.core import errors
from pplx_widget.providers.sse import MOST_OF_A_FRAME, Frame, FrameReader

from ..support.streams import cut_up, examples


def frames(*pieces: bytes) -> list[Frame]:
    reader = FrameReader()
    return [frame for piece in pieces for frame in reader.feed(piece)]


def data(*pieces: bytes) -> list[str]:
    return [frame.data for frame in frames(*pieces)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_kind_of_line_end(end: bytes) -> None:
    lines = [b"event: e", b"data: a", b"data: b", b"", b"data: c", b""]
    sent = b"".join(line + end for line in lines)
    assert frames(sent) == [Frame("e", "a\nb", None, None), Frame("message", "c", None, None)]
    assert frames(*(bytes([byte]) for byte in sent)) == frames(sent)


def test_a_frame_is_given_as_soon_as_its_end_is_there() -> None:
    reader = FrameReader()
    assert reader.feed(b"data: a\r") == []
    assert [f.data for f in reader.feed(b"\r")] == ["a"]  # a line feed may follow; it need not
    assert reader.feed(b"\n") == []
    assert [f.data for f in reader.feed(b"data: b\r\n\r")] == ["b"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"data\n\n", [""]),
        (b"data:\ndata:\n\n", ["\n"]),
        (b"data:  two\n\n", [" two"]),
        (b"data:no\n\n", ["no"]),
        (b": comment\n\n:\n\ndata: a\n: c\n\n", ["a"]),
        (b"event: only\n\ndata: a\n\n", ["a"]),
        (b"id: 1\n\n\n\n", []),
        (b"Data: a\n data: b\ndata : c\n\n", []),
        (b"data: [DONE]\n\n", ["[DONE]"]),
        (b"data: not over\n", []),
        (b"data: a\n\ndata: cut", ["a"]),
        ("data: a\u2028b\x0bc\x85d\n\n".encode(), ["a\u2028b\x0bc\x85d"]),
        (b"data: a\0b\n\n", ["a\0b"]),
    ],
)
def test_data(sent: bytes, expected: list[str]) -> None:
    assert data(sent) == expected
    assert data(*(bytes([byte]) for byte in sent)) == expected


@pytest.mark.parametrize("cut", range(6))
def test_a_byte_order_mark(cut: int) -> None:
    sent = b"\xef\xbb\xbfdata: a\n\n"
    assert data(sent[:cut], sent[cut:]) == ["a"]
    assert data(b"data: \xef\xbb\xbfa\n\n") == ["\ufeffa"]  # only the first
    assert data(b"\xef\xbb\xbf" + sent) == []


def test_the_type_is_of_one_frame_and_the_id_stays() -> None:
    sent = b"event: e\nid: 1\nretry: 5\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: 2\0\ndata: d\n\n"
    assert frames(sent) == [
        Frame("e", "a", "1", 5),
        Frame("message", "b", "1", 5),
        Frame("message", "c", "", 5),
        Frame("message", "d", "", 5),
    ]


@pytest.mark.parametrize("retry", ["-5", "5.0", "", "٣", "9" * 5000, "x"])
def test_a_retry_that_is_no_number(retry: str) -> None:
    assert frames(f"retry: {retry}\ndata: a\n\n".encode()) == [Frame("message", "a", None, None)]


def test_invalid_utf_8_is_replaced_and_ends_no_line() -> None:
    assert data(b"data: \xff\xe2\x82\n\ndata: \xe2\x82", b"\xac\n\n") == ["\ufffd\ufffd", "€"]


def test_a_character_byte_by_byte() -> None:
    assert data(*(bytes([byte]) for byte in "data: 😀\n\n".encode())) == ["😀"]


def test_an_event_of_ten_megabytes_in_small_pieces() -> None:
    """Joined once: copying all earlier bytes for every piece would take minutes."""
    piece = b"x" * 1000
    assert data(b"data: ", *[piece] * 10_000, b"\n\n") == ["x" * 10_000_000]


@pytest.mark.parametrize(
    "piece", [b"x" * 2**20, b"x" * 2**20 + b"\n", b":\n" * 2**19, b"\xff" * 2**20]
)
def test_a_frame_that_does_not_end(piece: bytes) -> None:
    """Its lines count together; earlier events were read."""
    reader = FrameReader()
    assert [frame.data for frame in reader.feed(b"data: a\n\ndata: ")] == ["a"]
    pieces = [piece] * (2 * MOST_OF_A_FRAME // len(piece))
    with pytest.raises(errors.ProviderFailed, match="32 MiB"):
        list(map(reader.feed, pieces))
    assert len(reader.rest) <= MOST_OF_A_FRAME + len(piece)


def test_a_frame_that_ends_with_the_piece_that_makes_it_too_large() -> None:
    with pytest.raises(errors.ProviderFailed, match="32 MiB"):
        frames(b"data: " + b"x" * MOST_OF_A_FRAME + b"\n\n")
    half = b"data: " + b"x" * (MOST_OF_A_FRAME // 2 + 1) + b"\n\n"
    assert len(frames(half + half)) == 2


@pytest.mark.parametrize(
    ("sent", "nothing"),
    [
        (b"data:\n\n", True),
        (b"data:  \n\n", True),
        (b"data\ndata: \t\n\n", True),
        (b"event: ping\ndata: {}\n\n", True),
        (b"event: keepalive\ndata: alive!\n\n", True),
        (b"event: pong\ndata: {}\n\n", False),
        (b"data: ping\n\n", False),
    ],
)
def test_a_frame_that_says_nothing(sent: bytes, *, nothing: bool) -> None:
    (frame,) = frames(sent)
    assert frame.says_nothing is nothing


lines = st.sampled_from(
    [b"data: a", b"data", b"data:", b"event: e", b"id: 1", b"retry: 3", b":c", b"", b"", b"?"]
) | st.binary(max_size=6)
ends = st.sampled_from([b"\n", b"\r", b"\r\n"])


@examples(150)
@given(
    st.lists(st.tuples(lines, ends)).map(lambda all_: b"".join(a + b for a, b in all_)), st.data()
)
def test_any_bytes_at_any_chunking(sent: bytes, more: st.DataObject) -> None:
    whole = frames(sent)
    assert frames(*more.draw(cut_up(sent))) == whole
    assert [(f.event, f.data, f.id) for f in whole] == list(by_the_book(sent))


@examples(150)
@given(
    st.lists(st.tuples(lines, ends)).map(lambda all_: b"".join(a + b for a, b in all_)), st.data()
)
def test_parts_make_the_same_frames_and_the_same_bytes(sent: bytes, more: st.DataObject) -> None:
    reader = FrameReader()
    parts = [part for piece in more.draw(cut_up(sent)) for part in reader.parts(piece)]
    assert b"".join(raw for raw, _ in parts) + reader.rest == sent
    assert [frame for _, frame in parts if frame] == frames(sent)


def by_the_book(sent: bytes) -> list[tuple[str, str, str | None]]:
    """Read a whole stream as the standard words it."""
    text = sent.decode("utf-8", "replace").removeprefix("\ufeff")
    *whole_lines, _ = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found, event, buffer, id_ = [], "", "", None
    for line in whole_lines:
        name, colon, value = line.partition(":")
        value = value[1:] if value[:1] == " " else value
        if line == "":
            if buffer:
                found.append((event or "message", buffer.removesuffix("\n"), id_))
            event, buffer = "", ""
        elif colon and not name:
            pass
        elif name == "event":
            event = value
        elif name == "data":
            buffer += value + "\n"
        elif name == "id" and "\0" not in value:
            id_ = value
    return found
