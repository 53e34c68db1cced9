"""What is written out is given to a hub and to an MLflow server on request: the real clients against small servers here."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ambos.catalogue.upload import give_to_hub
from ambos.cli.tracking import give_to_mlflow
from ambos.errors import AdaptError, CatalogueError

pytestmark = pytest.mark.shell
CARD: dict[str, Any] = {
    "name": "desk", "base": "tiny", "corpus": "sha256:c", "artefact": "sha256:a", "losses": [2.0, 1.0], "use": "inside",
    "parity": {"adapted": 0.95, "base": 0.94}, "forgetting": {"verdict": "non-inferior", "ci_lower": -0.1}, "memorisation": {},
    "run": {"cpu_seconds": 12.5, "energy": "estimated"},
    "judged": {"arms": [{"control": "big, 8 examples", "effect": 0.5, "lower": 0.4, "upper": None}]},
}  # fmt: skip


@dataclass
class Place:
    """As much of both protocols as their clients use; what arrived is kept."""

    url: str = ""
    token: str = "good"
    artifact_uri: str = "mlflow-artifacts:/0/r1/artifacts"
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def bodies(self, path: str) -> list[Any]:
        return [body for _, at, body in self.asked if at == path]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    place: Place

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the library's)
        """Quiet."""

    def do_POST(self) -> None:
        self._take()

    def do_PUT(self) -> None:
        self._take()

    def do_GET(self) -> None:
        self._take()

    def _take(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.split("?")[0]
        if self.headers.get("authorization") != f"Bearer {self.place.token}":
            self._say(401, {"error": "secret words"})
        elif "/mlflow-artifacts/" in path:
            self.place.files[path.rpartition("/artifacts/")[2]] = content
            self._say(200, {})
        elif path.endswith("/commit/main"):
            for line in content.splitlines():
                told = json.loads(line)
                if told["key"] == "file":
                    self.place.files[told["value"]["path"]] = base64.b64decode(told["value"]["content"])
            self._say(200, {"commitOid": "c" * 40, "commitUrl": f"{self.place.url}/org/desk/commit/{'c' * 40}"})
        else:
            body = json.loads(content or b"{}")
            self.place.asked.append((self.command, path, body))
            self._say(200, self._answer(path, body))

    def _answer(self, path: str, body: Any) -> Any:
        if path.endswith("/preupload/main"):
            return {
                "files": [
                    {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False} for one in body["files"]
                ]
            }
        if path == "/api/repos/create":
            return {"url": f"{self.place.url}/org/desk"}
        if path.endswith("/runs/create"):
            return {"run": {"info": {"run_id": "r1", "artifact_uri": self.place.artifact_uri}}}
        return {"experiment_id": "7"} if path.endswith("/experiments/create") else {}

    def _say(self, status: int, told: Any) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def place() -> Iterator[Place]:
    place = Place()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"place": place}))
    server.daemon_threads = True
    place.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield place
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    (tmp_path / "adapter.gguf").write_bytes(b"GGUF weights")
    (tmp_path / "README.md").write_text("---\nlicense: own\n---\n")
    return [tmp_path / "adapter.gguf", tmp_path / "README.md"]


def test_a_run_of_mlflow_holds_the_figures_and_the_files(place: Place, files: list[Path]) -> None:
    assert asyncio.run(give_to_mlflow(place.url, "good", CARD, files)) == "r1"
    assert place.bodies("/api/2.0/mlflow/runs/create")[0]["experiment_id"] == "7"
    (batch,) = place.bodies("/api/2.0/mlflow/runs/log-batch")
    values = {(one["key"], one["step"]): one["value"] for one in batch["metrics"]}
    assert values["parity.adapted", 0] == 0.95
    assert values["gain.big_ 8 examples.lower", 0] == 0.4
    assert (values["loss", 0], values["loss", 1]) == (2.0, 1.0)
    assert {"key": "corpus", "value": "sha256:c"} in batch["params"]
    assert place.files == {f"0/r1/artifacts/{one.name}".rpartition("artifacts/")[2]: one.read_bytes() for one in files}
    assert place.bodies("/api/2.0/mlflow/runs/update")[0]["status"] == "FINISHED"


def test_mlflow_refusals_are_told_without_its_words(place: Place, files: list[Path]) -> None:
    with pytest.raises(AdaptError, match=r"refused \(401\)") as told:
        asyncio.run(give_to_mlflow(place.url, "bad", CARD, files))
    assert "secret" not in str(told.value)
    place.artifact_uri = "s3://bucket/0/r1"
    with pytest.raises(AdaptError, match="serve-artifacts"):
        asyncio.run(give_to_mlflow(place.url, "good", CARD, files))
    assert not place.files
    with pytest.raises(AdaptError, match="not reached"):
        asyncio.run(give_to_mlflow("http://127.0.0.1:9", "good", CARD, files))


def test_a_hub_gets_a_private_repository_and_one_commit(place: Place, files: list[Path], tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "HF_ENDPOINT": place.url,
        "HF_TOKEN": "good",
        "HF_HUB_OFFLINE": "0",
        "HOME": str(tmp_path),
    }
    names = tuple(one.name for one in files)
    assert give_to_hub(tmp_path, names, "org/desk", environment) == "c" * 40
    (made,) = place.bodies("/api/repos/create")
    assert made.get("private") is True or made.get("visibility") == "private"  # of an older and a newer client
    assert place.files == {one.name: one.read_bytes() for one in files}
    with pytest.raises(CatalogueError, match="may not write") as told:
        give_to_hub(tmp_path, names, "org/desk", {**environment, "HF_TOKEN": "bad"})
    assert "secret" not in str(told.value)
