"""Examples for a prompt: the likest rows, no label out of sight, the likest next to the question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.corpus import Row
from ambos.corpus.similar import prompt, similar
from ambos.errors import CorpusError

ROWS = [
    Row("1", "my card is lost", ("card",)),
    Row("2", "my card is broken", ("card",)),
    Row("3", "the card chip fails", ("card",)),
    Row("4", "when does the transfer arrive", ("transfer",)),
    Row("5", "the rate of my mortgage", ("loan",)),
]


def test_every_label_is_shown_and_the_likest_stands_last() -> None:
    found = similar(ROWS, "I have lost my card", count=3)
    assert {row.labels[0] for row in found} == {"card", "transfer", "loan"}
    assert found[-1].id == "1"
    assert [row.id for row in similar(ROWS, "I have lost my card", count=4)][-2:] == ["2", "1"]


def test_the_message_holds_examples_then_the_question() -> None:
    told = prompt(similar(ROWS, "lost card", count=1), "lost card", language="es")
    assert told.endswith("Pregunta: my card is lost\nRespuesta: card\n\nPregunta: lost card\nRespuesta:")
    answer = [Row("1", "hours?", answer="9 to 17")]
    assert "Answer: 9 to 17" in prompt(similar(answer, "when?", count=5), "when?", language="en")


def test_nothing_to_take_from_is_refused() -> None:
    with pytest.raises(CorpusError):
        similar([], "x", count=3)
    with pytest.raises(CorpusError):
        similar(ROWS, "x", count=0)


@given(st.text(max_size=60), st.integers(1, 9))
def test_any_question_gets_as_many_examples_as_there_are(text: str, count: int) -> None:
    found = similar(ROWS, text, count=count)
    assert len({row.id for row in found}) == min(count, len(ROWS))
