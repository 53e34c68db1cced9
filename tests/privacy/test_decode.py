"""Forward-backward against the definition."""

import itertools

import numpy as np
import pytest

from ambos.privacy.decode import F32, best_labels, gains, marginals


def by_definition(scores: F32, transitions: F32) -> F32:
    """Sums over all label sequences of one line."""
    size, width = scores.shape
    total = np.zeros((size, width))
    for labels in itertools.product(range(width), repeat=size):
        weight = sum(float(scores[t, label]) for t, label in enumerate(labels))
        weight += sum(float(transitions[a, b]) for a, b in itertools.pairwise(labels))
        for t, label in enumerate(labels):
            total[t, label] += np.exp(weight)
    shares: F32 = (total / total.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


@pytest.mark.parametrize("seed", range(6))
def test_marginals_are_those_of_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, 5)
    scores = rng.normal(0, 3, (int(sizes.sum()), 3)).astype(np.float32)
    transitions = rng.normal(0, 2, (3, 3)).astype(np.float32)
    begins = np.zeros(len(scores), dtype=np.bool_)
    starts = np.cumsum(sizes) - sizes
    begins[starts] = True
    found = marginals(scores, begins, gains(transitions))
    for start, size in zip(starts, sizes, strict=True):
        assert np.allclose(
            found[start : start + size], by_definition(scores[start : start + size], transitions), atol=1e-5
        )


def test_lines_do_not_touch_each_other() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 2, (30, 5)).astype(np.float32)
    gain = gains(rng.normal(0, 2, (5, 5)).astype(np.float32))
    begins = np.zeros(30, dtype=np.bool_)
    begins[[0, 7, 20]] = True
    together = marginals(scores, begins, gain)
    for low, high in ((0, 7), (7, 20), (20, 30)):
        alone = marginals(scores[low:high], begins[low:high], gain)
        assert np.allclose(together[low:high], alone, atol=1e-6)


def test_long_line_of_extreme_scores_stays_finite() -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(0, 30, (500, 4)).astype(np.float32)
    begins = np.zeros(500, dtype=np.bool_)
    begins[0] = True
    found = marginals(scores, begins, gains(rng.normal(0, 9, (4, 4)).astype(np.float32)))
    assert np.isfinite(found).all()
    assert np.allclose(found.sum(axis=1), 1, atol=1e-4)


def test_no_tokens_no_rows() -> None:
    assert marginals(np.zeros((0, 3), np.float32), np.zeros(0, np.bool_), np.ones((3, 3))).shape == (0, 3)


def weight_of(labels: tuple[int, ...], scores: F32, transitions: F32) -> float:
    steps = sum(float(transitions[a, b]) for a, b in itertools.pairwise(labels))
    return steps + sum(float(scores[t, label]) for t, label in enumerate(labels))


@pytest.mark.parametrize("seed", range(6))
def test_doubtful_lines_are_labelled_by_their_most_probable_sequence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 0.3, (12, 3)).astype(np.float32)
    transitions = rng.normal(0, 2, (3, 3)).astype(np.float32)
    begins = np.zeros(12, dtype=np.bool_)
    begins[[0, 4, 9]] = True
    gain = gains(transitions)
    best = best_labels(marginals(scores, begins, gain), scores, begins, gain)
    for low, high in ((0, 4), (4, 9), (9, 12)):
        every = itertools.product(range(3), repeat=high - low)
        expected = max(every, key=lambda labels: weight_of(labels, scores[low:high], transitions))
        assert tuple(best[low:high]) == expected


def test_best_labels_of_competing_readings_are_those_of_one_of_them() -> None:
    # The first token likes 1, which two readings share, the second likes 0; "1, 0" itself is ruled out.
    scores = np.array([[0.3, 0, -9], [0, 0.05, 0.05]], dtype=np.float32)
    transitions = np.array([[0, -9, -9], [-9, 0, 0], [-9, 0, 0]], dtype=np.float32)
    begins = np.array([True, False])
    gain = gains(transitions)
    chances = marginals(scores, begins, gain)
    assert chances.argmax(axis=1).tolist() == [1, 0]
    assert best_labels(chances, scores, begins, gain).tolist() == [0, 0]


def test_no_token_has_no_label() -> None:
    nothing = np.zeros((0, 3), dtype=np.float32)
    assert len(best_labels(nothing, nothing, np.zeros(0, dtype=np.bool_), np.ones((3, 3)))) == 0
