"""A server that speaks the API of HashiCorp Vault's transit engine, for tests: no `vault` can be installed everywhere.

`POST /v1/MOUNT/encrypt|decrypt/KEY` with `plaintext` or `ciphertext` and `associated_data`, all base64; the token in
`X-Vault-Token`; errors as `{"errors": [...]}` (developer.hashicorp.com/vault/api-docs/secret/transit).
"""

from __future__ import annotations

import json
import os
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.test"


@dataclass
class Vault:
    """The server; tests change what it does."""

    url: str = ""
    keys: list[bytes] = field(default_factory=lambda: [os.urandom(32)])
    behave: Callable[[Any, str, dict[str, Any]], None] | None = None
    asked: list[str] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    def transit(self, what: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What the engine answers."""
        associated = b64decode(body.get("associated_data", ""), validate=True)
        if what == "encrypt":
            nonce = os.urandom(12)
            sealed = nonce + AESGCM(self.keys[-1]).encrypt(nonce, b64decode(body["plaintext"]), associated)
            return 200, {"data": {"ciphertext": f"vault:v{len(self.keys)}:{b64encode(sealed).decode()}"}}
        _, version, text = body["ciphertext"].split(":")
        try:
            raw = b64decode(text)
            opened = AESGCM(self.keys[int(version[1:]) - 1]).decrypt(raw[:12], raw[12:], associated)
        except (InvalidTag, IndexError, ValueError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": b64encode(opened).decode()}}


class _Handler(BaseHTTPRequestHandler):
    vault: Vault
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.vault.asked.append(self.path)
        _, _, mount, what, key = self.path.split("/")
        if self.vault.behave is not None:
            self.vault.behave(self, what, body)
        elif self.headers["X-Vault-Token"] != TOKEN:
            self.answer(403, {"errors": ["permission denied"]})
        elif (mount, key) != ("transit", "ambos"):
            self.answer(404, {"errors": []})
        else:
            self.answer(*self.vault.transit(what, body))

    def answer(self, status: int, told: dict[str, Any] | bytes) -> None:
        raw = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Silence."""


def serve() -> tuple[Vault, ThreadingHTTPServer]:
    """A vault on loopback, in threads of this process."""
    vault = Vault()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"vault": vault}))
    vault.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return vault, server
