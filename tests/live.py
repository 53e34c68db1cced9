"""The real thing for tests: a recording upstream, and a server in its own processes on a data directory."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ambos.app import control_socket
from ambos.cli.reach import through

ROOT = Path(__file__).resolve().parent.parent
READY_S = 60


@dataclass
class Recorder:
    """An upstream that keeps every byte it was sent and answers as it is told."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    behave: Callable[[Any, dict[str, Any]], None] | None = None

    @property
    def everything(self) -> str:
        return "\n".join(body.decode("utf-8", "replace") for body in self.bodies)


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recording upstream that listens."""
    kept = Recorder()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"recorder": kept}))
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


def echo(handler: Any, request: dict[str, Any]) -> None:
    """Say what was received: whole, or in small cuts as a stream."""
    content = request["messages"][-1]["content"]
    said = f"I received: {content}"
    if not request.get("stream"):
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
        body = {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": request["model"],
            "choices": [choice],
            "usage": usage,
        }
        handler.reply(200, json.dumps(body).encode())
        return
    handler.begin_stream()
    for cut in range(0, len(said), 3):
        handler.event({"choices": [{"index": 0, "delta": {"content": said[cut : cut + 3]}, "finish_reason": None}]})
    handler.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    handler.event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}})
    handler.wfile.write(b"data: [DONE]\n\n")


class Handler(BaseHTTPRequestHandler):
    recorder: Recorder
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.recorder.bodies.append(body)
        self.recorder.headers.append(dict(self.headers))
        (self.recorder.behave or echo)(self, json.loads(body))

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "content-type": "application/json",
            "content-length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()

    def event(self, chunk: dict[str, Any]) -> None:
        whole = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "big-1", **chunk}
        self.wfile.write(b"data: " + json.dumps(whole).encode() + b"\n\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silence."""


PROVIDER = """
[[providers]]
name = "acme"
kind = "openai"
base_url = "{url}"
api_key_env = "ACME_KEY"
zone = "outside"
agreement = "{agreement}"
region = "EU"
retention_days = 0
trains_on_data = false
models = ["big-1"]
allow_private_addresses = true
"""


@dataclass
class Server:
    """A running `ambos serve`."""

    directory: Path
    process: subprocess.Popen[bytes]
    port: int
    environment: dict[str, str]
    key: str = ""
    said: list[str] = field(default_factory=list)
    has_said: threading.Condition = field(default_factory=threading.Condition)

    def hears(self, words: str, times: int = 1) -> None:
        """Return once the server has said a line with these words so often, since its start."""
        with self.has_said:
            heard = self.has_said.wait_for(lambda: sum(words in line for line in self.said) >= times, READY_S)
        assert heard, f"the server never said {words!r} {times} times:\n{''.join(self.said[-20:])}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return ambos(*arguments, "--data", str(self.directory), environment=self.environment, check=check)

    def control(self, operation: str, **arguments: Any) -> Any:  # JSON of the control socket
        """What a command would ask of the server, without the start of a process."""
        return asyncio.run(through(control_socket(self.directory), operation, arguments))

    def new_key(self, role: str = "user") -> str:
        return str(json.loads(self.run("keys", "create", "--role", role, "--json").stdout)["key"])

    def entries(self) -> list[dict[str, Any]]:
        return list(json.loads(self.run("audit", "show", "--json", "--limit", "0").stdout))

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def ambos(*arguments: str, environment: dict[str, str], check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ambos.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    if check and done.returncode:
        raise AssertionError(f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


def becomes(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Return once it holds: for what another process does by itself, and tells nobody."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(
    directory: Path,
    environment: dict[str, str],
    *,
    workers: int = 1,
    command: Sequence[str] = (sys.executable, "-m", "ambos.cli", "serve"),
) -> Server:
    """Start a server on a directory and wait until it is ready."""
    port = free_port()
    whole = [*command, "--data", str(directory), "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(whole, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    server = Server(directory, process, port, environment)
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            assert process.stdout is not None
            raise AssertionError(process.stdout.read().decode("utf-8", "replace"))
        if is_ready(port):
            drain(process, server)
            return server
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the server did not become ready")


def drain(process: subprocess.Popen[bytes], server: Server | None = None) -> None:
    """Keep the pipe empty, so that the server never waits for us, and remember what it said."""
    stream = process.stdout
    assert stream is not None

    def read() -> None:
        with stream:
            for line in stream:
                if server is None:
                    continue
                with server.has_said:
                    server.said.append(line.decode("utf-8", "replace"))
                    server.has_said.notify_all()

    threading.Thread(target=read, daemon=True).start()


def is_ready(port: int) -> bool:
    """`/readyz` answers 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
