"""Trains the network of the signal family; needs torch, of the extra `[adapt]`. What comes out is served without it.

EEGNet (Lawhern et al. 2018) with its published sizes; the same seed on the same machine gives the same network. How long
it trains is chosen on subjects of the training part that it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias  # Any: torch, which is no dependency of the base

import numpy as np
from numpy.typing import NDArray

from ambos.adapt.signal import Recordings, fold_numbers
from ambos.corpus import signals
from ambos.corpus.network import Network
from ambos.corpus.splits import folds
from ambos.errors import AdaptError

Floats: TypeAlias = NDArray[np.float32]
Bools: TypeAlias = NDArray[np.bool_]
Tensors: TypeAlias = dict[str, Any]
Told: TypeAlias = Callable[[str, int, int], None]
Loss: TypeAlias = Callable[[str, int, float], None]

MAPS: Final = 16  # 8 filters over time, 2 over space each
OUTPUTS: Final = 16
SHARES: Final = (0.5, 1 / 8, 1 / 32, 1 / 4)  # s: filters over time, second filters after pooling, the two poolings
DROPOUT: Final = 0.25  # across subjects; the paper's choice where classes of new subjects are judged
EPOCHS: Final = 40
BATCH: Final = 64
RATE: Final = 2e-3
DECAY: Final = 1e-2
PATIENCE: Final = 8  # epochs without a better loss on held-back subjects
INNER: Final = 4  # networks; each leaves one of so many parts of the subjects out


@dataclass(frozen=True, slots=True)
class Trained:
    """A network with its own last layer."""

    network: Network
    weights_FC: Floats = field(repr=False)
    bias_C: Floats = field(repr=False)

    def scores(self, x_NHT: Floats) -> Floats:
        """Uncalibrated scores (window, class), by the arithmetic that serves."""
        return np.asarray(self.network.embedded(x_NHT) @ self.weights_FC + self.bias_C, dtype=np.float32)


def fit_network(
    x_NHT: Floats, true_NC: Bools, groups: Sequence[str], rate_hz: float, *, seed: int, loss: Loss = lambda *_: None
) -> Trained:
    """Networks on aligned windows, classes weighing alike; their scores are averaged.

    Each leaves another part of the subjects out and is taken from the epoch at which those are likeliest, so that how long
    it trains is chosen on people it has not seen.

    Args:
        groups: subject of each window.
        loss: hears the loss on held-back subjects after each epoch, for each of the networks.

    Raises:
        AdaptError: torch is not installed, or windows are shorter than the poolings join.
    """
    strata = [str(int(row.argmax())) for row in true_NC]
    inner = np.array(folds(strata, groups, INNER, np.random.default_rng(seed)), dtype=np.int64)
    found = []
    for fold in range(INNER):
        held = inner == fold
        parts = (x_NHT[~held], true_NC[~held]), (x_NHT[held], true_NC[held])
        found.append(_train(*parts, rate_hz, seed=seed * INNER + fold, curve=_curve(loss, fold)))
    return _joined(found)


def _curve(loss: Loss, fold: int) -> Callable[[int, float], None]:
    return lambda epoch, value: loss(f"network {fold + 1}", epoch, value)


def cross_validate(recordings: Recordings, *, count: int, seed: int, told: Told = lambda *_: None) -> Floats:
    """Scores of windows (window, class) by networks that have not seen their subject.

    Raises:
        AdaptError: see `fit_network`.
        CorpusError: fewer subjects than folds.
    """
    fold_N = fold_numbers(recordings, count, seed)
    x = signals.aligned(recordings.x_NCT, recordings.groups)
    scores = np.zeros(recordings.true_NC.shape, dtype=np.float32)
    for fold in range(count):
        inside = fold_N != fold
        groups = [group for group, one in zip(recordings.groups, inside, strict=True) if one]
        found = fit_network(x[inside], recordings.true_NC[inside], groups, recordings.rate_hz, seed=seed)
        scores[~inside] = found.scores(x[~inside])
        told("network fold", fold + 1, count)
    return scores


def _train(
    inside: tuple[Floats, Bools],
    held: tuple[Floats, Bools],
    rate_hz: float,
    *,
    seed: int,
    curve: Callable[[int, float], None] = lambda *_: None,
) -> Trained:
    x_NHT, true_NC = inside
    torch = _torch()
    rng = np.random.default_rng(seed)
    sizes = [max(1, round(share * rate_hz)) for share in (SHARES[0], SHARES[1], SHARES[2])]
    pools = (sizes[2], max(1, round(SHARES[3] * rate_hz / sizes[2])))
    steps = x_NHT.shape[2] // pools[0] // pools[1]
    if steps < 1:
        raise AdaptError(f"windows of {x_NHT.shape[2]} points are too short for a network at {rate_hz:g} Hz")
    layers = _start(torch, rng, x_NHT.shape[1], true_NC.shape[1], (sizes[0], sizes[1]), steps)
    state: Tensors = {name: torch.zeros(MAPS) for name in ("mean1", "mean2")} | {
        name: torch.ones(MAPS) for name in ("var1", "var2")
    }
    x, target = torch.from_numpy(np.ascontiguousarray(x_NHT)), torch.from_numpy(true_NC.argmax(axis=1))
    weight = torch.from_numpy((len(true_NC) / np.maximum(true_NC.sum(axis=0), 1) / true_NC.shape[1]).astype(np.float32))
    generator = torch.Generator().manual_seed(seed)
    whole = max(1, len(x) // BATCH)
    optimiser = torch.optim.AdamW(layers.values(), lr=RATE, weight_decay=DECAY)
    pace = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.05, 1 - step / (EPOCHS * whole)))
    made: list[Trained] = []
    losses: list[float] = []
    while len(made) < EPOCHS and len(made) - _best(losses) <= PATIENCE:
        for part in np.array_split(rng.permutation(len(x)), whole):
            optimiser.zero_grad()
            at = torch.from_numpy(part)
            scores = _forward(torch, x[at], layers, state, pools, generator)
            torch.nn.functional.cross_entropy(scores, target[at], weight=weight).backward()
            optimiser.step()
            pace.step()
        made.append(_folded(layers, state, pools))
        losses.append(_loss(made[-1].scores(held[0]), held[1]))
        curve(len(losses), losses[-1])
    _parity(torch, x[:BATCH], layers, state, pools, made[-1])
    return made[_best(losses)]


def _parity(torch: Any, x: Any, layers: Tensors, state: Tensors, pools: tuple[int, int], kept: Trained) -> None:
    with torch.no_grad():
        trained = _forward(torch, x, layers, state, pools, None).numpy()
    if not np.allclose(trained, kept.scores(x.numpy()), atol=1e-2, rtol=1e-2):
        raise AdaptError("the kept network does not answer as the trained one does: nothing was kept")


def _best(losses: Sequence[float]) -> int:
    """The epoch of the least loss, averaged with its neighbours: one epoch's hangs on chance."""
    near = [float(np.mean(losses[max(0, at - 1) : at + 2])) for at in range(len(losses))]
    return int(np.argmin(near)) if near else 0


def _joined(found: Sequence[Trained]) -> Trained:
    """Several networks side by side as one, whose scores are their mean."""
    first = found[0].network
    names = ("spatial_KH", "temporal_KL", "first_K", "second_KM", "last_J")
    parts = {name: np.concatenate([getattr(one.network, name) for one in found]) for name in names}
    points = np.zeros((len(found) * OUTPUTS, len(found) * MAPS), dtype=np.float32)
    for at, one in enumerate(found):
        points[at * OUTPUTS : (at + 1) * OUTPUTS, at * MAPS : (at + 1) * MAPS] = one.network.points_JK
    network = Network(**parts, points_JK=points, pools=first.pools)
    weights = np.asarray(np.concatenate([one.weights_FC for one in found]) / len(found), dtype=np.float32)
    bias = np.asarray(np.mean([one.bias_C for one in found], axis=0), dtype=np.float32)
    return Trained(network, weights, bias)


def _start(
    torch: Any, rng: np.random.Generator, channels: int, classes: int, lengths: tuple[int, int], steps: int
) -> Tensors:
    shapes = {
        "spatial": (MAPS, channels), "temporal": (MAPS, lengths[0]), "second": (MAPS, lengths[1]),
        "points": (OUTPUTS, MAPS), "weights": (OUTPUTS * steps, classes),
    }  # fmt: skip
    layers = {}
    for name, shape in shapes.items():
        fan = shape[0] if name == "weights" else shape[1]
        layers[name] = torch.from_numpy(rng.uniform(-1, 1, shape).astype(np.float32) / np.float32(np.sqrt(fan)))
    layers |= {"bias": torch.zeros(classes)}
    layers |= {name: torch.ones(MAPS) for name in ("gain1", "gain2")} | {
        name: torch.zeros(MAPS) for name in ("shift1", "shift2")
    }
    return {name: one.requires_grad_() for name, one in layers.items()}


def _forward(torch: Any, x: Any, layers: Tensors, state: Tensors, pools: tuple[int, int], generator: Any) -> Any:
    """Scores; without a generator as it serves: nothing dropped, normalised by what all windows had on average."""
    nn = torch.nn.functional
    y = _along(nn, torch.matmul(layers["spatial"], x), layers["temporal"])
    y = nn.batch_norm(
        y, state["mean1"], state["var1"], layers["gain1"], layers["shift1"], training=generator is not None
    )
    y = _dropped(torch, nn.avg_pool1d(nn.elu(y), pools[0]), generator)
    y = torch.matmul(layers["points"], _along(nn, y, layers["second"]))
    y = nn.batch_norm(
        y, state["mean2"], state["var2"], layers["gain2"], layers["shift2"], training=generator is not None
    )
    y = _dropped(torch, nn.avg_pool1d(nn.elu(y), pools[1]), generator)
    return y.flatten(1) @ layers["weights"] + layers["bias"]


def _along(nn: Any, y: Any, filters: Any) -> Any:
    length = filters.shape[1]
    left = (length - 1) // 2
    return nn.conv1d(nn.pad(y, (left, length - 1 - left)), filters[:, None], groups=len(filters))


def _dropped(torch: Any, y: Any, generator: Any) -> Any:
    if generator is None:
        return y
    kept = torch.rand(y.shape, generator=generator) >= DROPOUT
    return y * kept / (1 - DROPOUT)


def _folded(layers: Tensors, state: Tensors, pools: tuple[int, int]) -> Trained:
    """Normalisation by what all windows had on average becomes part of the filters."""
    plain = {name: one.detach().numpy().astype(np.float64) for name, one in (layers | state).items()}
    scale1 = plain["gain1"] / np.sqrt(plain["var1"] + 1e-5)
    scale2 = plain["gain2"] / np.sqrt(plain["var2"] + 1e-5)
    parts = (
        plain["spatial"], plain["temporal"] * scale1[:, None], plain["shift1"] - plain["mean1"] * scale1,
        plain["second"], plain["points"] * scale2[:, None], plain["shift2"] - plain["mean2"] * scale2,
    )  # fmt: skip
    network = Network(pools, *(np.asarray(one, dtype=np.float32) for one in parts))
    return Trained(network, plain["weights"].astype(np.float32), plain["bias"].astype(np.float32))


def _loss(scores_NC: Floats, true_NC: Bools) -> float:
    top = scores_NC - scores_NC.max(axis=1, keepdims=True)
    chances = (top - np.log(np.exp(top).sum(axis=1, keepdims=True)))[true_NC]
    labels = true_NC.argmax(axis=1)
    return float(-np.mean([chances[labels == one].mean() for one in np.unique(labels)]))


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise AdaptError("the network needs the training library: install `ambos[adapt]`") from None
    torch.set_num_threads(1)
    return torch
