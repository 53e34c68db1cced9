"""A certificate in a running house: what suspends it, what does not, and that time, damage and a restart close *masked*."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.live import PROVIDER, Recorder, Server, ambos, becomes, launch, recording

pytestmark = [pytest.mark.shell, pytest.mark.timeout(400)]  # a dozen commands beside a server
INSIDE = """
[[providers]]
name = "house"
kind = "openai"
base_url = "{url}"
zone = "inside"
models = ["small-1"]
"""
LETTER = "Estimada señora: escriba a laura.gil@example.org o llame al 612 345 678. Atentamente, Laura Gil Moreno."


def document(number: int) -> dict[str, Any]:
    """A letter whose address every detector finds, and a number that is found with a low score."""
    mail, file = f"ana{number}.ruiz@correo{number}.es", f"Y-{6441000 + number}-B"
    text = f"Nota {number}: escriba a {mail} antes de la mesa redonda, que se archiva {file} y se cierra."
    spans = [(text.index(one), text.index(one) + len(one), label) for one, label in ((mail, "EMAIL"), (file, "GOV_ID"))]
    return {
        "id": f"n{number}",
        "text": text,
        "spans": [{"start": start, "end": end, "label": label} for start, end, label in spans],
    }


def harmless(number: int) -> dict[str, Any]:
    return {"id": f"h{number}", "text": f"¿Cuánto es {number} por tres?", "spans": []}


def doubtful(number: int) -> dict[str, Any]:
    """Nobody has labelled it, and it is a number with a wrong check letter and no keyword for the most part."""
    return {"id": f"d{number}", "text": f"Se archiva Y-{6441000 + number}-B y se cierra."}


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def labelled(tmp_path: Path) -> str:
    """As a house draws them: half of the documents hold nothing sensitive."""
    return write(
        tmp_path / "labelled.jsonl", [make(number) for number in range(100, 200) for make in (document, harmless)]
    )


@pytest.fixture
def answers_inside() -> Iterator[Recorder]:
    with recording() as kept:
        yield kept


@pytest.fixture
def house(serve: Callable[..., Server], recorder: Recorder, answers_inside: Recorder) -> Server:
    """A house that requires a certificate, with one model outside and one inside."""
    required = "[detection]\nrequire_certificate = true\n"
    agreed = PROVIDER.format(url=recorder.url, agreement="DPA-1")
    return serve(required + agreed + INSIDE.format(url=answers_inside.url))


def route(server: Server) -> str:
    """Where the letter is answered."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as one:
        messages: Any = [{"role": "user", "content": LETTER}]
        answer = one.chat.completions.with_raw_response.create(model="acme/big-1", messages=messages)
        return str(answer.headers["x-ambos-route"])


def run(server: Server, *arguments: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    environment = server.environment | {"AMBOS_LANG": language}
    return ambos("privacy", *arguments, "--house", str(server.directory), environment=environment, check=False)


def standing(server: Server) -> str:
    return str(server.control("calibration.state")["standing"])


def test_scores_that_are_no_longer_what_they_were_suspend_it_for_good(
    house: Server, labelled: str, recorder: Recorder, answers_inside: Recorder, tmp_path: Path
) -> None:
    assert route(house) == "local"
    assert run(house, "calibrate", "--data", labelled, "--leak", "0.05").returncode == 0
    assert route(house) == "masked"

    usual = [make(number) for number in range(200, 300) for make in (document, harmless)]
    drawn = write(tmp_path / "usual.jsonl", [row | {"id": f"{place}"} for place, row in enumerate(usual)])
    assert run(house, "audit", "--data", drawn).returncode == 0

    shifted = write(tmp_path / "shifted.jsonl", [doubtful(number) for number in range(300, 360)])
    told = json.loads((done := run(house, "audit", "--data", shifted, "--json")).stdout)
    assert done.returncode == 1
    assert (told["suspends"], told["labelled"]) == ("scores", 0)
    sent = len(recorder.bodies)
    assert route(house) == "local"
    assert LETTER in answers_inside.everything
    assert len(recorder.bodies) == sent

    house.stop()
    again = launch(house.directory, house.environment)
    again.key = house.key
    try:
        assert (standing(again), route(again)) == ("suspended", "local")
        assert run(again, "calibrate", "--data", labelled, "--leak", "0.05").returncode == 0
        assert route(again) == "masked"
    finally:
        again.stop()


def test_time_and_damage_close_masked_and_are_told_in_both_languages(house: Server, labelled: str) -> None:
    assert run(house, "calibrate", "--data", labelled, "--leak", "0.05").returncode == 0
    path = house.directory / "calibration" / "certificate.json"
    short = json.loads(path.read_bytes()) | {"expires": time.time_ns() // 1_000_000 + 4000}
    encoded = json.dumps(short, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert house.control("calibration.keep", certificate=encoded)["standing"] == "active"
    becomes(lambda: route(house) == "local")
    assert [one["reason"] for one in house.entries() if one["event"] == "bound"][-1] == "expired"

    assert run(house, "calibrate", "--data", labelled, "--leak", "0.05").returncode == 0
    assert route(house) == "masked"
    path.write_bytes(path.read_bytes()[:100])
    becomes(lambda: route(house) == "local")
    for language, words in (("en", "damaged"), ("es", "dañado")):
        done = run(house, "audit", "--data", labelled, language=language)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    path.unlink()
    assert standing(house) == "absent"
