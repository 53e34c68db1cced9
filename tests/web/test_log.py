"""The log over HTTP, read by somebody who has only the C2SP documents: an own small client, none of our code."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.live import Server

pytestmark = pytest.mark.shell


@dataclass(frozen=True)
class Told:
    status: int
    headers: dict[str, str]
    body: bytes


def get(server: Server, path: str, *, key: str = "", method: str = "GET") -> Told:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, headers={"authorization": f"Bearer {key}"} if key else {})
    answer = connection.getresponse()
    told = Told(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return told


# --- the independent reader: RFC 6962 and C2SP, as briefly as they can be read -----------------------------------------


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def root_of(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, by its own recursion."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + root_of(hashes[:split]) + root_of(hashes[split:])).digest()


def checkpoint(server: Server) -> tuple[int, bytes]:
    """Size and root, the signature checked with the published key by OpenSSL."""
    told = get(server, "/log/checkpoint")
    assert told.status == 200
    assert told.headers["content-type"] == "text/plain; charset=utf-8"
    assert told.headers["cache-control"] == "no-cache"
    text, _, signatures = told.body.decode().rpartition("\n\n")
    name, _, key = (server.directory / "log.vkey").read_text().strip().split("+", 2)
    public = base64.b64decode(key)[1:]
    line = signatures.splitlines()[0].split(" ")
    assert line[1] == name
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(line[2])[4:], f"{text}\n".encode())
    origin, size, root = text.split("\n")
    assert origin == name
    return int(size), base64.b64decode(root)


def path_of(number: int) -> str:
    """C2SP tlog-tiles: groups of three digits, all but the last with an x."""
    last = f"{number % 1000:03}"
    while number >= 1000:
        number //= 1000
        last = f"x{number % 1000:03}/{last}"
    return last


def row(server: Server, level: int | str, count: int, *, key: str = "") -> list[bytes]:
    """The bytes of every tile of one level that together have `count` members."""
    found = []
    for number in range(-(-count // 256)):
        width = min(256, count - number * 256)
        path = f"/log/tile/{level}/{path_of(number)}{'' if width == 256 else f'.p/{width}'}"
        told = get(server, path, key=key)
        assert told.status == 200, path
        found.append(told.body)
    return found


def hashes(tiles: list[bytes]) -> list[bytes]:
    whole = b"".join(tiles)
    return [whole[at : at + 32] for at in range(0, len(whole), 32)]


def entries(bundles: list[bytes]) -> list[bytes]:
    found = []
    for bundle in bundles:
        at = 0
        while at < len(bundle):
            size = int.from_bytes(bundle[at : at + 2], "big")
            found.append(bundle[at + 2 : at + 2 + size])
            at += 2 + size
    return found


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    """A server whose log has more than one tile: each refused request is an entry."""
    started = serve()
    body = json.dumps({"model": "ambos/auto", "messages": [{"role": "user", "content": "Hola"}]})
    connection = HTTPConnection("127.0.0.1", started.port, timeout=60)
    for _ in range(300):
        headers = {"authorization": f"Bearer {started.key}", "content-type": "application/json"}
        connection.request("POST", "/v1/chat/completions", body, headers)
        connection.getresponse().read()
    connection.close()
    return started


def test_anybody_recomputes_the_root_from_the_tiles_and_an_auditor_from_the_entries(server: Server) -> None:
    size, root = checkpoint(server)
    assert size > 256
    leaves = hashes(row(server, 0, size))
    assert len(leaves) == size
    assert root_of(leaves) == root
    above = hashes(row(server, 1, size // 256))
    assert above == [root_of(leaves[at : at + 256]) for at in range(0, size // 256 * 256, 256)]

    told = entries(row(server, "entries", size, key=server.new_key("auditor")))
    assert [leaf(one) for one in told] == leaves
    assert json.loads(told[-1])["event"] in {"refused", "key"}

    # Entries are for auditors, whoever else has a key.
    path = "/log/tile/entries/000"
    assert get(server, path).status == 401
    for role in ("user", "developer", "operator", "owner", "data_steward"):
        assert get(server, path, key=server.new_key(role)).status == (200 if role == "owner" else 403), role
    assert get(server, "/log/tile/%65ntries/000").status == 401
    for other in ("/log//tile/entries/000", "/log/./tile/entries/000", "/log/tile/0/../entries/000"):
        assert get(server, other).status == 404, other

    # What is there is cacheable; what is not is not there, and nothing else is served.
    full = get(server, "/log/tile/0/000")
    assert full.headers["cache-control"] == "public, max-age=86400, immutable"
    assert full.headers["content-type"] == "application/octet-stream"
    assert len(full.body) == 256 * 32
    head = get(server, "/log/tile/0/000", method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "8192")
    bundle = get(server, path, key=server.new_key("auditor"))
    assert bundle.headers["cache-control"].startswith("private")
    for absent in (
        "/log/tile/0/001.p/250", "/log/tile/0/002", "/log/tile/2/000", "/log/tile/2/000.p/1", "/log/tile/0/0",
        "/log/tile/0/000.p/0", "/log/tile/0/000.p/256", "/log/tile/64/000", "/log/tile/0/x000/000", "/log/",
        "/log/tile/0/" + "x999/" * 40 + "999", "/log/checkpoint/", "/log/tile/0/000?x=1&" + "y" * 900,
    ):  # fmt: skip
        expected = 200 if "?" in absent else 404
        assert get(server, absent).status == expected, absent
    assert get(server, "/log/checkpoint", method="POST").status == 405
    assert get(server, "/log/checkpoint", method="DELETE").status == 405
