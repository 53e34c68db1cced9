from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import UpstreamError
from ambos.wire import EventStream


def read(*pieces: bytes, max_event_bytes: int = 4 << 20) -> list[bytes]:
    stream = EventStream(max_event_bytes=max_event_bytes)
    return [payload for piece in pieces for payload in stream.feed(piece)] + stream.close()


@pytest.mark.parametrize(
    ("text", "payloads"),
    [
        (b"", []),
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data:a\r\n\r\ndata:b\r\rdata: c\n\n", [b"a", b"b", b"c"]),
        (b"data:  two spaces\n\n", [b" two spaces"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data\n\ndata\ndata\n\n", [b"", b"\n"]),
        (b": ping\n\nevent: x\nid: 7\nretry: 10\ndata: a\nfoo: bar\n\n", [b"a"]),
        (b"dataset: no\ndata : no\n data: no\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: no\n\n", [b"a"]),
        (b"\n\n\r\n\n", []),
        (b"data: whole line, no blank one\n", [b"whole line, no blank one"]),
        (b"data: a\n\ndata: half a li", [b"a"]),
        ("data: ¿qué? \U0001f600\n\n".encode(), ["¿qué? \U0001f600".encode()]),
    ],
)
def test_reads_what_the_specification_says(text: bytes, payloads: list[bytes]) -> None:
    assert read(text) == payloads
    assert read(*(text[n : n + 1] for n in range(len(text)))) == payloads


LINES = st.lists(
    st.sampled_from([b"data: x", b"data:", b"data", b"", b"", b": c", b"event: e", "data: ñ\U0001f600".encode(), b"id"])
    | st.binary(max_size=8).filter(lambda line: not set(line) & set(b"\r\n")),
    max_size=12,
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(LINES, st.data())
def test_cuts_change_nothing(lines: list[bytes], data: st.DataObject) -> None:
    text = b"".join(line + data.draw(ENDS) for line in lines) + data.draw(st.sampled_from([b"", b"data: half"]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read(*pieces) == read(text)


@given(LINES)
def test_any_line_ending_gives_the_same_events(lines: list[bytes]) -> None:
    assert len({tuple(read(b"".join(line + end for line in lines))) for end in (b"\n", b"\r\n", b"\r")}) == 1


def test_an_unfinished_event_is_bounded_however_it_comes() -> None:
    for text in (b"data: " + b"x" * 2_000, b"data: x\n" * 501, b": " + b"c" * 2_000, b"data\n" * 2_000):
        with pytest.raises(UpstreamError) as caught:
            read(text, max_event_bytes=1_000)
        assert caught.value.reason == "too_large"
        with pytest.raises(UpstreamError):
            read(*(text[n : n + 7] for n in range(0, len(text), 7)), max_event_bytes=1_000)
    assert len(read(b"data: " + b"x" * 900 + b"\n\n", b"data: y\n\n" * 5_000, max_event_bytes=1_000)) == 5_001


def test_a_long_line_in_small_pieces_costs_one_pass() -> None:
    stream = EventStream()
    stream.feed(b"data: ")
    for _ in range(200_000):  # quadratic work would take minutes
        assert stream.feed(b"0123456789") == []
    assert len(stream.feed(b"\n\n")[0]) == 2_000_000
