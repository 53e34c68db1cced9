"""Invented people and numbers for the own test set: seeded, with valid check digits, in several origins.

The checksums are written anew here, not taken from the detector: a mistake there must not hide here.
"""

from __future__ import annotations

import random
import string
import unicodedata
from collections.abc import Callable
from typing import Final

# (first names, surnames), by origin; the groups of the report.
_PEOPLE: Final = {
    "es": (
        "Begoña Fermín Rosalía Gonzalo Maite Íñigo Remedios Jacobo Lourdes Saturnino Noelia Blas Aurora Matías Yolanda",
        "Arribas Cobo Villalobos Tejedor Escudero Llorente Quesada Barroso Pastrana Cuesta Requena Zamora Moya Sobrino Camino",
    ),
    "america": (
        "Yesenia Wilmer Dayana Eusebio Marisol Osvaldo Xóchitl Nahuel Graciela Ubaldo",
        "Quispe Huamán Zapata Cárdenas Ibarra Mamani Orozco Villanueva Echeverri Bustos",
    ),
    "regional": (
        "Uxue Oriol Xoana Eneko Montserrat Breixo Ainhoa Jordi Iria Gorka",
        "Etxeberria Puigdevall Rouco Goikoetxea Vilaseca Outeiro Arrizabalaga Capdevila Seoane Mendizabal",
    ),
    "en": (
        "Gemma Rupert Shannon Callum Imogen Desmond Tracy Alistair Bethany Glenn Maureen Kyle Harriet Wade Paige",
        "Ashworth Pemberton Doyle Whitaker Haines Kowalski Thornton Beckett Lowry Sheridan McAllister Fitch Holloway Crane Tuttle",
    ),
    "world": (
        "Aïcha Rajesh Mihaela Wei Oluwaseun Fatou Dmitri Nguyet Samira Bogdan Leila Tariq",
        "Benali Krishnan Dumitrescu Zhang Adeyemi Diallo Sokolov Tran Haddad Ionescu Rahman Okafor",
    ),
}
GROUPS: Final = tuple(_PEOPLE)
_STREETS = (
    "Olmos", "Doctor Fleming", "Santa Engracia", "Tejares", "los Molinos", "Ramón Gorostidi", "la Alegría", "Pintor Sorolla",
)  # fmt: skip
_TOWNS = (
    "Getafe", "Lugo", "Elda", "Tudela", "Avilés", "Motril", "Calella", "Barakaldo", "Mérida", "Cuenca",
)  # fmt: skip
_UK_STREETS = (
    "Alder Grove", "Station Road", "Kiln Lane", "Priory Close", "Marlowe Avenue", "Dock Street",
)  # fmt: skip
_UK_TOWNS = (("Leeds", "LS6 2AB"), ("Norwich", "NR2 3TU"), ("Cardiff", "CF24 1DP"), ("Hove", "BN3 5QR"))
_US_STREETS = (
    "Juniper Ct", "W Maple St", "Larkspur Lane", "5th Ave", "Old Mill Rd",
)  # fmt: skip
_US_TOWNS = ("Dayton, OH 45402", "Boise, ID 83702", "Tucson, AZ 85701", "Albany, NY 12207")
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_EN_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


class Person:
    """Somebody invented, the same in all slots of a conversation that bear one number."""

    def __init__(self, rng: random.Random, language: str) -> None:
        # The more likely origins stand more often.
        likely = (
            ("es", "es", "es", "america", "regional", "world")
            if language == "es"
            else ("en", "en", "en", "world", "es")
        )
        self.group = rng.choice(likely)
        firsts, lasts = (words.split() for words in _PEOPLE[self.group])
        self.first = rng.choice(firsts)
        self.is_woman = self.first[-1] in "aeé"
        surnames = rng.sample(lasts, 2)
        self.last1 = surnames[0]
        is_double = self.group in ("es", "america", "regional")
        self.lasts = " ".join(surnames) if is_double else self.last1

    @property
    def name(self) -> str:
        return f"{self.first} {self.lasts}"


def plain(text: str) -> str:
    """Without accents, in lower case."""
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))


def _digits(rng: random.Random, count: int) -> str:
    return str(rng.randrange(1, 10)) + "".join(rng.choice(string.digits) for _ in range(count - 1))


def dni(rng: random.Random) -> str:
    number = _digits(rng, 8)
    return number + _LETTERS[int(number) % 23]


def nie(rng: random.Random) -> str:
    first, number = rng.randrange(3), _digits(rng, 7)
    return "XYZ"[first] + number + _LETTERS[int(f"{first}{number}") % 23]


def _wrong(value: str) -> str:
    return value[:-1] + ("A" if value[-1] != "A" else "B")


def ccc(rng: random.Random) -> str:
    bank, number = rng.choice(("2100", "0049", "0182", "1465", "2038")) + _digits(rng, 4), _digits(rng, 10)
    weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
    checks = ""
    for part in ("00" + bank, number):
        rest = 11 - sum(int(d) * w for d, w in zip(part, weights, strict=True)) % 11
        checks += str({10: 1, 11: 0}.get(rest, rest))
    return bank + checks + number


def _iban(country: str, rest: str) -> str:
    number = "".join(str(int(c, 36)) for c in rest + country + "00")
    return f"{country}{98 - int(number) % 97:02d}{rest}"


def iban(rng: random.Random) -> str:
    return _iban("ES", ccc(rng))


def uk_iban(rng: random.Random) -> str:
    return _iban("GB", rng.choice(("BARC", "LOYD", "NWBK")) + _digits(rng, 14))


def _fours(value: str) -> str:
    return " ".join(value[i : i + 4] for i in range(0, len(value), 4))


def card(rng: random.Random) -> str:
    start = rng.choice(("4", "52", "55")) + "".join(rng.choice(string.digits) for _ in range(14))
    start = start[:15]
    total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(start))
    return start + str(-total % 10)


def nss(rng: random.Random) -> str:
    province, number = f"{rng.randrange(1, 53):02d}", _digits(rng, 8)
    return f"{province}{number}{int(province + number) % 97:02d}"


def nhs(rng: random.Random) -> str:
    while True:
        number = _digits(rng, 9)
        check = -sum(int(d) * w for d, w in zip(number, range(10, 1, -1), strict=True)) % 11
        if check < 10:
            whole = f"{number}{check}"
            return f"{whole[:3]} {whole[3:6]} {whole[6:]}"


def _birth(rng: random.Random, language: str) -> str:
    year, month, day = rng.randrange(1936, 2004), rng.randrange(1, 13), rng.randrange(1, 29)
    if language == "es":
        return rng.choice((f"{day:02d}/{month:02d}/{year}", f"{day} de {_MONTHS[month - 1]} de {year}"))
    return rng.choice((f"{day:02d}/{month:02d}/{year}", f"{day} {_EN_MONTHS[month - 1]} {year}"))


def _address(rng: random.Random, _: str) -> str:
    kind = rng.choice(("calle", "C/", "avenida", "Paseo de"))
    return f"{kind} {rng.choice(_STREETS)} {rng.randrange(1, 180)}, {rng.randrange(1, 9)}º {rng.choice('ABCD')}, {rng.choice(_TOWNS)}"


def _uk_address(rng: random.Random, _: str) -> str:
    town, code = rng.choice(_UK_TOWNS)
    return f"{rng.randrange(1, 150)} {rng.choice(_UK_STREETS)}, {town} {code}"


def _us_address(rng: random.Random, _: str) -> str:
    return f"{rng.randrange(10, 9900)} {rng.choice(_US_STREETS)}, {rng.choice(_US_TOWNS)}"


def _age(rng: random.Random, language: str) -> str:
    years = rng.randrange(31, 92)
    return f"{years} años" if language == "es" else rng.choice((f"{years} years old", f"{years}yo", f"aged {years}"))


def _kid_age(rng: random.Random, language: str) -> str:
    years = rng.randrange(4, 15)
    return f"{years} años" if language == "es" else rng.choice((f"{years} years old", f"age {years}"))


def _curp(rng: random.Random, _: str) -> str:
    letters = "".join(rng.choice("BCDFGLMPRS") for _ in range(4))
    body = f"{letters}{rng.randrange(60, 99)}0{rng.randrange(1, 10)}1{rng.randrange(10)}{rng.choice('HM')}DF" + "".join(
        rng.choice("BCDFGLMNPRS") for _ in range(3)
    )
    symbols = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    whole = body + "0"
    total = sum(symbols.index(c) * (18 - i) for i, c in enumerate(whole))
    return f"{whole}{-total % 10}"


def _rut(rng: random.Random, _: str) -> str:
    number = str(rng.randrange(5_000_000, 25_000_000))
    total = sum(int(d) * (2 + i % 6) for i, d in enumerate(reversed(number)))
    return f"{int(number):,}".replace(",", ".") + "-" + "0K987654321"[total % 11]


def _isbn(rng: random.Random) -> str:
    start = "97884" + _digits(rng, 7)
    return start + str(-sum(int(d) * (1 if i % 2 == 0 else 3) for i, d in enumerate(start)) % 10)


def _hex(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789abcdef") for _ in range(count))


def _token(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(count))


def _mobile(rng: random.Random, _: str) -> str:
    number = rng.choice("67") + "".join(rng.choice(string.digits) for _ in range(8))
    return rng.choice(
        (number, f"{number[:3]} {number[3:6]} {number[6:]}", f"{number[:3]} {number[3:5]} {number[5:7]} {number[7:]}")
    )


Maker = Callable[[random.Random, str], str]
# Slot -> (kind, maker); kind "" is not sensitive.
SLOTS: Final[dict[str, tuple[str, Maker]]] = {
    "dni": ("GOV_ID", lambda r, _: dni(r)),
    "dni.low": ("GOV_ID", lambda r, _: dni(r).lower()),
    "dni.bad": ("GOV_ID", lambda r, _: _wrong(dni(r))),
    "dni.loose": ("GOV_ID", lambda r, _: "{0[0]}{0[1]}.{0[2]}{0[3]}{0[4]}.{0[5]}{0[6]}{0[7]}-{0[8]}".format(dni(r))),
    "nie": ("GOV_ID", lambda r, _: nie(r)),
    "passport": ("GOV_ID", lambda r, _: _digits(r, 9)),
    "ssn": ("GOV_ID", lambda r, _: f"{r.randrange(100, 600)}-{r.randrange(10, 99)}-{r.randrange(1000, 9999)}"),
    "nino": ("GOV_ID", lambda r, _: f"{r.choice('ABCEHJ')}{r.choice('ABCEHJ')} {_digits(r, 2)} {_digits(r, 2)} {_digits(r, 2)} {r.choice('ABCD')}"),
    "nss": ("GOV_ID", lambda r, _: nss(r)),
    "curp": ("GOV_ID", _curp),
    "rut": ("GOV_ID", _rut),
    "nhs": ("HEALTH_ID", lambda r, _: nhs(r)),
    "nhc": ("HEALTH_ID", lambda r, _: _digits(r, r.choice((6, 7)))),
    "cip": ("HEALTH_ID", lambda r, _: "".join(r.choice("BCDFGLMNPR") for _ in range(4)) + _digits(r, 10)),
    "iban": ("BANK_ACCOUNT", lambda r, _: iban(r)),
    "iban.loose": ("BANK_ACCOUNT", lambda r, _: _fours(iban(r)).lower()),
    "ukiban": ("BANK_ACCOUNT", lambda r, _: _fours(uk_iban(r))),
    "ccc": ("BANK_ACCOUNT", lambda r, _: ccc(r)),
    "sortcode": ("BANK_ACCOUNT", lambda r, _: f"{_digits(r, 2)}-{_digits(r, 2)}-{_digits(r, 2)}"),
    "ukaccount": ("BANK_ACCOUNT", lambda r, _: _digits(r, 8)),
    "card": ("CARD", lambda r, _: _fours(card(r))),
    "card.loose": ("CARD", lambda r, _: r.choice((card(r), _fours(card(r)).replace(" ", "-")))),
    "cvv": ("SECRET", lambda r, _: _digits(r, 3)),
    "pin": ("SECRET", lambda r, _: _digits(r, 4)),
    "password": ("SECRET", lambda r, _: _token(r, 6) + r.choice("!#%") + _digits(r, 3)),
    "awssecret": ("SECRET", lambda r, _: _token(r, 40)),
    "token": ("SECRET", lambda r, _: "ghp_" + _token(r, 36)),
    "phone": ("PHONE", _mobile),
    "ukphone": ("PHONE", lambda r, _: f"07{_digits(r, 3)} {_digits(r, 6)}"),
    "usphone": ("PHONE", lambda r, _: f"({r.randrange(201, 989)}) {r.randrange(220, 999)}-{_digits(r, 4)}"),
    "clphone": ("PHONE", lambda r, _: f"+56 9 {_digits(r, 4)} {_digits(r, 4)}"),
    "plate": ("VEHICLE", lambda r, _: _digits(r, 4) + " " + "".join(r.choice("BCDFGHJKLMNPRSTVWXYZ") for _ in range(3))),
    "ukplate": ("VEHICLE", lambda r, _: f"{r.choice('ABDEFGK')}{r.choice('ABDEFGK')}{r.choice(('19', '71', '23'))} {''.join(r.choice('ABDEFGHKLM') for _ in range(3))}"),
    "address": ("ADDRESS", _address),
    "address.low": ("ADDRESS", lambda r, lang: plain(_address(r, lang)).replace("º", "")),
    "ukaddress": ("ADDRESS", _uk_address),
    "usaddress": ("ADDRESS", _us_address),
    "birth": ("DATE", _birth),
    "age": ("AGE", _age),
    "agenum": ("AGE", lambda r, _: str(r.randrange(31, 92))),
    "kidage": ("AGE", _kid_age),
    "date": ("", lambda r, lang: _birth(r, lang)[:-4] + "2025"),
    "order": ("", lambda r, _: f"ES-{_digits(r, 8)}-{_digits(r, 3)}"),
    "isbn": ("", lambda r, _: _isbn(r)),
    "guid": ("", lambda r, _: f"{_hex(r, 8)}-{_hex(r, 4)}-4{_hex(r, 3)}-a{_hex(r, 3)}-{_hex(r, 12)}"),
    "sha": ("", lambda r, _: _hex(r, 40)),
}  # fmt: skip
