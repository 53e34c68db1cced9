"""A text that must stay is in no file of the data directory, no metric, no error and nothing that left."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable

import openai
import pytest
from tests.live import PROVIDER, Recorder, Server

pytestmark = pytest.mark.shell
CANARY = ("Hernández Ortega", "53123456B", "neumonía")
PATIENT = "Mi paciente Lucía Hernández Ortega, DNI 53123456B, ingresó ayer con neumonía"


def test_canary_is_nowhere_to_be_seen(serve: Callable[..., Server], recorder: Recorder) -> None:
    server = serve(PROVIDER.format(url=recorder.url, agreement="DPA-2026-01"))
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as one:
        for content in (PATIENT, f"Resume esto: {PATIENT}", f"Mi clave es amb_secreta y {PATIENT}"):
            with pytest.raises(openai.InternalServerError) as caught:
                one.chat.completions.create(model="acme/big-1", messages=[{"role": "user", "content": content}])
            assert not any(word in str(caught.value) for word in CANARY)
    request = urllib.request.Request(
        f"{server.url}/metrics", headers={"Authorization": f"Bearer {server.new_key('operator')}"}
    )
    with urllib.request.urlopen(request) as answer:
        metrics = answer.read().decode()
    assert "ambos_requests_total" in metrics
    kept = b"".join(path.read_bytes() for path in server.directory.rglob("*") if path.is_file())
    shown = server.run("audit", "show", "--json", "--limit", "0").stdout
    for word in CANARY:
        assert word not in metrics
        assert word not in shown
        assert word not in recorder.everything
        assert word.encode() not in kept
