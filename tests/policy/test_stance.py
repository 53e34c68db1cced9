from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambos.errors import PolicyError
from ambos.messages import Level, Treatment
from ambos.policy import Matrix, Settings, Stance
from ambos.policy.change import compare, settle
from ambos.policy.matrix import DEFAULTS, HARD, Destination
from ambos.policy.stance import STRICTEST, Declared, decode, stricter

FORBID = '@id("eu") forbid (principal, action, resource) unless { resource.region == "EU" };'
PERMIT = '@id("more") permit (principal, action, resource) when { context.has_tools };'
ACME = Declared(
    *("acme", "openai", "https://a.example/v1", "outside", "DPA-1", "EU", 7, False, False, ""), models=("big", "small")
)
HOUSE = Stance(profile="personal", providers=(ACME,))


def after(**changes: object) -> tuple[str, ...]:
    """What it relaxes that acme is declared like this."""
    return compare(HOUSE, replace(HOUSE, providers=(replace(ACME, **changes),))).relaxes  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"agreement": "DPA-2"}, "agreement changed"),
        ({"region": "US"}, "region changed"),
        ({"retention_days": 0}, "retention_days: 7 -> 0"),
        ({"allow_private": True}, "allow_private"),
        ({"models": ("big", "small", "huge")}, "models added: huge"),
        ({"base_url": "https://b.example/v1"}, "another place"),
        ({"zone": "inside"}, "another place"),
        ({"ca_file": "/tmp/mine.pem"}, "another place"),
    ],
)
def test_what_a_provider_gains_relaxes(changes: dict[str, object], words: str) -> None:
    assert [line for line in after(**changes) if words in line], after(**changes)


def test_a_provider_that_gains_an_agreement_relaxes() -> None:
    bare = replace(HOUSE, providers=(replace(ACME, agreement="", retention_days=None, trains_on_data=True),))
    assert compare(bare, HOUSE).relaxes == (
        "provider acme: agreement added",
        "provider acme: retention_days: unknown -> 7",
        "provider acme: trains_on_data: True -> False",
    )
    assert not compare(HOUSE, bare).is_relaxing


@pytest.mark.parametrize(
    "changes",
    [{"agreement": ""}, {"region": ""}, {"retention_days": 30}, {"retention_days": None}, {"trains_on_data": True},
     {"models": ("big",)}],
)  # fmt: skip
def test_what_a_provider_loses_tightens(changes: dict[str, object]) -> None:
    assert after(**changes) == ()


def test_providers_profile_levels_and_lists() -> None:
    assert compare(replace(HOUSE, providers=()), HOUSE).relaxes == ("provider acme: added",)
    assert compare(HOUSE, replace(HOUSE, providers=())).tightens == ("provider acme: removed",)
    company = replace(HOUSE, profile="organisation")
    assert compare(company, HOUSE).relaxes == ("profile: organisation -> personal",)
    assert not compare(HOUSE, company).is_relaxing
    raised = replace(HOUSE, levels={"FINANCE": "restricted"}, levels_profile="bank")
    assert compare(raised, HOUSE).relaxes == (
        "levels.profile: bank -> none",
        "levels.FINANCE: restricted -> public",
    )
    lists = replace(HOUSE, grants={"privacy.off": frozenset({"tagger"})}, wards={"house.secrets": frozenset({"X"})})
    assert compare(HOUSE, lists).relaxes == ("privacy.off: 1 added",)
    assert compare(lists, HOUSE).relaxes == ("house.secrets: 1 removed",)


def test_the_first_start_takes_the_file() -> None:
    assert settle(None, HOUSE, is_start=True).in_force == HOUSE
    assert settle(None, HOUSE, is_start=True).takes == "first"


def test_tightening_is_in_force_at_once_and_relaxing_waits() -> None:
    wider = replace(HOUSE, providers=(replace(ACME, agreement="DPA-2", retention_days=30), replace(ACME, name="new")))
    settled = settle(HOUSE, wider, is_start=False)
    assert settled.waits == ("provider new: added", "provider acme: agreement changed")
    assert settled.in_force.providers == (replace(ACME, agreement="", retention_days=30),)
    assert settled.takes == ""
    tight = settle(HOUSE, replace(HOUSE, providers=()), is_start=False)
    assert (tight.takes, tight.in_force.providers) == ("tightened", ())


def test_a_restart_is_the_word_of_the_owner_in_a_personal_house_only() -> None:
    wider = replace(HOUSE, providers=(ACME, replace(ACME, name="new")))
    assert settle(HOUSE, wider, is_start=True).takes == "restarted"
    for old, new in (("organisation", "organisation"), ("organisation", "personal"), ("personal", "organisation")):
        settled = settle(replace(HOUSE, profile=old), replace(wider, profile=new), is_start=True)
        assert "provider new: added" in settled.waits
        assert settled.in_force.providers == (ACME,)
        assert settled.in_force.profile == "organisation"


def test_an_approved_state_that_cannot_be_read_lets_nothing_out() -> None:
    for approved in (None, HOUSE):
        settled = settle(approved, HOUSE, is_start=True, is_readable=False)
        assert settled.in_force.providers == ()
        assert settled.in_force.profile == "organisation"
        assert settled.waits
    cells = settled.in_force.policy.matrix.cells
    assert {word for (_, where), word in cells.items() if where is not Destination.INSIDE} == {None}


def test_rules_that_relax_wait_while_cells_tighten() -> None:
    cells = {**DEFAULTS, (Level.CONFIDENTIAL, Destination.AGREED): None}
    new = replace(HOUSE, policy=Settings(Matrix(cells), PERMIT))
    settled = settle(replace(HOUSE, policy=Settings(cedar=FORBID)), new, is_start=False)
    assert settled.in_force.policy == Settings(Matrix(cells), FORBID)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format":"ambos stance v9"}', HOUSE.encode() + " "])
def test_what_is_no_stance_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        decode(text)


WORDS = st.frozensets(st.sampled_from("abc"), max_size=3)
PROVIDERS = st.lists(
    st.builds(
        Declared,
        name=st.sampled_from("ab"),
        kind=st.just("openai"),
        base_url=st.sampled_from(["https://a.example", "https://b.example"]),
        zone=st.sampled_from(["inside", "outside"]),
        agreement=st.sampled_from(["", "D1", "D2"]),
        region=st.sampled_from(["", "EU", "US"]),
        retention_days=st.sampled_from([None, 0, 30]),
        trains_on_data=st.booleans(),
        allow_private=st.booleans(),
        models=st.lists(st.sampled_from(["m", "n"]), min_size=1, unique=True).map(lambda found: tuple(sorted(found))),
    ),
    max_size=2,
    unique_by=lambda one: one.name,
).map(lambda found: tuple(sorted(found, key=lambda one: one.name)))
STANCES = st.builds(
    Stance,
    profile=st.sampled_from(["personal", "organisation"]),
    policy=st.builds(
        lambda cells, rules: Settings(Matrix(dict(cells)), "".join(rules)),
        st.tuples(*(st.tuples(st.just(cell), st.sampled_from(sorted(HARD[cell], key=str))) for cell in HARD)),
        st.lists(st.sampled_from([FORBID, PERMIT]), unique=True),
    ),
    providers=PROVIDERS,
    levels_profile=st.sampled_from(["", "bank"]),
    levels=st.dictionaries(st.sampled_from(["FINANCE", "AGE"]), st.sampled_from(["internal", "restricted"])),
    grants=st.fixed_dictionaries({"privacy.off": WORDS}),
    wards=st.fixed_dictionaries({"house.secrets": WORDS}),
)


@settings(max_examples=150, deadline=None)
@given(STANCES)
def test_written_and_read_again_it_is_the_same(stance: Stance) -> None:
    assert decode(stance.encode()) == stance
    assert decode(stance.encode()).hash == stance.hash


@settings(max_examples=300, deadline=None)
@given(STANCES, STANCES, st.booleans(), st.booleans())
def test_nothing_in_force_is_laxer_than_what_was_approved(
    approved: Stance, new: Stance, is_start: bool, is_readable: bool
) -> None:
    settled = settle(approved, new, is_start=is_start, is_readable=is_readable)
    if settled.takes == "restarted":
        assert (approved.profile, new.profile, is_start) == ("personal", "personal", True)
        return
    before = approved if is_readable else STRICTEST
    assert compare(before, settled.in_force).relaxes == ()
    assert bool(settled.waits) == bool(compare(before, new).relaxes)


@settings(max_examples=100, deadline=None)
@given(STANCES, STANCES)
def test_what_is_joined_is_no_laxer_than_either(one: Stance, other: Stance) -> None:
    same = replace(other, policy=replace(other.policy, cedar=one.policy.cedar), levels_profile=one.levels_profile)
    joined = stricter(one, same, keep_rules=True)
    assert not compare(one, joined).is_relaxing
    assert not compare(same, joined).is_relaxing


def test_the_strictest_gives_nothing_to_anybody_outside() -> None:
    assert STRICTEST.profile == "organisation"
    assert STRICTEST.providers == ()
    assert {STRICTEST.policy.matrix.cells[cell] for cell in HARD if cell[1] is not Destination.INSIDE} == {None}
    assert {STRICTEST.policy.matrix.cells[cell] for cell in HARD if cell[1] is Destination.INSIDE} == {Treatment.RAW}
