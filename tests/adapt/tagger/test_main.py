"""What the command that trains the tagger makes of an owner's templates."""

from pathlib import Path

import pytest

from ambos.adapt.tagger.__main__ import mixture, own_templates
from ambos.adapt.tagger.lists import Gazetteer
from ambos.errors import ConfigError

GAZETTEER = Gazetteer(("ANA",), ("GARCIA", "LOPEZ", "PEÑA"), ("Getafe", "Soria"))


def test_own_templates_are_lines_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("# ours\nParte {num} de {person}\\n{date}\n\n", "utf-8")
    assert own_templates(path) == ("Parte {num} de {person}\n{date}",)
    assert own_templates(None) == ()


@pytest.mark.parametrize("data", [b"\xff\xfe{person}", None])
def test_a_file_that_cannot_be_read_is_our_error(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "own.txt"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ConfigError):
        own_templates(path)


def test_a_slot_that_nothing_fills_is_named(tmp_path: Path) -> None:
    texts = mixture(tmp_path, GAZETTEER, seed=1, each=1, own={"en": ("{person}", "{perro} of {first:a}")})
    with pytest.raises(ConfigError, match=r"template 2 of your en file has no such slot: \{perro\}"):
        list(texts)
