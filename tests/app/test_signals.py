"""A promoted classifier raises the level of a request, never lowers it, and closes what it cannot judge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.web.asgi import Doorstep, doorstep

from ambos.adapt.text import Examples, fit_arm
from ambos.corpus import Origin, Row, Wish, build
from ambos.engines.signalling import FOLLOW_S, ModelSignals
from ambos.errors import ConfigError
from ambos.messages import Kind, Level
from ambos.privacy.signal import read_signal
from ambos.store import Trained
from ambos.web.control import explain

pytestmark = pytest.mark.shell
WORDS = {"clinical": "patient fever cough lungs ward", "shop": "order parcel refund price basket"}
SIGNALS = """[detection]
signals = ["ambos/desk clinical restricted", "ambos/desk shop internal"]
"""


def content(labels: tuple[str, ...]) -> bytes:
    rng = np.random.default_rng(1)
    texts, true = [], []
    for number in range(60):
        label = labels[number % 2]
        told = WORDS.get(label, label)
        texts.append(" ".join(map(str, rng.choice(told.split(), 5))))
        true.append([label == one for one in labels])
    fitted = fit_arm(Examples(texts, np.array(true), labels, [""] * 60, False), "terms", 30.0)
    return fitted.artefact(corpus="sha256:" + "0" * 64, recipe="sha256:" + "1" * 64, encoder=None).to_bytes()


def promote(step: Doorstep, labels: tuple[str, ...] = ("clinical", "shop")) -> None:
    registry, tenant = step.house.store.registry, step.house.config.tenant
    artefact = "sha256:" + str(len(registry.list(tenant=tenant))) * 64
    card = {"features": "terms", "control": "prevalence"}
    rows = [Row(f"0/{at}", f"{word} {at}", (word,), source=0) for at in range(20) for word in ("fever", "order")]
    corpus = build(rows, [Origin("t", "t", "b", "own")], Wish("t", "text", near=0.0), lambda _: (), {})
    kept = step.run(step.house.store.corpora.keep(corpus, tenant=tenant, by="p_a"))
    made = Trained("desk", "text", kept, "sha256:" + "1" * 64, artefact, content(labels), card)
    step.run(registry.keep(made, tenant=tenant, by="p_a"))
    step.run(registry.recommend(artefact, tenant=tenant, fields={"experiment": "x_" + "0" * 24, "verdict": "superior"}))
    step.run(registry.sign(artefact, tenant=tenant, role="owner", by="p_a", result="approve", reason="read"))
    step.run(registry.promote(artefact, tenant=tenant, by="p_a", roles=["owner"], experiment=""))


def judged(step: Doorstep, text: str) -> Any:
    signals = step.house.detector.signals
    if isinstance(signals, ModelSignals):
        signals._looked = float("-inf")  # what would happen after FOLLOW_S
    told: Any = step.run(explain(step.house, {"text": text}))
    return told["level"], [one["rule"] for one in told["reasons"]]


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doorstep]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with doorstep(tmp_path / "data", SIGNALS) as made:
        yield made


def test_a_label_raises_the_level_and_another_finding_still_counts(step: Doorstep) -> None:
    promote(step)
    assert judged(step, "fever cough lungs ward patient") == ("restricted", ["signal"])
    assert judged(step, "order parcel refund price basket") == ("internal", ["signal"])
    level, rules = judged(step, "order parcel refund price: laura.gil@example.com")
    assert (level, "personal_data" in rules) == ("confidential", True)  # never lowered
    assert judged(step, "ok") == ("public", [])  # too short to say anything


@pytest.fixture
def knows_health(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doorstep]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with doorstep(tmp_path / "data", SIGNALS.replace("restricted", "HEALTH")) as made:
        yield made


def test_a_kind_counts_as_a_finding_of_it_does(knows_health: Doorstep) -> None:
    step = knows_health
    promote(step)
    text = "fever cough lungs ward"
    assert judged(step, text) == ("public", [])  # of nobody
    level, rules = judged(step, f"{text}: laura.gil@example.com")
    assert (level, rules[0]) == ("restricted", "health_of_person")
    assert judged(step, "order parcel refund price: laura.gil@example.com")[0] == "confidential"


def test_without_the_model_everything_it_should_judge_is_restricted(step: Doorstep) -> None:
    assert judged(step, "order parcel refund price basket") == ("restricted", ["detector_failed"])
    promote(step)
    assert judged(step, "order parcel refund price basket") == ("internal", ["signal"])
    registry, tenant = step.house.store.registry, step.house.config.tenant
    step.run(registry.roll_back("desk", tenant=tenant, by="p_a"))
    # It was read before, and is read again: what said so has changed.
    judged(step, "a first text that lets it look again")
    assert judged(step, "order parcel refund price basket") == ("restricted", ["detector_failed"])


def test_a_model_without_the_label_closes_too(step: Doorstep) -> None:
    promote(step, ("shop", "alpha beta gamma"))
    assert judged(step, "order parcel refund price basket") == ("restricted", ["detector_failed"])
    assert FOLLOW_S <= 5


def test_a_signal_is_read_as_it_is_written() -> None:
    assert read_signal("ambos/desk to call back confidential").label == "to call back"
    assert read_signal("ambos/desk a restricted 0.2").holds({"a": (0.25, False)})
    assert not read_signal("ambos/desk a restricted").holds({"a": (0.45, False)})
    assert read_signal("ambos/desk a internal").says is Level.INTERNAL
    assert read_signal("ambos/desk a HEALTH").says is Kind.HEALTH


@pytest.mark.parametrize(
    "word",
    ["", "desk a restricted", "ambos/desk restricted", "ambos/desk a public", "ambos/desk a restricted 1.5",
     "ambos/desk a restricted 0", "ambos/desk a restricted 0.x", "ambos/desk a", "ambos/desk", "ambos/desk HEALTH",
     "ambos/desk a PERSON",
     "ambos/desk a health"],
)  # fmt: skip
def test_what_is_no_signal_is_refused(word: str) -> None:
    with pytest.raises(ConfigError):
        read_signal(word)
