"""Word vectors: those that are read, and those that are learned."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ambos.adapt.tagger import meanings
from ambos.adapt.tagger.meanings import clinical_texts, english, learned, murmur


@pytest.mark.parametrize(
    ("word", "value"),
    [("apple", 8566208034543834098), ("photosynthesis", 6800201866929762591)],
)
def test_strings_have_the_names_that_spacy_gives_them(word: str, value: int) -> None:
    assert murmur(word.encode()) == value


def test_words_of_like_use_have_like_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meanings, "SIZE", 3)
    rng = np.random.default_rng(0)
    texts = []
    for _ in range(60):
        animal, drink = rng.choice(["gato", "perro"]), rng.choice(["vino", "cerveza"])
        texts.append(f"el {animal} duerme en casa . bebe {drink} frío con hielo")
    found = learned(texts)

    def near(one: str, other: str) -> float:
        a, b = (found.vectors[found.row_of[word]] for word in (one, other))
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert near("gato", "perro") > 0.8 > near("gato", "vino")
    assert not found.vectors[0].any()


def test_vectors_of_a_spacy_model_are_read_for_lower_case_words(tmp_path: Path) -> None:
    folder = tmp_path / "vocab"
    folder.mkdir()
    words = ["apple", "pear", "Apple", "12", "x-y"]
    (folder / "strings.json").write_text(json.dumps(words), "utf-8")
    (folder / "key2row").write_bytes(msgspec.msgpack.encode({murmur(w.encode()): n % 3 for n, w in enumerate(words)}))
    with (folder / "vectors").open("wb") as file:
        np.save(file, np.random.default_rng(0).normal(size=(60, 50)).astype(np.float32))
    found = english(tmp_path)
    assert set(found.row_of) == {"apple", "pear"}
    assert min(found.row_of.values()) >= 1
    assert found.vectors.shape == (61, meanings.SIZE)


def test_texts_of_dev_and_of_a_fold_stay_out(tmp_path: Path) -> None:
    for name, ids in {
        "meddocan/dev": ["d"],
        "meddocan/train": ["t", "u"],
        "cantemist/train": ["c"],
        "text/codiesp/train": ["d", "e"],
        "text/codiesp/dev": ["u"],
    }.items():
        path = tmp_path / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps({"id": i, "text": f"{name} {i}"}) + "\n" for i in ids), "utf-8")
    assert [text.split()[-1] for text in clinical_texts(tmp_path, frozenset("u"))] == ["c", "e", "t"]
