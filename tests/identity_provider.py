"""A small provider of identities on loopback, a process of its own with real keys: `python tests/identity_provider.py`.

It prints its issuer, signs in whoever comes as the person of `POST /_be`, checks PKCE and the client's secret, and gives
each code once. `/_be` also takes what a test wants wrong: claims that replace others, `rotate`, `algorithm`. `/_logout`
sends a logout token to a client by the back channel.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from joserfc import jwk, jwt

CLIENT, SECRET = "ambos", "s3cret"


class State:
    issuer: ClassVar = ""
    keys: ClassVar = [jwk.RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})]
    be: ClassVar[dict[str, Any]] = {}
    codes: ClassVar[dict[str, dict[str, str]]] = {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/.well-known/openid-configuration":
            about = {"issuer": State.issuer, "authorization_endpoint": f"{State.issuer}/authorize"}
            about |= {"token_endpoint": f"{State.issuer}/token", "jwks_uri": f"{State.issuer}/keys"}
            self.say(200, about | State.be.get("discovery", {}))
        elif path == "/keys":
            self.say(200, {"keys": [key.as_dict(private=False) for key in State.keys]})
        elif path == "/authorize":
            asked = dict(urllib.parse.parse_qsl(query))
            code = secrets.token_urlsafe(16)
            State.codes[code] = asked
            back = urllib.parse.urlencode({"code": code, "state": asked["state"], "iss": State.issuer})
            self.send_response(303)
            self.send_header("location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self.say(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/_be":
            State.be = json.loads(body)
            if State.be.get("rotate"):
                State.keys = [jwk.RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})]
            self.say(200, {})
            return
        if self.path == "/_logout":
            self.say(200, {"status": log_out(**json.loads(body))})
            return
        form = dict(urllib.parse.parse_qsl(body.decode()))
        asked = State.codes.pop(form.get("code", ""), None)
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or asked["code_challenge_method"] != "S256"
            or asked["code_challenge"] != challenge.rstrip(b"=").decode()
            or asked["redirect_uri"] != form["redirect_uri"]
            or self.headers.get("authorization") != f"Basic {expected}"
        ):
            self.say(400, {"error": "invalid_grant"})
            return
        now = int(time.time())
        claims = {"iss": State.issuer, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], **State.be.get("claims", {})}
        key, algorithm = State.keys[0], State.be.get("algorithm", "RS256")
        header = {"alg": algorithm, "kid": key.kid}
        self.say(200, {"token_type": "Bearer", "id_token": jwt.encode(header, claims, key, algorithms=[algorithm])})

    def say(self, status: int, about: dict[str, Any]) -> None:
        body = json.dumps(about).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silence."""


def log_out(uri: str, claims: dict[str, Any], raw: str = "") -> int:
    """Tell a client by the back channel; the status it answers with."""
    now = int(time.time())
    whole = {"iss": State.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8)}
    whole |= {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}, **claims}
    key = State.keys[0]
    token = raw or jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "logout+jwt"}, whole, key)
    request = urllib.request.Request(uri, urllib.parse.urlencode({"logout_token": token}).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@dataclass
class Provider:
    """The process, as tests see it."""

    issuer: str

    def be(self, **about: Any) -> None:
        """Who signs in next, and what is wrong with it."""
        request = urllib.request.Request(f"{self.issuer}/_be", json.dumps(about).encode(), method="POST")
        urllib.request.urlopen(request, timeout=30).close()

    def log_out(self, uri: str, *, raw: str = "", **claims: Any) -> int:
        """Let the provider say by the back channel who was logged out; what it was answered."""
        body = json.dumps({"uri": uri, "claims": claims, "raw": raw}).encode()
        request = urllib.request.Request(f"{self.issuer}/_logout", body, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(json.load(answer)["status"])

    def sign_in(self, address: str) -> str:
        """What a browser does at the provider's page; the address it is sent back to."""

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *args: Any, **kwargs: Any) -> None:
                return None

        try:
            urllib.request.build_opener(Stay).open(address, timeout=30)
        except urllib.error.HTTPError as answer:
            with answer:
                return str(answer.headers["location"])
        raise AssertionError("the provider did not send the browser back")


@contextmanager
def identity_provider() -> Iterator[Provider]:
    """A running provider."""
    command = [sys.executable, str(Path(__file__).resolve())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Provider(process.stdout.readline().strip())
        finally:
            process.terminate()


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    State.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    print(State.issuer, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
