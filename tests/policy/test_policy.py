from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambos.errors import PolicyError
from ambos.identity import Principal, Role
from ambos.messages import Assessment, Level, Reason, ServedModel, Treatment, Zone
from ambos.policy import Closing, Decision, Policy, Settings, load
from ambos.policy import policy as module

Models = tuple[ServedModel, ...]
ALL = "permit (principal, action, resource)"
OVERFLOW = "context.level * 9223372036854775807 + 9223372036854775807 > 0"


def house(cedar: str) -> Policy:
    return load(Settings(cedar=cedar))


def decided(
    policy: Policy,
    models: Models,
    level: Level,
    *,
    kinds: frozenset[str] = frozenset(),
    has_tools: bool = False,
    tighten: Level | None = None,
    demo_allowed: bool = True,
    who: Principal | None = None,
) -> Decision:
    who = who or Principal("p_ana", "t_house", "k_1", frozenset({Role.USER}))
    assessment = Assessment(level, kinds)
    return policy.decide(assessment, who, models, tighten=tighten, demo_allowed=demo_allowed, has_tools=has_tools)


def codes(decision: Decision) -> list[str]:
    return [reason.rule for reason in decision.reasons]


def test_the_default_treats_each_model_by_level(catalogue: Models) -> None:
    policy = load(Settings())
    raw, masked = Treatment.RAW, Treatment.MASKED
    home = {"home/llama": raw, "ambos/demo": raw}
    assert decided(policy, catalogue, Level.PUBLIC).treatments == {"acme/big": raw, "open/wild": raw, **home}
    assert decided(policy, catalogue, Level.INTERNAL).treatments == {"acme/big": raw, **home}
    assert decided(policy, catalogue, Level.CONFIDENTIAL).treatments == {"acme/big": masked, **home}
    assert decided(policy, catalogue, Level.RESTRICTED).treatments == home


def test_a_policy_that_closes_masked_says_so_and_gives_raw_as_before(catalogue: Models) -> None:
    policy, closed = load(Settings()), load(Settings(), closes=frozenset({Closing.MASKED}))
    for level in Level:
        before = decided(policy, catalogue, level)
        after = decided(closed, catalogue, level)
        kept = {name: one for name, one in before.treatments.items() if one is Treatment.RAW}
        assert after.treatments == kept
        assert ("hard.no_certificate" in codes(after)) is (Treatment.MASKED in before.treatments.values())
    assert closed.hash != policy.hash
    assert load(Settings(), closes=frozenset({Closing.MASKED})).hash == closed.hash


def test_no_rule_opens_the_outside_where_it_is_closed(catalogue: Models) -> None:
    everything = load(Settings(cedar=f"{ALL};"), closes=frozenset({Closing.OUTSIDE}))
    for level in Level:
        told = decided(everything, catalogue, level)
        assert set(told.treatments) == {"home/llama", "ambos/demo"}
        assert ("hard.probe_failed" in codes(told)) is (level < Level.RESTRICTED)


def test_no_rule_opens_masked_where_it_is_closed(catalogue: Models) -> None:
    everything = load(Settings(cedar=f"{ALL};"), closes=frozenset({Closing.MASKED}))
    for level in Level:
        assert Treatment.MASKED not in decided(everything, catalogue, level).treatments.values()


HOSTILE = (
    f"{ALL};",
    f"{ALL} when {{ context.level >= 0 }};",
    f"{ALL} unless {{ context.level < 0 }};",
    'permit (principal, action == Action::"send_raw", resource);',
    'permit (principal, action in [Action::"send_raw", Action::"send_masked"], resource is Model);',
    f"{ALL} when {{ context.level == 3 }};",
    'permit (principal in Role::"user", action, resource == Model::"acme/big");',
    f"{ALL}; {ALL}; {ALL};",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_rule_lets_restricted_out_or_confidential_out_raw(text: str, catalogue: Models) -> None:
    policy = house(text)
    outside = {model.name for model in catalogue if model.zone is Zone.OUTSIDE}
    assert not outside & set(decided(policy, catalogue, Level.RESTRICTED).treatments)
    assert not outside & set(decided(policy, catalogue, Level.PUBLIC, tighten=Level.RESTRICTED).treatments)
    confidential = decided(policy, catalogue, Level.CONFIDENTIAL).treatments
    assert all(confidential.get(name) is not Treatment.RAW for name in outside)


CONDITIONS = st.recursive(
    st.sampled_from(
        [
            *("true", "context.has_tools", "resource.trains_on_data", 'resource.region == "EU"', "context.level >= 2"),
            *(
                'context.kinds.contains("HEALTH")',
                'principal in Role::"owner"',
                "resource.retention_days < 30",
                OVERFLOW,
            ),
        ]
    ),
    lambda inner: st.one_of(
        st.builds("!({})".format, inner),
        st.builds("({}) && ({})".format, inner, inner),
        st.builds("({}) || ({})".format, inner, inner),
    ),
    max_leaves=3,
)
RULES = st.builds(
    "{} (principal, action, resource) {} {{ {} }};".format,
    st.sampled_from(["permit", "forbid"]),
    st.sampled_from(["when", "unless"]),
    CONDITIONS,
)


@settings(max_examples=80, deadline=None)
@given(rules=st.lists(RULES, max_size=5), has_tools=st.booleans(), trains=st.booleans())
def test_whatever_a_house_writes_restricted_stays_inside(rules: list[str], has_tools: bool, trains: bool) -> None:
    policy = house("\n".join(rules))
    models = (
        ServedModel("a/b", "a", "b", Zone.OUTSIDE, agreement="D", region="EU", retention_days=0, trains_on_data=trains),
        ServedModel("h/m", "h", "m", Zone.INSIDE),
    )
    assert "a/b" not in decided(policy, models, Level.RESTRICTED, has_tools=has_tools).treatments
    assert decided(policy, models, Level.CONFIDENTIAL, has_tools=has_tools).treatments.get("a/b") in (
        None,
        Treatment.MASKED,
    )


def test_a_forbid_against_raw_leaves_masked(catalogue: Models) -> None:
    policy = house(
        '@id("no-org-raw") forbid (principal, action == Action::"send_raw", resource) '
        'when { context.kinds.contains("ORG") };'
    )
    assert decided(policy, catalogue, Level.INTERNAL).treatments["acme/big"] is Treatment.RAW
    masked = decided(policy, catalogue, Level.INTERNAL, kinds=frozenset({"ORG"}))
    assert masked.treatments["acme/big"] is Treatment.MASKED


def test_a_forbid_is_named_in_the_reasons(catalogue: Models, ana: Principal) -> None:
    policy = house('@id("no-training") forbid (principal, action, resource) when { resource.trains_on_data };')
    rulings = policy.explain(Assessment(Level.PUBLIC), ana, catalogue[:1], tighten=None, demo_allowed=True)
    assert [(ruling.treatment, ruling.rules) for ruling in rulings] == [(None, ("house.no-training",))]
    assert "house.no-training" in codes(decided(policy, catalogue, Level.PUBLIC))


def test_what_a_provider_does_not_declare_counts_as_the_worst() -> None:
    bare = (ServedModel("x/y", "x", "y", Zone.OUTSIDE, agreement="D"),)
    told = (replace(bare[0], retention_days=10, trains_on_data=False, region="EU"),)
    for condition in ("resource.trains_on_data", "resource.retention_days > 30", '!(resource.region == "EU")'):
        policy = house(f"forbid (principal, action, resource) when {{ {condition} }};")
        assert not decided(policy, bare, Level.PUBLIC).treatments
        assert decided(policy, told, Level.PUBLIC).treatments
    negative = (replace(told[0], retention_days=-1),)
    assert not decided(
        house("forbid (principal, action, resource) when { resource.retention_days > 30 };"), negative, Level.PUBLIC
    ).treatments


@pytest.mark.parametrize("effect", ["forbid", "permit"])
def test_a_rule_that_fails_denies(effect: str, catalogue: Models) -> None:
    text = f"{effect} (principal, action, resource) when {{ {OVERFLOW} }};"
    # Cedar alone skips the failing forbid and allows: this is why we look at its diagnostics.
    failing = decided(house(text), catalogue, Level.INTERNAL)
    assert failing.treatments == {}
    assert codes(failing) == ["policy.error"]


def test_a_rule_that_fails_for_one_model_denies_that_model(catalogue: Models) -> None:
    policy = house(
        f'forbid (principal, action == Action::"send_masked", resource == Model::"acme/big") when {{ {OVERFLOW} }};'
    )
    decision = decided(policy, catalogue, Level.INTERNAL)
    assert "acme/big" not in decision.treatments
    assert decision.treatments["home/llama"] is Treatment.RAW


def test_an_engine_that_cannot_be_asked_denies(catalogue: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[cedarpy.AuthzResult]:
        raise ValueError("Lucía Hernández")

    monkeypatch.setattr(cedarpy, "is_authorized_batch", broken)
    with pytest.raises(PolicyError) as caught:
        decided(load(Settings()), catalogue, Level.PUBLIC)
    assert "Lucía" not in str(caught.value)


def test_two_models_of_one_name_are_refused(catalogue: Models) -> None:
    with pytest.raises(PolicyError, match="one name"):
        decided(load(Settings()), (*catalogue, replace(catalogue[0], zone=Zone.INSIDE)), Level.PUBLIC)


@pytest.mark.parametrize(("level", "wish"), list(product(Level, [None, *Level])))
def test_a_caller_raises_the_level_and_never_lowers_it(level: Level, wish: Level | None, catalogue: Models) -> None:
    policy = load(Settings())
    decision = decided(policy, catalogue, level, tighten=wish)
    assert decision.level == max(level, wish or level)
    assert decision.treatments == decided(policy, catalogue, decision.level).treatments
    assert ("caller.tightened" in codes(decision)) == (decision.level > level)


def test_demo_models_are_left_out_where_they_may_not_answer(catalogue: Models) -> None:
    policy = load(Settings())
    assert "ambos/demo" in decided(policy, catalogue, Level.RESTRICTED, demo_allowed=True).treatments
    without = decided(policy, catalogue, Level.RESTRICTED, demo_allowed=False)
    assert set(without.treatments) == {"home/llama"}
    assert "inside.demo_off" in codes(without)


def test_duties_of_every_rule_that_permitted_come_with_the_permission(catalogue: Models) -> None:
    policy = house(
        '@duty("notice") permit (principal, action == Action::"send_masked", resource == Model::"acme/big");'
        '@duty("no_cache") permit (principal, action, resource == Model::"acme/big") when { context.has_tools };'
    )
    assert decided(policy, catalogue, Level.CONFIDENTIAL).duties == {"acme/big": ("notice",)}
    assert decided(policy, catalogue, Level.CONFIDENTIAL, has_tools=True).duties == {"acme/big": ("no_cache", "notice")}


def test_the_judgement_s_reasons_come_first(catalogue: Models, ana: Principal) -> None:
    why = Reason("person+health", Level.RESTRICTED)
    assessment = Assessment(Level.RESTRICTED, frozenset({"PERSON", "HEALTH"}), (why,))
    policy = load(Settings())
    decision = policy.decide(assessment, ana, catalogue, tighten=None, demo_allowed=True)
    assert decision.reasons[0] == why
    assert codes(decision)[1:] == ["hard.restricted_inside", "matrix.restricted.inside"]
    assert decision.policy == policy.hash


def test_rules_may_look_at_who_asks(catalogue: Models, ana: Principal) -> None:
    policy = house(
        'forbid (principal in Role::"auditor", action, resource);forbid (principal == User::"p_eve", action, resource);'
    )
    assert decided(policy, catalogue, Level.PUBLIC, who=ana).treatments
    assert not decided(policy, catalogue, Level.PUBLIC, who=replace(ana, roles=frozenset({Role.AUDITOR}))).treatments
    assert not decided(policy, catalogue, Level.PUBLIC, who=replace(ana, id="p_eve")).treatments


def test_a_remembered_answer_is_the_answer(catalogue: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = load(Settings())
    calls: list[int] = []
    real = cedarpy.is_authorized_batch

    def counted(requests: list[dict[str, object]], *rest: Any) -> list[cedarpy.AuthzResult]:  # Any: passed on as it is
        calls.append(len(requests))
        return real(requests, *rest)

    monkeypatch.setattr(cedarpy, "is_authorized_batch", counted)
    first = decided(policy, catalogue, Level.CONFIDENTIAL)
    assert decided(policy, catalogue, Level.CONFIDENTIAL) == first
    assert decided(policy, (*catalogue,), Level.CONFIDENTIAL) == first
    assert len(calls) == 1
    decided(policy, catalogue, Level.CONFIDENTIAL, has_tools=True)
    decided(policy, catalogue, Level.CONFIDENTIAL, kinds=frozenset({"PERSON"}))
    decided(policy, catalogue, Level.CONFIDENTIAL, demo_allowed=False)
    assert len(calls) == 4


def test_a_model_that_changed_is_judged_anew(catalogue: Models) -> None:
    policy = load(Settings())
    listed = list(catalogue)
    assert policy.decide(
        Assessment(Level.INTERNAL), Principal("p", "t", "k", frozenset()), listed, tighten=None, demo_allowed=True
    ).treatments["acme/big"]
    listed[0] = replace(listed[0], agreement="")
    assert (
        "acme/big"
        not in policy.decide(
            Assessment(Level.INTERNAL), Principal("p", "t", "k", frozenset()), listed, tighten=None, demo_allowed=True
        ).treatments
    )


def test_the_memory_is_bounded(catalogue: Models, monkeypatch: pytest.MonkeyPatch, ana: Principal) -> None:
    monkeypatch.setattr(module, "_MEMO_SIZE", 3)
    policy = load(Settings())
    for i in range(10):
        decided(policy, (replace(catalogue[0], name=f"m/{i}"),), Level.PUBLIC, who=replace(ana, id=f"p_{i}"))
    assert len(policy._memo) == 3
    assert len(policy._catalogues) <= 8


def test_the_hash_is_of_the_meaning() -> None:
    text = 'forbid (principal, action, resource) when { resource.region == "US" };'
    first = house(text)
    assert first.hash.startswith("sha256:")
    assert len(first.hash) == len("sha256:") + 64
    assert house(f"// a comment\n\n{text}  ").hash == first.hash
    assert house(text.replace("US", "CN")).hash != first.hash != load(Settings()).hash


def test_no_model_at_all_is_an_empty_decision() -> None:
    assert decided(load(Settings()), (), Level.PUBLIC).treatments == {}
