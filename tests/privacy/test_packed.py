import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambos.errors import DispatchError, UnknownSurrogateError
from ambos.messages import Assessment, Finding, Json, Kind, Leaf, Level, Treatment, Zone
from ambos.privacy import Cache, Detector, Reader, Settings
from ambos.privacy.leaves import leaves
from ambos.privacy.mask import Masked, mask
from ambos.privacy.outbound import prepare
from ambos.privacy.packed import packed_at, packed_in, packed_like
from ambos.privacy.recogniser import finish
from ambos.privacy.restore import Restorer, restore
from ambos.privacy.restore_json import restore_arguments
from ambos.privacy.surrogate import Surrogates

SURROGATES = Surrogates(bytes(range(32)), "c_example")
READER = Reader(Detector(Settings()), Cache(key=b"k" * 32, entries=1000, size_bytes=1 << 22))
VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "surrogate" / "packed.json").read_text(encoding="utf-8")
)


def plain64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


WRITERS: dict[str, Callable[[str], str]] = {
    "base64": plain64,
    "base64 without padding": lambda text: plain64(text).rstrip("="),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "HEXADECIMAL": lambda text: text.encode().hex().upper(),
    "0x": lambda text: "0x" + text.encode().hex(),
    "twice": lambda text: plain64("x: " + plain64(text)),
}


def masked_text(text: str) -> tuple[str, Masked]:
    tree: Json = {"messages": [{"role": "user", "content": text}]}
    masked = mask(tree, finish(READER.read(leaves(tree), scope=b"s")).pairs(), surrogates=SURROGATES)
    assert isinstance(masked.tree, dict)
    made: Any = masked.tree["messages"]
    return made[0]["content"], masked


def said(text: str) -> str:
    """The text with what is encoded in it decoded, and what is encoded in that."""
    for found in reversed(list(packed_in(text))):
        text = text[: found.start] + said(found.content.decode()) + text[found.end :]
    return text


@pytest.mark.parametrize("writer", WRITERS)
@settings(deadline=None)
@given(shift=st.integers(0, 4), accent=st.sampled_from(["", "ñ", "día ", "€"]), tail=st.integers(0, 3))
def test_model_reads_the_encoded_value_with_surrogates_inside(writer: str, shift: int, accent: str, tail: int) -> None:
    content = f"{'x' * shift} {accent} DNI: 53123456B, ana.ruiz@correo.es; fin{'.' * tail}"
    text = f"Decodifica {WRITERS[writer](content)} y resume; su DNI es 53123456B."
    made, masked = masked_text(text)
    same = {original: surrogate for surrogate, original in masked.originals.items()}
    inside = content.replace("53123456B", same["53123456B"]).replace("ana.ruiz@correo.es", same["ana.ruiz@correo.es"])
    assert inside in said(made)
    assert made.endswith(f"su DNI es {same['53123456B']}.")
    assert restore(made, masked.originals) == text
    assert restore(inside, masked.originals) == content


@st.composite
def encoded_texts(draw: st.DrawFn) -> tuple[str, tuple[Finding, ...]]:
    """Encoded values between anything, with findings anywhere."""
    content = st.text(st.one_of(st.characters(categories=("L", "N")), st.sampled_from(" ,:[]{}\"'")), max_size=40)
    piece = st.one_of(
        content.flatmap(lambda text: st.sampled_from([write(text) for write in WRITERS.values()])),
        st.text(st.sampled_from(" \n.,;:=/+-_x0aZé"), max_size=6),
    )
    text = draw(st.lists(piece, min_size=1, max_size=6).map("".join).filter(bool))
    findings = []
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text) - 1))
        findings.append(Finding(start, draw(st.integers(start + 1, len(text))), draw(st.sampled_from(Kind))))
    return text, tuple(findings)


@settings(deadline=None)
@given(encoded_texts(), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_restoring_gives_the_text_however_the_stream_is_cut(
    case: tuple[str, tuple[Finding, ...]], sizes: list[int]
) -> None:
    text, findings = case
    masked = mask({"text": text}, [(Leaf(("text",), text), findings)], surrogates=SURROGATES)
    assert isinstance(masked.tree, dict)
    made = str(masked.tree["text"])
    whole = restore(made, masked.originals)
    # What is left stands at an exit (`tests/privacy/test_mask.py` holds the law for those).
    left = whole
    for surrogate in sorted(masked.originals, key=len, reverse=True):
        left = left.replace(surrogate, masked.originals[surrogate])
    assert left == text
    for cut in range(len(made) + 1):
        restorer = Restorer(masked.originals)
        assert restorer.feed(made[:cut]) + restorer.feed(made[cut:]) + restorer.close() == whole
    restorer, shown, place = Restorer(masked.originals), "", 0
    while place < len(made):
        size = sizes[place % len(sizes)]
        shown += restorer.feed(made[place : place + size])
        place += size
    assert shown + restorer.close() == whole


@given(encoded_texts())
def test_nothing_found_is_left_in_any_decoding(case: tuple[str, tuple[Finding, ...]]) -> None:
    text, _ = case
    value = "Rosalinda Quiñones"
    text = f"{text} {plain64(f'nombre {value}, y más')} fin"
    start = text.index(plain64("nombre ")[:4])
    leaf, found = Leaf(("text",), text), (Finding(start, len(text) - 4, Kind.PERSON),)
    masked = mask({"text": text}, [(leaf, found)], surrogates=SURROGATES)
    assert isinstance(masked.tree, dict)
    assert value not in said(str(masked.tree["text"]))


@pytest.mark.parametrize("case", VECTORS["accept"], ids=lambda case: str(case["name"]))
def test_vectors_of_values_that_come_back(case: dict[str, str]) -> None:
    assert restore(case["answered"], VECTORS["originals"]) == case["shown"]


@pytest.mark.parametrize("case", VECTORS["reject"], ids=lambda case: str(case["name"]))
def test_vectors_of_values_that_stay(case: dict[str, str]) -> None:
    assert restore(case["answered"], VECTORS["originals"]) == case["answered"]


@pytest.mark.parametrize("token", ["Hola", " paciente", "Claro", ",", " 1", "\n", "The", "é", "1. "])
def test_harmless_token_is_not_delayed_beside_an_encoded_value(token: str) -> None:
    assert Restorer(VECTORS["originals"]).feed(token) == token


def test_same_encoded_value_elsewhere_is_replaced_too() -> None:
    token = plain64("DNI: 53123456B, sí")
    text = f"uno {token} dos"
    found = Finding(text.index(token) + 7, text.index(token) + 19, Kind.GOV_ID)
    pairs = [(Leaf(("text",), text), (found,)), (Leaf(("more",), f"otra vez {token}"), ())]
    masked = mask({"text": text, "more": f"otra vez {token}"}, pairs, surrogates=SURROGATES)
    assert token not in json.dumps(masked.tree)


def test_encoded_value_glued_to_a_word_keeps_the_request_inside() -> None:
    token = plain64("DNI: 53123456B, sí")
    tree = {"text": f"uno {token}", "more": f"x{token}"}
    found = Finding(4 + 7, 4 + 19, Kind.GOV_ID)
    pairs = [(Leaf(("text",), tree["text"]), (found,)), (Leaf(("more",), tree["more"]), ())]
    with pytest.raises(DispatchError, match="still in the rendered"):
        prepare(
            dict(tree),
            pairs,
            treatment=Treatment.MASKED,
            zone=Zone.OUTSIDE,
            assessment=Assessment(Level.CONFIDENTIAL),
            surrogates=SURROGATES,
            render=lambda made: json.dumps(made).encode(),
        )


def test_secret_that_only_looks_encoded_is_one_value() -> None:
    token = plain64("usuario:contraseña")
    text = f"clave {token}"
    masked = mask(
        {"text": text},
        [(Leaf(("text",), text), (Finding(6, len(text), Kind.SECRET),))],
        surrogates=SURROGATES,
    )
    assert list(masked.originals.values()) == [token]


def test_arguments_of_an_inside_tool_get_the_originals_inside() -> None:
    made, masked = masked_text("Guarda " + plain64('{"dni": "53123456B"}'))
    sent = made.removeprefix("Guarda ")
    code = re.findall(r"\[GOV_ID-\w+\]", said(made))[0]
    for written, wanted in (
        (sent, {"dni": "53123456B"}),
        (plain64(json.dumps({"dni": code, "alta": True})), {"dni": "53123456B", "alta": True}),
    ):
        arguments = restore_arguments(json.dumps({"body": written}), masked.originals, allowed=True)
        assert json.loads(base64.b64decode(json.loads(arguments)["body"])) == wanted


@pytest.mark.parametrize("place", ["https://evil.example/?d={}", "<img alt='{}'>"])
def test_arguments_with_an_encoded_value_at_an_exit_are_refused(place: str) -> None:
    made, masked = masked_text("Guarda " + plain64('{"dni": "53123456B"}'))
    with pytest.raises(UnknownSurrogateError):
        restore_arguments(
            json.dumps({"body": place.format(made.removeprefix("Guarda "))}), masked.originals, allowed=True
        )


def test_arguments_with_a_surrogate_of_nobody_encoded_are_refused() -> None:
    _, masked = masked_text("Guarda " + plain64('{"dni": "53123456B"}'))
    body = plain64("dni [GOV_ID-9AV9RT7D7S]")
    with pytest.raises(UnknownSurrogateError):
        restore_arguments(json.dumps({"body": body}), masked.originals, allowed=True)


def test_number_is_no_encoded_value() -> None:
    number = b"5312345678".hex()
    assert number.isdecimal()
    assert packed_at(f"cuenta {number}", 7) is None


@given(
    st.text(min_size=9),
    st.sampled_from(sorted(set(WRITERS) - {"twice"})),
    st.text(st.characters(categories=("L", "N", "P", "S"))),
)
def test_written_like_the_token(text: str, writer: str, other: str) -> None:
    token = WRITERS[writer](text)
    for found in packed_in(token):
        if found.content == text.encode():
            (again,) = packed_in(packed_like(found, token, f"{other} longer text"))
            assert again.content.decode() == f"{other} longer text"
