"""Tiny models and a small hub, made by the tests."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from ambos.catalogue import Order, Step

DATE = "2026-11-23"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def gguf_string(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf_pair(key: str, value: str | int | list[str]) -> bytes:
    if isinstance(value, str):
        return gguf_string(key) + struct.pack("<I", 8) + gguf_string(value)
    if isinstance(value, int):
        return gguf_string(key) + struct.pack("<II", 4, value)
    items = b"".join(gguf_string(item) for item in value)
    return gguf_string(key) + struct.pack("<IIQ", 9, 8, len(value)) + items


def make_gguf(
    *, values: int = 64, version: int = 3, filler: bytes = b"\x01", **metadata: str | int | list[str]
) -> bytes:
    """A GGUF file with one F32 tensor of `values` weights."""
    pairs: dict[str, str | int | list[str]] = {
        "general.architecture": "llama",
        "general.name": "Tiny Test",
        "llama.context_length": 256,
        "tokenizer.chat_template": "{{ messages }}",
        "tokenizer.ggml.tokens": ["a", "b", "ñ"],
        **metadata,
    }
    header = b"GGUF" + struct.pack("<IQQ", version, 1, len(pairs))
    header += b"".join(gguf_pair(key, value) for key, value in pairs.items())
    header += gguf_string("token_embd.weight") + struct.pack("<IQIQ", 1, values, 0, 0)
    return header + b"\0" * (-len(header) % 32) + filler * (values * 4)


@pytest.fixture(scope="session")
def gguf() -> Callable[..., bytes]:
    return make_gguf


@dataclass
class Told:
    """What a pull said of its progress."""

    steps: list[Step] = field(default_factory=list)

    @property
    def stages(self) -> set[str]:
        return {step.stage for step in self.steps}


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def order(tmp_path: Path, told: Told) -> Order:
    """An order for a fresh shelf, in an environment with nothing of this machine's."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PIP_CONFIG_FILE": os.devnull}
    return Order(cache=tmp_path / "models", pulled_on=DATE, environment=environment, progress=told.steps.append)


# --- the hub ---------------------------------------------------------------------------------------------------------


@dataclass
class Hub:
    """A model hub with a few repositories, as much of its protocol as the client uses."""

    url: str = ""
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    licence: str = "apache-2.0"
    wanted_token: str = ""
    cut_after: int = 0  # bytes of a download after which the connection is closed, while `cuts_left`
    cuts_left: int = 0
    lie_about: str = ""  # a file whose recorded hash is another one
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        return {"HF_ENDPOINT": self.url, **more}


class HubHandler(BaseHTTPRequestHandler):
    """Answers /api/models/ORG/REPO/revision/REV and /ORG/REPO/resolve/REV/FILE, and the same of data sets."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the library's)
        """Quiet."""

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append((self.command, path, {key.lower(): value for key, value in self.headers.items()}))
        if self.hub.wanted_token and self.headers.get("authorization") != f"Bearer {self.hub.wanted_token}":
            self._send(401, b"{}", {"X-Error-Code": "GatedRepo", "X-Error-Message": "secret words"}, with_body)
            return
        parts = path.strip("/").split("/")
        if parts[:1] == ["datasets"]:
            parts = parts[1:]
        if parts[:2] in (["api", "models"], ["api", "datasets"]) and "/".join(parts[2:4]) in self.hub.files:
            repo = "/".join(parts[2:4])
            told = self._tree(repo) if parts[4:5] == ["tree"] else self._info(repo)
            self._send(200, json.dumps(told).encode(), {}, with_body)
        elif len(parts) > 4 and parts[2] == "resolve" and "/".join(parts[:2]) in self.hub.files:
            self._file("/".join(parts[:2]), "/".join(parts[4:]), with_body=with_body)
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, with_body)

    def _info(self, repo: str) -> dict[str, Any]:
        siblings = []
        for name, data in self.hub.files[repo].items():
            sha256 = hashlib.sha256(b"other" if name == self.hub.lie_about else data).hexdigest()
            siblings.append(
                {"rfilename": name, "size": len(data), "lfs": {"sha256": sha256, "size": len(data), "pointerSize": 9}}
            )
        return {"id": repo, "modelId": repo, "sha": COMMIT, "siblings": siblings, "tags": [], "private": False,
                "downloads": 0, "likes": 0, "cardData": {"license": self.hub.licence}}  # fmt: skip

    def _tree(self, repo: str) -> list[dict[str, Any]]:
        return [
            {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha256(data).hexdigest()}
            for name, data in self.hub.files[repo].items()
        ]

    def _file(self, repo: str, name: str, *, with_body: bool) -> None:
        data = self.hub.files[repo].get(name)
        if data is None:
            self._send(404, b"{}", {"X-Error-Code": "EntryNotFound"}, with_body)
            return
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{hashlib.sha256(data).hexdigest()}"', "Accept-Ranges": "bytes"}
        status, begin = 200, 0
        asked = self.headers.get("range", "")
        if asked.startswith("bytes=") and not asked.startswith("bytes=-"):
            begin = int(asked[6:].split("-")[0])
            status = 206
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        self._send(status, data[begin:], headers, with_body)

    def _send(self, status: int, body: bytes, headers: dict[str, str], with_body: bool) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        if not with_body:
            return
        if self.hub.cuts_left and len(body) > self.hub.cut_after:
            self.hub.cuts_left -= 1
            self.wfile.write(body[: self.hub.cut_after])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(body)


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (HubHandler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield hub
    server.shutdown()
    server.server_close()
    thread.join()
