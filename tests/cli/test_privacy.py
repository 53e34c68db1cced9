"""`ambos privacy` as people and scripts use it: thresholds, calibrate, audit, and what a house does with a certificate."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.engines.foreign import write_package
from tests.live import PROVIDER, Recorder, Server, ambos, launch

pytestmark = pytest.mark.shell
LETTER = "Estimada señora: escriba a laura.gil@example.org o llame al 612 345 678. Atentamente, Laura Gil Moreno."


def document(number: int, *, hidden: bool = False) -> dict[str, Any]:
    """A letter whose address every detector finds; with `hidden`, one more stretch is labelled that none does."""
    mail = f"ana{number}.ruiz@correo{number}.es"
    text = f"Nota {number}: escriba a {mail} antes de la mesa redonda."
    spans = [{"start": text.index(mail), "end": text.index(mail) + len(mail), "label": "EMAIL"}]
    if hidden:
        spans.append({"start": text.index("mesa"), "end": text.index("mesa") + 12, "label": "PERSON"})
    return {"id": f"n{number}", "text": text, "spans": spans}


def write(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def calibrate(
    path: str, *arguments: str, environment: dict[str, str], check: bool = True
) -> subprocess.CompletedProcess[str]:
    return ambos("privacy", "calibrate", "--data", path, *arguments, environment=environment, check=check)


@pytest.fixture
def labelled(tmp_path: Path) -> str:
    return write(tmp_path / "labelled.jsonl", [document(number) for number in range(100)])


def test_calibrate_says_what_was_shown_and_for_which_documents(labelled: str, environment: dict[str, str]) -> None:
    told = json.loads(calibrate(labelled, "--leak", "0.05", "--json", environment=environment).stdout)
    assert told["met"]
    assert told["units"] == 100
    assert told["targets"][0]["upper"] <= 0.05
    assert told["curve"][0]["threshold"] < told["curve"][-1]["threshold"]
    assert not told["kept"]
    for language, words in (("en", "for documents like these 100"), ("es", "para documentos como estos 100")):
        spoken = calibrate(labelled, "--leak", "0.05", environment=environment | {"AMBOS_LANG": language}).stdout
        assert words in " ".join(spoken.split())
        assert "guarant" not in spoken


def test_calibrate_says_which_n_it_needs_and_draws_the_curve(
    labelled: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    drawn = tmp_path / "curve.svg"
    done = calibrate(labelled, "--leak", "0.01", "--curve", str(drawn), "--json", environment=environment, check=False)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert not told["met"]
    assert told["mildest"] is None
    assert 200 < told["targets"][0]["needed"] < 500  # about 3 / 0.01
    assert drawn.read_text("utf-8").count("<circle") > len(told["curve"])


def test_calibrate_says_when_no_number_of_documents_would_do(tmp_path: Path, environment: dict[str, str]) -> None:
    leaky = write(tmp_path / "leaky.jsonl", [document(number, hidden=True) for number in range(30)])
    done = calibrate(leaky, "--direct", "0.2", environment=environment, check=False)
    assert done.returncode == 1
    assert "no number of documents" in done.stdout


@pytest.mark.parametrize(
    ("rows", "english", "spanish"),
    [
        (
            [{**document(1), "spans": [{"start": 5, "end": 999, "label": "EMAIL"}]}],
            "outside its text",
            "fuera del texto",
        ),
        ([{**document(1), "spans": document(1)["spans"] * 2}], "overlap", "se solapan"),
        ([document(1), document(1)], "stands twice", "aparece dos veces"),
        ([], "no labelled document", "ningún documento etiquetado"),
        ([{**document(1), "spans": []}], "nothing can be shown", "nada se puede demostrar"),
    ],
)
def test_bad_data_is_told_in_both_languages_without_its_text(
    rows: list[dict[str, Any]], english: str, spanish: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    path = write(tmp_path / "bad.jsonl", rows)
    for language, words in (("en", english), ("es", spanish)):
        done = calibrate(path, "--leak", "0.1", environment=environment | {"AMBOS_LANG": language}, check=False)
        assert done.returncode == 1
        assert words in done.stderr
        assert "ana1" not in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "options", [(), ("--leak", "0"), ("--leak", "0.1", "--confidence", "1"), ("--leak", "0.1", "--bound", "x")]
)
def test_bad_options_are_told(options: tuple[str, ...], labelled: str, environment: dict[str, str]) -> None:
    done = calibrate(labelled, *options, environment=environment, check=False)
    assert done.returncode == 1
    assert "Cannot go on" in done.stderr


def test_thresholds_of_a_profile(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "ambos.toml").write_text('[levels]\nprofile = "hospital"\n[detection.thresholds]\nPERSON = 0.01\n')
    done = ambos("privacy", "thresholds", "--json", environment=environment | {"AMBOS_DATA": str(tmp_path)})
    told = json.loads(done.stdout)
    assert told["thresholds"]["PERSON"] == 0.01
    assert told["thresholds"]["DATE"] < told["usual"]


@pytest.mark.parametrize("value", ["0.5", "true", '"low"', "0"])
def test_a_threshold_that_is_none_is_refused(value: str, tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "ambos.toml").write_text(f"[detection.thresholds]\nPERSON = {value}\n")
    done = ambos("privacy", "thresholds", environment=environment | {"AMBOS_DATA": str(tmp_path)}, check=False)
    assert done.returncode == 1
    assert "PERSON" in done.stderr


# --- a house that requires a certificate -----------------------------------------------------------------------------


def leaves(server: Server) -> bool:
    """Whether this letter reaches the provider, masked."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as one:
        try:
            one.chat.completions.create(model="acme/big-1", messages=[{"role": "user", "content": LETTER}])
        except (openai.InternalServerError, openai.NotFoundError):
            return False
    return True


def bounds(server: Server) -> list[tuple[str, str]]:
    return [(one["action"], one["reason"]) for one in server.entries() if one["event"] == "bound"]


def run(server: Server, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return ambos("privacy", *arguments, "--house", str(server.directory), environment=server.environment, check=check)


def test_masked_text_leaves_only_while_a_certificate_is_active(
    serve: Callable[..., Server], recorder: Recorder, labelled: str, tmp_path: Path
) -> None:
    server = serve("[detection]\nrequire_certificate = true\n" + PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    assert not leaves(server)
    assert recorder.bodies == []

    told = json.loads(run(server, "calibrate", "--data", labelled, "--leak", "0.05", "--json").stdout)
    assert told["kept"]
    assert leaves(server)
    assert "laura.gil" not in recorder.everything
    assert bounds(server) == [("activated", "calibrated")]

    quiet = write(tmp_path / "quiet.jsonl", [document(number) for number in range(200, 220)])
    seen = json.loads(run(server, "audit", "--data", quiet, "--json").stdout)
    assert (seen["standing"], seen["labelled"], seen["known"]) == ("active", 20, 0)
    assert json.loads(run(server, "audit", "--data", quiet, "--json").stdout)["known"] == 20
    assert leaves(server)

    shifted = write(tmp_path / "shifted.jsonl", [document(number, hidden=True) for number in range(300, 330)])
    done = run(server, "audit", "--data", shifted, "--json", check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["standing"] == "suspended"
    sent = len(recorder.bodies)
    assert not leaves(server)
    assert len(recorder.bodies) == sent
    assert bounds(server)[-1] == ("suspended", "losses")
    verified = server.run("audit", "verify", "--json")
    assert verified.returncode == 0


def test_a_certificate_is_void_when_the_settings_change_or_its_file_is_another(
    serve: Callable[..., Server], recorder: Recorder, labelled: str
) -> None:
    required = "[detection]\nrequire_certificate = true\n"
    provider = PROVIDER.format(url=recorder.url, agreement="DPA-1")
    server = serve(required + provider)
    run(server, "calibrate", "--data", labelled, "--leak", "0.05")
    assert leaves(server)
    server.stop()
    (server.directory / "ambos.toml").write_text(
        f'[inside]\nmodel = "none"\n{required}[detection.thresholds]\nPERSON = 0.05\n{provider}'
    )
    again = launch(server.directory, server.environment)
    again.key = server.key
    try:
        assert not leaves(again)
        assert bounds(again)[-1] == ("void", "changed")
        run(again, "calibrate", "--data", labelled, "--leak", "0.05")
        assert leaves(again)
        path = again.directory / "calibration" / "certificate.json"
        path.write_bytes(path.read_bytes().replace(b'"most":0.05', b'"most":0.01'))
        done = run(again, "audit", "--data", labelled, "--json", check=False)
        assert done.returncode == 1
        assert not leaves(again)
    finally:
        again.stop()


# --- plug-ins --------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_badges(tmp_path: Path, environment: dict[str, str]) -> dict[str, str]:
    """An environment in which a package with a plug-in is installed, from a local path."""
    source = write_package(tmp_path / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    site = tmp_path / "site"
    subprocess.run([*command, "--target", str(site), str(source)], check=True, capture_output=True, timeout=100)
    environment["PYTHONPATH"] = str(site)
    return environment


def test_compare_tells_each_alone_and_both_together(tmp_path: Path, with_badges: dict[str, str]) -> None:
    text = "El carné ZQ-123 es de ana.ruiz@correo.es"
    spans = [{"start": 9, "end": 15, "label": "GOV_ID"}, {"start": 22, "end": 40, "label": "EMAIL"}]
    path = write(tmp_path / "few.jsonl", [{"id": str(n), "text": f"{text} {n}", "spans": spans} for n in range(5)])
    done = ambos("privacy", "compare", "--data", path, "--with", "badges", "--json", environment=with_badges)
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert list(rows) == ["ambos", "plugin.badges", "ambos + plugin.badges"]
    assert rows["plugin.badges"]["direct"]["value"] == 1.0
    assert 0 < rows["ambos"]["leak"]["lower"] <= rows["ambos"]["leak"]["value"] < 1
    assert rows["ambos + plugin.badges"]["leak"]["value"] == 0
    assert all(row["characters_per_cpu_s"] > 0 and row["documents"] == 5 for row in rows.values())
    spoken = ambos("privacy", "compare", "--data", path, environment=with_badges | {"AMBOS_LANG": "es"}).stdout
    assert "a la vista" in spoken


def test_compare_counts_failures_and_says_when_all_fail(labelled: str, with_badges: dict[str, str]) -> None:
    done = ambos(
        "privacy", "compare", "--data", labelled, "--with", "badges:raises", environment=with_badges, check=False
    )
    assert done.returncode == 1
    assert "plugin.badges failed" in done.stderr
    assert "correo" not in done.stderr


def test_a_plugin_that_fails_while_serving_makes_the_request_restricted(
    serve: Callable[..., Server], recorder: Recorder, with_badges: dict[str, str]
) -> None:
    assert with_badges["PYTHONPATH"]
    server = serve('[detection]\nplugins = ["badges:raises"]\n' + PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    assert not leaves(server)
    assert recorder.bodies == []
    (decided,) = [one for one in server.entries() if one["event"] == "refused"]
    assert decided["level"] == "restricted"
    assert "detector_failed" in decided["reasons"]


def test_a_server_does_not_start_without_a_plugin_it_names(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ambos.toml").write_text('[inside]\nmodel = "none"\n[detection]\nplugins = ["nobody"]\n')
    done = ambos("serve", "--data", str(tmp_path / "data"), "--port", "0", environment=environment, check=False)
    assert done.returncode != 0
    assert "nobody" in done.stderr + done.stdout
