"""Who is found in a text, and one person taken out of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ambos.messages import Finding, Kind
from ambos.privacy import Detector, Settings
from ambos.privacy.identifiers import declared, identifiers_in, replaced, without

DETECTOR = Detector(Settings(), [])


def found(text: str, *kinds: tuple[Kind, str]) -> frozenset[tuple[str, str]]:
    findings = [Finding(text.index(part), text.index(part) + len(part), kind) for kind, part in kinds]
    return identifiers_in(text, findings)


def test_spellings_of_one_value_are_one_identifier() -> None:
    assert found("DNI 12.345.678-Z", (Kind.GOV_ID, "12.345.678-Z")) <= declared("12345678z")
    assert found("NIF 01234567L", (Kind.TAX_ID, "01234567L")) <= declared("1234567L")
    assert found("tel +34 612 34 56 78", (Kind.PHONE, "+34 612 34 56 78")) <= declared("612345678")
    assert found("Sra. García Ruiz, Ana", (Kind.PERSON, "García Ruiz, Ana")) == declared("ana garcia ruiz")
    iban, account = "ES91 2100 0418 4502 0005 1332", "2100 0418 45 0200051332"
    assert found(iban, (Kind.BANK_ACCOUNT, iban)) <= declared(account)


def theirs(*texts: str) -> Callable[[tuple[str, str]], bool]:
    known = frozenset().union(*(declared(text) for text in texts))
    return lambda one: one in known


@pytest.mark.parametrize("text", ["Ana", "", "12", "¿?"])
def test_what_names_nobody_gives_nothing(text: str) -> None:
    assert declared(text) == frozenset()


def test_facts_and_single_names_identify_nobody() -> None:
    assert found("Ana tiene asma", (Kind.PERSON, "Ana"), (Kind.HEALTH, "asma")) == frozenset()


def test_one_person_is_taken_out_and_the_other_stays() -> None:
    body = json.dumps({"messages": [{"content": "DNI 12345678Z y DNI 87654321X, escriba a ana@example.org"}], "n": 1})
    cut = json.loads(without(body.encode(), DETECTOR, theirs("12345678-Z", "ana@example.org")))
    assert cut == {"messages": [{"content": "DNI [erased] y DNI 87654321X, escriba a [erased]"}], "n": 1}


def test_a_number_that_is_no_text_is_taken_out_too() -> None:
    body = b'{"phone": 612345678, "other": 600000001}'
    assert json.loads(without(body, DETECTOR, theirs("612345678"))) == {"phone": "[erased]", "other": 600000001}


def test_a_value_is_put_right_everywhere() -> None:
    assert json.loads(replaced(b'{"a": ["vive en Vigo"]}', "Vigo", "Lugo")) == {"a": ["vive en Lugo"]}
    assert replaced(b"vive en Vigo", "Vigo", "Lugo") == b"vive en Lugo"
