"""Usefulness: 150 tasks of our own, done by a program on the raw text and, masked and restored, on what leaves.

    python -m benchmarks.privacy.useful [--wrong] [--json FILE]

The program stands for a model that does the task without a mistake: what differs is the mask's doing, nothing else.
Five families (rewrite, translate, extract, sort, compute), six forms each, five texts a form. A form is one unit.
One form that a mask must spoil, sorting by name, is among them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.privacy.chats import _SLOT, _of
from benchmarks.privacy.values import SLOTS, Person

from ambos.engines.tagger import Tagger
from ambos.messages import Json
from ambos.privacy import Cache, Detector, Reader, Settings, Surrogates, leaves
from ambos.privacy.mask import mask
from ambos.privacy.recogniser import finish
from ambos.privacy.restore import restore

EACH = 5
_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Form:
    """One task: a text with slots and what is done with it."""

    family: str
    language: str
    text: str
    work: Callable[[str], str]


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _rows(text: str) -> list[list[str]]:
    return [line.split(";") for line in _lines(text)]


def _by(column: int, key: Callable[[str], object], *, reverse: bool = False) -> Callable[[str], str]:
    def work(text: str) -> str:
        head, *rows = _rows(text)
        rows.sort(key=lambda row: str(key(row[column])), reverse=reverse)
        return "\n".join(";".join(row) for row in [head, *rows])

    return work


def _number(text: str) -> str:
    return re.sub(r"\D", "", text).zfill(12)


def _iso(text: str) -> str:
    day, month, year = text.split("/")
    return f"{year}{month}{day}"


def _spoken(text: str) -> list[date]:
    """Dates as written in words (Spanish) or figures, day first."""
    found = []
    for day, month, year in re.findall(r"(\d{1,2})(?:/| de )(\d{1,2}|[a-z]+)(?:/| de )(\d{4})", text):
        found.append(date(int(year), _MONTHS.index(month) + 1 if month in _MONTHS else int(month), int(day)))
    return found


def _match(pattern: str, made: str) -> Callable[[str], str]:
    """What `pattern` catches, put into `made`; the program says so when it cannot do it."""

    def work(text: str) -> str:
        match = re.search(pattern, text, re.DOTALL)
        return made.format(*match.groups()) if match else "?"

    return work


def _translated(*pairs: tuple[str, str]) -> Callable[[str], str]:
    def work(text: str) -> str:
        for word, other in pairs:
            text = re.sub(rf"\b{word}\b", other, text)
        return text

    return work


def _fields(text: str) -> str:
    return json.dumps(dict(line.split(": ", 1) for line in _lines(text)), ensure_ascii=False, indent=1)


def _stay(text: str) -> str:
    first, last = _spoken(text)[:2]
    return f"{(last - first).days} días"


def _age(text: str) -> str:
    dates = _spoken(text)
    if len(dates) < 2:
        return "?"
    born, then = dates[:2]
    return f"{then.year - born.year - ((then.month, then.day) < (born.month, born.day))} años"


def _older(text: str) -> str:
    (first, one), (second, other) = re.findall(r"(\S[^,;.]*?) tiene (\d+) años", text)[:2]
    return f"{first if int(one) > int(other) else second}: {abs(int(one) - int(other))} años más"


def _total(text: str) -> str:
    total = sum(int(value) for value in re.findall(r"(\d+) €", text))
    return f"{total} €"


def _share(text: str) -> str:
    people = re.findall(r"^- (.+)$", text, re.MULTILINE)
    total = re.search(r"(\d+) €", text)
    return "\n".join(f"{one}: {int(total.group(1)) / len(people):.2f} €" for one in people) if total else "?"


_TABLE = "nombre;ciudad;fecha;importe\n" + "\n".join(
    f"<person.{n}>;{city};{day}/03/2025;{amount}"
    for n, city, day, amount in ((1, "Lugo", "14", "1.200"), (2, "Cádiz", "02", "340"), (3, "Bilbao", "27", "95"))
)
_LETTER = "Estimado señor <last.2>:\nLe escribo porque no he recibido la factura. Mi teléfono es <phone>.\nAtentamente,\n<person>"
_STAY = "El señor <person> ingresó el 3 de marzo de 2025 y se le dio el alta el 19 de marzo de 2025."
FORMS: tuple[Form, ...] = (
    Form("rewrite", "es", _LETTER, lambda t: t.replace("Estimado señor", "Hola,").replace("Le escribo porque", "Te cuento que")),
    Form("rewrite", "es", _LETTER, lambda t: "\n".join("- " + line for line in _lines(t))),
    Form("rewrite", "en", "Hi, I'm <person> and I live at <ukaddress>. Please ring me on <ukphone>.",
         lambda t: t.replace("I'm", "this is").replace("I live at", "my address is").replace("ring me on", "call")),
    Form("rewrite", "en", "Dear <first.2>,\nI asked for the slides on Monday.\n<person>",
         lambda t: "Subject: slides\n" + t.replace("I asked for", "could I have").replace("on Monday", "soon, please")),
    Form("rewrite", "es", "Contrato de <person>\nCon DNI <dni> y correo <email>.",
         lambda t: _lines(t)[0].upper() + "\n" + _lines(t)[1]),
    Form("rewrite", "en", "<person> owes rent. <first> was told twice. Her number is <ukphone>.",
         lambda t: "<ul>" + "".join(f"<li>{part.strip('. ')}</li>" for part in t.split(". ")) + "</ul>"),
    Form("translate", "es", "Mi hermano <person> vive en <address> y trabaja en Madrid.",
         _translated(("Mi hermano", "My brother"), ("vive en", "lives at"), ("y trabaja en", "and works in"))),
    Form("translate", "es", "La reunión con <person> es el lunes. Su correo es <email>.",
         _translated(("La reunión con", "The meeting with"), ("es el lunes", "is on Monday"), ("Su correo es", "The e-mail is"))),
    Form("translate", "en", "Please tell <person> that the invoice is late. Call <ukphone>.",
         _translated(("Please tell", "Dígale a"), ("that the invoice is late", "que la factura llega tarde"), ("Call", "Llame al"))),
    Form("translate", "es", "El titular <person>, con DNI <dni>, autoriza el cargo en <iban>.",
         _translated(("El titular", "The holder"), ("con DNI", "ID"), ("autoriza el cargo en", "authorises the debit on"))),
    Form("translate", "en", "My neighbour <person> plays the drums at night. I wrote to <first> twice.",
         _translated(("My neighbour", "Mi vecino"), ("plays the drums at night", "toca la batería de noche"), ("I wrote to", "Escribí a"), ("twice", "dos veces"))),
    Form("translate", "es", "Hola, <first.2>: soy <person>. ¿Comemos el jueves?",
         _translated(("Hola", "Hi"), ("soy", "this is"), ("Comemos el jueves", "Lunch on Thursday"))),
    Form("extract", "es", "Nombre: <person>\nDNI: <dni>\nTeléfono: <phone>\nCorreo: <email>", _fields),
    Form("extract", "en", "Name: <person>\nAddress: <ukaddress>\nPhone: <ukphone>", _fields),
    Form("extract", "es", "Buenas, me llamo <person> y mi número es el <phone>, gracias.",
         _match(r"me llamo (.+?) y mi número es el (.+?), gracias", "{0} → {1}")),
    Form("extract", "es", _TABLE, lambda t: ", ".join(row[0] for row in _rows(t)[1:])),
    Form("extract", "en", "The contract was signed by <person> and <person.2> before notary <person.3>.",
         _match(r"signed by (.+?) and (.+?) before notary (.+?)\.$", '{{"parties": ["{0}", "{1}"], "notary": "{2}"}}')),
    Form("extract", "es", _TABLE, lambda t: max(_rows(t)[1:], key=lambda row: int(_number(row[3])))[0]),
    Form("sort", "es", _TABLE, _by(3, _number)),
    Form("sort", "es", _TABLE, _by(2, _iso)),
    Form("sort", "es", _TABLE, _by(1, str)),
    Form("sort", "es", _TABLE, _by(0, str)),
    Form("sort", "en", "name;started;salary\n<person>;2016;31000\n<person.2>;2009;45500\n<person.3>;2021;28750", _by(1, _number, reverse=True)),
    Form("sort", "en", "ticket;who;hours\n31;<person>;12\n7;<person.2>;40\n18;<person.3>;3", _by(2, _number)),
    Form("compute", "es", _STAY, _stay),
    Form("compute", "es", "<person>, nacida el 4 de mayo de 1961. ¿Qué edad tenía el 10 de enero de 2025?", _age),
    Form("compute", "es", "<person> tiene 47 años y <person.2> tiene 39 años. ¿Cuánto se llevan?", lambda t: _older(t.replace(" y ", ", "))),
    Form("compute", "es", "<person> debe 1200 € de alquiler y 85 € de luz; <person.2> pagó 40 €.", _total),
    Form("compute", "es", "Repartid 250 € entre:\n- <person>\n- <person.2>\n- <person.3>", _share),
    Form("compute", "es", "Contrato de <person> desde el 01/02/2024 hasta el 31/07/2024. ¿Cuántos días dura?", _stay),
)  # fmt: skip


def filled(form: Form, seed: str) -> str:
    rng = random.Random(seed)
    people: dict[str, Person] = {}

    def value(match: re.Match[str]) -> str:
        slot, who = match.group(3), match.group(4) or "1"
        if slot in SLOTS:
            return SLOTS[slot][1](rng, form.language)
        if who not in people:
            people[who] = Person(rng, form.language)
        return _of(people[who], slot, rng)[0]

    return _SLOT.sub(value, form.text)


def through(text: str, form: Form, reader: Reader, conversation: str) -> str:
    """The program's answer on what leaves, restored."""
    request: Json = {"messages": [{"role": "user", "content": text}]}
    reading = finish(reader.read(leaves(request), scope=b"useful"))
    masked = mask(request, reading.pairs(), surrogates=Surrogates(bytes(32), conversation))
    sent = next(leaf.text for leaf in leaves(masked.tree) if leaf.path[-1:] == ("content",) and not leaf.is_key)
    return restore(form.work(sent), masked.originals, capitals=masked.capitals)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    settings = Settings()
    reader = Reader(Detector(settings, [Tagger.load()]), Cache(key=os.urandom(32), entries=10, size_bytes=1 << 20))
    equal: dict[str, list[int]] = {}
    for number, form in enumerate(FORMS):
        for each in range(EACH):
            text = filled(form, f"useful {number} {each}")
            raw, done = form.work(text), through(text, form, reader, f"c_{number}_{each}")
            counts = equal.setdefault(form.family, [0, 0])
            counts[0] += raw == done
            counts[1] += 1
            if asked.wrong and raw != done:
                print(form.family, number, repr(text), "\n   raw", repr(raw), "\n   out", repr(done))
    hits, count = (sum(column) for column in zip(*equal.values(), strict=True))
    result = {
        "equal": f"{hits} of {count}", "share": round(hits / count, 4),
        "families": {family: f"{a} of {b}" for family, (a, b) in equal.items()},
        "detector": reader.detector.version, "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    print(json.dumps(result))
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
