from __future__ import annotations

from itertools import product
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambos.errors import PolicyError
from ambos.identity import Principal, Role
from ambos.messages import Assessment, Json, Level, ServedModel, Treatment, Zone
from ambos.policy import Matrix, Settings, load, read_settings
from ambos.policy.matrix import DEFAULTS, HARD, Destination, matrix_cedar, read_matrix

ANA = Principal("p_ana", "t", "k_1", frozenset({Role.USER}))
MODELS = {
    Destination.INSIDE: ServedModel("a/in", "a", "in", Zone.INSIDE),
    Destination.AGREED: ServedModel("b/agreed", "b", "agreed", Zone.OUTSIDE, agreement="DPA"),
    Destination.OTHER: ServedModel("c/other", "c", "other", Zone.OUTSIDE),
}
MATRICES: st.SearchStrategy[dict[Any, Treatment | None]] = st.builds(
    dict, st.tuples(*(st.tuples(st.just(cell), st.sampled_from(sorted(HARD[cell], key=str))) for cell in HARD))
)


@settings(max_examples=60, deadline=None)
@given(MATRICES)
def test_the_table_is_what_cedar_says(cells: dict[Any, Treatment | None]) -> None:  # Any: dict's own key type
    policy = load(Settings(Matrix(cells)))
    for level, destination in product(Level, Destination):
        decision = policy.decide(Assessment(level), ANA, tuple(MODELS.values()), tighten=None, demo_allowed=True)
        assert decision.treatments.get(MODELS[destination].name) == cells[level, destination]


def test_the_defaults_are_the_design() -> None:
    words = {
        (level.label, destination.value): cell.value if cell else "none"
        for (level, destination), cell in DEFAULTS.items()
    }
    assert words == {
        ("public", "inside"): "raw",
        ("public", "agreed"): "raw",
        ("public", "other"): "raw",
        ("internal", "inside"): "raw",
        ("internal", "agreed"): "raw",
        ("internal", "other"): "none",
        ("confidential", "inside"): "raw",
        ("confidential", "agreed"): "masked",
        ("confidential", "other"): "none",
        ("restricted", "inside"): "raw",
        ("restricted", "agreed"): "none",
        ("restricted", "other"): "none",
    }


def test_a_blank_agreement_is_none() -> None:
    assert Destination.of(ServedModel("a/b", "a", "b", Zone.OUTSIDE, agreement="  ")) is Destination.OTHER


@pytest.mark.parametrize("destination", ["agreed", "other"])
@pytest.mark.parametrize(
    ("level", "word", "said"),
    [
        ("confidential", "raw", "confidential text never leaves as it is: write masked or none"),
        ("restricted", "raw", "restricted text never leaves at all: write none"),
        ("restricted", "masked", "restricted text never leaves at all: write none"),
    ],
)
def test_a_cell_against_a_hard_rule_is_refused(destination: str, level: str, word: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said) as caught:
        read_matrix({level: {destination: word}})
    assert f"{level}.{destination}" in str(caught.value)


@pytest.mark.parametrize(
    "table",
    [
        "raw",
        {"secret": {"inside": "raw"}},
        {"public": "raw"},
        {"public": {"abroad": "raw"}},
        {"public": {"other": "maybe"}},
        {"public": {"other": True}},
        {"public": {"other": ["raw"]}},
        {"public": {"inside": "masked"}},
    ],
)
def test_a_table_with_a_mistake_is_refused(table: Json) -> None:
    with pytest.raises(PolicyError):
        read_matrix(table)


def test_a_matrix_with_a_hole_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"restricted\.other is missing"):
        Matrix({cell: word for cell, word in DEFAULTS.items() if cell != (Level.RESTRICTED, Destination.OTHER)})


def test_unwritten_cells_keep_their_default() -> None:
    made = read_matrix({"internal": {"other": "masked"}})
    assert made.cells == {**DEFAULTS, (Level.INTERNAL, Destination.OTHER): Treatment.MASKED}


def test_settings_are_read_and_mistakes_refused() -> None:
    assert read_settings({}) == Settings()
    made = read_settings({"matrix": {"public": {"other": "none"}}, "cedar": "// none yet"})
    assert made.cedar == "// none yet"
    mistakes: tuple[dict[str, Json], ...] = ({"matrx": {}}, {"cedar": 3}, {"matrix": []})
    for mistake in mistakes:
        with pytest.raises(PolicyError):
            read_settings(mistake)


def test_the_text_is_formatted_cedar_and_stable() -> None:
    text = matrix_cedar(Matrix())
    assert text == matrix_cedar(Matrix(dict(reversed(list(DEFAULTS.items())))))
    assert text.count("@id(") == len(cedarpy.PolicySet.from_str(text)) == 8
