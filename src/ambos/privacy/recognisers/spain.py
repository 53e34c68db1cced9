"""Spain: DNI, NIE, NIF/CIF, social security, IBAN's national form (CCC), phone, plate, health cards of the state and of the regions."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy import checksums
from ambos.privacy.recognisers.forms import GAP, near
from ambos.privacy.rule import Rule

_S = GAP
_DNI_WORDS = r"d\.?n\.?i\.?|n\.?i\.?f\.?|n\.?i\.?e\.?|documento|identidad|identificacion|cedula|c\.?i\.?f\.?|national id|id card|id number|tax id"


def _has_five_digits(lower: bytes, start: int, end: int) -> bool:
    """O, l and I are typed for 0 and 1, but not for most of a number."""
    return sum(48 <= byte <= 57 for byte in lower[start:end]) >= 5


def _has_three_digits(lower: bytes, start: int, end: int) -> bool:
    """ "999999999" is a limit, not a telephone."""
    return len(set(lower[start:end])) > 2


def _is_no_book(lower: bytes, start: int, _: int) -> bool:
    return lower[start : start + 4] not in (b"isbn", b"issn")


SPAIN = (
    Rule(
        "es.dni", Kind.GOV_ID, "dni", rf"\b(?:[0-9]{_S}){{7,8}}[a-hj-np-tv-z]\b",
        check=lambda value: checksums.dni(value.zfill(9)), keyword=_DNI_WORDS, bare=0.0, valid=0.97,
    ),
    Rule(
        "es.dni_compact", Kind.GOV_ID, "dni", r"\b[0-9]{8}-?[A-HJ-NP-TV-Z]\b",
        check=lambda value: checksums.dni(value.lower()), keyword=_DNI_WORDS, bare=0.5, valid=0.97, cased=True,
    ),
    Rule(
        "es.dni_any", Kind.GOV_ID, "dni",
        rf"\b(?:dni|nif|nie|documento(?: nacional)?(?: de identidad)?)(?: (?:no|num|numero|number|es|is|con))?[ .:#=\"'|]{{0,6}}"
        rf"([a-z]?[ \-]?(?:[0-9oli]{_S}){{6,9}}[a-z]?)\b",
        bare=0.85, decoys=False, accept=_has_five_digits,
    ),
    Rule(
        "es.nie", Kind.GOV_ID, "nie", rf"\b[xyz]{_S}(?:[0-9]{_S}){{7}}[a-hj-np-tv-z]\b",
        check=checksums.nie, keyword=_DNI_WORDS + "|extranjero|tie|residencia|foreigner", bare=0.45, valid=0.98,
    ),
    Rule(
        "es.cif", Kind.TAX_ID, "cif", r"\b[abcdefghjnpqrsuvw][ .\-]?(?:[0-9]{7}|[0-9]{2}[ .][0-9]{3}[ .][0-9]{2})[ .\-]?[0-9a-j]\b",
        check=checksums.cif, keyword=r"c\.?i\.?f\.?|n\.?i\.?f\.?|fiscal|tax|empresa|sociedad|s\.?l\.?|s\.?a\.?|vat|iva", valid=0.97,
    ),
    Rule(
        "es.cif_near", Kind.TAX_ID, "cif", near(r"c\.?i\.?f\.?|n\.?i\.?f\.?", rf"[abcdefghjnpqrsuvw]{_S}(?:[0-9]{_S}){{7}}[0-9a-j]"),
        check=checksums.cif, keyword=r"c\.?i\.?f\.?|n\.?i\.?f\.?", decoys=False,
    ),
    Rule(
        "es.nss", Kind.HEALTH_ID, "nss", r"\b[0-9]{2}[ /.\-]{0,2}[0-9]{8}[ /.\-]{0,2}[0-9]{2}\b",
        check=checksums.nss, keyword=r"n\.?a?\.?s\.?s\.?|seguridad social|afiliacion|social security|naf|ss", valid=0.9,
    ),
    Rule(
        "es.nss_any", Kind.HEALTH_ID, "nss",
        r"\b(?:nass|nuss|nss|seguridad social|afiliacion)(?: (?:no|num|numero|es|is))?[ .:#=\"'|]{0,6}((?:[0-9][ /.\-]{0,2}){9,12})\b",
        bare=0.85, decoys=False,
    ),
    Rule(
        "es.ccc", Kind.BANK_ACCOUNT, "ccc",
        r"\b[0-9]{4}[ .\-]{0,2}[0-9]{4}[ .\-]{0,2}[0-9]{2}[ .\-]{0,2}(?:[0-9][ .\-]{0,2}){9}[0-9]\b",
        check=checksums.ccc, keyword=r"c\.?c\.?c\.?|cuenta|account|cc|banco|bank|domiciliacion|ingres[oa]", valid=0.97,
    ),
    Rule(
        "es.phone", Kind.PHONE, "es", r"(?:(?:\+|\b00)[ ]?34[ .\-]{0,2})?\b[6789](?:[0-9]{8}|[0-9]{2}[ .\-][0-9]{3}[ .\-][0-9]{3}|[0-9]{2}(?:[ .\-][0-9]{2}){3}|"
        r"[0-9][ .\-][0-9]{3}[ .\-][0-9]{2}[ .\-][0-9]{2}|[0-9][ .\-][0-9]{3}[ .\-][0-9]{4}|[0-9]{2}[ \-][0-9]{6})\b",
        keyword=r"tel(?:efono|f|fono|s)?s?|tlfn?o?|movil|celular|whatsapp|llam[a-z]+|contact[a-z]*|phone|mobile|call|fax|ring|sms",
        bare=0.75, accept=_has_three_digits,
    ),
    Rule(
        "es.phone_broken", Kind.PHONE, "es",
        near(r"tel(?:efono|f|fono|s)?s?|tlfn?o?|movil|phone|mobile|whatsapp|fax", r"[6789][0-9]{2}(?:\n[0-9]{3}[ .\-\n]?[0-9]{3}|[ .\-]?[0-9]{3}\n[0-9]{3}|\n[0-9]{2}[ .\-\n][0-9]{2}[ .\-\n][0-9]{2})"),
        bare=0.85, decoys=False,
    ),
    Rule(
        "es.plate", Kind.VEHICLE, "plate", r"\b[0-9]{4}[ \-]?[B-DF-HJ-NPR-TV-Z]{3}\b",
        keyword=r"(?i:matricula|coche|vehiculo|moto|furgon[a-z]*|turismo|plate|car|registration|seat|renault|ford|toyota|audi|bmw|opel|citroen|peugeot)",
        bare=0.55, cased=True,
    ),
    Rule("es.plate_near", Kind.VEHICLE, "plate", near(r"matricula|vehiculo|coche|moto|furgoneta|turismo|plate|registration", r"[0-9]{4}[ \-]?[b-df-hj-npr-tv-z]{3}"), bare=0.85, decoys=False),
    Rule(
        "es.cip", Kind.HEALTH_ID, "cip", r"\b[A-Z]{4}[0-9]{12}\b|\b[A-Z]{4}[0-9]{10}\b|\bBBBBBBBB[A-Z0-9]{8}\b",
        keyword=r"cip|tarjeta sanitaria|tsi|cipa|sip|health card", bare=0.6, cased=True, accept=_is_no_book,
    ),
    Rule(
        "es.cip_any", Kind.HEALTH_ID, "cip",
        r"\b(?:cip|cipa|tsi|sip|cip-sns|tarjeta sanitaria|health card)(?: (?:no|num|numero|number|es|is|individual|europea))?[ .:#=\"'|]{0,6}(?:nhc[ .:\-]{1,3})?([a-z]{0,4}[ \-]?(?:[0-9][ \-]?){6,16}[a-z]?)\b",
        bare=0.85, decoys=False,
    ),
    # Andalusia's NUHSA; the others beside a word: TIS (Basque Country, Catalonia), CITE, BDU, CIP-AUT.
    Rule("es.nuhsa", Kind.HEALTH_ID, "nuhsa", r"\ban ?[0-9]{10}\b", keyword=r"nuhsa|nuss|tarjeta|sas|andalu[a-z]+", bare=0.75),
    Rule(
        "es.health_card", Kind.HEALTH_ID, "cip",
        near(r"nuhsa|tis|cite|bdu|cip[ \-]aut(?:onomico)?|osakidetza|catsalut|targeta sanitaria|numero sanitario", r"[a-z]{0,4}[ \-]?(?:[0-9][ \-]?){5,15}[0-9a-z]"),
        bare=0.85, decoys=False, accept=_is_no_book,
    ),
    Rule(
        "es.plate_old", Kind.VEHICLE, "plate", r"\b(?:A|AB|AL|AV|B|BA|BI|BU|C|CA|CC|CE|CO|CR|CS|CU|GC|GE|GI|GR|GU|H|HU|IB|J|L|LE|LO|LU|M|MA|ML|MU|NA|O|OR|OU|P|PM|PO|S|SA|SE|SG|SO|SS|T|TE|TF|TO|V|VA|VI|Z|ZA)[ \-][0-9]{4}[ \-][A-Z]{1,2}\b",
        keyword=r"(?i:matricula|coche|vehiculo|moto|furgon[a-z]*|turismo|plate|car|registration)", bare=0.0, cased=True,
    ),
    Rule("es.cadastral", Kind.ADDRESS, "cadastral", near(r"ref(?:erencia|\.)? catastral", r"[0-9a-z]{7} ?[0-9a-z]{7} ?[0-9]{4} ?[a-z]{2}"), bare=0.9, decoys=False),
)  # fmt: skip
