"""The loop as a person walks it, beside a running server: a table, a corpus, a model, an experiment, signatures, an answer."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.live import PROVIDER, Recorder, Server

from ambos.cli.iterating import enough_memory
from ambos.errors import AdaptError

# A turn is a dozen commands, each a process of its own: a busy machine takes minutes for them.
pytestmark = [pytest.mark.shell, pytest.mark.timeout(400)]
WORDS = {
    "tarjeta": ["tarjeta", "chip", "pin"],
    "transferencia": ["transferencia", "iban", "envío"],
    "préstamo": ["préstamo", "cuota", "hipoteca"],
}
COMPARES = """question = "Does our model know better?"
control = "theirs"
treatment = "ours"
metric = "correct"
design = "paired"
population = "questions of the desk"
scoring = { scorer = "contains" }

[arms.ours]
model = "ambos/preguntas"
"""


def say(server: Server, *arguments: str) -> Any:
    return json.loads(server.run(*arguments, "--json").stdout)


def refused(server: Server, *arguments: str) -> str:
    done = server.run(*arguments, check=False)
    assert done.returncode == 1
    return done.stdout + done.stderr


def classify(server: Server, body: object) -> tuple[int, Any]:
    request = urllib.request.Request(
        f"{server.url}/v1/classify",
        data=json.dumps(body).encode(),
        headers={"authorization": f"Bearer {server.key}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def table(folder: Path, *, each: int = 60, noise: bool = False) -> Path:
    rng = np.random.default_rng(1)
    lines = ["pregunta;etiqueta"]
    for number in range(3 * each):
        label = sorted(WORDS)[number % 3]
        said = sorted(WORDS)[int(rng.integers(3))] if noise else label
        filler = " ".join(
            map(str, rng.choice(["ayer", "hoy", "no", "puedo", "ver", "mi", "la", "cuenta", "gracias", "hola"], 6))
        )
        lines.append(f"{filler} {rng.choice(WORDS[said])} {number};{label}")
    path = folder / "preguntas.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def new(server: Server, path: Path) -> Any:
    return say(server, "adapt", "new", str(path), "--basis", "GDPR-6.1.f", "--origin", "mesa de ayuda")


def test_a_turn_ends_promoted_once_signed_and_the_model_answers(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve()
    recipe = new(server, table(tmp_path))["recipe"]
    assert say(server, "adapt", "estimate", recipe)["rows_train"] > 100
    assert classify(server, {"model": "ambos/preguntas", "input": "hola"})[0] == 404
    first = say(server, "iterate", recipe)
    assert (first["state"], first["reason"]) == ("recommended", "unsigned")
    assert first["judged"]["lower"] > 0
    assert "signature is missing" in refused(server, "adapt", "promote", "preguntas")
    say(server, "adapt", "sign", "preguntas", "--reason", "checked the card")
    assert say(server, "iterate", recipe)["state"] == "promoted"

    status, told = classify(server, {"model": "ambos/preguntas", "input": ["perdí el chip", "la cuota de la hipoteca"]})
    assert status == 200
    assert [one["labels"] for one in told["data"]] == [["tarjeta"], ["préstamo"]]
    assert sum(one["probability"] for one in told["data"][0]["scores"]) == pytest.approx(1, abs=1e-4)
    good: dict[str, object] = {"model": "ambos/preguntas", "input": "x"}
    wrong: list[object] = [
        {"model": "ambos/preguntas"},
        {"input": "x"},
        good | {"input": [1]},
        [],
        good | {"api_base": "y"},
    ]
    for bad in wrong:
        assert classify(server, bad)[0] == 400

    card = say(server, "adapt", "show", "preguntas")
    assert card["metrics"]["terms"]["accuracy"]["estimate"] > 0.9
    assert (card["gain"]["against"], card["signed"]) == ("weak_generic", {"owner": "approve"})
    order = ["corpus", "trained", "sealed_plan", "evaluated", "analysed", "recommended", "signed", "promoted"]
    assert [entry["event"] for entry in server.entries() if entry["event"] in order] == order
    assert say(server, "adapt", "promote", "preguntas", "--rollback") == {}
    assert classify(server, {"model": "ambos/preguntas", "input": "hola"})[0] == 404


def test_what_a_model_was_trained_or_scored_on_is_no_test_of_it(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve()
    rows = table(tmp_path)
    recipe = new(server, rows)["recipe"]
    say(server, "adapt", "run", recipe)
    texts = [line.rsplit(";", 1)[0] for line in rows.read_text(encoding="utf-8").splitlines()[1:]]
    (plan := tmp_path / "plan.toml").write_text(COMPARES, encoding="utf-8")
    items = tmp_path / "items.jsonl"

    def seen(chosen: list[str]) -> int:
        items.write_text("\n".join(json.dumps({"id": one, "input": f"  {one.upper()}"}) for one in chosen), "utf-8")
        told = refused(server, "experiment", "seal", str(plan), "--items", str(items))
        return int(told.split(f" of {len(chosen)} items are in the lineage of the arm 'ours'")[0].split()[-1])

    trained = seen(texts)
    assert len(texts) // 2 < trained < len(texts)
    say(server, "iterate", recipe)
    assert seen(texts) == len(texts)
    items.write_text('{"id": "n", "input": "otra pregunta"}\n{"id": "m", "input": "y otra"}', encoding="utf-8")
    told = say(server, "experiment", "seal", str(plan), "--items", str(items))
    assert told["unknown_lineage"] == ["theirs"]


def test_a_model_that_learnt_nothing_is_refused(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve()
    recipe = new(server, table(tmp_path, noise=True))["recipe"]
    assert "beyond chance" in refused(server, "iterate", recipe)
    assert say(server, "adapt", "list")[0]["state"] == "trained"
    assert "only what an experiment has recommended" in refused(server, "adapt", "sign", "preguntas", "--reason", "x")


def test_corpus_commands_show_no_row_and_refuse_what_they_must(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve()
    path = table(tmp_path)
    assert "needs a basis" in refused(server, "corpus", "build", str(path))
    options = ("--basis", "GDPR-6.1.f", "--licence", "own", "--origin", "desk")
    checked = say(server, "corpus", "check", str(path), *options)
    assert say(server, "corpus", "list") == []
    assert say(server, "corpus", "build", str(path), *options)["corpus"] == checked["corpus"]
    assert "mi la cuenta" not in server.run("corpus", "show", "preguntas").stdout
    assert not list((server.directory / "spool").iterdir())
    order = tmp_path / "order.toml"
    head = 'name = "a"\n[[sources]]\npath = "records"\nbasis = "B"\nlicence = "own"\norigin = "us"\n'
    order.write_text(head, encoding="utf-8")
    assert "none is permitted" in refused(server, "corpus", "build", str(order))
    few = new(server, table(tmp_path, each=3))
    assert "recipe" not in few
    assert "prompt" in str(few["words"])
    chat = tmp_path / "chat.csv"
    chat.write_text("question,answer\na,b\nc,d\n", encoding="utf-8")
    assert new(server, chat)["family"] == "chat"


def test_a_killed_run_and_a_full_disk_keep_nothing_and_can_be_repeated(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve()
    recipe = new(server, table(tmp_path, each=400))["recipe"]
    command = [sys.executable, "-m", "ambos.cli", "iterate", recipe, "--data", str(server.directory)]

    with subprocess.Popen(command, env=server.environment, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        lines = iter(running.stderr.readline, "")
        next(line for line in lines if "ntrena" in line or "rain" in line)  # training has begun
        running.kill()
    assert running.returncode == -signal.SIGKILL
    assert say(server, "adapt", "list") == []

    done = subprocess.run(
        command,
        env=server.environment,
        capture_output=True,
        text=True,
        check=False,
        # A file of more than 4 kB does not fit: what the disk says when it is full, at the same call.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert done.returncode == 1
    assert "the disk does not take it" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert say(server, "adapt", "list") == []
    assert not list((server.directory / "spool").glob("*"))
    assert say(server, "iterate", recipe)["state"] == "recommended"


def test_a_run_that_the_memory_does_not_hold_ends_in_words() -> None:
    with pytest.raises(AdaptError, match="more memory"), enough_memory():
        np.ones(10**14, dtype=np.float64)


def test_few_rows_become_examples_in_the_prompt_and_are_asked_through_the_whole_path(
    serve: Callable[..., Server], recorder: Recorder, tmp_path: Path
) -> None:
    server = serve(PROVIDER.format(url=recorder.url, agreement="DPA-2026-01"))
    few = table(tmp_path, each=3)
    assert "adapt similar" in " ".join(new(server, few)["words"])
    message = say(server, "adapt", "similar", str(few), "perdí el chip", "--prompt")["prompt"]
    assert message.count("tarjeta") >= 1
    assert recorder.bodies == []
    told = say(server, "adapt", "similar", str(few), "perdí el chip de laura.gil@example.com", "--model", "acme/big-1")
    assert told["route"] == "masked"
    assert "laura.gil@example.com" not in recorder.everything
    assert "préstamo" in json.loads(recorder.bodies[-1])["messages"][-1]["content"]
