import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import DispatchError
from ambos.messages import Assessment, Finding, Json, Kind, Leaf, Level, Treatment, Zone
from ambos.privacy import Note, Outbound, Surrogates, prepare
from ambos.privacy.mask import occurrences
from ambos.privacy.outbound import _is_left, _is_plainly_gone, _texts
from ambos.privacy.restore import restore

SURROGATES = Surrogates(bytes(range(32)), "c_example")
TEXT = "Soy Ana García. Escribe a ana@example.org y firma como García."
TREE: Json = {"model": "acme/big-1", "messages": [{"role": "user", "content": TEXT}]}
FOUND = [
    (
        Leaf(("messages", 0, "content"), TEXT),
        (Finding(4, 14, Kind.PERSON), Finding(26, 41, Kind.EMAIL), Finding(55, 61, Kind.PERSON)),
    )
]


def render(tree: Json) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode()


def made(
    level: Level = Level.CONFIDENTIAL,
    treatment: Treatment = Treatment.MASKED,
    zone: Zone = Zone.OUTSIDE,
    *,
    note: Note | bool = False,
) -> Outbound:
    return prepare(
        TREE,
        FOUND,
        treatment=treatment,
        zone=zone,
        assessment=Assessment(level),
        surrogates=SURROGATES,
        render=render,
        note=note,
    )


def test_example_of_the_specification() -> None:
    outbound = made()
    sent = json.loads(outbound.body)["messages"][0]["content"]
    assert sent == ("Soy [PERSON-9AV9RT7D7S]. Escribe a [EMAIL-4DVVWR08BJ] y firma como [PERSON-9AV9RT7D7S-KC].")
    answer = "Gracias, **[PERSON-9AV9RT7D7S]**: ya escribí a [email-4dvvwr08bj]."
    assert restore(answer, outbound.originals) == "Gracias, **Ana García**: ya escribí a ana@example.org."
    assert (outbound.redactions, outbound.level, outbound.zone) == (3, Level.CONFIDENTIAL, Zone.OUTSIDE)


@pytest.mark.parametrize("treatment", Treatment)
def test_restricted_never_leaves(treatment: Treatment) -> None:
    with pytest.raises(DispatchError, match="restricted"):
        made(Level.RESTRICTED, treatment)


@pytest.mark.parametrize("level", [Level.CONFIDENTIAL, Level.RESTRICTED])
def test_confidential_never_leaves_raw(level: Level) -> None:
    with pytest.raises(DispatchError):
        made(level, Treatment.RAW)


@pytest.mark.parametrize(
    ("level", "treatment", "zone"),
    [
        (Level.PUBLIC, Treatment.RAW, Zone.OUTSIDE),
        (Level.INTERNAL, Treatment.RAW, Zone.OUTSIDE),
        (Level.RESTRICTED, Treatment.RAW, Zone.INSIDE),
    ],
)
def test_raw_renders_the_tree_as_it_is(level: Level, treatment: Treatment, zone: Zone) -> None:
    outbound = made(level, treatment, zone)
    assert outbound.body == render(TREE)
    assert not outbound.originals
    assert outbound.redactions == 0


def test_masked_inside_is_masked() -> None:
    assert b"Ana" not in made(Level.RESTRICTED, Treatment.MASKED, Zone.INSIDE).body


@pytest.mark.parametrize("treatment", Treatment)
def test_unreadable_part_never_leaves(treatment: Treatment) -> None:
    found = [*FOUND, (Leaf(("messages", 1), "", is_readable=False), ())]
    with pytest.raises(DispatchError, match="no reader"):
        prepare(
            TREE,
            found,
            treatment=treatment,
            zone=Zone.OUTSIDE,
            assessment=Assessment(Level.PUBLIC),
            surrogates=SURROGATES,
            render=render,
        )


def prepared(tree: Json, text: str, finding: Finding, body: bytes | None = None) -> Outbound:
    return prepare(
        tree,
        [(Leaf(("text",), text), (finding,))],
        treatment=Treatment.MASKED,
        zone=Zone.OUTSIDE,
        assessment=Assessment(Level.CONFIDENTIAL),
        surrogates=SURROGATES,
        render=lambda masked: render(masked) if body is None else body,
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"x": "Ana Garc\xc3\xada"}',
        b'{"x": "Ana Garc\\u00eda"}',
        b'{"x": "\\u0041na Garc\\u00EDa"}',
        b'{"x": "\\nAna Garc\xc3\xada\\n"}',
        b'{"x": "{\\"y\\": \\"\\\\nAna Garc\\\\u00eda\\"}"}',
        b'{"Ana Garc\xc3\xada": 1}',
        b'{"x": [["[PERSON-9AV9RT7D7S]Ana Garc\xc3\xada"]]}',
        b"not JSON: Ana Garc\xc3\xada",
    ],
    ids=["plain", "ascii", "escaped", "after a line break", "JSON in a string", "key", "glued", "not JSON"],
)
def test_original_left_by_the_renderer_sends_nothing(body: bytes) -> None:
    with pytest.raises(DispatchError, match="still in the rendered") as caught:
        prepared({"text": "Ana García"}, "Ana García", Finding(0, 10, Kind.PERSON), body)
    assert "Ana" not in str(caught.value)


def test_original_left_as_a_number_sends_nothing() -> None:
    tree: Json = {"text": "612345678", "metadata": {"tel": 612345678}}
    with pytest.raises(DispatchError, match="still in the rendered"):
        prepared(tree, "612345678", Finding(0, 9, Kind.PHONE))


def test_original_in_an_unclassified_leaf_sends_nothing() -> None:
    with pytest.raises(DispatchError, match="still in the rendered"):
        prepared({"text": "Ana García", "more": "Ana García"}, "Ana García", Finding(0, 10, Kind.PERSON))


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("user", {"role": "user"}),
        ("acme", {"model": "acme/big-1"}),
        ("Rosa", {"text2": "Rosario"}),
        ("Ana", {"text2": "Ana"}),
        ("1024", {"max_tokens": 1024}),
        ("PERSON", {}),
    ],
)
def test_what_the_format_demands_is_no_leak(text: str, more: dict[str, Json]) -> None:
    outbound = prepared({"text": text, **more}, text, Finding(0, len(text), Kind.USERNAME))
    assert json.loads(outbound.body)["text"] != text


def test_note_is_added_only_when_something_was_masked() -> None:
    assert b"[KIND-code]" in made(note=True).body
    assert "[KIND-código]".encode() in made(note=Note(language="es")).body
    assert b"[KIND-code]" not in made(note=False).body
    harmless = prepare(
        TREE,
        [],
        treatment=Treatment.MASKED,
        zone=Zone.OUTSIDE,
        assessment=Assessment(Level.PUBLIC),
        surrogates=SURROGATES,
        render=render,
        note=True,
    )
    assert harmless.body == render(TREE)


def test_two_attempts_have_the_same_bytes() -> None:
    assert made() == made()


def test_repr_shows_neither_body_nor_originals() -> None:
    assert "Ana" not in repr(made(Level.PUBLIC, Treatment.RAW)) + repr(made())
    assert "PERSON-" not in repr(made())


_PIECES = st.sampled_from(
    ["Ana García", "612345678", 'la "Ñ"\n4', "\\", "\\u0041", "/", " ", "x", "61234", "user", "é"]
)


@given(
    st.lists(st.lists(_PIECES, max_size=6).map("".join), max_size=4),
    st.sampled_from(["orjson", "ascii", "plain", "nested", "slashes"]),
)
def test_the_short_look_at_the_bytes_passes_nothing_that_the_long_one_holds_back(texts: list[str], form: str) -> None:
    originals = {
        "[PERSON-9AV9RT7D7S]": "Ana García",
        "[PHONE-2AV9RT7D7S]": "612345678",
        "[ORG-3AV9RT7D7S]": 'la "Ñ"\n4',
    }
    tree: Json = {"model": "m", "input": [*texts], "key": dict.fromkeys(texts, 61234)}
    writers = {
        "orjson": orjson.dumps(tree),
        "ascii": json.dumps(tree).encode(),
        "plain": json.dumps(tree, ensure_ascii=False).encode(),
        "nested": json.dumps({"arguments": json.dumps(tree)}).encode(),
        "slashes": json.dumps(tree).replace("/", "\\/").encode(),
    }
    body = writers[form]
    sent = "\n".join(_texts(body, originals))
    is_held_back = any(any(occurrences(sent, value)) for value in originals.values())
    assert not (_is_plainly_gone(body, originals.values()) and is_held_back)
    assert _is_left(body, originals) is is_held_back


def test_a_further_occurrence_that_nobody_found_is_masked_too() -> None:
    text = "Ana García, y otra vez Ana García"
    tree: Json = {"messages": [{"role": "user", "content": text}]}
    found = [(Leaf(("messages", 0, "content"), text), (Finding(0, 10, Kind.PERSON),))]
    outbound = prepare(
        tree,
        found,
        treatment=Treatment.MASKED,
        zone=Zone.OUTSIDE,
        assessment=Assessment(Level.CONFIDENTIAL),
        surrogates=SURROGATES,
        render=render,
    )
    assert b"Ana" not in outbound.body
    assert outbound.redactions == 2
