from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import AmbosError, NoModelError, PolicyBlockedError, UnknownModelError
from ambos.messages import Level, ServedModel, Treatment, Zone
from ambos.policy import Alias, Candidates, Decision, choose, prefer

RAW, MASKED = Treatment.RAW, Treatment.MASKED
BIG = ServedModel("acme/big", "acme", "big", Zone.OUTSIDE, price={"prompt": 3.0, "completion": 15.0})
SMALL = ServedModel("acme/small", "acme", "small", Zone.OUTSIDE, price={"prompt": 0.1, "completion": 0.4})
UNPRICED = ServedModel("open/wild", "open", "wild", Zone.OUTSIDE)
STAND_IN = ServedModel("stand-in/echo", "stand-in", "echo", Zone.OUTSIDE, is_stand_in=True)
LLAMA = ServedModel("home/llama", "home", "llama", Zone.INSIDE)
PROVEN = ServedModel("home/tuned", "home", "tuned", Zone.INSIDE, fitness="proven on letters-es")
DEMO = ServedModel("ambos/demo", "engine", "demo", Zone.INSIDE, fitness="demo")
ALL = (UNPRICED, DEMO, STAND_IN, BIG, LLAMA, SMALL, PROVEN)


def decision(level: Level, **treatments: Treatment) -> Decision:
    named = {model.name: treatments[key] for key, model in BY_KEY.items() if key in treatments}
    return Decision(level, named, "sha256:0")


BY_KEY = {
    "big": BIG,
    "small": SMALL,
    "unpriced": UNPRICED,
    "stand_in": STAND_IN,
    "llama": LLAMA,
    "proven": PROVEN,
    "demo": DEMO,
}
EVERYTHING = dict.fromkeys(BY_KEY, RAW)
OUTSIDE_MASKED = {key: MASKED if model.zone is Zone.OUTSIDE else RAW for key, model in BY_KEY.items()}


def names(candidates: Candidates) -> list[str]:
    return [candidate.model.name for candidate in candidates.order]


@pytest.mark.parametrize("level", [Level.PUBLIC, Level.INTERNAL])
def test_auto_prefers_outside_for_what_may_leave_as_it_is(level: Level) -> None:
    chosen = choose(decision(level, **EVERYTHING), ALL, "ambos/auto")
    assert names(chosen) == ["acme/small", "acme/big", "open/wild", "home/tuned", "home/llama", "ambos/demo"]
    assert not chosen.was_redirected


def test_auto_prefers_inside_from_confidential_on() -> None:
    chosen = choose(decision(Level.CONFIDENTIAL, **OUTSIDE_MASKED), ALL, Alias.AUTO)
    assert names(chosen) == ["home/tuned", "home/llama", "acme/small", "acme/big", "open/wild", "ambos/demo"]
    assert [candidate.treatment for candidate in chosen.order] == [RAW, RAW, MASKED, MASKED, MASKED, RAW]


def test_below_confidential_masked_comes_after_inside() -> None:
    chosen = choose(decision(Level.INTERNAL, big=MASKED, llama=RAW, demo=RAW), ALL, "ambos/auto")
    assert names(chosen) == ["home/llama", "acme/big", "ambos/demo"]


def test_a_stand_in_answers_only_to_its_name() -> None:
    everything = decision(Level.PUBLIC, **EVERYTHING)
    for alias in Alias:
        assert STAND_IN.name not in names(choose(everything, ALL, alias))
    assert names(choose(everything, ALL, STAND_IN.name)) == [STAND_IN.name]


def test_local_and_external_keep_to_their_side() -> None:
    everything = decision(Level.PUBLIC, **EVERYTHING)
    assert names(choose(everything, ALL, "ambos/local")) == ["home/tuned", "home/llama", "ambos/demo"]
    assert names(choose(everything, ALL, "ambos/external")) == ["acme/small", "acme/big", "open/wild"]


def test_a_name_is_one_model() -> None:
    chosen = choose(decision(Level.CONFIDENTIAL, **OUTSIDE_MASKED), ALL, "acme/big")
    assert names(chosen) == ["acme/big"]
    assert chosen.order[0].treatment is MASKED


@pytest.mark.parametrize("asked", ["acme/big", "stand-in/echo", "ambos/external"])
def test_what_may_not_go_there_is_answered_inside_and_says_so(asked: str) -> None:
    chosen = choose(decision(Level.RESTRICTED, llama=RAW, demo=RAW), ALL, asked)
    assert names(chosen) == ["home/llama", "ambos/demo"]
    assert chosen.was_redirected


@pytest.mark.parametrize(("language", "said"), [("en", "restricted"), ("es", "restringida"), ("fr", "restricted")])
@pytest.mark.parametrize("asked", ["acme/big", "ambos/external"])
def test_strict_refuses_to_answer_with_another(asked: str, language: str, said: str) -> None:
    with pytest.raises(PolicyBlockedError, match=said):
        choose(decision(Level.RESTRICTED, llama=RAW), ALL, asked, strict=True, language=language)
    assert not choose(decision(Level.RESTRICTED, llama=RAW), ALL, "ambos/auto", strict=True).was_redirected


@pytest.mark.parametrize("asked", ["acme/big", *Alias])
def test_nothing_inside_says_what_to_install(asked: str) -> None:
    nothing = decision(Level.RESTRICTED)
    with pytest.raises(NoModelError) as english:
        choose(nothing, (BIG,), asked)
    assert str(english.value) == (
        "This must stay inside, and no capable model is installed here. Install one: `ambos models pull …`"
    )
    with pytest.raises(NoModelError, match="Esto debe quedarse dentro"):
        choose(nothing, (BIG,), asked, language="es")


def test_an_empty_house_does_not_say_that_public_text_must_stay() -> None:
    with pytest.raises(NoModelError, match="no provider is configured"):
        choose(decision(Level.PUBLIC), (), "ambos/auto")


@pytest.mark.parametrize("asked", ["", "gpt-9", "acme/BIG", "ambos/", "Lucía Hernández"])
def test_an_unknown_name_is_refused_without_repeating_it(asked: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        choose(decision(Level.PUBLIC, **EVERYTHING), ALL, asked)
    assert caught.value.param == "model"
    assert not asked or asked not in str(caught.value)


@given(
    level=st.sampled_from(Level),
    given_=st.dictionaries(st.sampled_from([m.name for m in ALL]), st.sampled_from(Treatment)),
    asked=st.sampled_from([*(m.name for m in ALL), *Alias, "nobody"]),
    strict=st.booleans(),
)
def test_only_the_decision_s_models_with_its_treatments_are_chosen(
    level: Level, given_: dict[str, Treatment], asked: str, strict: bool
) -> None:
    inside = {model.name for model in ALL if model.zone is Zone.INSIDE}
    treatments = {name: RAW if name in inside else treatment for name, treatment in given_.items()}
    try:
        chosen = choose(Decision(level, treatments, "sha256:0"), ALL, asked, strict=strict)
    except AmbosError:
        return
    assert chosen.order
    assert all(treatments[candidate.model.name] is candidate.treatment for candidate in chosen.order)
    assert level < Level.RESTRICTED or all(candidate.model.zone is Zone.INSIDE for candidate in chosen.order)
    assert not (strict and chosen.was_redirected)
    assert not chosen.was_redirected or all(candidate.model.zone is Zone.INSIDE for candidate in chosen.order)


@pytest.mark.parametrize(
    ("level", "treatment"), [(Level.RESTRICTED, RAW), (Level.RESTRICTED, MASKED), (Level.CONFIDENTIAL, RAW)]
)
def test_a_forged_decision_lets_nothing_out(level: Level, treatment: Treatment) -> None:
    chosen = choose(decision(level, big=treatment, llama=RAW), ALL, "acme/big")
    assert names(chosen) == ["home/llama"]
    assert chosen.was_redirected


def test_a_price_without_both_parts_is_no_price() -> None:
    half = replace(BIG, name="acme/half", price={"prompt": 0.0, "date": "2026-11-01"})
    decided = Decision(Level.PUBLIC, {half.name: RAW, BIG.name: RAW}, "sha256:0")
    assert names(choose(decided, (half, BIG), "ambos/auto")) == ["acme/big", "acme/half"]


def test_an_arm_goes_first_inside_the_candidates_and_nowhere_else() -> None:
    chosen = choose(decision(Level.CONFIDENTIAL, **OUTSIDE_MASKED), ALL, "ambos/auto")
    for name in (*names(chosen), "acme/unknown", ""):
        preferred = prefer(chosen, name)
        assert sorted(names(preferred)) == sorted(names(chosen))
        assert names(preferred)[0] == (name if name in names(chosen) else names(chosen)[0])


def test_a_model_of_one_task_answers_who_names_it_and_stands_in_for_nobody() -> None:
    desk = ServedModel("ambos/desk", "engine", "desk", Zone.INSIDE, fitness="proven on desk", is_for_one_task=True)
    models = (BIG, DEMO, desk)
    permitted = Decision(Level.CONFIDENTIAL, {BIG.name: MASKED, DEMO.name: RAW, desk.name: RAW}, "sha256:0")
    assert names(choose(permitted, models, "ambos/desk")) == ["ambos/desk"]
    assert names(choose(permitted, models, Alias.LOCAL)) == ["ambos/demo"]
    assert names(choose(permitted, models, Alias.AUTO)) == ["acme/big", "ambos/demo"]
    closed = Decision(Level.RESTRICTED, {DEMO.name: RAW, desk.name: RAW}, "sha256:0")
    assert names(choose(closed, models, "acme/big")) == ["ambos/demo"]
