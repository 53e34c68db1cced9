"""The level rule, over every combination that matters."""

import pytest

from ambos.messages import Finding, Kind, Known, Leaf, Level
from ambos.privacy.level import assess, is_identifiable
from ambos.privacy.quasi import IDENTIFYING
from ambos.privacy.reader import Reading
from ambos.privacy.settings import Settings


def reading(*kinds: tuple[Kind, str] | Kind, readable: bool = True) -> Reading:
    pairs = [kind if isinstance(kind, tuple) else (kind, "") for kind in kinds]
    found = tuple(Finding(0, 1, kind, detail) for kind, detail in pairs)
    return Reading((Leaf(("x",), "x", is_readable=readable),), (found,))


def level(*kinds: tuple[Kind, str] | Kind, settings: Settings | None = None) -> Level:
    return assess(reading(*kinds), known=Known(), settings=settings or Settings()).level


@pytest.mark.parametrize("kind", sorted(IDENTIFYING - {Kind.CARD}))
def test_each_identifier_alone_is_confidential_and_with_a_fact_restricted(kind: Kind) -> None:
    assert level(kind) is Level.CONFIDENTIAL
    assert level(kind, Kind.HEALTH) is Level.RESTRICTED
    assert level(kind, Kind.SPECIAL) is Level.RESTRICTED
    assert level(kind, (Kind.AGE, "minor")) is Level.RESTRICTED


@pytest.mark.parametrize(
    "kind", [Kind.HEALTH, Kind.SPECIAL, Kind.FINANCE, Kind.LOCATION, Kind.ORG, Kind.DATE, Kind.AGE, Kind.URL]
)
def test_fact_about_nobody_is_public(kind: Kind) -> None:
    assert level(kind) is Level.PUBLIC


def test_secrets_and_cards_are_restricted_alone() -> None:
    assert level((Kind.SECRET, "password")) is Level.RESTRICTED
    assert level((Kind.CARD, "full")) is Level.RESTRICTED
    assert level((Kind.CARD, "partial")) is Level.CONFIDENTIAL


def test_account_is_restricted_with_its_holder() -> None:
    assert level(Kind.BANK_ACCOUNT) is Level.CONFIDENTIAL
    assert level(Kind.BANK_ACCOUNT, Kind.PERSON) is Level.RESTRICTED
    assert level((Kind.BANK_ACCOUNT, "partial"), Kind.PERSON) is Level.CONFIDENTIAL


def test_quasi_identifiers_count_together() -> None:
    assert not is_identifiable(frozenset({"AGE", "LOCATION", "PROFESSION"}))
    assert is_identifiable(frozenset({"AGE", "LOCATION", "PROFESSION", "DATE"}))
    assert level(Kind.AGE, Kind.LOCATION, Kind.PROFESSION, Kind.ORG, Kind.HEALTH) is Level.RESTRICTED
    assert level(Kind.AGE, Kind.LOCATION, Kind.PROFESSION, Kind.ORG) is Level.PUBLIC


def test_house_words_have_their_levels() -> None:
    assert level((Kind.ORG, "house_secret")) is Level.CONFIDENTIAL
    assert level((Kind.ORG, "house_internal")) is Level.INTERNAL


def test_house_raises_a_kind_and_lowers_none() -> None:
    bank = Settings(profile="bank", levels={Kind.PERSON: Level.PUBLIC, Kind.PHONE: Level.RESTRICTED})
    assert level(Kind.FINANCE, settings=bank) is Level.PUBLIC
    assert level(Kind.FINANCE, Kind.EMAIL, settings=bank) is Level.RESTRICTED
    assert level(Kind.BANK_ACCOUNT, settings=bank) is Level.RESTRICTED
    assert level(Kind.PHONE, settings=bank) is Level.RESTRICTED
    assert level(Kind.PERSON, settings=bank) is Level.CONFIDENTIAL


def test_unreadable_leaf_is_restricted() -> None:
    assessed = assess(reading(readable=False), known=Known(), settings=Settings())
    assert assessed.level is Level.RESTRICTED
    assert assessed.reasons[0].rule == "unreadable"


def test_earlier_level_is_a_floor_and_the_caller_can_only_tighten() -> None:
    known = Known(Level.CONFIDENTIAL)
    assert assess(reading(), known=known, settings=Settings()).level is Level.CONFIDENTIAL
    assert assess(reading(), known=known, settings=Settings(), tighten=Level.PUBLIC).level is Level.CONFIDENTIAL
    tightened = assess(reading(), known=known, settings=Settings(), tighten=Level.RESTRICTED)
    assert tightened.level is Level.RESTRICTED
    assert [reason.rule for reason in tightened.reasons] == ["caller", "conversation"]


def test_reasons_name_the_heaviest_rule_first() -> None:
    assessed = assess(reading(Kind.PERSON, Kind.HEALTH), known=Known(), settings=Settings())
    assert [(reason.rule, reason.level) for reason in assessed.reasons] == [
        ("health_of_person", Level.RESTRICTED),
        ("personal_data", Level.CONFIDENTIAL),
    ]
