"""Dates, ages, telephones, identity numbers and the like as people write them; every one drawn at random."""

from __future__ import annotations

import numpy as np

from ambos.privacy.features import folded

_MONTHS = {
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_TENS = {
    "es": ("veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"),
    "en": ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
}
_UNITS = {
    "es": ("", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    "en": ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}


def _one(rng: np.random.Generator, *items: str) -> str:
    return items[int(rng.integers(len(items)))]


def _digits(rng: np.random.Generator, size: int) -> str:
    return "".join(str(digit) for digit in rng.integers(0, 10, size))


def _letters(rng: np.random.Generator, size: int) -> str:
    return "".join("ABCDEFGHJKLMNPQRSTVWXYZ"[int(index)] for index in rng.integers(0, 23, size))


def date(rng: np.random.Generator, language: str) -> str:
    """A day or month, in digits or words."""
    day, month, year = int(rng.integers(1, 29)), int(rng.integers(1, 13)), int(rng.integers(1935, 2026))
    name = _MONTHS[language][month - 1]
    separator = _one(rng, "/", "-", ".", "/")
    figures = separator.join((f"{day:02}", f"{month:02}", str(year)))
    if language == "es":
        return _one(
            rng,
            figures,
            figures,
            f"{day}/{month}/{year % 100:02}",
            f"{day}{separator}{month}{separator}{year}",
            f"{day} de {name} de {year}",
            f"{day} de {name} de {year}",
            f"{day} de {name} del {year}",
            f"{day} de {name}",
            f"{name} de {year}",
            f"{year}-{month:02}-{day:02}",
            f"{day}-{name[:3]}-{year}",
            f"{_spelt(day, 'es')} de {name}",
        )
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(day % 10 if day not in {11, 12, 13} else 0, "th")
    return _one(
        rng,
        figures,
        f"{month:02}/{day:02}/{year}",
        f"{day} {name} {year}",
        f"{name} {day}, {year}",
        f"{name} {day}{suffix}, {year}",
        f"{day}{suffix} {name} {year}",
        f"the {day}{suffix} of {name} {year}",
        f"{name} {day}",
        f"{day}{suffix} {name}",
        f"{name} {year}",
        f"{year}-{month:02}-{day:02}",
        f"{day} {name[:3]} {year}",
    )


def period(rng: np.random.Generator, language: str) -> str:
    """A month and a year as they stand in a résumé."""
    month, year = int(rng.integers(1, 13)), int(rng.integers(1985, 2027))
    name = _MONTHS[language][month - 1]
    return _one(rng, f"{name} {year}", f"{name[:3]} {year}", f"{month:02}/{year}", f"{name.capitalize()} {year}")


def money(rng: np.random.Generator, language: str) -> str:
    """An amount: nobody's secret by itself."""
    amount = int(rng.integers(5, 90_000))
    if language == "es":
        return _one(rng, f"{amount} euros", f"{amount:,} €".replace(",", "."), f"${amount}", f"{amount},50 €")
    return _one(rng, f"${amount:,}", f"£{amount}", f"{amount} dollars", f"${amount}.99", f"€{amount}")


def _spelt(number: int, language: str) -> str:
    tens, units = divmod(number, 10)
    if number < 10:
        return _UNITS[language][number]
    if tens < 2 or (language == "es" and tens == 2 and units):
        return str(number)
    joint = " y " if language == "es" else "-"
    return _TENS[language][tens - 2] + (joint + _UNITS[language][units] if units else "")


def age(rng: np.random.Generator, language: str) -> str:
    """An age as said of a person."""
    years = int(rng.integers(1, 97))
    if language == "es":
        return _one(
            rng,
            f"{years} años",
            f"{years} años",
            f"{years} años",
            f"{_spelt(max(years, 20), 'es')} años",
            f"{years} añitos",
            f"{years % 23 + 1} meses",
            f"{years} años de edad",
            f"{years} a.",
        )
    return _one(
        rng,
        f"{years}",
        f"{years}",
        f"{years} years old",
        f"{years}-year-old",
        f"{years} years",
        f"{years}yo",
        f"{_spelt(max(years, 20), 'en')} years old",
        f"{years} y/o",
        f"{years % 23 + 2} months",
    )


def identity(rng: np.random.Generator, language: str) -> str:
    """A number of an identity document, its check letter right or wrong."""
    eight = _digits(rng, 8)
    dotted = f"{eight[:2]}.{eight[2:5]}.{eight[5:]}"
    letter = _letters(rng, 1)
    foreign = f"{_one(rng, 'X', 'Y', 'Z')}{_digits(rng, 7)}{letter}"
    passport = f"{_letters(rng, 3)}{_digits(rng, 6)}"
    if language == "es":
        return _one(rng, eight + letter, eight + letter, f"{eight}-{letter}", f"{dotted}-{letter}", foreign, passport)
    three = _digits(rng, 9)
    return _one(
        rng,
        f"{three[:3]}-{three[3:5]}-{three[5:]}",
        f"{_letters(rng, 2)}{_digits(rng, 6)}{letter}",
        passport,
        f"{letter}{_digits(rng, 7)}",
        eight + letter,
        f"{letter}{_digits(rng, 8)}",
    )


def history_number(rng: np.random.Generator) -> str:
    """A medical record number."""
    number = _digits(rng, int(rng.integers(5, 11)))
    return _one(rng, number, number, f"{number[:3]} {number[3:]}", f"HC-{number}")


def phone(rng: np.random.Generator, language: str) -> str:
    """A telephone number."""
    tail = _digits(rng, 8)
    if language == "es":
        mobile = _one(rng, "6", "7", "9") + tail
        return _one(
            rng,
            mobile,
            f"{mobile[:3]} {mobile[3:6]} {mobile[6:]}",
            f"+34 {mobile[:3]} {mobile[3:5]} {mobile[5:7]} {mobile[7:]}",
            f"{mobile[:2]} {mobile[2:5]} {mobile[5:7]} {mobile[7:]}",
            f"{mobile[:3]}-{mobile[3:6]}-{mobile[6:]}",
            f"+52 55 {tail}",
        )
    ten = "2" + _digits(rng, 9)
    return _one(
        rng,
        f"({ten[:3]}) {ten[3:6]}-{ten[6:]}",
        f"{ten[:3]}-{ten[3:6]}-{ten[6:]}",
        f"07{tail[:3]} {ten[:6]}",
        f"+44 7{tail[:3]} {ten[:6]}",
        f"020 7{tail[:3]} {tail[3:7]}",
        f"+1 {ten[:3]} {ten[3:6]} {ten[6:]}",
        f"07{tail}1",
    )


def email(rng: np.random.Generator, first: str, last: str) -> str:
    """An address made of a name."""
    a, b = folded(first).replace(" ", ""), folded(last).replace(" ", "")
    host = _one(
        rng,
        "gmail.com",
        "hotmail.com",
        "yahoo.es",
        "outlook.com",
        "icloud.com",
        "empresa.es",
        "example.org",
        "mail.co.uk",
    )
    return f"{_one(rng, f'{a}.{b}', f'{a}{b}', f'{a[0]}{b}', f'{a}_{b}{_digits(rng, 2)}', f'{b}.{a}')}@{host}"


def iban(rng: np.random.Generator) -> str:
    """The form of an account number; the rules find it, the tagger need not."""
    body = _digits(rng, 22)
    spaced = " ".join(("ES" + body)[at : at + 4] for at in range(0, 24, 4))
    return _one(rng, f"ES{body}", spaced, f"GB{body[:2]} NWBK {body[2:6]} {body[6:10]} {body[10:14]} {body[14:16]}")


def postcode(rng: np.random.Generator, language: str) -> str:
    """Spain's five digits, a British code or an American state with its five."""
    if language == "es":
        return f"{int(rng.integers(1, 53)):02}{_digits(rng, 3)}"
    outward = f"{_letters(rng, int(rng.integers(1, 3)))}{int(rng.integers(1, 30))}"
    british = f"{outward} {int(rng.integers(1, 10))}{_letters(rng, 2)}"
    state = _one(rng, "NY", "CA", "TX", "OH", "FL", "IL", "WA", "MA", "PA", "GA", "NC", "MI")
    return _one(rng, british, british, f"{state} {_digits(rng, 5)}", _digits(rng, 5))
