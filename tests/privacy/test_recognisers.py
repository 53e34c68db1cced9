"""Packs by country: every identifier is found with its exact span, kind and detail; check digits agree with python-stdnum."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn, verhoeff
from stdnum.ar import cbu, cuit
from stdnum.cl import rut
from stdnum.co import nit
from stdnum.gb import nhs, utr
from stdnum.ie import vat
from stdnum.mx import curp, rfc
from stdnum.pe import ruc
from stdnum.us import rtn

from ambos.errors import ConfigError
from ambos.messages import Finding
from ambos.privacy.detector import Detector
from ambos.privacy.recogniser import finish
from ambos.privacy.recognisers import PACKS, argentina, chile, colombia, india, ireland, mexico, peru, united_kingdom
from ambos.privacy.recognisers import united_states as us
from ambos.privacy.settings import Settings

DETECTOR = Detector(Settings())
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# "{}" is where the value stands.
FOUND = [
    ("mx", "mi CURP: {}", "BOXW310820HNERXN09", "GOV_ID", "curp"),
    ("mx", "{} es mi clave", "BOXW310820HNERXN09", "GOV_ID", "curp"),
    ("mx", "curp {}", "boxw310820hnerxn08", "GOV_ID", "curp"),
    ("mx", "Factura al RFC {} por favor", "GODE561231GR8", "TAX_ID", "rfc"),
    ("mx", "rfc: {}", "gode-561231-gr9", "TAX_ID", "rfc"),
    ("mx", "{} es el contribuyente", "GODE561231GR8", "TAX_ID", "rfc"),
    ("mx", "su NSS del IMSS es {}", "12 34 56 7890 3", "HEALTH_ID", "nss"),
    ("mx", "deposita en la CLABE {}", "032180000118359719", "BANK_ACCOUNT", "clabe"),
    ("mx", "CLABE interbancaria {}", "032 180 00011835971 8", "BANK_ACCOUNT", "clabe"),
    ("mx", "clave de elector {}", "GMVLMR80070501M100", "GOV_ID", "voter"),
    ("mx", "mi cel es {}", "55 1234 5678", "PHONE", "mx"),
    ("ar", "CUIT {}", "20-05536168-2", "TAX_ID", "cuit"),
    ("ar", "cuil nº {}", "20 05536168 3", "TAX_ID", "cuit"),
    ("ar", "{} factura", "20-05536168-2", "TAX_ID", "cuit"),
    ("ar", "DNI {}", "28.456.789", "GOV_ID", "dni"),
    ("ar", "CBU {}", "2850590940090418135201", "BANK_ACCOUNT", "cbu"),
    ("ar", "llamame al {}", "11 4555-1234", "PHONE", ""),
    ("ar", "patente {}", "AB 123 CD", "VEHICLE", "plate"),
    ("cl", "RUT {}", "12.531.909-2", "GOV_ID", "rut"),
    ("cl", "rut: {}", "12531909-3", "GOV_ID", "rut"),
    ("cl", "{} firma", "12.531.909-2", "GOV_ID", "rut"),
    ("cl", "mi run es {}", "125319092", "GOV_ID", "rut"),
    ("cl", "mi celular es {}", "9 8765 4321", "PHONE", "cl"),
    ("co", "cédula de ciudadanía {}", "1.020.345.678", "GOV_ID", "cedula"),
    ("co", "C.C. {}", "52345678", "GOV_ID", "cedula"),
    ("co", "NIT {}", "213.123.432-1", "TAX_ID", "nit"),
    ("co", "mi celular es {}", "310 234 5678", "PHONE", "co"),
    ("pe", "DNI {}", "45678912", "GOV_ID", "dni"),
    ("pe", "RUC {}", "20512333797", "TAX_ID", "ruc"),
    ("pe", "ruc n° {}", "20512333798", "TAX_ID", "ruc"),
    ("pe", "carné de extranjería {}", "001234567", "GOV_ID", "ce"),
    ("pe", "CCI {}", "00219300123456789012", "BANK_ACCOUNT", "cci"),
    ("pe", "mi celular {}", "987 654 321", "PHONE", ""),
    ("gb", "NHS number {}", "943 476 5919", "HEALTH_ID", "nhs"),
    ("gb", "nhs no. {}", "943-476-5918", "HEALTH_ID", "nhs"),
    ("gb", "NINO: {}", "AB 12 34 56 C", "GOV_ID", "nino"),
    ("gb", "my national insurance is {}", "ab123456c", "GOV_ID", "nino"),
    ("gb", "sort code {} please", "20-00-00", "BANK_ACCOUNT", "sort_code"),
    ("gb", "20-00-00 {} is hers", "55779911", "BANK_ACCOUNT", "account"),
    ("gb", "account number {}", "55779911", "BANK_ACCOUNT", "account"),
    ("gb", "UTR {}", "19558 39661", "TAX_ID", "utr"),
    ("gb", "driving licence {}", "MORGA657054SM9IJ", "GOV_ID", "driving_licence"),
    ("gb", "my car reg is {}", "AB51 DVL", "VEHICLE", "plate"),
    ("ie", "PPS number {}", "1234567T", "GOV_ID", "pps"),
    ("ie", "ppsn: {}", "1234567 fb", "GOV_ID", "pps"),
    ("ie", "{} from Revenue", "1234567FA", "GOV_ID", "pps"),
    ("ie", "Eircode {}", "D02 AF30", "ADDRESS", "postcode"),
    ("ie", "call me on {}", "087 123 4567", "PHONE", ""),
    ("us", "SSN {}", "123-45-6789", "GOV_ID", "ssn"),
    ("us", "social security number is {}", "123 45 6789", "GOV_ID", "ssn"),
    ("us", "ITIN {}", "912-90-3456", "TAX_ID", "itin"),
    ("us", "EIN {}", "12-3456789", "TAX_ID", "ein"),
    ("us", "routing number {}", "111000025", "BANK_ACCOUNT", "routing"),
    ("us", "driver's license {}", "D1234567", "GOV_ID", "driving_licence"),
    ("us", "Medicare {}", "1EG4-TE5-MK73", "HEALTH_ID", "mbi"),
    ("in", "Aadhaar {}", "2341 2341 2346", "GOV_ID", "aadhaar"),
    ("in", "my aadhar card number is {}", "234123412347", "GOV_ID", "aadhaar"),
    ("in", "PAN {}", "ABCPE1234F", "TAX_ID", "pan"),
    ("in", "pan card: {}", "abcpe1234f", "TAX_ID", "pan"),
    ("in", "GSTIN {}", "27AAPFU0939F1ZV", "TAX_ID", "gstin"),
    ("in", "voter ID {}", "ABC1234567", "GOV_ID", "voter"),
    ("in", "mobile {}", "98765 43210", "PHONE", ""),
    ("in", "car plate {}", "MH 12 AB 1234", "VEHICLE", "plate"),
    ("es", "NUHSA {}", "AN0123456789", "HEALTH_ID", "nuhsa"),
    ("es", "TIS {}", "12345678", "HEALTH_ID", "cip"),
    ("es", "matrícula {}", "M-1234-AB", "VEHICLE", "plate"),
    ("es", "matrícula del coche {}", "1234 BCD", "VEHICLE", "plate"),
    ("common", "passport {}", "533 380 006", "GOV_ID", "passport"),
    ("common", "number plate {}", "12-D-12345", "VEHICLE", "plate"),
    ("common", "placas {}", "ABC-123", "VEHICLE", "plate"),
]


def find(text: str, detector: Detector = DETECTOR) -> tuple[Finding, ...]:
    return finish(detector.steps(text))


@pytest.mark.parametrize(("pack", "carrier", "value", "kind", "detail"), FOUND)
def test_identifier_is_found_with_its_span_and_nothing_else(
    pack: str, carrier: str, value: str, kind: str, detail: str
) -> None:
    text = carrier.format(value)
    found = [each for each in find(text) if text[each.start : each.end] == value]
    assert [(each.kind.value, each.detail if detail else "") for each in found] == [(kind, detail)]


@pytest.mark.parametrize("pack", sorted(PACKS))
def test_every_country_of_the_issue_has_its_pack(pack: str) -> None:
    assert {"es", "mx", "ar", "cl", "co", "pe", "gb", "ie", "us", "in", "common"} <= PACKS.keys()
    prefix = {rule.name.split(".")[0] for rule in PACKS[pack]}
    assert len(pack) > 2 or prefix == {pack}


def _last(calc: Callable[[str], str]) -> Callable[[str], str]:
    return lambda body: body + calc(body)


@pytest.mark.parametrize(
    ("ours", "complete", "shape"),
    [
        (mexico.curp, _last(curp.calc_check_digit), r"[A-Z]{4}[0-9]{6}[HM][A-Z]{5}[0-9A-Z]"),
        (mexico.rfc, _last(rfc.calc_check_digit), r"[A-Z]{4}[0-9]{6}[A-V1-9][A-Z1-9]"),
        (mexico.rfc, lambda body: body + rfc.calc_check_digit(body), r"[A-Z&]{3}[0-9]{6}[A-V1-9][A-Z1-9]"),
        (mexico.clabe, lambda body: body + _clabe(body), r"[0-9]{17}"),
        (argentina.cuit, _last(cuit.calc_check_digit), r"[0-9]{10}"),
        (argentina.cbu, lambda body: _last(cbu.calc_check_digit)(body[:7]) + _last(cbu.calc_check_digit)(body[7:]), r"[0-9]{20}"),
        (chile.rut, _last(rut.calc_check_digit), r"[0-9]{7,8}"),
        (colombia.nit, _last(nit.calc_check_digit), r"[0-9]{7,10}"),
        (peru.ruc, _last(ruc.calc_check_digit), r"(?:10|15|17|20)[0-9]{8}"),
        (ireland.pps, lambda body: body[:7] + vat.calc_check_digit(body) + body[7:], r"[0-9]{7}[A-I]?"),
        (us.routing, _last(rtn.calc_check_digit), r"[0-9]{8}"),
        (india.aadhaar, _last(verhoeff.calc_check_digit), r"[2-9][0-9]{10}"),
        (india.gstin, lambda body: body + luhn.calc_check_digit(body, _BASE36), r"[0-3][0-9][A-Z]{5}[0-9]{4}[A-Z][0-9]Z"),
    ],
)  # fmt: skip
@given(data=st.data())
def test_check_digits_agree_with_another_implementation(
    ours: Callable[[str], bool], complete: Callable[[str], str], shape: str, data: st.DataObject
) -> None:
    value = complete(data.draw(st.from_regex(shape, fullmatch=True).filter(str.isascii))).lower()
    assert ours(value)
    place = len(value) - 1 - value[::-1].index(next(filter(str.isdigit, reversed(value))))
    wrong = value[:place] + str((int(value[place]) + 1) % 10) + value[place + 1 :]
    assert not ours(wrong)


@given(st.from_regex(r"[0-9]{10}", fullmatch=True).filter(str.isascii))
def test_british_numbers_agree_with_another_implementation(value: str) -> None:
    assert united_kingdom.nhs(value) == (nhs.is_valid(value) and len(set(value)) > 1)
    assert united_kingdom.utr(value) == utr.is_valid(value)


def _clabe(body: str) -> str:
    """Another way: the weights repeat, so the sum of each third is taken by itself."""
    total = sum(int(digit) * weight % 10 for n, weight in enumerate((3, 7, 1)) for digit in body[n::3])
    return str((10 - total % 10) % 10)


def test_unknown_pack_or_rule_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"es\.plate_old"):
        Detector(Settings(off=frozenset({"es.plate_olt"})))


def test_country_can_be_switched_off() -> None:
    without = Detector(Settings(off=frozenset({"us", "gb"})))
    assert find("123-45-6789") != ()
    assert find("123-45-6789", without) == ()
