"""The network learns what new subjects share, and is served without the library that trained it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec

import msgspec
import numpy as np
import pytest
from tests.adapt.test_signal import corpus, recipe, recordings

from ambos.adapt.network import cross_validate, fit_network
from ambos.adapt.running_signal import held_back, run
from ambos.corpus import signals
from ambos.corpus.artefact import Artefact
from ambos.corpus.network import Network
from ambos.errors import AdaptError, IntegrityError

trained = pytest.mark.skipif(
    find_spec("torch") is None,
    reason="needs the extra [adapt]: torch trains networks",
)


def plain(channels: int = 3) -> Network:
    rng = np.random.default_rng(3)
    shapes = ((4, channels), (4, 9), (4,), (4, 5), (2, 4), (2,))
    return Network((4, 8), *(rng.normal(size=shape).astype(np.float32) for shape in shapes))


def test_the_arithmetic_is_the_plain_sum_of_products() -> None:
    net = plain()
    x = np.random.default_rng(0).normal(size=(2, 3, 64)).astype(np.float32)
    mixed = net.spatial_KH @ x
    first = np.stack(
        [[np.correlate(np.pad(row, (4, 4)), net.temporal_KL[k]) for k, row in enumerate(one)] for one in mixed]
    )
    first = first + net.first_K[:, None]
    first = np.where(first > 0, first, np.exp(np.minimum(first, 0)) - 1).reshape(2, 4, 16, 4).mean(axis=3)
    second = np.stack(
        [[np.correlate(np.pad(row, (2, 2)), net.second_KM[k]) for k, row in enumerate(one)] for one in first]
    )
    last = net.points_JK @ second + net.last_J[:, None]
    last = np.where(last > 0, last, np.exp(np.minimum(last, 0)) - 1).reshape(2, 2, 2, 8).mean(axis=3)
    assert np.allclose(net.embedded(x), last.reshape(2, -1), atol=1e-4)


def test_filters_that_do_not_fit_are_refused() -> None:
    arrays = plain().arrays()
    assert np.array_equal(Network.of(arrays, (4, 8)).points_JK, plain().points_JK)
    for name, wrong in (
        ("network.points", np.zeros((2, 3))), ("network.first", np.zeros(5)), ("network.temporal", np.zeros(4)),
        ("network.second", np.full((4, 5), np.nan)), ("network.spatial", np.zeros((4, 0))), ("network.last", np.zeros(1)),
    ):  # fmt: skip
        with pytest.raises(IntegrityError):
            Network.of({**arrays, name: wrong.astype(np.float32)}, (4, 8))
    with pytest.raises(IntegrityError):
        Network.of({"network.first": np.zeros(4, dtype=np.float32)}, (4, 8))
    with pytest.raises(IntegrityError):
        Network.of(arrays, (0, 8))


def test_alignment_takes_gain_and_mixing_away() -> None:
    x = np.random.default_rng(1).normal(size=(40, 3, 200)).astype(np.float32)
    other = np.array([[5, 2, 0], [0, 3, 1], [1, 0, 9]], dtype=np.float32) @ x
    out = signals.aligned(np.concatenate([x, other]), ["a"] * 40 + ["b"] * 40)
    for part in (out[:40], out[40:]):
        covariance = (part @ part.transpose(0, 2, 1)).mean(axis=0) / 200
        assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 0.2
        assert 0.4 < np.diag(covariance).min() <= np.diag(covariance).max() < 1.1


@trained
def test_new_subjects_are_recognised_by_a_network() -> None:
    one = recordings()
    scores = cross_validate(one, count=2, seed=1)
    assert float((scores.argmax(axis=1) == one.true_NC.argmax(axis=1)).mean()) > 0.85


@trained
def test_the_same_seed_trains_the_same_network() -> None:
    one = recordings()
    x = signals.aligned(one.x_NCT, one.groups)
    first, again = (fit_network(x, one.true_NC, one.groups, one.rate_hz, seed=3) for _ in range(2))
    assert np.array_equal(first.scores(x), again.scores(x))
    with pytest.raises(AdaptError, match="too short"):
        fit_network(x[:, :, :20], one.true_NC, one.groups, one.rate_hz, seed=3)


@trained
def test_a_network_is_kept_as_it_answers() -> None:
    made = corpus()
    wanted = recipe(made, features="network", folds=2)
    done = run(made, wanted, lambda *_: None)
    content = done.artefact.to_bytes()
    artefact = Artefact.from_bytes(content)
    own, _ = held_back(made, artefact, done.control, wanted)
    assert np.mean(own) > 0.85
    metrics = done.card["metrics"]
    assert isinstance(metrics, dict)
    assert set(metrics) == {"network", "bands", "bands+amplitudes", "prevalence"}
    with pytest.raises(IntegrityError, match="device"):
        Artefact.from_bytes(
            replace(done.artefact, facts=msgspec.structs.replace(done.artefact.facts, points=99)).to_bytes()
        )
    alone = "import sys; sys.modules['torch'] = None\n" + (
        "from ambos.corpus.artefact import Artefact\nimport numpy as np\n"
        "one = Artefact.from_bytes(sys.stdin.buffer.read())\n"
        "print(one.signal_scores(np.random.default_rng(0).normal(size=(4, 3, 256)).astype('f4'), ['s'] * 4).shape)"
    )
    told = subprocess.run([sys.executable, "-c", alone], input=content, capture_output=True, check=True)
    assert told.stdout.strip() == b"(4, 2)"
