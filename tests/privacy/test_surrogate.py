import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import ConfigError, DispatchError
from ambos.messages import Kind
from ambos.privacy.surrogate import Surrogates, bracketed, code_of, without_surrogates
from ambos.privacy.surrogate_map import SurrogateMap
from ambos.privacy.surrogate_values import name_tokens, normalise

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "surrogate" / "codes.json").read_text(encoding="utf-8")
)
KEY = bytes.fromhex(VECTORS["key"])
HERE = Surrogates(KEY, "c_example")
SHAPE = re.compile(r"[2-9](?:[0-9A-HJKMNP-TV-Z]{2}){4,20}[A-HJKMNP-TV-Z]")


@pytest.mark.parametrize("case", VECTORS["accept"], ids=lambda case: f"{case['kind']} {case['spelling']}")
def test_code_is_that_of_the_vectors(case: dict[str, str]) -> None:
    kind = Kind(case["kind"])
    surrogates = Surrogates(KEY, case["conversation"])
    assert normalise(kind, case["spelling"]) == case["normalised"]
    assert surrogates.code(kind, case["normalised"]) == case["code"]
    assert surrogates.code(kind, case["normalised"], symbols=10) == case["code_12"]


def test_tag_is_that_of_the_vectors() -> None:
    case = VECTORS["tag"]
    assert HERE.tag(case["code"], case["spelling"]) == case["tag"]


@pytest.mark.parametrize("text", VECTORS["own"]["accept"])
def test_own_surrogate_is_recognised(text: str) -> None:
    ((start, end),) = HERE.own_spans(text)
    assert code_of(text[start:end]) is not None


@pytest.mark.parametrize("case", VECTORS["own"]["reject"], ids=lambda case: case["name"])
def test_look_alike_is_not_our_own(case: dict[str, str]) -> None:
    assert HERE.own_spans(case["text"]) == ()


@given(st.sampled_from(Kind), st.text(), st.integers(4, 20))
def test_code_has_its_form_and_is_recognised(kind: Kind, value: str, pairs: int) -> None:
    code = HERE.code(kind, value, symbols=2 * pairs)
    assert SHAPE.fullmatch(code)
    assert len(HERE.own_spans(bracketed(kind, code))) == 1


@given(st.lists(st.text(min_size=1), min_size=2, max_size=30, unique=True))
def test_conversations_and_tenants_share_no_code(values: list[str]) -> None:
    codes = [
        {surrogates.code(Kind.PERSON, value) for value in values}
        for surrogates in (HERE, Surrogates(KEY, "c_other"), Surrogates(bytes(32), "c_example"))
    ]
    assert len(set.union(*codes)) == 3 * len(values)


def test_parts_of_the_message_cannot_be_shifted() -> None:
    assert Surrogates(KEY, "ab").code(Kind.AGE, "c")[1:-1] != Surrogates(KEY, "a").code(Kind.AGE, "bc")[1:-1]


def test_short_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="32 bytes"):
        Surrogates(b"short", "c")


def test_repr_shows_no_key_and_no_original() -> None:
    surrogates = Surrogates(b"canary-key-canary-key-canary-key", "canary-conversation")
    naming = SurrogateMap(surrogates)
    naming.surrogate(Kind.PERSON, "canary-name")
    assert "canary" not in f"{surrogates!r}{surrogates!s}{naming!r}{naming!s}{naming._people!r}"


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.PERSON, "Sra. Ana García López", "GARCIA LÓPEZ, ANA"),
        (Kind.PERSON, "Juan de la Cruz", "juan cruz"),
        (Kind.PHONE, "0034 612 345 678", "612.345.678"),
        (Kind.PHONE, "٦١٢٣٤٥٦٧٨", "612345678"),
        (Kind.CARD, "4111-1111 1111\u200b1111", "4111111111111111"),
        (Kind.TAX_ID, "b-58818501", "B58818501"),
        (Kind.EMAIL, "Ana (at) example [dot] org", "ana@example.org"),
        (Kind.ADDRESS, "Calle Mayor, 4", "CALLE  MAYOR 04"),
        (Kind.DATE, "03/04/1980", "3-4-1980"),
    ],
)
def test_spellings_of_one_value_are_equal(kind: Kind, one: str, other: str) -> None:
    assert normalise(kind, one) == normalise(kind, other)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.SECRET, "Abc", "abc"),
        (Kind.URL, "https://a.example/A", "https://a.example/a"),
        (Kind.PERSON, "Ana García", "Ana Gracia"),
        (Kind.PHONE, "612345678", "612345679"),
        (Kind.GOV_ID, "12345678Z", "12345678A"),
    ],
)
def test_other_values_stay_apart(kind: Kind, one: str, other: str) -> None:
    assert normalise(kind, one) != normalise(kind, other)


@given(st.sampled_from(Kind), st.text())
def test_normalise_is_total_and_stable(kind: Kind, text: str) -> None:
    once = normalise(kind, text)
    assert normalise(kind, text) == once
    assert bool(once) or not text.strip() or all(not char.isprintable() for char in text) or not once.strip()


def test_titles_and_particles_tell_nobody_apart() -> None:
    assert name_tokens("Dr. D. José de la Peña") == {"jose", "pena"}


# --- the map of one request ------------------------------------------------------------------------------------------


def test_further_spelling_has_the_code_and_a_tag() -> None:
    naming = SurrogateMap(HERE)
    first, again, other = (naming.surrogate(Kind.PHONE, text) for text in ("612345678", "612345678", "+34 612 345 678"))
    assert first == again
    assert other.startswith(first[:-1] + "-")
    assert naming.originals == {first: "612345678", other: "+34 612 345 678"}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("Ana García", "García"),
        ("García", "Ana García"),
        ("Ana García", "A. García"),
        ("Ana García López", "Sra. López"),
        ("Ana", "Ana García López"),
    ],
)
def test_forms_of_a_name_share_the_earlier_code(earlier: str, later: str) -> None:
    naming = SurrogateMap(HERE)
    first, second = naming.surrogate(Kind.PERSON, earlier), naming.surrogate(Kind.PERSON, later)
    assert first == bracketed(Kind.PERSON, HERE.code(Kind.PERSON, normalise(Kind.PERSON, earlier)))
    assert second.startswith(first[:-1] + "-")


@pytest.mark.parametrize(
    "names",
    [("Ana García", "Luis García"), ("Ana García", "Luis García", "García"), ("Ana García", "A. G."), ("Li Wu", "Li")],
)
def test_names_that_may_be_others_are_not_joined(names: tuple[str, ...]) -> None:
    naming = SurrogateMap(HERE)
    assert len({(code_of(naming.surrogate(Kind.PERSON, name)) or "").partition("-")[0] for name in names}) == len(names)


@given(st.lists(st.sampled_from(["Ana", "Ana García", "García", "Luis García", "Luis", "A. García"]), max_size=12))
def test_later_turns_change_no_surrogate(names: list[str]) -> None:
    long, short = SurrogateMap(HERE), SurrogateMap(HERE)
    made = [long.surrogate(Kind.PERSON, name) for name in names]
    half = len(names) // 2
    assert [short.surrogate(Kind.PERSON, name) for name in names[:half]] == made[:half]
    assert len(set(made)) == len(set(names))


class _Colliding(Surrogates):
    """As if every value began with the same 40 bits, and every spelling with the same tag."""

    def _mac(self, label: bytes, *parts: str) -> bytes:
        mac = super()._mac(label, *parts)
        return mac if b"check" in label else bytes(5) + mac


def test_collision_lengthens_the_later_code() -> None:
    naming = SurrogateMap(_Colliding(KEY, "c"))
    codes = [code_of(naming.surrogate(Kind.PERSON, name)) or "" for name in ("Ana", "Luis", "Eva")]
    assert [len(code) for code in codes] == [10, 12, 12]
    again = SurrogateMap(_Colliding(KEY, "c"))
    assert code_of(again.surrogate(Kind.PERSON, "Ana")) == codes[0]


def test_collision_of_tags_lengthens_the_later_tag() -> None:
    naming = SurrogateMap(_Colliding(KEY, "c"))
    for spelling in ("612345678", "612 345 678", "612-345-678"):
        naming.surrogate(Kind.PHONE, spelling)
    tags = [(code_of(surrogate) or "").partition("-")[2] for surrogate in naming.originals]
    assert [len(tag) for tag in tags] == [0, 2, 4]


class _Constant(Surrogates):
    def _mac(self, label: bytes, *parts: str) -> bytes:
        return bytes(32)


def test_no_free_code_sends_nothing() -> None:
    naming = SurrogateMap(_Constant(KEY, "c"))
    for length in range(17):
        naming.surrogate(Kind.EMAIL, f"{length}@example.org")
    with pytest.raises(DispatchError, match="every length"):
        naming.surrogate(Kind.EMAIL, "ana@example.org")


def test_no_free_tag_sends_nothing() -> None:
    naming = SurrogateMap(_Constant(KEY, "c"))
    naming.surrogate(Kind.PHONE, "612345678")
    spellings = ["6" + "-" * dashes + "12345678" for dashes in range(1, 9)]
    for spelling in spellings:
        naming.surrogate(Kind.PHONE, spelling)
    with pytest.raises(DispatchError, match="tag"):
        naming.surrogate(Kind.PHONE, "612 345 678")


@pytest.mark.parametrize("text", ["", "x", "[PERSON-9AV9RT7D7S", "[PERSON-9AV9RT7D7S]x", "[X-9AV9RT7D7S]"])
def test_code_of_anything_else_is_none(text: str) -> None:
    assert code_of(text) is None


def test_without_surrogates_leaves_look_alikes() -> None:
    originals = {"[PERSON-9AV9RT7D7S]": "Ana"}
    assert without_surrogates("a[PERSON-9AV9RT7D7S]b[PERSON-9AV9RT7D7T]", originals) == "a b[PERSON-9AV9RT7D7T]"


@pytest.mark.parametrize(
    ("kind", "spelt", "plain"),
    [
        (Kind.PHONE, "seis doce, treinta y cuatro, cincuenta y seis, setenta y ocho", "612 34 56 78"),
        (Kind.PHONE, "oh seven double three, one two three four five six", "07 33 12 34 56"),
        (Kind.GOV_ID, "cinco tres uno dos tres cuatro cinco seis, letra be", "53123456B"),
        (Kind.GOV_ID, "53123456 b", "53123456B"),
    ],
)
def test_spelt_and_written_in_figures_is_one_value(kind: Kind, spelt: str, plain: str) -> None:
    assert normalise(kind, spelt) == normalise(kind, plain)


@given(st.text(max_size=30), st.sampled_from(Kind))
def test_any_text_has_a_normal_form(text: str, kind: Kind) -> None:
    assert isinstance(normalise(kind, text), str)
