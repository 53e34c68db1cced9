"""Forms with a file: what browsers send is read, everything else is refused with our own error."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import RequestError
from ambos.web.console.uploads import Upload, read_upload

KIND = "multipart/form-data; boundary=----WebKitFormBoundaryA1"
MARK = b"------WebKitFormBoundaryA1"


def part(name: str, content: bytes, file: str | None = None) -> bytes:
    named = f'Content-Disposition: form-data; name="{name}"' + ("" if file is None else f'; filename="{file}"')
    kind = "" if file is None else "\r\nContent-Type: text/csv"
    return MARK + f"\r\n{named}{kind}\r\n\r\n".encode() + content + b"\r\n"


END = MARK + b"--\r\n"


def test_fields_and_the_file_come_apart() -> None:
    body = part("origin", "año".encode()) + part("file", b"a;b\r\n1;2\r\n--x", "C:\\mine\\preguntas.csv") + END
    assert read_upload(body, KIND) == ({"origin": "año"}, Upload("preguntas.csv", b"a;b\r\n1;2\r\n--x"))


def test_no_file_chosen_is_none() -> None:
    assert read_upload(part("file", b"", "") + END, KIND) == ({}, None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (part("a", b"1") + END, "multipart/form-data"),
        (part("a", b"1") + END, "multipart/mixed; boundary=x"),
        (part("a", b"1"), KIND),
        (b"before" + part("a", b"1") + END, KIND),
        (part("a", b"1") + END + b"after", KIND),
        (part("a", b"1") + part("a", b"2") + END, KIND),
        (part("f", b"1", "a.csv") + part("g", b"2", "b.csv") + END, KIND),
        (part("a", b"x" * 30_000) + END, KIND),
        (part("a", b"\xff") + END, KIND),
        (b"".join(part(f"f{at}", b"1") for at in range(40)) + END, KIND),
        (MARK + b"\r\nContent-Disposition: attachment\r\n\r\n1\r\n" + END, KIND),
    ],
)
def test_what_no_browser_sends_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(RequestError):
        read_upload(body, kind)


@given(st.binary(max_size=300), st.sampled_from([KIND, "multipart/form-data; boundary=x", "text/plain", ""]))
def test_any_bytes_are_read_or_refused(body: bytes, kind: str) -> None:
    for whole in (body, part("a", body) + END, MARK + body + END):
        with contextlib.suppress(RequestError):
            read_upload(whole, kind)


@given(st.binary(max_size=300).filter(lambda content: MARK not in content))
def test_a_file_comes_through_as_it_is(content: bytes) -> None:
    assert read_upload(part("file", content, "t.csv") + END, KIND)[1] == Upload("t.csv", content)
