"""A table that is sent to the console: looked at in a process of its own, refused in words, never twice at once."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.cli.test_adapt import table
from tests.live import Server, becomes
from tests.web.test_people import token_of

from ambos.web.console.runs import MOST_BYTES, curves

pytestmark = [pytest.mark.shell, pytest.mark.timeout(300)]
SAID = {"origin": "mesa", "basis": "GDPR-6.1.f", "licence": "own", "name": "", "purpose": "", "base": ""}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Visitor:
    """Somebody at a browser, without one."""

    def __init__(self, server: Server, role: str) -> None:
        self.server, self.cookie = server, ""
        self._opener = urllib.request.build_opener(_Stay)
        form = urlencode({"key": server.new_key(role)}).encode()
        _, headers, _ = self.ask("/console/login", form, "application/x-www-form-urlencoded")
        self.cookie = headers["set-cookie"].partition(";")[0]

    def ask(self, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, dict[str, str], str]:
        headers = {"cookie": self.cookie, "content-type": kind, "origin": self.server.url}
        headers["x-ambos-form"] = token_of(self.cookie.partition("=")[2])
        request = urllib.request.Request(self.server.url + path, body, headers)
        try:
            with self._opener.open(request) as answer:
                return answer.status, dict(answer.headers.items()), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {key.lower(): value for key, value in error.headers.items()}, error.read().decode()

    def send(self, name: str, content: bytes, **said: str) -> tuple[int, dict[str, str], str]:
        parts = [
            f'--b\r\ncontent-disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in {**SAID, **said}.items()
        ]
        head = f'--b\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = "".join(parts).encode() + head.encode() + content + b"\r\n--b--\r\n"
        return self.ask("/console/adapted/new", body, "multipart/form-data; boundary=b")

    def ends(self, run: str, words: str) -> str:
        becomes(lambda: words in self.ask(run)[2] or "failed" in self.ask(run)[2], 60)
        return self.ask(run)[2]


def workbook(sheet: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return made.getvalue()


def test_what_is_no_table_too_little_or_too_large_is_said(serve: Callable[..., Server], tmp_path: Path) -> None:
    visitor = Visitor(serve(), "owner")
    for name, content in (("a.exe", b"x"), ("a.csv", b""), ("", b"")):
        assert visitor.send(name, content)[0] == 400, name
    assert visitor.send("a.csv", b"text,label\n", basis="")[0] == 400
    assert visitor.send("a.csv", b"text,label\n", base="../../etc")[0] == 400
    assert visitor.send("a.csv", b"x" * MOST_BYTES)[0] == 400
    hostile = [
        ("a.xlsx", b"not a workbook", "not a workbook"),
        ("a.xlsx", workbook(b"<!DOCTYPE x><sheet/>"), "declares entities"),
        ("a.xlsx", workbook(b" " * (600 << 20)), "too large"),
        ("a.csv", b'text,label\n"never closed', "not a table"),
        ("a.csv", b"text,label\n" + b"hola,x\n" * 200_001, "200000 rows"),
    ]
    for name, content, words in hostile:
        status, headers, _ = visitor.send(name, content)
        assert status == 303
        assert words in visitor.ends(headers["location"], words), name
    _, headers, _ = visitor.send("few.csv", b"text,label\nhola,a\nadios,b\n")
    assert "ambos adapt similar" in visitor.ends(headers["location"], "ambos adapt similar")
    assert not list((visitor.server.directory / "spool").iterdir())


def test_one_run_at_a_time_and_it_ends_when_asked(serve: Callable[..., Server], tmp_path: Path) -> None:
    visitor = Visitor(serve(), "owner")
    content = table(tmp_path, each=3000).read_bytes()
    run = visitor.send("preguntas.csv", content)[1]["location"]
    status, _, said = visitor.send("preguntas.csv", content)
    assert (status, "another run is under way" in said) == (409, True)
    form = urlencode({"action": "stop"}).encode()
    assert visitor.ask(f"{run}/act", form, "application/x-www-form-urlencoded")[0] == 303
    assert "it was stopped" in visitor.ends(run, "it was stopped")
    other = Visitor(visitor.server, "user")
    assert other.ask(run)[0] == 403


def test_a_curve_is_a_line_between_the_highest_and_the_lowest_loss() -> None:
    assert curves({}) == {} == curves({"a": [[1, 0.5]]})
    made = curves({"a": [[1, 1.0], [2, 0.5]], "b": [[1, 0.75]]})
    assert (made["high"], made["low"], made["steps"], made["last"]) == (1.0, 0.5, 2, {"a": 0.5, "b": 0.75})
    assert made["lines"]["a"] == "300.0,2.0 600.0,158.0"
