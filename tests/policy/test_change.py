from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ambos.identity import Principal, Role
from ambos.messages import Assessment, Level, ServedModel, Treatment, Zone
from ambos.policy import Change, Matrix, Policy, Settings, diff, load
from ambos.policy.matrix import DEFAULTS, HARD, Destination

FORBID = '@id("eu") forbid (principal, action, resource) unless { resource.region == "EU" };'
PERMIT = '@id("more") permit (principal, action, resource) when { context.has_tools };'
DUTIFUL = '@id("more") @duty("notice") permit (principal, action, resource) when { context.has_tools };'


def house(cedar: str = "", **cells: Treatment | None) -> Policy:
    changed = {(Level.INTERNAL, Destination(name)): cell for name, cell in cells.items()}
    return load(Settings(Matrix({**DEFAULTS, **changed}), cedar))


def test_nothing_changed_is_no_change() -> None:
    assert diff(house(FORBID), house(f"// why\n{FORBID}")) == Change()
    assert diff(house(FORBID), house(FORBID.replace("eu", "europe"))) == Change()


def test_a_wider_cell_relaxes_and_a_narrower_one_tightens() -> None:
    change = diff(house(), house(other=Treatment.MASKED))
    assert change == Change(relaxes=("internal.other: none -> masked",))
    assert change.is_relaxing
    back = diff(house(other=Treatment.MASKED), house())
    assert back == Change(tightens=("internal.other: masked -> none",))
    assert not back.is_relaxing


def test_rules_relax_or_tighten_by_their_effect() -> None:
    assert diff(house(), house(FORBID)) == Change(tightens=("house.eu: forbid added",))
    assert diff(house(FORBID), house()) == Change(relaxes=("house.eu: forbid removed",))
    assert diff(house(), house(PERMIT)) == Change(relaxes=("house.more: permit added",))
    assert diff(house(PERMIT), house()) == Change(tightens=("house.more: permit removed",))


def test_a_rewritten_rule_counts_as_relaxing() -> None:
    assert diff(house(FORBID), house(FORBID.replace('"EU"', '"US"'))).is_relaxing


def test_a_duty_that_goes_relaxes() -> None:
    assert diff(house(DUTIFUL), house(PERMIT)).is_relaxing
    assert "house.more: duty notice removed" in diff(house(DUTIFUL), house()).relaxes


def test_a_rule_that_stands_twice_counts_twice() -> None:
    twice = FORBID + FORBID.replace("eu", "again")
    assert diff(house(twice), house(FORBID)).relaxes == ("house.again: forbid removed",)


ANA = Principal("p_ana", "t", "k", frozenset({Role.USER}))
MODELS = tuple(
    ServedModel(f"m/{agreement}{zone}", "m", "m", zone, agreement=agreement)
    for zone in Zone
    for agreement in ("", "DPA")
)
EXPOSURE = {None: 0, Treatment.MASKED: 1, Treatment.RAW: 2}
SETTINGS = st.builds(
    lambda cells, rules: Settings(Matrix(dict(cells)), "".join(rules)),
    st.tuples(*(st.tuples(st.just(cell), st.sampled_from(sorted(HARD[cell], key=str))) for cell in HARD)),
    st.lists(st.sampled_from([FORBID, PERMIT]), unique=True),
)


@settings(max_examples=60, deadline=None)
@given(SETTINGS, SETTINGS)
def test_what_is_not_called_relaxing_lets_nothing_more_out(one: Settings, other: Settings) -> None:
    old, new = load(one), load(other)
    if diff(old, new).is_relaxing:
        return
    told: dict[str, Any] = {"tighten": None, "demo_allowed": True}  # Any: keyword arguments of one call
    for level in Level:
        for has_tools in (True, False):
            before = old.decide(Assessment(level), ANA, MODELS, has_tools=has_tools, **told).treatments
            after = new.decide(Assessment(level), ANA, MODELS, has_tools=has_tools, **told).treatments
            assert all(EXPOSURE[after.get(m.name)] <= EXPOSURE[before.get(m.name)] for m in MODELS)
