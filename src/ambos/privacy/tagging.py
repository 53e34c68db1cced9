"""What the tagger's labels mean to us, and how probabilities of labels become findings.

The labels are those of the MEDDOCAN corpus (Marimon et al. 2019) plus two of our own: NOMBRE, a person who is neither
patient nor staff, and NUMERO_IDENTIF, a number of an identity document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ambos.errors import IntegrityError
from ambos.messages import Finding, Kind
from ambos.privacy.thresholds import CAUTION

F32: TypeAlias = npt.NDArray[np.float32]
RULE = "tagger"
# A span of at least this score is likely; what a policy asks of a finding may be less.
LIKELY = 0.5

KIND_OF = {
    "NOMBRE": Kind.PERSON,
    "NOMBRE_SUJETO_ASISTENCIA": Kind.PERSON,
    "NOMBRE_PERSONAL_SANITARIO": Kind.PERSON,
    "CALLE": Kind.ADDRESS,
    "TERRITORIO": Kind.LOCATION,
    "PAIS": Kind.LOCATION,
    "FECHAS": Kind.DATE,
    "EDAD_SUJETO_ASISTENCIA": Kind.AGE,
    # The closed set has no kind for sex; like kin it describes a person and names nobody.
    "SEXO_SUJETO_ASISTENCIA": Kind.FAMILY,
    "FAMILIARES_SUJETO_ASISTENCIA": Kind.FAMILY,
    "OTROS_SUJETO_ASISTENCIA": Kind.FAMILY,
    "PROFESION": Kind.PROFESSION,
    "HOSPITAL": Kind.ORG,
    "CENTRO_SALUD": Kind.ORG,
    "INSTITUCION": Kind.ORG,
    "ID_SUJETO_ASISTENCIA": Kind.HEALTH_ID,
    "ID_ASEGURAMIENTO": Kind.HEALTH_ID,
    "ID_CONTACTO_ASISTENCIAL": Kind.HEALTH_ID,
    "NUMERO_BENEF_PLAN_SALUD": Kind.HEALTH_ID,
    "ID_TITULACION_PERSONAL_SANITARIO": Kind.GOV_ID,
    "ID_EMPLEO_PERSONAL_SANITARIO": Kind.GOV_ID,
    "NUMERO_IDENTIF": Kind.GOV_ID,
    "OTRO_NUMERO_IDENTIF": Kind.GOV_ID,
    "NUMERO_TELEFONO": Kind.PHONE,
    "NUMERO_FAX": Kind.PHONE,
    "CORREO_ELECTRONICO": Kind.EMAIL,
    "URL_WEB": Kind.URL,
    "DIREC_PROT_INTERNET": Kind.IP,
    "IDENTIF_VEHICULOS_NRSERIE_PLACAS": Kind.VEHICLE,
    "IDENTIF_DISPOSITIVOS_NRSERIE": Kind.DEVICE_ID,
    "IDENTIF_BIOMETRICOS": Kind.DEVICE_ID,
}


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The label axis of a model: for each label the number of its type, and whether it begins a span.

    Attributes:
        types: names of the types; number 0 is "O".
        type_of: (L,), number of the type of each label.
        is_begin: (L,), True for "B-" labels.
        join: (L, types), 1 where the label is of the type: marginals times it are probabilities of types.
    """

    types: tuple[str, ...]
    type_of: npt.NDArray[np.int64]
    is_begin: npt.NDArray[np.bool_]
    join: F32

    @classmethod
    def of(cls, labels: Sequence[str]) -> LabelSet:
        """From "O", "B-X", "I-X".

        Raises:
            IntegrityError: a label that we give no kind.
        """
        names = ["O", *sorted({label[2:] for label in labels if label != "O"})]
        if unknown := [name for name in names[1:] if name not in KIND_OF]:
            raise IntegrityError(f"the tagger's model has labels without a kind: {', '.join(unknown)}")
        type_of = np.array([0 if label == "O" else names.index(label[2:]) for label in labels], dtype=np.int64)
        is_begin = np.array([label.startswith("B-") for label in labels], dtype=np.bool_)
        join = np.zeros((len(labels), len(names)), dtype=np.float32)
        join[np.arange(len(labels)), type_of] = 1
        return cls(tuple(names), type_of, is_begin, join)


@dataclass(slots=True)
class _Span:
    """Tokens `first` to `last` of one type; `is_weak` where "O" was the most probable label of each."""

    kind: int
    first: int
    last: int
    score: float
    is_weak: bool


def findings(
    marginals: F32,
    starts: Sequence[int],
    ends: Sequence[int],
    begins: npt.NDArray[np.bool_],
    labels: LabelSet,
    *,
    best: npt.NDArray[np.int64] | None = None,
    floor: float | F32,
    telling: Sequence[bool] = (),
    caution: float = 1.0,
) -> Iterator[Finding]:
    """The spans that the marginals speak for.

    A token whose label (`best`) is not "O" belongs to a span of that label's type. A token that is "O" only with
    a probability below `1 - floor` becomes a span of its most probable other type, with its low score: a threshold of
    policy keeps or drops it. Beside a likely span of its type it is rather the rest of that: the span takes it in.

    Args:
        marginals: (T, L), from `decode.marginals`.
        starts: code point where each token begins.
        ends: code point after each token.
        begins: (T,), True at the first token of a line: no span crosses it.
        labels: the label axis.
        best: (T,), the label of each token, from `decode.best_labels`; left out, its most probable one.
        floor: least probability, 0 to 1, of being sensitive at all that is reported; one, or one for each type.
        telling: (T,), whether the token has a letter or a digit; empty when all have. Doubtful signs alone are none.
        caution: each token that is sensitive with a probability above this and up to `floor` is a caution.
    """
    spans: list[_Span] = []
    floors = np.broadcast_to(np.asarray(floor, dtype=np.float32), len(labels.types))
    for span in _runs(marginals, begins, labels, floors, best):
        if telling and span.score < LIKELY and not any(telling[span.first : span.last + 1]):
            continue
        before = spans[-1] if spans else None
        touches = before is not None and before.last + 1 == span.first and not begins[span.first]
        if before is not None and touches and _is_one(before, span):
            before.last, before.score = span.last, max(before.score, span.score)
        else:
            spans.append(span)
    yield from (_finding(span, starts, ends, labels) for span in spans)
    if caution < floors.max():
        for token, kind, score in _doubts(marginals, labels, caution, floors):
            if not telling or telling[token]:
                detail = labels.types[kind]
                yield Finding(starts[token], ends[token], KIND_OF[detail], detail, score, CAUTION)


def _doubts(marginals: F32, labels: LabelSet, caution: float, floors: F32) -> Iterator[tuple[int, int, float]]:
    """Tokens that `floors` leave out and `caution` does not: token, number of the type, probability of being sensitive."""
    harmless = marginals[:, 0]
    doubtful = np.flatnonzero((harmless < 1 - caution) & (harmless >= 1 - floors.max()))
    if len(doubtful):
        kinds = (marginals[doubtful] @ labels.join)[:, 1:].argmax(axis=1) + 1
        is_left = harmless[doubtful] >= 1 - floors[kinds]
        doubtful, kinds = doubtful[is_left], kinds[is_left]
        yield from zip(doubtful.tolist(), kinds.tolist(), (1 - harmless[doubtful]).tolist(), strict=True)


def _is_one(before: _Span, span: _Span) -> bool:
    low, high = sorted((before.score, span.score))
    return before.kind == span.kind and low < LIKELY <= high


def _runs(
    marginals: F32,
    begins: npt.NDArray[np.bool_],
    labels: LabelSet,
    floors: F32,
    named: npt.NDArray[np.int64] | None,
) -> Iterator[_Span]:
    """Neighbouring tokens of one type, sure and doubtful ones apart; the weakest token's probability is the score."""
    suspect = np.flatnonzero(marginals[:, 0] < 1 - floors.min())
    if not len(suspect):
        return
    likeliest = marginals[suspect].argmax(axis=1)
    best = likeliest if named is None else named[suspect]
    by_type = marginals[suspect] @ labels.join
    weak = best == 0
    chosen = np.where(weak, by_type[:, 1:].argmax(axis=1) + 1, labels.type_of[best])
    # A token that its line gives another label than it would have alone does not lower the score of its span.
    certainty = by_type[np.arange(len(suspect)), chosen]
    certainty = np.where(best == likeliest, certainty, marginals[suspect, likeliest])
    counts = ~weak | (marginals[suspect, 0] < 1 - floors[chosen])
    suspect, best, certainty, weak, chosen = (part[counts] for part in (suspect, best, certainty, weak, chosen))
    fresh = (labels.is_begin[best] & ~weak) | begins[suspect]
    span: _Span | None = None
    for token, kind, score, is_weak, is_fresh in zip(
        suspect.tolist(), chosen.tolist(), certainty.tolist(), weak.tolist(), fresh.tolist(), strict=True
    ):
        if span is not None and (
            token == span.last + 1 and kind == span.kind and is_weak is span.is_weak and not is_fresh
        ):
            span.last, span.score = token, min(span.score, score)
            continue
        if span is not None:
            yield span
        span = _Span(kind, token, token, score, is_weak)
    if span is not None:
        yield span


def _finding(span: _Span, starts: Sequence[int], ends: Sequence[int], labels: LabelSet) -> Finding:
    detail = labels.types[span.kind]
    score = min(1.0, round(span.score, 4))
    return Finding(starts[span.first], ends[span.last], KIND_OF[detail], detail, score, RULE)
