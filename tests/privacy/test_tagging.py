"""From marginals to findings."""

import numpy as np
import pytest

from ambos.errors import IntegrityError
from ambos.messages import Finding, Kind
from ambos.privacy.tagging import KIND_OF, RULE, LabelSet, findings

LABELS = LabelSet.of(("O", "B-CALLE", "I-CALLE", "B-NOMBRE", "I-NOMBRE"))


def found(rows: list[list[float]], *, floor: float = 0.2, begins: tuple[int, ...] = (0,)) -> list[Finding]:
    marginals = np.array(rows, dtype=np.float32)
    first = np.zeros(len(rows), dtype=np.bool_)
    first[list(begins)] = True
    starts = [10 * i for i in range(len(rows))]
    return list(findings(marginals, starts, [s + 5 for s in starts], first, LABELS, floor=floor))


def test_begin_and_inside_make_one_span_with_its_weakest_score() -> None:
    (one,) = found([[0.0, 0, 0, 0.9, 0.1], [0.3, 0, 0, 0, 0.7], [1, 0, 0, 0, 0]])
    assert one == Finding(0, 15, Kind.PERSON, "NOMBRE", one.score, RULE)
    assert one.score == pytest.approx(0.7, abs=1e-3)


def test_two_begins_are_two_spans() -> None:
    assert [(f.start, f.end) for f in found([[0, 0, 0, 1, 0], [0, 0, 0, 1, 0]])] == [(0, 5), (10, 15)]


def test_label_of_the_line_decides_and_does_not_lower_the_score_of_the_span() -> None:
    marginals = np.array([[0.05, 0.9, 0.05, 0, 0], [0.05, 0.05, 0.4, 0.5, 0]], dtype=np.float32)
    first = np.array([True, False])
    alone = list(findings(marginals, [0, 10], [5, 15], first, LABELS, floor=0.2))
    assert [(one.start, one.end, one.detail) for one in alone] == [(0, 5, "CALLE"), (10, 15, "NOMBRE")]
    named = list(findings(marginals, [0, 10], [5, 15], first, LABELS, best=np.array([1, 2]), floor=0.2))
    assert named == [Finding(0, 15, Kind.ADDRESS, "CALLE", 0.5, RULE)]


def test_span_ends_with_its_type() -> None:
    assert [f.detail for f in found([[0, 0, 0, 1, 0], [0, 0, 1, 0, 0]])] == ["NOMBRE", "CALLE"]


def test_span_ends_with_its_line() -> None:
    assert len(found([[0, 0, 0, 1, 0], [0, 0, 0, 0, 1]], begins=(0, 1))) == 2


def test_doubtful_token_is_reported_with_its_low_score() -> None:
    (one,) = found([[0.6, 0.1, 0, 0.2, 0.1]])
    assert one.detail == "NOMBRE"
    assert one.score == pytest.approx(0.3, abs=1e-3)


def test_likely_span_takes_in_a_doubtful_neighbour_of_its_type_and_keeps_its_score() -> None:
    sure, doubtful = [0.0, 0, 0, 1, 0], [0.7, 0, 0, 0, 0.3]
    for rows in ([sure, doubtful], [doubtful, sure]):
        assert [(f.start, f.end, f.score) for f in found(rows)] == [(0, 15, 1.0)]


def test_doubtful_neighbour_of_another_type_or_line_stays_apart() -> None:
    assert len(found([[0, 0, 0, 1, 0], [0.7, 0, 0.3, 0, 0]])) == 2
    assert len(found([[0, 0, 0, 1, 0], [0.7, 0, 0, 0, 0.3]], begins=(0, 1))) == 2


def test_doubtful_sign_alone_is_no_finding_but_a_sure_one_is() -> None:
    for row, count in (([0.7, 0.0, 0.0, 0.0, 0.3], 0), ([0.0, 0.0, 0.0, 1.0, 0.0], 1)):
        marginals = np.array([row], dtype=np.float32)
        first = np.ones(1, dtype=np.bool_)
        assert len(list(findings(marginals, [0], [1], first, LABELS, floor=0.2, telling=[False]))) == count


def test_below_the_floor_nothing_is_reported() -> None:
    assert found([[0.81, 0, 0, 0.19, 0]]) == []


def test_lower_floor_hides_no_less() -> None:
    rng = np.random.default_rng(3)
    rows = rng.dirichlet([1, 0.3, 0.3, 0.3, 0.3], 60).tolist()

    def hidden(floor: float) -> set[int]:
        return {i for f in found(rows, floor=floor) for i in range(f.start, f.end)}

    for low, high in ((0.05, 0.1), (0.1, 0.3), (0.3, 0.5)):
        assert hidden(high) <= hidden(low)


def test_each_type_has_a_floor_and_what_is_below_it_is_a_caution() -> None:
    # "O", street, name: both are sensitive with a probability of 0.1.
    rows = np.array([[0.9, 0.08, 0, 0.02, 0], [0.9, 0.02, 0, 0.08, 0]], dtype=np.float32)
    begins = np.array([True, True])
    floors = np.array([1, 0.15, 0.05], dtype=np.float32)
    usual, careful = (
        list(findings(rows, [0, 4], [3, 7], begins, LABELS, floor=floors, caution=caution)) for caution in (0.15, 0.05)
    )
    assert [(one.detail, one.rule) for one in usual] == [("NOMBRE", "tagger")]
    assert [(one.detail, one.rule) for one in careful] == [("NOMBRE", "tagger"), ("CALLE", "caution")]


def test_label_without_a_kind_is_refused() -> None:
    with pytest.raises(IntegrityError, match="labels without a kind"):
        LabelSet.of(("O", "B-PLANETA"))


def test_every_label_of_meddocan_has_a_kind() -> None:
    assert {"NOMBRE_SUJETO_ASISTENCIA", "HOSPITAL", "FECHAS", "ID_ASEGURAMIENTO", "NUMERO_FAX"} <= KIND_OF.keys()
