"""The level of a conversation by the union of its findings (design 3.3): a table of rules that only raise."""

from __future__ import annotations

from collections.abc import Iterator

from ambos.messages import Assessment, Kind, Known, Level, Reason
from ambos.privacy.marks import ACCOUNT_FULL, CARD_FULL, INTERNAL_WORD, MINOR, QUASI, SECRET_WORD
from ambos.privacy.quasi import IDENTIFYING
from ambos.privacy.reader import Reading
from ambos.privacy.settings import Settings
from ambos.privacy.signal import raised

# Apart in a conversation, an age with three of these tells who a fact is about; together in a passage, fewer do (`quasi`).
_QUASI = frozenset({Kind.LOCATION, Kind.ORG, Kind.PROFESSION, Kind.DATE})
_QUASI_LEAST = 3
_FACTS = _QUASI | {Kind.AGE, Kind.FAMILY, Kind.HEALTH, Kind.SPECIAL, Kind.FINANCE, Kind.URL}
_UNREADABLE, _LANGUAGE = "UNREADABLE", "LANGUAGE"


def assess(reading: Reading, *, known: Known, settings: Settings, tighten: Level | None = None) -> Assessment:
    """The level with its reasons.

    Args:
        reading: of the whole request.
        known: what earlier turns of the conversation revealed; their level is a floor.
        settings: raises of the house.
        tighten: what the caller asks for; can only raise.
    """
    kinds = frozenset(_kinds(reading)) | known.kinds
    reasons = [Reason(rule, level, used) for rule, level, used in _rules(kinds, settings)]
    reasons.sort(key=lambda reason: -reason.level)
    if known.level > max((reason.level for reason in reasons), default=Level.PUBLIC):
        reasons.insert(0, Reason("conversation", known.level))
    if tighten is not None and tighten > max((reason.level for reason in reasons), default=Level.PUBLIC):
        reasons.insert(0, Reason("caller", tighten))
    return Assessment(max((reason.level for reason in reasons), default=Level.PUBLIC), kinds, tuple(reasons))


def is_identifiable(kinds: frozenset[str]) -> bool:
    """Whether somebody can tell who `kinds` are about: one identifier, or enough quasi-identifiers."""
    if QUASI in kinds or not IDENTIFYING.isdisjoint(kinds):
        return True
    return Kind.AGE in kinds and len(_QUASI & kinds) >= _QUASI_LEAST


def _kinds(reading: Reading) -> Iterator[str]:
    if reading.languages:
        yield _LANGUAGE
    if not all(leaf.is_readable for leaf in reading.leaves):
        yield _UNREADABLE
    yield from reading.marks


def _rules(kinds: frozenset[str], settings: Settings) -> Iterator[tuple[str, Level, tuple[Kind, ...]]]:
    """Every rule that holds for the union, as (code, level, kinds)."""
    who = is_identifiable(kinds)
    restricted, confidential = Level.RESTRICTED, Level.CONFIDENTIAL
    others = IDENTIFYING - {Kind.BANK_ACCOUNT}
    table = (
        (_UNREADABLE in kinds, "unreadable", restricted, ()),
        (Kind.SECRET in kinds, "credentials", restricted, (Kind.SECRET,)),
        (who and Kind.HEALTH in kinds, "health_of_person", restricted, (Kind.HEALTH,)),
        (who and Kind.SPECIAL in kinds, "special_category_of_person", restricted, (Kind.SPECIAL,)),
        (who and MINOR in kinds, "minor", restricted, (Kind.AGE,)),
        (CARD_FULL in kinds, "full_card", restricted, (Kind.CARD,)),
        (
            ACCOUNT_FULL in kinds and not others.isdisjoint(kinds),
            "account_with_holder",
            restricted,
            (Kind.BANK_ACCOUNT,),
        ),
        (
            not IDENTIFYING.isdisjoint(kinds),
            "personal_data",
            confidential,
            tuple(map(Kind, sorted(IDENTIFYING & kinds))),
        ),
        (SECRET_WORD in kinds, "trade_secret", confidential, ()),
        (_LANGUAGE in kinds, "unexpected_language", confidential, ()),
        (INTERNAL_WORD in kinds, "internal_word", Level.INTERNAL, ()),
        *raised(kinds),
    )
    yield from ((rule, level, used) for holds, rule, level, used in table if holds)
    for kind, level in settings.raises():
        if kind in kinds and (who or kind not in _FACTS):
            yield "house_raise", level, (kind,)
