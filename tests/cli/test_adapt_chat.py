"""A promoted chat model is served beside its base by a real engine; nobody is refused while the engine changes."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.live import Server, ambos, becomes

from ambos.app.system import SystemRandom
from ambos.catalogue import Pulled
from ambos.corpus.adapter import Adapter, AdapterFacts
from ambos.corpus.artefact import hash_of
from ambos.corpus.tensors import read_tensors
from ambos.errors import RequestError
from ambos.store.spool import put

pytestmark = [pytest.mark.shell, pytest.mark.timeout(400)]
QUESTION = "What is the capital of France?"


def adapter(corpus: str, sha256: str, seed: int) -> bytes:
    """Small random weights: not learnt, but enough to change what is said."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for layer in range(30):
        for module, out, into in (("attn_q", 576, 576), ("ffn_down", 576, 1536)):
            arrays[f"blk.{layer}.{module}.weight.lora_a"] = rng.normal(0, 0.2, (8, into)).astype(np.float32)
            arrays[f"blk.{layer}.{module}.weight.lora_b"] = rng.normal(0, 0.2, (out, 8)).astype(np.float32)
    facts = AdapterFacts(corpus, f"sha256:{seed:064d}", sha256, "smollm2", "sha256:t", "sha256:m", 8, 16.0, 9, 3)
    return Adapter(facts, arrays).to_bytes()


def keep(server: Server, corpus: str, sha256: str, seed: int, **changed: Any) -> str:
    """Through the operations that a turn uses, from training to the promotion."""
    content = adapter(corpus, sha256, seed)
    artefact, (name, secret) = hash_of(content), put(server.directory, content, SystemRandom())
    card: dict[str, Any] = {
        "name": "desk",
        "purpose": "a test",
        "family": "chat",
        "base_sha256": sha256,
        "control": "base",
        "chain": {"base": "Apache-2.0", "rows": "own"},
        "use": "inside",
        "accepted": [],
        "remembered": 0.5,
        "parity": {"adapted": 1.0, "base": 1.0, "differs": 1.0},
        "forgetting": {"ci_lower": 0.0, "margin": 0.5},
        "memorisation": {"canaries": 100, "controls": 100, "true_positives": 0.0, "upper": 0.04},
        **changed,
    }
    server.control(
        "adapt.keep", name=name, secret=secret, card={**card, "fitness": "unproven"}, model="desk", family="chat",
        corpus=corpus, recipe=f"sha256:{seed:064d}", artefact=artefact,
    )  # fmt: skip
    plan, items = f"sha256:{seed:064d}", f"sha256:{seed + 1:064d}"
    sealed = server.control("adapt.seal", plan=plan, items=items)
    judged = server.control(
        "adapt.judge", artefact=artefact, experiment=sealed["experiment"], plan=plan, items=items, verdict="superior",
        report=plan, uses=1,
    )  # fmt: skip
    assert judged["state"] == "recommended"
    server.control("adapt.sign", model=artefact, reason="a test")
    server.control("adapt.promote", model=artefact)
    return artefact


def ask(
    server: Server, model: str, *, stream: bool = False, question: str = QUESTION
) -> tuple[int, dict[str, str], str]:
    body = {"model": model, "messages": [{"role": "user", "content": QUESTION}], "max_tokens": 24, "temperature": 0}
    request = urllib.request.Request(
        f"{server.url}/v1/chat/completions",
        data=json.dumps({**body, "stream": stream}).encode(),
        headers={"authorization": f"Bearer {server.key}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {}, error.read().decode()


def said(server: Server, model: str) -> str:
    status, _, body = ask(server, model)
    assert status == 200, body
    told = json.loads(body)
    assert told["model"] == model
    return str(told["choices"][0]["message"]["content"])


def standing(server: Server) -> list[str]:
    path = server.directory / "run" / "engine.json"
    return [one["artefact"] for one in json.loads(path.read_bytes())["adapters"]] if path.is_file() else []


def test_a_promoted_adapter_is_served_replaced_and_taken_back_while_others_are_answered(
    serve: Callable[..., Server], pulled: Pulled, tmp_path: Path
) -> None:
    sha256 = pulled.card.sha256
    server = serve("[identity]\nrequests_per_minute = 100000\n", inside='demo_model = true\nmodel = "smollm2"')
    rows = tmp_path / "rows.toml"
    table = tmp_path / "rows.csv"
    table.write_text("question,answer\n" + "\n".join(f"what is number {n} {'x' * n}?,it is {n}" for n in range(40)))
    source = 'path = "rows.csv"\nbasis = "GDPR-6.1.f"\nlicence = "own"\norigin = "made"\n'
    rows.write_text(f'name = "rows"\nfamily = "chat"\nnear = 0\n[[sources]]\n{source}')
    corpus = json.loads(server.run("corpus", "build", str(rows), "--json").stdout)["corpus"]
    plain = said(server, "ambos/smollm2")
    assert "Paris" in plain
    assert ask(server, "ambos/desk")[0] == 404

    answered: list[int] = []
    over = threading.Event()

    def keep_asking() -> None:
        while not over.is_set():
            answered.append(ask(server, "ambos/smollm2", stream=True)[0])

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        first = keep(server, corpus, sha256, 1)
        becomes(lambda: standing(server) == [first] and ask(server, "ambos/desk")[0] == 200, 90)
        adapted = said(server, "ambos/desk")
        assert adapted != plain
        assert said(server, "ambos/smollm2") == plain  # one process, two arms
        fitness = {one["name"]: one["fitness"] for one in server.control("status")["models"]}
        assert fitness["ambos/smollm2"] == "demo"
        assert fitness["ambos/desk"] == "proven on rows"  # its own verdict, not its base's
        assert json.loads(ask(server, "ambos/local")[2])["model"] == "ambos/smollm2"

        with pytest.raises(RequestError, match="not measured"):  # whatever a command says of the experiment
            keep(server, corpus, sha256, 3, memorisation={})
        second = keep(server, corpus, sha256, 2)
        becomes(lambda: standing(server) == [second], 90)
        becomes(lambda: said(server, "ambos/desk") != adapted, 20)

        server.run("adapt", "promote", "desk", "--rollback")
        becomes(lambda: standing(server) == [first], 90)
        becomes(lambda: said(server, "ambos/desk") == adapted, 20)
        # the engines that served before are gone once nothing runs in them
        becomes(lambda: len(list((server.directory / "run").glob("engine*.sock"))) == 1, 60)
    finally:
        over.set()
        asking.join()
    assert set(answered) == {200}
    assert len(answered) > 3
    out = tmp_path / "out"
    ambos("adapt", "export", "desk", str(out), "--data", str(server.directory), environment=server.environment)
    assert (out / "adapter.gguf").read_bytes() == adapter(corpus, sha256, 2)  # the newest of the name
    arrays, _ = read_tensors((out / "adapter_model.safetensors").read_bytes())
    assert len(arrays) == 120
    assert (out / "README.md").read_text().startswith("---\nlicense:")
    other = tmp_path / "other"
    refused = server.run("adapt", "export", "desk", str(other), "--to", "mlflow:http://127.0.0.1:9", check=False)
    assert (refused.returncode, other.exists()) == (1, False)  # it was taken back: nothing recommends it
    assert "recommended" in refused.stdout + refused.stderr
    left = [one["reason"] for one in server.entries() if one["event"] == "model" and one.get("action") == "exported"]
    assert left == ["folder"]  # written down before it was written out
    content = (server.directory / "run" / "engine.json").read_text()
    assert '"secret":""' in content.replace(" ", "") or "secret" not in content
