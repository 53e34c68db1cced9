from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambos.errors import PolicyError
from ambos.policy.rules import MAX_DEPTH, MAX_LINKS, MAX_RULES, MAX_TEXT_BYTES, parse_rules

ALL = "permit (principal, action, resource)"


def when(condition: str) -> str:
    return f"{ALL} when {{ {condition} }};"


def test_rules_get_names_effects_and_duties() -> None:
    text = f"""
    @id("eu.only") @note("since the contract of 2026") forbid (principal, action == Action::"send_raw", resource)
    unless {{ resource.region == "EU" }};
    {when("context.has_tools")}
    @duty("notice, no_cache") {ALL};
    """
    rules = parse_rules(text, prefix="house.")
    assert [(rule.id, rule.effect, rule.duties) for rule in rules] == [
        ("house.eu.only", "forbid", ()),
        ("house.2", "permit", ()),
        ("house.3", "permit", ("no_cache", "notice")),
    ]


def test_spacing_comments_names_and_notes_do_not_change_the_meaning() -> None:
    (plain,) = parse_rules(when("context.level == 1"), prefix="")
    (dressed,) = parse_rules(f'// why\n@id("x") @note("y")  {when("context.level   ==  1")}', prefix="")
    (other,) = parse_rules(when("context.level == 2"), prefix="")
    assert plain.canonical == dressed.canonical != other.canonical


BAD = {
    "syntax": "permit (",
    "not cedar": "allow everything;",
    "unknown context attribute": when("context.nope"),
    "unknown model attribute": when('resource.colour == "red"'),
    "unknown user attribute": when("principal.is_admin"),
    "unknown action": 'permit (principal, action == Action::"read", resource);',
    "unknown entity type": "permit (principal is Robot, action, resource);",
    "wrong type": when('context.level == "public"'),
    "template": "permit (principal == ?principal, action, resource);",
    "unknown duty": f'@duty("whisper") {ALL};',
    "empty duty": f'@duty("") {ALL};',
    "bare duty": f"@duty {ALL};",
    "duty on a forbid": '@duty("notice") forbid (principal, action, resource);',
    "unknown annotation": f'@obligation("notice") {ALL};',
    "id with spaces": f'@id("Lucía Hernández") {ALL};',
    "bare id": f"@id {ALL};",
    "id twice": f'@id("a") {ALL}; @id("a") {ALL};',
    "lone surrogate": "\ud800",
    "too many rules": f"{ALL};" * (MAX_RULES + 1),
    "too many bytes": "/" * (MAX_TEXT_BYTES + 1),
    "nul": "\0",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_text_with_a_mistake_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        parse_rules(text, prefix="house.")


def test_a_refusal_names_the_rule() -> None:
    text = f'{ALL}; @id("wrong") {when("context.nope")}'
    with pytest.raises(PolicyError, match=r"house\.wrong does not fit the schema"):
        parse_rules(text, prefix="house.")


# Cedar's parser ends the whole process on these: the tests would not fail, they would vanish.
DEEP = {
    "brackets": "(" * 5000 + "true" + ")" * 5000,
    "sets": "[" * 5000 + "1" + "]" * 5000,
    "records": "{a:" * 5000 + "1" + "}" * 5000,
    "conditions": "if true then " * 1000 + "true" + " else true" * 1000,
    "conjunctions": "&&".join(["true"] * 5000),
    "sums": "+".join(["1"] * 5000) + " > 0",
    "members": "context" + ".kinds" * 5000,
    "brackets past a semicolon": "(;" * 5000,
    "brackets behind closed ones": ")" * 5000 + "(" * 5000,
    "brackets behind a quote in a comment": '// "\n' + "(" * 5000 + '// "',
}


@pytest.mark.parametrize("condition", DEEP.values(), ids=DEEP.keys())
def test_a_text_that_would_crash_the_parser_is_refused(condition: str) -> None:
    with pytest.raises(PolicyError, match="too deep or too long"):
        parse_rules(when(condition), prefix="house.")


def test_rules_within_the_limits_are_read() -> None:
    deep = "(" * (MAX_DEPTH - 1) + "true" + ")" * (MAX_DEPTH - 1)
    long = "&&".join(["true"] * MAX_LINKS)
    quoted = 'resource.provider == "((((((((((((((((" // ((((((((((((\n'
    assert len(parse_rules(when(deep) + when(long) + when(quoted), prefix="")) == 3


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("permit", "forbid", "(", ")", "{", "}", "[", "principal", "action", "resource", "when", "unless"),
                *("context.level", "==", '"', '"EU"', "//", "\n", "@duty", '("notice")', "1", "&&", "!", "is User"),
                *(";", ",", "?"),
            ]
        ),
        max_size=60,
    ).map(" ".join)
    | st.text(max_size=200)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        rules = parse_rules(text, prefix="house.")
    except PolicyError:
        return
    assert all(rule.id.startswith("house.") for rule in rules)
