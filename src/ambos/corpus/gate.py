"""What a trained chat model must show on its card before anybody may sign for it (docs/spec/recipe.md section 5). Pure.

The command that trains asks it before the rows that judge are touched, and the server asks it again before it recommends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ambos.corpus.licences import check_chain
from ambos.errors import AdaptError
from ambos.messages import Json

LEAST_CANARIES: Final = 100  # and as many controls: with fewer, one false alarm is already more than 1 %
PARITY_TOLERANCE: Final = 0.01  # a point below the base's own agreement of trainer and server
LEAST_DIFFERENT: Final = 0.5  # of the prompts on which training changed anything


def check_card(card: Mapping[str, Json]) -> None:
    """Refuse a chat model whose card lacks a proof or shows a failed one, and any model above its recipe's `remembered`.

    1. licences allow the declared use;
    2. the served adapter answers as the trained one;
    3. general answers were not forgotten;
    4. the audit of memorisation was made, and what stands out is below the recipe's bound.

    Raises:
        AdaptError: the first that does not hold.
    """
    if card.get("family") != "chat":
        if card.get("remembered") is not None:
            check_head(_table(card, "memorisation"), most=_number(card, "remembered", 0.0))
        return
    chain, accepted = _table(card, "chain"), card.get("accepted")
    check_chain(
        {part: str(one) for part, one in chain.items()},
        use=str(card.get("use", "")),
        accepted=[str(one) for one in accepted] if isinstance(accepted, Sequence) else [],
    )
    parity, forgetting, found = (_table(card, name) for name in ("parity", "forgetting", "memorisation"))
    if not parity:
        raise AdaptError(
            "it was never served here, so that nothing proves what it answers: a base in safetensors is trained and written "
            "out (`ambos adapt export`), not put in service"
        )
    check_parity(_number(parity, "adapted", 0.0), _number(parity, "base", 1.0), _number(parity, "differs", 0.0))
    if _number(forgetting, "ci_lower", float("-inf")) < -_number(forgetting, "margin", 0.0):
        raise AdaptError("its card does not show that general answers were kept")
    check_audit(found, most=_number(card, "remembered", 0.0))


def check_parity(adapted: float, base: float, differs: float) -> None:
    """Refuse an adapter that serving loses.

    Args:
        adapted, base: share of positions on which trainer and server agree, with the adapter and without.
        differs: of the prompts on which training changed an answer, where serving does too.

    Raises:
        AdaptError: with the figures.
    """
    if adapted < base - PARITY_TOLERANCE:
        raise AdaptError(
            f"the served adapter does not answer as the trained one: they agree on {adapted:.1%} of the positions, the base "
            f"on {base:.1%}"
        )
    if differs < LEAST_DIFFERENT:
        raise AdaptError(
            f"the served adapter does nothing: where training changed an answer, it does so on {differs:.0%} only"
        )


def check_audit(found: Mapping[str, Json], *, most: float) -> None:
    """Refuse a model that was not audited, or that gives away more than `most` of the rows it saw once an epoch.

    Raises:
        AdaptError: with the figures.
    """
    if min(_number(found, "canaries", 0), _number(found, "controls", 0)) < LEAST_CANARIES:
        raise AdaptError(
            f"what it gives away of its rows was not measured: the recipe's `canaries` must be at least {LEAST_CANARIES}"
        )
    rate, upper = _number(found, "true_positives", 1.0), _number(found, "upper", 1.0)
    if upper > most:
        raise AdaptError(
            f"it gives too much away: {rate:.0%} of the canaries stand out at 1 % false alarms (up to {upper:.0%}, allowed are "
            f"{most:.0%}); lower `epochs` or `rate`, or raise `remembered` if nobody but those in the data may ask it"
        )


def check_head(found: Mapping[str, Json], *, most: float) -> None:
    """Refuse a classifier whose recipe bounds what it may remember, and that was not audited or is above the bound.

    Raises:
        AdaptError: with the figures.
    """
    if min(_number(found, "canaries", 0), _number(found, "controls", 0)) < LEAST_CANARIES:
        raise AdaptError("its recipe sets `remembered`, and what it remembers of its rows could not be measured")
    rate, upper = _number(found, "true_positive_rate", 1.0), _number(found, "upper", 1.0)
    if upper > most:
        raise AdaptError(
            f"it remembers too much: {rate:.0%} of the canaries stand out at 1 % false alarms (up to {upper:.0%}, allowed are "
            f"{most:.0%}); take fewer features or a far lower `c`, or raise `remembered` if only those in the data may ask it"
        )


def _table(card: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    found = card.get(name)
    return found if isinstance(found, dict) else {}


def _number(table: Mapping[str, Json], name: str, absent: float) -> float:
    found = table.get(name)
    return float(found) if isinstance(found, int | float) else absent
