"""How much is read of an answer, and of an error, whatever a server sends."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.providers import _body, _bounds
from pplx_widget.server.network import chunk

from ..support.fault_server import FaultServer, head, stream
from ..support.faults import AGENTS, ALL, PROVIDERS
from ..support.recording_comm import RecordingComm
from ..support.wire_server import WireServer, delta, frame, results

MIB = 2**20


@pytest.fixture
def faulty() -> Iterator[FaultServer]:
    with FaultServer() as server:
        pplx.configure(base_url=server.url(), max_retries=0)
        yield server


def asked(by: str, **options: Any) -> pplx.Answer:
    return pplx.ask("q", provider=PROVIDERS[by][0], model="m", **options).wait(60)


def peak_of(by: str) -> tuple[pplx.Answer, int]:
    """Ask, and return how many bytes were held at the most meanwhile."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        return asked(by), tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def deflate(data: bytes, wbits: int = -15) -> bytes:
    packer = zlib.compressobj(9, wbits=wbits)
    return packer.compress(data) + packer.flush()


# ---- errors -----------------------------------------------------------------------------------------


ZEROS = b"0" * 50 * MIB
PACKED = {
    "gzip": gzip.compress(ZEROS),
    "gzip, gzip": gzip.compress(gzip.compress(ZEROS)),
    "deflate": deflate(ZEROS),
    "identity": ZEROS[:MIB],
}


@pytest.mark.parametrize("by", ALL)
@pytest.mark.parametrize("packed", PACKED)
def test_a_large_error_is_not_read_to_its_end(faulty: FaultServer, by: str, packed: str) -> None:
    asked(by)  # so that imports do not count
    faulty.play(
        [
            head(500, content_encoding=packed, transfer_encoding="chunked"),
            chunk(PACKED[packed]),
            itertools.repeat(chunk(b"0" * 1024)),
        ]
    )
    answer, peak = peak_of(by)
    assert isinstance(answer.error, errors.ServiceFailed)
    assert faulty.wait_until_idle()  # the client has left
    assert peak < 4 * MIB


@pytest.mark.parametrize("by", ALL)
def test_what_an_error_says_is_read_also_if_it_is_packed(faulty: FaultServer, by: str) -> None:
    said = b'{"error": {"message": "in few words"}}'
    for encoding, body in {
        "gzip": gzip.compress(said),
        "x-gzip": gzip.compress(said[:9]) + gzip.compress(said[9:]),
        "deflate": zlib.compress(said),
        "Deflate": deflate(said),
        "identity": said,
    }.items():
        faulty.play([head(400, content_encoding=encoding, content_length=str(len(body))) + body])
        assert "in few words" in str(asked(by).error)


@pytest.mark.parametrize("by", ALL)
def test_an_error_whose_body_does_not_come(
    faulty: FaultServer, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(_body, "_ERROR_SECONDS", 0.2)
    faulty.play([head(503, content_length="99") + b"{", 600.0])
    assert isinstance(asked(by).error, errors.ServiceFailed)


# ---- streams ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ALL)
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_packed_stream_is_read_as_it_comes(
    faulty: FaultServer, comms: list[RecordingComm], by: str, encoding: str
) -> None:
    shape = PROVIDERS[by][1]
    packer = zlib.compressobj(wbits=31 if encoding == "gzip" else 15)
    sent = [shape.begin, shape.text("One "), shape.text("two."), shape.end()]
    pieces = [packer.compress(each) + packer.flush(zlib.Z_SYNC_FLUSH) for each in sent]
    faulty.play(stream(*pieces, packer.flush(), content_encoding=encoding))
    answer = asked(by)
    assert (answer.text, answer.status) == ("One two.", "complete")


@pytest.mark.parametrize("by", ALL)
@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "aes128gcm", "gzip;q=1"])
def test_what_is_packed_otherwise_is_refused(faulty: FaultServer, by: str, encoding: str) -> None:
    faulty.play(stream(b"x", content_encoding=encoding))
    error = asked(by).error
    assert isinstance(error, errors.ProviderFailed)
    assert "not asked for" in error.why
    assert set(faulty.requests[0].headers["accept-encoding"].split(", ")) == {"gzip", "deflate"}


@pytest.mark.parametrize("by", ALL)
@pytest.mark.parametrize("line", [b"data: ", b": ", b"data: x\n", b""])
def test_a_frame_without_an_end(faulty: FaultServer, by: str, line: bytes) -> None:
    """A few kilobytes on the wire, and a hundred megabytes unpacked."""
    shape = PROVIDERS[by][1]
    begun = gzip.compress(shape.begin + shape.text("Half "))
    endless = gzip.compress((line or b"x") * (100 * MIB // (len(line) or 1)))
    faulty.play(stream(begun, endless, content_encoding="gzip"))
    answer, peak = peak_of(by)
    assert (answer.text, answer.status) == ("Half ", "failed")
    assert "32 MiB" in str(answer.error)
    assert peak < 120 * MIB


@pytest.mark.parametrize("by", ALL)
def test_an_answer_without_an_end(
    faulty: FaultServer, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(_bounds, "MOST_TEXT", MIB)
    shape = PROVIDERS[by][1]
    word = shape.text("word " * 100)
    faulty.play(
        [*stream(shape.begin, whole=False), itertools.repeat(b"%x\r\n%s\r\n" % (len(word), word))]
    )
    answer = asked(by)
    assert answer.status == "failed"
    assert "1 million characters" in str(answer.error)
    assert MIB - 1000 < len(answer.text) <= MIB
    assert faulty.wait_until_idle()


@pytest.mark.parametrize("by", AGENTS)
@pytest.mark.parametrize(
    ("bound", "sent"),
    [
        ("MOST_STEPS", lambda i: [frame(type="response.reasoning.started", thought=f"so {i}")]),
        ("MOST_SOURCES", lambda i: results(*range(i * 20, i * 20 + 20))),
    ],
)
def test_steps_and_sources_without_an_end(
    server: WireServer, monkeypatch: pytest.MonkeyPatch, by: str, bound: str, sent: Any
) -> None:
    monkeypatch.setattr(_bounds, bound, 50)
    pplx.configure(base_url=server.base_url)
    server.respond([delta("a"), *(each for i in range(100) for each in sent(i))])
    answer = asked(by)
    assert (answer.text, answer.status) == ("a", "failed")
    assert "has more than 50" in str(answer.error)
    assert 0 < len(answer.steps) <= 50
    assert len(answer.sources) <= 50


# ---- responses that are read whole ------------------------------------------------------------------


def test_a_list_of_models_without_an_end(
    faulty: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_body, "MOST_OF_A_BODY", MIB)
    faulty.play(
        [
            head(kind="application/json", transfer_encoding="chunked"),
            itertools.repeat(b"400\r\n" + b" " * 1024 + b"\r\n"),
        ]
    )
    with pytest.raises(errors.ProviderFailed, match="1 MiB"):
        pplx.models()
    assert faulty.wait_until_idle()
