"""Which of the permitted models answers: the order of trial for the name that the caller wrote.

The rule of `ambos/auto`, in words:

- never a stand-in, and never a model that was adapted to one task: it answers who names it;
- up to *internal*: outside models that may receive the text as it is, then inside, then outside masked;
- from *confidential* on: inside first, then outside masked;
- a `demo` model comes last of all: it is there so that something answers;
- between equals: proven before unproven, then the cheaper by the price table (no price counts as the dearest), then
  the order of the catalogue.

A name is one model, without fallbacks: what a person writes is what answers, or the answer says why not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ambos.errors import NoModelError, PolicyBlockedError, UnknownModelError
from ambos.messages import Level, ServedModel, Treatment, Zone
from ambos.policy.decision import Decision
from ambos.policy.matrix import HARD, Destination


class Alias(StrEnum):
    """Names that stand for a choice instead of one model."""

    AUTO = "ambos/auto"
    LOCAL = "ambos/local"
    EXTERNAL = "ambos/external"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model with what it may receive."""

    model: ServedModel
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class Candidates:
    """The models to try, in order. Retries and fallbacks come from this list and from nowhere else.

    Attributes:
        order: at least one.
        was_redirected: inside models answer in place of the outside one that was asked for.
    """

    order: tuple[Candidate, ...]
    was_redirected: bool = False


def choose(
    decision: Decision, models: Sequence[ServedModel], asked: str, *, strict: bool = False, language: str = "en"
) -> Candidates:
    """The candidates for `asked` among the models that the decision gives a treatment.

    Args:
        decision: of `Policy.decide` for this request and these models.
        models: the catalogue, in the owner's order.
        asked: what the caller wrote in `model`.
        strict: refuse where another model than the asked one would answer.
        language: "es" or "en", of the message when nothing can answer.

    Raises:
        UnknownModelError: `asked` is neither a model of the catalogue nor an alias.
        PolicyBlockedError: strict, and the policy gives the asked model nothing.
        NoModelError: nothing that may answer is installed or configured.
    """
    permitted = [Candidate(m, decision.treatments[m.name]) for m in models if _is_permitted(m, decision)]
    general = [c for c in permitted if not c.model.is_for_one_task]
    inside = _ordered([c for c in general if _is_inside(c)], decision.level)
    if asked == Alias.LOCAL:
        return _some(inside, decision.level, models, language)
    if asked == Alias.AUTO:
        return _some(_ordered([c for c in general if _is_real(c)], decision.level), decision.level, models, language)
    if asked == Alias.EXTERNAL:
        named = [c for c in permitted if not _is_inside(c) and _is_real(c)]
    elif any(model.name == asked for model in models):
        named = [c for c in permitted if c.model.name == asked]
    else:
        raise UnknownModelError("no model of this name is in the catalogue; GET /v1/models lists them", param="model")
    if named:
        return Candidates(_ordered(named, decision.level))
    if strict:
        raise PolicyBlockedError(_said(_BLOCKED, language).format(level=_level_word(decision.level, language)))
    return _some(inside, decision.level, models, language, was_redirected=True)


def prefer(candidates: Candidates, name: str) -> Candidates:
    """The same candidates with the model of this name first, if it is among them: an experiment chooses no other."""
    first = tuple(one for one in candidates.order if one.model.name == name)
    return Candidates((*first, *(one for one in candidates.order if one.model.name != name)), candidates.was_redirected)


def _some(
    order: tuple[Candidate, ...],
    level: Level,
    models: Sequence[ServedModel],
    language: str,
    *,
    was_redirected: bool = False,
) -> Candidates:
    if order:
        return Candidates(order, was_redirected)
    # "Must stay inside" is said only when it is why: something outside exists that this request may not reach.
    must_stay = level >= Level.CONFIDENTIAL or any(model.zone is Zone.OUTSIDE for model in models)
    raise NoModelError(_said(_STAYS if must_stay else _NOTHING, language))


def _ordered(candidates: Sequence[Candidate], level: Level) -> tuple[Candidate, ...]:
    places = _PLACES_OPEN if level <= Level.INTERNAL else _PLACES_CLOSED
    return tuple(sorted(candidates, key=_rank(places)))


_PLACES_OPEN = ((Zone.OUTSIDE, Treatment.RAW), (Zone.INSIDE, Treatment.RAW), (Zone.OUTSIDE, Treatment.MASKED))
_PLACES_CLOSED = ((Zone.INSIDE, Treatment.RAW), (Zone.OUTSIDE, Treatment.MASKED))


def _rank(
    places: Sequence[tuple[Zone, Treatment]],
) -> Callable[[Candidate], tuple[bool, int, bool, float]]:
    def rank(candidate: Candidate) -> tuple[bool, int, bool, float]:
        model = candidate.model
        place = places.index((model.zone, candidate.treatment))
        return model.fitness == "demo", place, not model.fitness.startswith("proven"), _cost(model)

    return rank


def _cost(model: ServedModel) -> float:
    """Currency units of a million prompt and a million completion tokens; a model of ours costs nobody a call."""
    if model.zone is Zone.INSIDE:
        return 0.0
    parts = [model.price.get(part) for part in ("prompt", "completion")]
    known = [float(part) for part in parts if isinstance(part, int | float)]
    return sum(known) if len(known) == len(parts) else float("inf")


def _is_permitted(model: ServedModel, decision: Decision) -> bool:
    """A decision is asked against the hard rules once more: whoever made it, restricted does not leave by it."""
    treatment = decision.treatments.get(model.name)
    return treatment is not None and treatment in HARD[decision.level, Destination.of(model)]


def _is_inside(candidate: Candidate) -> bool:
    return candidate.model.zone is Zone.INSIDE


def _is_real(candidate: Candidate) -> bool:
    return not candidate.model.is_stand_in


_STAYS = {
    "en": "This must stay inside, and no capable model is installed here. Install one: `ambos models pull …`",
    "es": "Esto debe quedarse dentro y aquí no hay instalado ningún modelo capaz. Instale uno: `ambos models pull …`",
}
_NOTHING = {
    "en": "No capable model is installed here and no provider is configured. Install one: `ambos models pull …`",
    "es": "Aquí no hay instalado ningún modelo capaz ni configurado ningún proveedor. "
    "Instale uno: `ambos models pull …`",
}
_BLOCKED = {
    "en": "The policy does not let the model you asked for receive this request ({level}). Sending it again changes "
    "nothing; without `strict` an inside model would answer.",
    "es": "La política no permite que el modelo pedido reciba esta petición ({level}). Repetirla no cambia nada; sin "
    "`strict` respondería un modelo de dentro.",
}
_LEVEL_WORDS_ES = {
    Level.PUBLIC: "pública",
    Level.INTERNAL: "interna",
    Level.CONFIDENTIAL: "confidencial",
    Level.RESTRICTED: "restringida",
}


def _said(texts: dict[str, str], language: str) -> str:
    return texts.get(language, texts["en"])


def _level_word(level: Level, language: str) -> str:
    return _LEVEL_WORDS_ES[level] if language == "es" else level.label
