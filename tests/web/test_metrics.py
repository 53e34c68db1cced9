"""`/metrics` of the real server: what it counts, and that it counts over all workers."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from pathlib import Path

import openai
import pytest
from tests.live import PROVIDER, Recorder, Server, free_port

pytestmark = pytest.mark.shell
GUIDE = Path(__file__).resolve().parents[2] / "docs/guide/gateway.md"


def metrics(server: Server, key: str) -> dict[str, float]:
    request = urllib.request.Request(f"{server.url}/metrics", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def count(told: dict[str, float], result: str) -> float:
    return told[f'ambos_egress_connections_total{{purpose="model",result="{result}"}}']


def ask(server: Server, model: str) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as one:
        one.chat.completions.create(model=model, messages=[{"role": "user", "content": "What is a haiku?"}])


@pytest.mark.parametrize("workers", [1, 2])
def test_outbound_connections_are_counted_by_purpose_and_result(
    workers: int, serve: Callable[..., Server], recorder: Recorder
) -> None:
    rows = PROVIDER.format(url=recorder.url, agreement="DPA-1")
    deaf = (
        rows.replace("acme", "deaf")
        .replace("big-1", "deaf-1")
        .replace(recorder.url, f"http://127.0.0.1:{free_port()}/v1")
    )
    shy = rows.replace("acme", "shy").replace("big-1", "shy-1").replace("allow_private_addresses = true", "")
    server = serve(rows + deaf + shy, workers=workers)
    key = server.new_key("operator")
    told = metrics(server, key)
    for result in ("made", "failed", "refused"):
        assert count(told, result) == 0
    for _ in range(8):  # whichever worker takes a request, the sum is told by each
        ask(server, "acme/big-1")
    for model in ("deaf/deaf-1", "shy/shy-1"):
        with pytest.raises(openai.APIStatusError):
            ask(server, model)
    told = metrics(server, key)
    assert 1 <= count(told, "made") <= 8
    assert count(told, "failed") >= 1
    assert count(told, "refused") >= 1
    assert sum(value for name, value in told.items() if name.startswith("ambos_requests_total{")) >= 10
    page = GUIDE.read_text(encoding="utf-8")
    for name in {name.partition("{")[0] for name in told if name.startswith("ambos_")}:
        assert re.sub(r"_(bucket|sum|count|created)$", "", name) in page, f"{name} is not in the guide"
