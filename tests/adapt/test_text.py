"""The text family learns on rows that it is judged without, is calibrated, and is kept as it answers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ambos.adapt import text as family
from ambos.adapt.fitting import fit, matrix, platt, temperature
from ambos.adapt.metrics import Counts, calibration_error, gained, measured
from ambos.adapt.running import control_scores, examples_of, row_scores, run
from ambos.corpus import Corpus, Origin, Recipe, Row, Vocabulary, Wish, build
from ambos.corpus.artefact import Artefact, hash_of
from ambos.corpus.head import squashed
from ambos.corpus.tensors import read_tensors, write_tensors
from ambos.errors import AdaptError, IntegrityError

WORDS = {
    "card": ["card", "chip", "pin", "contactless", "plastic"],
    "transfer": ["transfer", "wire", "iban", "payee", "pending"],
    "loan": ["loan", "rate", "mortgage", "instalment", "debt"],
}
FILL = ("please", "tell", "me", "about", "this", "today", "now", "soon", "again", "my", "the", "problem", "with")


class Letters:
    """A small encoder that is real: counts of letter pairs, hashed to 64 numbers."""

    name, version, width = "letters", "v", 64

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        out = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for a, b in itertools.pairwise(text):
                out[row, (ord(a) * 31 + ord(b)) % 64] += 1
        made: NDArray[np.float32] = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
        return made


def rows(count: int = 150, *, multiple: bool = False, seed: int = 1) -> list[Row]:
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        labels = sorted(map(str, rng.choice(sorted(WORDS), 2 if multiple and number % 3 == 0 else 1, replace=False)))
        words = [*rng.choice(FILL, 5), *(str(rng.choice(WORDS[label])) for label in labels), str(number)]
        made.append(Row(f"0/{number}", " ".join(rng.permutation(words)), tuple(labels)))
    return made


def corpus(*, multiple: bool = False, count: int = 150) -> Corpus:
    origin = Origin("q", "desk", "GDPR-6.1.f", "own")
    return build(rows(count, multiple=multiple), [origin], Wish("desk", "text", near=0), lambda _: (), {})


def recipe(made: Corpus, **more: object) -> Recipe:
    about = {"name": "desk", "family": "text", "corpus": made.hash, "purpose": "topics", "folds": 3, "c": 10.0, **more}
    return Recipe(**about)  # type: ignore[arg-type]  # keywords of a test


def test_few_rows_and_many_rows_have_the_same_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [row.text for row in rows(40)]
    target = np.eye(3, dtype=np.float32)[np.arange(40) % 3]
    vocabulary = Vocabulary.learn(texts, least=1)
    table = matrix(vocabulary.features(texts), Letters().embed(texts))
    short = fit(table, target, c=10.0, is_multiple=False)
    monkeypatch.setattr("ambos.adapt.fitting._FEW_ROWS", 0)
    long = fit(table, target, c=10.0, is_multiple=False, steps=2000)
    assert np.allclose(short[0], long[0], atol=5e-3)
    assert np.allclose(table @ short[0] + short[1], table @ long[0] + long[1], atol=2e-2)


def test_temperature_cools_what_is_too_sure() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(4000, 3)).astype(np.float32)
    chances = squashed(truth, is_multiple=False)
    drawn = np.array([rng.choice(3, p=row / row.sum()) for row in chances])
    assert temperature(truth * 4, np.eye(3, dtype=np.float32)[drawn]) == pytest.approx(0.25, rel=0.1)


def test_platt_finds_slope_and_offset() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=20_000).astype(np.float32)
    is_true = rng.random(20_000) < 1 / (1 + np.exp(-(2 * scores - 1)))
    slope, offset = platt(scores, is_true)
    assert slope == pytest.approx(2, abs=0.1)
    assert offset == pytest.approx(-1, abs=0.1)


def test_metrics_of_a_known_table() -> None:
    true = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool)
    chosen = np.array([[1, 0], [0, 1], [0, 1], [0, 1]], dtype=bool)
    found = measured(Counts.of(chosen, true), [""] * 4, np.random.default_rng(0))
    assert found["accuracy"].estimate == pytest.approx(0.75)
    assert found["balanced_accuracy"].estimate == pytest.approx(0.75)
    assert found["macro_f1"].estimate == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_interval_covers_a_known_truth() -> None:
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(100):
        right = rng.random(200) < 0.8
        true = np.eye(2, dtype=bool)[np.zeros(200, dtype=int)]
        chosen = np.where(right[:, None], true, ~true)
        found = measured(Counts.of(chosen, true), [""] * 200, rng)["accuracy"]
        inside += found.lower <= 0.8 <= found.upper
    assert 88 <= inside <= 100


def test_groups_widen_the_interval() -> None:
    rng = np.random.default_rng(1)
    right = np.repeat(rng.random(20) < 0.7, 20)
    true = np.eye(2, dtype=bool)[np.zeros(400, dtype=int)]
    counts = Counts.of(np.where(right[:, None], true, ~true), true)
    alone = measured(counts, [""] * 400, rng)["accuracy"]
    grouped = measured(counts, [str(n // 20) for n in range(400)], rng)["accuracy"]
    assert grouped.upper - grouped.lower > 2 * (alone.upper - alone.lower)


def test_calibration_error_of_honest_chances_is_small() -> None:
    rng = np.random.default_rng(2)
    chance = rng.random((5000, 1))
    assert calibration_error(chance, rng.random((5000, 1)) < chance) < 0.03
    assert calibration_error(np.full((100, 1), 0.9), np.zeros((100, 1), dtype=bool)) == pytest.approx(0.9)


@pytest.mark.parametrize("features", ["terms", "embedding", "both"])
def test_a_run_learns_and_keeps_what_it_measured(features: str) -> None:
    made = corpus()
    encoder = Letters() if features != "terms" else None
    done = run(made, recipe(made, features=features, base="letters" if encoder else ""), encoder, "", lambda *_: None)
    metrics = done.card["metrics"]
    assert isinstance(metrics, dict)
    floor = 0.6 if features == "embedding" else 0.9
    assert metrics[features]["accuracy"]["estimate"] > floor  # type: ignore[index,call-overload,operator]  # our own card
    again = Artefact.from_bytes(done.artefact.to_bytes())
    texts = ["my chip is broken", "the payee has no iban"]
    vectors = encoder.embed(texts) if encoder else None
    assert np.array_equal(again.scores(texts, vectors), done.artefact.scores(texts, vectors))
    assert hash_of(again.to_bytes()) == hash_of(done.artefact.to_bytes())


def test_the_same_recipe_gives_the_same_bytes() -> None:
    made = corpus()
    first = run(made, recipe(made), None, "", lambda *_: None).artefact.to_bytes()
    assert run(made, recipe(made), None, "", lambda *_: None).artefact.to_bytes() == first


def test_several_labels_have_one_threshold_from_training_rows() -> None:
    made = corpus(multiple=True, count=240)
    done = run(made, recipe(made, metric="micro_f1"), None, "", lambda *_: None)
    head = done.artefact.head
    assert head.is_multiple
    assert len(set(head.threshold_C.tolist())) == 1
    judging = examples_of(made, "evaluate", None)
    chosen = head.chosen(head.probabilities(done.artefact.scores(judging.texts, None)))
    assert np.mean(row_scores(chosen, judging.true_NC)) > 0.85


def test_the_generic_is_named_weak_and_the_control_is_the_strongest() -> None:
    made = corpus()
    alone = run(made, recipe(made), None, "", lambda *_: None)
    assert (alone.control, alone.card["gain"]["against"]) == ("prevalence", "weak_generic")  # type: ignore[index,call-overload]  # our own card
    both = run(made, recipe(made, features="both", base="letters"), Letters(), "", lambda *_: None)
    assert both.control == "terms"


def test_control_is_trained_on_training_rows_alone() -> None:
    made = corpus()
    train, judging = examples_of(made, "train", None), examples_of(made, "evaluate", None)
    chosen = control_scores("prevalence", train, judging, None, recipe(made))
    assert chosen.argmax(axis=1).tolist() == [int(train.true_NC.sum(axis=0).argmax())] * len(judging.texts)


def test_too_few_rows_are_refused_with_what_to_do_instead() -> None:
    made = corpus(count=12)
    with pytest.raises(AdaptError, match="into the prompt"):
        run(made, recipe(made), None, "", lambda *_: None)


def test_a_label_unseen_in_a_fold_cannot_be_chosen() -> None:
    examples = examples_of(corpus(), "train", None)
    found = family.cross_validate(examples, "terms", c=10.0, count=3, seed=1, told=lambda *_: None)
    assert np.isfinite(found.scores_NC).all()


def test_gain_has_the_sign_of_the_better_arm() -> None:
    true = np.eye(2, dtype=bool)[np.arange(100) % 2]
    good, bad = Counts.of(true, true), Counts.of(~true, true)
    points, relative = gained(good, bad, [""] * 100, "accuracy", np.random.default_rng(0))
    assert points.lower > 0.9
    assert relative.estimate > 1


def test_no_word_of_a_text_stands_in_the_artefact() -> None:
    made = corpus()
    content = run(made, recipe(made), None, "", lambda *_: None).artefact.to_bytes()
    assert b"mortgage" not in content
    assert b"contactless" not in content


@given(st.integers(0, 5000), st.integers(0, 255))
def test_any_changed_byte_gives_our_error_or_a_model(at: int, value: int) -> None:
    content = bytearray(ARTEFACT)
    content[at % len(content)] = value
    try:
        Artefact.from_bytes(bytes(content))
    except IntegrityError:
        return


@given(st.binary(max_size=200))
def test_any_bytes_as_tensors_give_our_error(content: bytes) -> None:
    try:
        read_tensors(content)
    except IntegrityError:
        return


def test_tensors_come_back_as_they_were() -> None:
    arrays: dict[str, NDArray[np.generic]] = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.array([1], dtype=np.uint64),
    }
    again, facts = read_tensors(write_tensors(arrays, {"x": "y"}))
    assert facts == {"x": "y"}
    assert all(np.array_equal(again[name], arrays[name]) for name in arrays)


def _artefact() -> bytes:
    made = corpus(count=60)
    return run(made, recipe(made, folds=2), None, "", lambda *_: None).artefact.to_bytes()


ARTEFACT = _artefact()
