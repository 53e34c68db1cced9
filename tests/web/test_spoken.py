"""Errors in Spanish: every template is found again from its text, and doors tell them in the reader's language."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripts import error_words, make_docs

from ambos.cli import words
from ambos.errors import ConfigError, ExperimentError
from ambos.web.spoken import said

TEMPLATES = {str(one.id): str(one.string) for one in make_docs.spanish_errors() if one.id and one.string}


def filled(template: str) -> str:
    holes = set(re.findall(r"\{(\d)\}", template))
    return template.format(*(f"<v{at}>" for at in range(len(holes))))


def test_every_text_of_the_source_is_found_again_and_told_in_spanish() -> None:
    assert len(TEMPLATES) > 1000
    wrong = {one: said(filled(one), "es") for one in TEMPLATES if said(filled(one), "es") != filled(TEMPLATES[one])}
    assert wrong == {}


def test_english_and_what_no_template_fits_stay_as_they_are() -> None:
    assert said("the scores have no rows", "en") == "the scores have no rows"
    assert said("something that nobody raises", "es") == "something that nobody raises"


def test_errors_within_errors_and_after_a_place_are_told_too() -> None:
    assert said("line 3: two of its spans overlap", "es") == "línea 3: dos de sus tramos se solapan"
    assert said("entry 7: this is not a GGUF file: it does not begin with GGUF", "es") == (
        "entry 7: esto no es un fichero GGUF: no empieza por GGUF"
    )


def test_values_are_told_as_they_came() -> None:
    told = said(str(ExperimentError("a ratio {x} of 'a' needs {0}")), "es")
    assert told == "a ratio {x} of 'a' needs {0}"
    assert said("item 'a {0} b' has two different scores in arm 'c'; add a column 'trial' if it was answered more than once",
                "es").startswith("el elemento 'a {0} b' tiene dos puntuaciones distintas en el brazo 'c'")  # fmt: skip


def test_commands_tell_an_error_in_the_language_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ConfigError("ambos.toml: 'sever' is unknown; did you mean 'server'?")
    monkeypatch.setenv("AMBOS_LANG", "es")
    assert words.told(error) == "ambos.toml: 'sever' no se conoce; ¿quiso decir 'server'?"
    assert words.say("not_judged", problem="the log is not whole").endswith("el registro no está íntegro")
    monkeypatch.setenv("AMBOS_LANG", "en")
    assert words.told(error) == str(error)


@pytest.mark.shell
def test_a_wrong_setting_is_told_in_spanish_by_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "ambos.toml").write_text("[sever]\nport = 1\n", encoding="utf-8")
    command = [sys.executable, "-m", "ambos.cli", "config", "show", "--data", str(tmp_path)]
    done = subprocess.run(
        command, env={"AMBOS_LANG": "es", "PATH": "/usr/bin"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no se conoce" in done.stderr


def test_texts_are_read_from_constants_and_choices_too() -> None:
    found = error_words.templates()
    assert "the key service did not answer in time" in found  # a table of constants
    assert "ambos.toml: {0} is unknown; did you mean {1}?" in found  # a choice within a sum
    assert "late" not in found  # a code
