"""What the commands say counts in the language it speaks."""

from __future__ import annotations

import string

import pytest

from ambos.cli.words import WORDS, say


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("es", "Con 1 documento no", "Con 12 documentos no"),
        ("en", "From 1 document nothing", "From 12 documents nothing"),
    ],
)
def test_one_is_not_many(language: str, one: str, many: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBOS_LANG", language)
    assert say("calibrate_least", n=1, least="95").startswith(one)
    assert say("calibrate_least", n=12, least="22").startswith(many)
    assert "#" not in say("recovered", count=1, revoked=2, size=3)


def test_both_languages_have_the_same_fields() -> None:
    for code, (english, spanish) in WORDS.items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(words) if name} for words in (english, spanish)]
        assert fields[0] == fields[1], code
