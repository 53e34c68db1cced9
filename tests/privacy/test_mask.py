import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import DispatchError
from ambos.messages import Finding, Json, Kind, Leaf, Path
from ambos.privacy.exits import is_exit
from ambos.privacy.facts import FACTS, IDENTIFYING
from ambos.privacy.mask import Masked, mask, occurrences
from ambos.privacy.mask_note import Note, with_note
from ambos.privacy.restore import restore
from ambos.privacy.surrogate import Surrogates, without_surrogates

SURROGATES = Surrogates(bytes(range(32)), "c_example")


def find(
    text: str, *wanted: tuple[str, Kind], path: Path = ("text",), detail: str = ""
) -> tuple[Leaf, tuple[Finding, ...]]:
    found = tuple(Finding(start := text.index(part), start + len(part), kind, detail) for part, kind in wanted)
    return Leaf(path, text), found


def masked_text(text: str, *findings: Finding) -> tuple[str, Masked]:
    masked = mask({"text": text}, [(Leaf(("text",), text), findings)], surrogates=SURROGATES)
    assert isinstance(masked.tree, dict)
    made = masked.tree["text"]
    assert isinstance(made, str)
    return made, masked


def put_back(text: str, masked: Masked) -> str:
    for surrogate, original in masked.originals.items():
        text = text.replace(surrogate, original)
    return text


@st.composite
def texts_with_findings(draw: st.DrawFn) -> tuple[str, list[Finding]]:
    alphabet = st.one_of(st.characters(), st.sampled_from("[](){}<>\\/:.@%?=&\"'*_`~-| \n\tsSaA79é"))
    text = draw(st.text(alphabet, min_size=1, max_size=60))
    count = draw(st.integers(0, 5))
    findings = []
    for _ in range(count):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        findings.append(Finding(start, end, draw(st.sampled_from(Kind))))
    return text, findings


@given(texts_with_findings())
def test_restoring_a_masked_text_gives_the_text(case: tuple[str, list[Finding]]) -> None:
    text, findings = case
    made, masked = masked_text(text, *findings)
    shown = restore(made, masked.originals)
    assert put_back(shown, masked) == text
    assert put_back(made, masked) == text


@given(texts_with_findings())
def test_what_stays_masked_stands_at_an_exit(case: tuple[str, list[Finding]]) -> None:
    text, findings = case
    made, masked = masked_text(text, *findings)
    shown = restore(made, masked.originals)
    for surrogate in masked.originals:
        place = shown.find(surrogate)
        if place >= 0:
            after = shown[place + len(surrogate) :]
            assert is_exit(shown[:place]) or after[:1] in tuple(".@%-_") or after[:1].isalnum()


@given(st.lists(st.tuples(st.text("abc é\n.,;ñ", max_size=8), st.text("ABCÉ 123", min_size=1, max_size=8)), max_size=8))
def test_plain_text_comes_back_whole(parts: list[tuple[str, str]]) -> None:
    text, findings = "", []
    for harmless, value in parts:
        text += harmless
        findings.append(Finding(len(text), len(text) + len(value), Kind.PERSON))
        text += value + " "
    if text:
        made, masked = masked_text(text, *findings)
        assert restore(made, masked.originals) == text
        assert restore(made, masked.originals, capitals=masked.capitals) == text


@given(st.text("AB CDÑ\n:'x", max_size=30), st.booleans())
def test_names_behind_capitals_come_back_as_they_were_written(before: str, is_twice: bool) -> None:
    text = f"{before}Ana" + (" y\nAna" if is_twice else "")
    made, masked = masked_text(text, Finding(len(before), len(before) + 3, Kind.PERSON))
    assert restore(made, masked.originals, capitals=masked.capitals) == text


def test_names_may_be_raised_where_none_stands_behind_capitals() -> None:
    assert masked_text("contrato de Ana", Finding(12, 15, Kind.PERSON))[1].capitals
    assert not masked_text("CONTRATO DE Ana", Finding(12, 15, Kind.PERSON))[1].capitals


def test_identifying_kinds_are_masked_and_facts_kept() -> None:
    text = "Ana tiene diabetes y vive en Soria"
    masked = mask(
        {"text": text},
        [find(text, ("Ana", Kind.PERSON), ("diabetes", Kind.HEALTH), ("Soria", Kind.LOCATION))],
        surrogates=SURROGATES,
    )
    assert isinstance(masked.tree, dict)
    assert str(masked.tree["text"]).endswith(" tiene diabetes y vive en Soria")
    assert list(masked.originals.values()) == ["Ana"]
    assert masked.redactions == 1


def test_every_kind_is_a_fact_or_identifying() -> None:
    assert set(Kind) == IDENTIFYING | FACTS
    assert not IDENTIFYING & FACTS


@pytest.mark.parametrize(("detail", "count"), [("birth", 1), ("FECHA_NACIMIENTO", 1), ("visit", 0)])
def test_date_of_birth_identifies(detail: str, count: int) -> None:
    text = "el 3-4-1980"
    masked = mask({"text": text}, [find(text, ("3-4-1980", Kind.DATE), detail=detail)], surrogates=SURROGATES)
    assert masked.redactions == count


@pytest.mark.parametrize(
    ("name", "kind", "score", "rule", "count"),
    [
        ("Remedios", Kind.ORG, 0.5, "tagger", 1),
        ("Aïcha", Kind.LOCATION, 0.65, "tagger", 1),
        ("Abejar", Kind.LOCATION, 0.9, "tagger", 0),
        ("Sevilla", Kind.LOCATION, 0.4, "tagger", 0),
        ("Proyecto Cormorán", Kind.ORG, 0.5, "house.house_internal", 0),
        ("Remedios", Kind.PROFESSION, 0.5, "tagger", 0),
    ],
)
def test_doubtful_place_or_body_may_be_somebody(name: str, kind: Kind, score: float, rule: str, count: int) -> None:
    text = f"con {name} hoy"
    assert masked_text(text, Finding(4, 4 + len(name), kind, "", score, rule))[1].redactions == count


def test_places_stay_where_people_do() -> None:
    found = [(Leaf(("text",), "en Abejar"), (Finding(3, 9, Kind.LOCATION, "", 0.5, "tagger"),))]
    assert mask({"text": "en Abejar"}, found, surrogates=SURROGATES, kinds=frozenset()).redactions == 0


def test_secrets_are_masked_whatever_the_settings() -> None:
    text = "clave hunter2-x"
    found = [find(text, ("hunter2-x", Kind.SECRET))]
    assert mask({"text": text}, found, surrogates=SURROGATES, kinds=frozenset()).redactions == 1


def test_further_kinds_are_masked_on_demand() -> None:
    text = "vive en Soria"
    found = [find(text, ("Soria", Kind.LOCATION))]
    assert mask({"text": text}, found, surrogates=SURROGATES, kinds=IDENTIFYING | {Kind.LOCATION}).redactions == 1


def test_overlapping_findings_are_united_under_the_longest() -> None:
    made, masked = masked_text("x Ana García x", Finding(2, 5, Kind.PERSON), Finding(4, 12, Kind.USERNAME))
    assert list(masked.originals.values()) == ["Ana García"]
    assert made.startswith("x [USERNAME-")


def test_touching_findings_stay_apart() -> None:
    made, masked = masked_text("AnaLuis", Finding(0, 3, Kind.PERSON), Finding(3, 7, Kind.PERSON))
    assert masked.redactions == 2
    assert "][" in made


def test_stray_occurrence_is_masked_too() -> None:
    tree: Json = {"a": "Rosa Gil", "b": "avisa a Rosa Gil, no a Rosario", "c": ["Rosa Gil"]}
    found = [
        find("Rosa Gil", ("Rosa Gil", Kind.PERSON), path=("a",)),
        find("avisa a Rosa Gil, no a Rosario", path=("b",)),
        find("Rosa Gil", path=("c", 0)),
    ]
    masked = mask(tree, found, surrogates=SURROGATES)
    assert "Rosa Gil" not in json.dumps(masked.tree)
    assert "Rosario" in json.dumps(masked.tree)
    assert masked.redactions == 3


@pytest.mark.parametrize(
    ("text", "value", "places"),
    [
        ("Rosa, Rosario, Rosa", "Rosa", [(0, 4), (15, 19)]),
        ("xana@x.esx", "ana@x.es", [(1, 9)]),
        ("Rosas", "Rosa", []),
        ("sRosa", "Rosa", []),
        ("", "Rosa", []),
    ],
)
def test_occurrences(text: str, value: str, places: list[tuple[int, int]]) -> None:
    assert list(occurrences(text, value)) == places


def test_own_surrogate_in_the_history_is_not_masked_again() -> None:
    made, _ = masked_text("Ana", Finding(0, 3, Kind.PERSON))
    history = f"dije {made} a Ana"
    again, masked = masked_text(
        history, Finding(5, 5 + len(made), Kind.USERNAME), Finding(len(history) - 3, len(history), Kind.PERSON)
    )
    assert again == f"dije {made} a {made}"
    assert masked.redactions == 1


def test_finding_around_an_own_surrogate_masks_only_the_rest() -> None:
    made, _ = masked_text("Ana", Finding(0, 3, Kind.PERSON))
    text = f"Luis {made} Gil"
    again, masked = masked_text(text, Finding(0, len(text), Kind.PERSON))
    assert made in again
    assert sorted(masked.originals.values()) == [" Gil", "Luis "]


def test_own_surrogate_is_no_place_for_a_stray_value() -> None:
    made, _ = masked_text("Ana", Finding(0, 3, Kind.PERSON))
    again, _ = masked_text(f"PERSON {made}", Finding(0, 6, Kind.USERNAME))
    assert again.endswith(f" {made}")


def test_look_alike_is_text_like_any_other() -> None:
    text = "mira [PERSON-ANAGARCIA] y [PERSON-2AAAAAAAAA]"
    made, masked = masked_text(text, Finding(13, 22, Kind.PERSON))
    assert "ANAGARCIA" not in made
    assert "[PERSON-2AAAAAAAAA]" in made
    assert restore(made, masked.originals) == text


def test_json_inside_a_string_keeps_its_escaping() -> None:
    inner = json.dumps({"nombre": 'Ana "la" García', "n": 1})
    start = inner.index("Ana")
    value = inner[start : inner.index('", "n"')]
    assert "\\u00ed" in value
    made, masked = masked_text(inner, Finding(start, start + len(value), Kind.PERSON))
    assert set(json.loads(made)) == {"nombre", "n"}
    assert restore(made, masked.originals) == inner


def test_escaped_spelling_has_the_code_of_the_plain_one() -> None:
    text = "Jos\\u00e9 Gil y José Gil"
    made, _ = masked_text(text, Finding(0, 13, Kind.PERSON), Finding(16, 24, Kind.PERSON))
    first, _, second = made.partition(" y ")
    assert second.startswith(first[:-1] + "-")


def test_input_is_not_changed_and_the_rest_is_shared() -> None:
    tree: dict[str, Json] = {"messages": [{"content": "Ana"}, {"content": "x"}], "extra": {"a": [1, 2]}}
    before = copy.deepcopy(tree)
    masked = mask(tree, [find("Ana", ("Ana", Kind.PERSON), path=("messages", 0, "content"))], surrogates=SURROGATES)
    assert tree == before
    assert isinstance(masked.tree, dict)
    assert masked.tree["extra"] is tree["extra"]


def test_key_is_renamed_in_its_place() -> None:
    tree: Json = {"a": 1, "Ana Gil": {"Ana Gil": "Ana Gil"}, "z": 2}
    leaves = [
        Leaf(("Ana Gil",), "Ana Gil", is_key=True),
        Leaf(("Ana Gil", "Ana Gil"), "Ana Gil", is_key=True),
        Leaf(("Ana Gil", "Ana Gil"), "Ana Gil"),
    ]
    masked = mask(tree, [(leaf, (Finding(0, 7, Kind.PERSON),)) for leaf in leaves], surrogates=SURROGATES)
    (surrogate,) = masked.originals
    assert masked.tree == {"a": 1, surrogate: {surrogate: surrogate}, "z": 2}
    assert isinstance(masked.tree, dict)
    assert list(masked.tree) == ["a", surrogate, "z"]


def test_two_keys_of_one_name_are_refused() -> None:
    (surrogate,) = mask({"text": "Ana"}, [find("Ana", ("Ana", Kind.PERSON))], surrogates=SURROGATES).originals
    tree: Json = {"Ana": 1, surrogate: 2}
    with pytest.raises(DispatchError, match="same name"):
        mask(tree, [(Leaf(("Ana",), "Ana", is_key=True), (Finding(0, 3, Kind.PERSON),))], surrogates=SURROGATES)


def number(*path: str | int) -> list[tuple[Leaf, tuple[Finding, ...]]]:
    return [(Leaf(path, "612345678", is_text=False), (Finding(0, 9, Kind.PHONE),))]


def test_number_becomes_text_in_free_content() -> None:
    tree: Json = {"messages": [{"content": [{"type": "tool_use", "input": {"tel": 612345678}}]}]}
    masked = mask(tree, number("messages", 0, "content", 0, "input", "tel"), surrogates=SURROGATES)
    (surrogate,) = masked.originals
    assert masked.tree == {"messages": [{"content": [{"type": "tool_use", "input": {"tel": surrogate}}]}]}


def test_number_elsewhere_is_refused() -> None:
    with pytest.raises(DispatchError, match="cannot become text"):
        mask({"seed": 612345678}, number("seed"), surrogates=SURROGATES)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (0, 4), (2, 2), (3, 1)])
def test_finding_outside_its_text_sends_nothing(start: int, end: int) -> None:
    with pytest.raises(DispatchError, match="outside its text"):
        masked_text("Ana", Finding(start, end, Kind.HEALTH))


@pytest.mark.parametrize("path", [("b",), ("a", 3), ("a", "x"), ("c", "d"), ("a", -1)])
def test_place_that_is_not_in_the_request_is_refused(path: Path) -> None:
    with pytest.raises(DispatchError, match="not in the request"):
        mask({"a": ["x"], "c": 1}, [find("Ana", ("Ana", Kind.PERSON), path=path)], surrogates=SURROGATES)


def test_later_turns_keep_every_surrogate() -> None:
    first = "Soy Ana García"
    second = "y él Luis García, hijo de Ana"
    one = find(first, ("Ana García", Kind.PERSON), path=(0,))
    two = find(second, ("Luis García", Kind.PERSON), ("Ana", Kind.PERSON), path=(1,))
    short = mask([first], [one], surrogates=SURROGATES)
    replica = Surrogates(bytes(range(32)), "c_example")
    long = mask([first, second], [one, two], surrogates=replica)
    assert isinstance(short.tree, list)
    assert isinstance(long.tree, list)
    assert short.tree[0] == long.tree[0]


def test_repr_shows_no_original() -> None:
    text = "canary"
    assert "canary" not in repr(mask({"text": text}, [find(text, ("canary", Kind.PERSON))], surrogates=SURROGATES))


def test_lone_halves_of_pairs_are_masked() -> None:
    made, masked = masked_text("\ud800x", Finding(0, 2, Kind.PERSON))
    assert restore(made, masked.originals) == "\ud800x"
    assert without_surrogates(made, masked.originals) == " "


# --- the note for the model ------------------------------------------------------------------------------------------


def test_note_stands_after_the_instructions_of_the_caller() -> None:
    tree: Json = {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]}
    made = with_note(tree, Note(language="es"))
    assert isinstance(made, dict)
    messages = made["messages"]
    assert isinstance(messages, list)
    assert [isinstance(one, dict) and one["role"] for one in messages] == ["system", "system", "user"]
    assert "corchetes" in json.dumps(messages[1])


@pytest.mark.parametrize(
    ("dialect", "field", "present", "starts"),
    [
        ("messages", "system", None, "Codes"),
        ("messages", "system", "Be brief.", "Be brief.\n\nCodes"),
        ("responses", "instructions", None, "Codes"),
    ],
)
def test_note_has_its_field(dialect: str, field: str, present: str | None, starts: str) -> None:
    tree: Json = {"messages": []} if present is None else {"messages": [], field: present}
    note = Note(dialect="messages") if dialect == "messages" else Note(dialect="responses")
    made = with_note(tree, note)
    assert isinstance(made, dict)
    assert str(made[field]).startswith(starts)


def test_note_is_one_more_block() -> None:
    made = with_note({"system": [{"type": "text", "text": "s"}]}, Note(dialect="messages"))
    assert isinstance(made, dict)
    blocks = made["system"]
    assert isinstance(blocks, list)
    assert len(blocks) == 2


@pytest.mark.parametrize("tree", [[], "x", {"messages": "x"}, {}])
def test_note_without_room_changes_nothing(tree: Json) -> None:
    assert with_note(tree, Note()) == tree


def test_note_leaves_a_field_of_other_data() -> None:
    tree: Json = {"system": 3}
    assert with_note(tree, Note(dialect="messages")) == tree


def test_town_and_postcode_of_an_address_are_masked_with_it_and_a_town_alone_is_not() -> None:
    text = "10 Dock Street, Hove BN3 5QR. She likes Kent."
    places = [("Hove", Kind.LOCATION), ("BN3 5QR", Kind.LOCATION), ("Kent", Kind.LOCATION)]
    made, masked = masked_text(text, *find(text, ("10 Dock Street", Kind.ADDRESS), *places)[1])
    assert made.endswith("She likes Kent.")
    assert set(masked.originals.values()) == {"10 Dock Street", "Hove", "BN3 5QR"}


def test_postcode_alone_is_masked_and_a_house_that_keeps_addresses_keeps_it() -> None:
    text = "around SW9 7AB I think, and 28036 more"
    _, found = find(text, ("SW9 7AB", Kind.LOCATION), ("28036", Kind.LOCATION))
    assert list(masked_text(text, *found)[1].originals.values()) == ["SW9 7AB"]
    kept = mask({"text": text}, [(Leaf(("text",), text), found)], surrogates=SURROGATES, kinds=frozenset({Kind.PHONE}))
    assert kept.redactions == 0


def test_birth_is_masked_under_a_learned_label_too() -> None:
    text = "nacida el 3/4/1950, vista el 3/5/2025"
    birth = Finding(text.index("3/4"), text.index(", "), Kind.DATE, "FECHAS", 0.9, "birth")
    visit = Finding(text.index("3/5"), len(text), Kind.DATE, "FECHAS", 0.9, "tagger")
    assert list(masked_text(text, birth, visit)[1].originals.values()) == ["3/4/1950"]
