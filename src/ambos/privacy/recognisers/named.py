"""Everywhere: what only the word beside it tells from any other number or name (passport, licence, customer, vehicle, wallet, handle)."""
# ruff: noqa: E501 - a pattern is read as one line

import re

from ambos.messages import Kind
from ambos.privacy.recognisers.forms import near
from ambos.privacy.rule import Rule

_PASSPORT = r"pasaporte|passport|passeport"
_UNITS = frozenset(
    b"cm mm m km kg g mg mcg ml l cc x h min seg s ms eur dias meses anos am pm px kb mb gb ghz hz w v a".split()
)
_YEAR = re.compile(rb"(?:19|20)[0-9]{2}")
_SEVERAL = re.compile(rb"[0-9]")


def _is_plate(lower: bytes, start: int, end: int) -> bool:
    """ "Placa de 2 cm" is a length, "matrícula de 2024" a year's enrolment."""
    value = lower[start:end]
    if _YEAR.fullmatch(value):
        return False
    letters = value.strip(b"0123456789 -")
    return letters not in _UNITS and (len(value) > 4 or not letters or b" " not in value)


def _has_digits(lower: bytes, start: int, end: int) -> bool:
    return len(_SEVERAL.findall(lower[start:end])) >= 5


NAMED = (
    Rule("passport", Kind.GOV_ID, "passport", near(_PASSPORT, r"[a-z]{0,3}[ \-]?[0-9](?:[ ]?[0-9]){4,8}[a-z]?"), bare=0.9, decoys=False),
    Rule("passport.shape", Kind.GOV_ID, "passport", r"\b[A-Z]{1,3}[0-9]{6,8}\b", keyword=_PASSPORT, cased=True),
    Rule(
        "record", Kind.HEALTH_ID, "medical_record",
        r"\b(?:n\.?h\.?c\.?|nhc|historia clinica|no? ?historia|num(?:ero)? de historia|historial|episodio|cama de ingreso|medical record|mrn|"
        r"patient id|patient number|hospital number|chart number|id(?:entificador)? (?:del? )?paciente|no? de paciente|numero de paciente)"
        r"(?: (?:no|num|numero|number|clinica|es|is|n))*[ .:#=\"'|\-]{0,6}([a-z]{0,3}[ \-/]?[0-9][0-9\-/.]{2,14}[a-z]?)\b",
        bare=0.9, decoys=False,
    ),
    Rule(
        "licence", Kind.GOV_ID, "professional_licence",
        near(r"no? ?col(?:egiad[oa])?|(?:num(?:ero)? de )?colegiad[oa]|cedula profesional|matricula profesional|gmc(?: number)?|npi|bar number|medical licen[cs]e", r"[0-9]{1,2}[ /\-]{0,2}[0-9]{1,2}[ /\-]{0,2}[0-9]{3,6}|[0-9]{5,10}"),
        bare=0.85, decoys=False,
    ),
    Rule(
        "customer", Kind.USERNAME, "customer_number",
        near(r"(?:numero|no?\.?|num\.?|id|codigo) (?:de )?(?:cliente|socio|socia|afiliad[oa]|mutualista|asegurad[oa]|abonad[oa]|usuari[oa]|emplead[oa]|alumn[oa]|poliza)|poliza|"
             r"(?:customer|client|member|membership|policy|subscriber|employee|student|staff|loyalty) (?:id|number|no\.?|#)", r"[a-z]{0,4}[ \-/]?[0-9][0-9 \-/]{3,18}[0-9]"),
        bare=0.8, decoys=False, accept=_has_digits,
    ),
    Rule(
        "handle", Kind.USERNAME, "handle",
        r"\b(?:twitter|instagram|insta|ig|tiktok|telegram|threads|bluesky|mastodon|snapchat|twitch|github|discord|usuario|username|nick|handle|perfil|skype)\b[^@\n]{0,19}[^@a-z0-9_.\-\n](@[a-z0-9_][a-z0-9_.]{2,}[a-z0-9_])(?:[^a-z0-9@]|$)",
        bare=0.8, decoys=False,
    ),
    Rule(
        "plate", Kind.VEHICLE, "plate",
        near(
            r"matricula|placas?|patente|dominio|(?:number |licen[cs]e )?plate|(?:car |vehicle )?registration",
            r"[a-z]{1,3}[ \-]?[0-9]{1,4}(?:[ \-]?[a-z]{1,3}(?:[ \-]?[0-9]{2,4})?)?|[0-9]{1,4}[ \-][a-z]{1,3}(?:[ \-]?[0-9]{1,6})?|[0-9]{3,4}[a-z]{0,3}|[a-z]{4}[ \-]?[0-9]{2}",
        ),
        bare=0.85, decoys=False, accept=_is_plate,
    ),
    # ISO 3779: seventeen characters without I, O, Q.
    Rule("vin", Kind.VEHICLE, "vin", near(r"vin|(?:numero de )?bastidor|chassis(?: number)?|chasis|niv", r"[a-hj-npr-z0-9]{17}"), bare=0.95, decoys=False),
    Rule(
        "wallet", Kind.BANK_ACCOUNT, "wallet",
        near(r"bitcoin|btc|wallet|monedero|ethereum|eth|cripto|crypto|usdt|direccion|address", r"bc1[a-z0-9]{25,59}|[13][a-z1-9]{25,34}|0x[a-f0-9]{40}"), bare=0.9, decoys=False,
    ),
)  # fmt: skip
