"""Everywhere: e-mail, card, IBAN, phone with prefix or beside a word, IP, MAC, IMEI, plates and passports beside a word."""
# ruff: noqa: E501 - a pattern is read as one line

import ipaddress
import re
from typing import Final

import phonenumbers

from ambos.messages import Kind
from ambos.privacy import checksums
from ambos.privacy.rule import Rule

_EXAMPLES = (
    b"example.com",
    b"example.org",
    b"example.net",
    b".example",
    b".invalid",
    b".test",
    b"ejemplo.com",
    b"ejemplo.es",
    b"domain.com",
)


# Local parts that name nobody. A person's name before an example's domain is masked all the same: it costs nothing, and
# people do put such domains into real letters.
_NOBODY = frozenset(
    b"user usuario usuaria name nombre yourname tunombre your.name tu.nombre you me yo someone alguien foo bar baz test prueba "
    b"email e-mail mail correo admin info contact contacto hello hola noreply no-reply support soporte root".split()
)


def _is_real_mail(lower: bytes, start: int, end: int) -> bool:
    """A name of nobody at a domain of RFC 2606 or 6761 is documentation."""
    address = lower[start:end].rstrip(b".")
    local = address.partition(b"@")[0].rstrip()
    # "Reunión @ google.com" is a place.
    is_place = b" " in address and local.isalpha()
    return not is_place and not (address.endswith(_EXAMPLES) and local in _NOBODY)


_LAST = frozenset(b"com es org net edu gov".split())


def _mail_end(lower: bytes, start: int, end: int) -> int:
    """ "juan@correo.es.Gracias": the next sentence is no part of the domain."""
    labels = lower[start:end].rpartition(b"@")[2].split(b".")
    is_sentence = len(labels) > 2 and labels[-2] in _LAST and len(labels[-1]) > 2 and labels[-1] not in _LAST
    return end - len(labels[-1]) - 1 if is_sentence else end


def _is_public_ip(lower: bytes, start: int, end: int) -> bool:
    """Loopback, private, documentation and reserved addresses are about nobody (RFC 1918, 5737, 6890, 3849)."""
    try:
        address = ipaddress.ip_address(lower[start:end].decode())
    except ValueError:
        return False
    before = lower[max(0, start - 12) : start].rstrip(b" :=v")
    is_number = before.endswith(
        (b"version", b"release", b"ver", b"section", b"sec.", b"chapter", b"apartado", b"seccion")
    )
    # "2.7.2.2" is a version or a clause; addresses like 8.8.8.8 are services, nobody's.
    return address.is_global and not is_number and end - start > 7


# How cards are printed and typed: in fours, as American Express and Diners group, digit by digit, in pairs, or in one run.
_GROUPS = re.compile(
    rb"\d{4}(?:\D{1,2}\d{4}){3}(?:\D{1,2}\d{3})?|\d{4}\D{1,2}\d{6}\D{1,2}\d{4,5}|\d{13,19}|\d{8}\D{1,2}\d{8}|\d(?:\D{1,2}\d){12,18}"
)
# First digits and lengths of the networks (ISO/IEC 7812 registers as published by them).
_NETWORKS = re.compile(
    rb"4(?:\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|"
    rb"(?:6011|64[4-9]\d|65\d\d|35\d\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6[0-9])\d{14}(?:\d{3})?"
)


def _is_card_like(lower: bytes, start: int, end: int) -> bool:
    """A table of numbers has card lengths by chance; the grouping of a card and the digits of a network it has not."""
    value = lower[start:end]
    return _GROUPS.fullmatch(value) is not None and _NETWORKS.fullmatch(value.translate(None, b" .-\n")) is not None


def _is_long_or_valid(lower: bytes, start: int, end: int) -> bool:
    """Twelve digits are a card's (Maestro) only when their check digit says so."""
    digits = bytes(byte for byte in lower[start:end] if 48 <= byte <= 57).decode()
    return len(digits) > 12 or checksums.card(digits)


_TOLD: Final = re.compile(rb"[a-z]+[^a-z]*$")


def _is_said(lower: bytes, start: int, _: int) -> bool:
    """The word that tells it is no piece of a longer token: "10.1016/j.cell.2020.02.052" is a document's number."""
    if lower[start - 1 : start] not in (b".", b"/"):
        return True
    word = _TOLD.search(lower, max(0, start - 40), start)
    return word is None or lower[max(0, word.start() - 1) : word.start()] not in (b".", b"/")


def _is_no_sum(lower: bytes, start: int, end: int) -> bool:
    """ "x + 907133923" and "+3.140000" are arithmetic."""
    return _SUM.match(lower, start, end) is None


_SUM = re.compile(rb"\+(?: [0-9]+$|[0-9]+\.[0-9]+$)")


def _is_number(value: str) -> bool:
    """A number in use somewhere, with its country's prefix (ITU-T E.164, by the metadata of libphonenumber)."""
    number = value.lstrip("+").partition("x")[0].removesuffix("e")
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse("+" + number)))
    except phonenumbers.NumberParseException:
        return False


def _has_ten_digits(lower: bytes, start: int, end: int) -> bool:
    return end - start - len(lower[start:end].translate(None, b"0123456789")) >= 10


def _iban_end(lower: bytes, start: int, end: int) -> int:
    """The words after an IBAN are none of it: it is as long as its country's are."""
    left = _LENGTHS.get(lower[start : start + 2].decode(), end - start)
    for place in range(start, end):
        left -= lower[place : place + 1].isalnum()
        if not left:
            return place + 1
    return end


def _is_iban(value: str) -> bool:
    """Known length of the country as well: mod 97 alone hits one string in a hundred."""
    length = _LENGTHS.get(value[:2])
    return length == len(value) and checksums.iban(value)


# Lengths by country (SWIFT IBAN registry).
_LENGTHS = {
    "ad": 24, "ae": 23, "al": 28, "at": 20, "az": 28, "ba": 20, "be": 16, "bg": 22, "bh": 22, "br": 29, "by": 28, "ch": 21, "cr": 22,
    "cy": 28, "cz": 24, "de": 22, "dk": 18, "do": 28, "ee": 20, "eg": 29, "es": 24, "fi": 18, "fo": 18, "fr": 27, "gb": 22, "ge": 22,
    "gi": 23, "gl": 18, "gr": 27, "gt": 28, "hr": 21, "hu": 28, "ie": 22, "il": 23, "iq": 23, "is": 26, "it": 27, "jo": 30, "kw": 30,
    "kz": 20, "lb": 28, "lc": 32, "li": 21, "lt": 20, "lu": 20, "lv": 21, "mc": 27, "md": 24, "me": 22, "mk": 19, "mr": 27, "mt": 31,
    "mu": 30, "nl": 18, "no": 15, "pk": 24, "pl": 28, "ps": 29, "pt": 25, "qa": 29, "ro": 24, "rs": 22, "sa": 24, "sc": 31, "se": 24,
    "si": 19, "sk": 24, "sm": 27, "st": 25, "sv": 28, "tl": 23, "tn": 24, "tr": 26, "ua": 29, "va": 22, "vg": 24, "xk": 20,
}  # fmt: skip

_CARD_WORDS = r"tarjetas?|card|visa|mastercard|amex|american express|credito|debito|credit|debit|maestro|pan|diners|cvv|cvc|caduc[a-z]*|expir[a-z]*"
_PHONE_WORDS = r"tel(?:efono|f|fono|s|ephone)?s?|tlfn?o?|movil|celular|cel|whatsapp|llam[a-z]+|contact[a-z]*|phone|mobile|cell|call|fax|ring|sms|text me|answering|messages|reach (?:me|us|him|her)|localizable|wasap|desk|office|oficina|fijo"

# Written to the number: 345-899-3560x4587.
_EXTENSION = r"(?: ?(?:x|ext\.?|extension) ?[0-9]{1,5})?\b"
COMMON = (
    Rule(
        "email", Kind.EMAIL, "", r"\b[a-z0-9][a-z0-9._%+\-']*[ ]?@[ ]?(?:[a-z0-9\-]+\.){1,5}[a-z]{2,24}\b",
        bare=0.95, cut=_mail_end, accept=_is_real_mail, decoys=False,
    ),
    Rule(
        "email.spelt", Kind.EMAIL, "spelt",
        r"\b[a-z0-9._\-]{2,}(?: (?:punto|dot|guion|guion bajo|underscore) [a-z0-9]+){0,3}"
        r"(?: (?:arroba|\[at\]|\(at\)|\[arroba\]|\(arroba\)) |\[at\]|\(at\)|\[arroba\]|\(arroba\)| at )[a-z0-9\-]{2,}(?: (?:punto|dot|\[dot\]|\(dot\)|\(punto\)|\[punto\]) ?|\[dot\]|\(dot\)|\(punto\)|\[punto\]|\.)(?:[a-z]{2,12}(?: (?:punto|dot) |\.))?"
        r"(?:com|es|org|net|edu|gov|io|co|cat|eus|gal|uk|mx|ar|cl|eu|info)\b|\b[a-z0-9._\-]{2,}(?: punto [a-z0-9]+){0,3} arroba (?:gmail|hotmail|yahoo|outlook|icloud)\b",
        bare=0.85, decoys=False,
    ),
    Rule(
        "email.spaced", Kind.EMAIL, "spaced",
        r"\b[a-z0-9][a-z0-9._%+\-']* ?@ ?[a-z0-9\-]+(?: \. [a-z0-9\-]+)?(?: \. | \.|\. )(?:com|es|org|net|edu|gov|io|co|cat|eus|gal|uk|mx|ar|cl|pe|eu|info|ie|us|in)\b",
        bare=0.8, decoys=False,
    ),
    Rule(
        "card", Kind.CARD, "full", r"\b[2-6](?:[ .\-\n]{0,2}[0-9]){12,18}\b",
        check=checksums.card, keyword=_CARD_WORDS, bare=0.0, valid=0.97, accept=_is_card_like, decoys=False,
    ),
    Rule(
        "card.near", Kind.CARD, "full", r"\b[0-9](?:[ .\-\n]{0,3}[0-9]){11,18}\b", check=checksums.card, keyword=_CARD_WORDS, accept=_is_long_or_valid, valid=0.0, decoys=False,
    ),
    Rule(
        "iban", Kind.BANK_ACCOUNT, "iban",
        r"\b(?:(?:ae|at|ba|be|cz|de|dk|ee|fi|fo|gl|hr|hu|il|is|lt|me|mr|no|pl|pt|rs|se|si|sk|tl|tn|xk)[ ]?[0-9]{2}(?:[ .\-\n]{0,2}[0-9]){11,24}|"
        r"(?:ad|al|az|bg|bh|br|by|ch|cr|cy|do|eg|fr|gb|ge|gi|gr|gt|ie|iq|it|jo|kw|kz|lb|lc|li|lu|lv|mc|md|mk|mt|mu|nl|pk|ps|qa|ro|sa|sc|sm|st|sv|tr|ua|va|vg)"
        r"[ ]?[0-9]{2}(?:[ .\-\n]{0,2}[0-9a-z]){11,30})\b",
        check=_is_iban, keyword=r"iban|cuenta|account|swift|bic|transfer[a-z]*|ingres[oa]", bare=0.0, valid=0.98,
        cut=_iban_end, accept=_has_ten_digits, decoys=False,
    ),
    Rule(
        "iban.es", Kind.BANK_ACCOUNT, "iban", r"\bes[ ]?[0-9]{2}(?:[ .\-\n]{0,2}[0-9]){20}\b",
        check=checksums.iban, keyword="iban", bare=0.0, valid=0.99, decoys=False,
    ),
    # Written as no sentence goes on ("mi cuenta es 2850 ..."): in capitals, or to the number.
    Rule("iban.es_bare", Kind.BANK_ACCOUNT, "iban", r"\b(?:ES[ ]?|es)[0-9]{2}(?:[ .\-\n]{0,2}[0-9]){20}\b", bare=0.85, cased=True, decoys=False),
    Rule(
        "account", Kind.BANK_ACCOUNT, "account",
        r"\b(?:cuenta(?: (?:bancaria|corriente|de ahorro))?|account|acct|a/c)(?: (?:no|num|numero|number|es|is))?[ .:#=\"'|]{0,6}((?:[0-9][ .\-]{0,2}){8,22})\b",
        bare=0.8, decoys=False,
    ),
    Rule(
        "phone.plus", Kind.PHONE, "international", r"\+[ ]?[1-9][0-9]{0,2}(?:[ .\-()/]{0,3}[0-9]){6,13}" + _EXTENSION,
        check=_is_number, keyword=_PHONE_WORDS, bare=0.6, valid=0.95, decoys=False, accept=_is_no_sum,
    ),
    Rule(
        "phone.zeros", Kind.PHONE, "international", r"\b00[ ]?[1-9][0-9]{0,2}(?:[ .\-()/]{0,3}[0-9]){6,13}\b",
        check=lambda value: _is_number(value[2:]), keyword=_PHONE_WORDS, bare=0.0, valid=0.8,
    ),
    Rule(
        "phone.near", Kind.PHONE, "",
        rf"\b(?:{_PHONE_WORDS})(?:'s)?(?: (?:me|us|no|num|numero|number|at|on|to|en|al|el|es|is|de contacto|movil|my|mi|personal|fijo|of|is))*[ .:#=\"'|\n]{{0,6}}"
        r"(\(?[0-9](?:[ .\-()/]{0,3}[0-9]){6,13}" + _EXTENSION + ")",
        bare=0.85, decoys=False, accept=_is_said,
    ),
    Rule(
        "phone.after", Kind.PHONE, "", r"(\(?\b[0-9](?:[ .\-()/]{0,3}[0-9]){6,12})[ \-(]{1,3}(?:tel[a-z]*|fax|office|oficina|mobile|movil|cell|home|fijo|desk)\b",
        bare=0.8, decoys=False,
    ),
    Rule(
        "ipv4", Kind.IP, "ipv4", r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", bare=0.85, accept=_is_public_ip, decoys=False,
    ),
    Rule(
        "ipv6", Kind.IP, "ipv6", r"\b(?:[0-9a-f]{1,4}:{1,2}){3,7}[0-9a-f]{1,4}\b|\b[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){1,6}::(?:[0-9a-f]{1,4}\b)?", bare=0.85, accept=_is_public_ip, decoys=False,
    ),
    Rule("mac", Kind.DEVICE_ID, "mac", r"\b(?:[0-9a-f]{2}[:\-]){5}[0-9a-f]{2}\b", bare=0.9, decoys=False),
    Rule("mac.dotted", Kind.DEVICE_ID, "mac", r"\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b", keyword=r"mac|ethernet|wifi"),
    Rule(
        "imei", Kind.DEVICE_ID, "imei", r"\b[0-9](?:[ \-/]?[0-9]){14}\b", check=checksums.imei, keyword=r"imei|meid|e/m/i", valid=0.0,
    ),
)  # fmt: skip
