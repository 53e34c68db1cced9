"""Writes bilingual chats, letters, e-mails, forms and records with their labelled spans, from hand-written templates.

Everybody in them is invented: names are drawn apart from surnames, numbers at random. `rng` decides all, so that a
seed repeats the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ambos.adapt.tagger.examples import Example, Span
from ambos.adapt.tagger.lists import IBERIAN, ORIGINS, Gazetteer, Names, own_names
from ambos.adapt.tagger.numbers import (
    age,
    date,
    email,
    history_number,
    iban,
    identity,
    money,
    period,
    phone,
    postcode,
)
from ambos.privacy.features import folded

HERE = Path(__file__).parent
Piece = tuple[str, str]
_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_WORD_START = re.compile(r"\b[a-záéíóúñ](?=[a-záéíóúñ]{2})")
# A slot, and after a colon the name under which a text comes back to the same person, firm or place.
_SLOT = re.compile(r"\{(\w+)(?::(\w))?\}")
# How often a text is written that way; people in chats drop capitals and accents.
_LOWER, _PLAIN, _UPPER, _TYPO = 0.25, 0.2, 0.03, 0.08
# How often what is harmless is written like a heading: a capital alone makes no name.
_HEADING = 0.06
_INVENTED = 0.1
# How often a job is put together of a rank, a field and a trade.
_COMPOSED_JOB = 0.35
_PEOPLE = ("person", "patient", "staff")
# Public people, brands, works and the like: what looks like a name and is nobody's secret.
_HARMLESS_SLOTS = ("figure", "brand", "tech", "disease", "unitname", "work", "event", "famousplace", "event_day")


def templates(name: str | Path) -> tuple[str, ...]:
    """The lines of a template file: one of ours by its name, or an owner's by its path."""
    lines = (HERE / name).read_text("utf-8").splitlines()
    return tuple(line.replace("\\n", "\n") for line in lines if line and not line.startswith("#"))


def _words() -> dict[tuple[str, str], tuple[str, ...]]:
    table = {}
    for name in ("words.txt", "cities.txt"):
        for line in (HERE / name).read_text("utf-8").splitlines():
            if not line.startswith("#"):
                slot, language, items = line.split(" ", 2)
                table[slot, language] = tuple(items.split(";"))
    return table


@dataclass(slots=True)
class Writer:
    """Fills templates of one language."""

    language: str
    rng: np.random.Generator
    gazetteer: Gazetteer
    words: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=_words)
    names: dict[str, Names] = field(default_factory=lambda: {names.origin: names for names in own_names()})

    def write(self, template: str) -> list[Piece]:
        """One filling of a template: pieces of text with their label ("" for harmless)."""
        chosen = _CHOICE.sub(lambda match: self._one(match.group(1).split("|")), template)
        pieces: list[Piece] = []
        seen: dict[tuple[str, str], str] = {}
        end = 0
        for match in _SLOT.finditer(chosen):
            pieces.append((chosen[end : match.start()], ""))
            slot, name = match.group(1), match.group(2)
            pieces += self._again(slot, name, seen) if name else self._fill(slot)
            end = match.end()
        pieces.append((chosen[end:], ""))
        return _joined([piece for piece in pieces if piece[0]])

    def unknown(self, template: str) -> list[str]:
        """The slots of a template that nothing fills."""
        known = {"address", *self._makers()}
        return [match.group() for match in _SLOT.finditer(template) if match.group(1) not in known]

    def _one(self, items: Sequence[str]) -> str:
        return items[int(self.rng.integers(len(items)))]

    def _happens(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def _fill(self, slot: str) -> list[Piece]:
        if slot == "address":
            return self._address()
        label, make = self._makers()[slot]
        return [(make(), label)]

    def _again(self, slot: str, name: str, seen: dict[tuple[str, str], str]) -> list[Piece]:
        """What the text called so before; `first` and `last` are parts of the person of that name."""
        label, make = self._makers()[slot]
        if (slot, name) not in seen:
            seen[slot, name] = make()
            if slot in _PEOPLE:
                first, _, last = seen[slot, name].partition(" ")
                seen.setdefault(("last", name), last or first)
                if not first.endswith(".") and last:
                    seen.setdefault(("first", name), first)
        return [(seen[slot, name], label)]

    def _makers(self) -> dict[str, tuple[str, Callable[[], str]]]:
        rng, language = self.rng, self.language
        return {
            "person": ("NOMBRE", self._person),
            "first": ("NOMBRE", self._first),
            "last": ("NOMBRE", self._last),
            "lasts": ("NOMBRE", lambda: f"{self._last()} {self._last()}"),
            "patient": ("NOMBRE_SUJETO_ASISTENCIA", self._person),
            "staff": ("NOMBRE_PERSONAL_SANITARIO", self._staff),
            "town": ("TERRITORIO", self._town),
            "street": ("CALLE", self._street),
            "country": ("PAIS", partial(self._word, "country")),
            "nation": ("PAIS", partial(self._word, "nation")),
            "job": ("PROFESION", self._job),
            "hospital": ("HOSPITAL", partial(self._composed, "hospital")),
            "school": ("INSTITUCION", partial(self._composed, "school")),
            "org": ("INSTITUCION", partial(self._composed, "org")),
            "company": ("INSTITUCION", partial(self._composed, "company")),
            "world": ("TERRITORIO", partial(self._word, "world")),
            "city": ("TERRITORIO", self._city),
            "region": ("TERRITORIO", partial(self._word, "region")),
            "uni": ("INSTITUCION", partial(self._composed, "uni")),
            "hotel": ("INSTITUCION", partial(self._composed, "hotel")),
            "initial": ("NOMBRE", lambda: f"{self._first()[0]}"),
            "year": ("FECHAS", lambda: str(int(rng.integers(1960, 2027)))),
            "period": ("FECHAS", partial(period, rng, language)),
            "num": ("", lambda: str(int(rng.integers(1, 10 ** int(rng.integers(1, 6)))))),
            "money": ("", partial(money, rng, language)),
            "kin": ("", partial(self._word, "kin")),
            "title": ("", partial(self._word, "title")),
            "title_m": ("", partial(self._word, "title_m")),
            "title_f": ("", partial(self._word, "title_f")),
            "date": ("FECHAS", partial(date, rng, language)),
            "age": ("EDAD_SUJETO_ASISTENCIA", partial(age, rng, language)),
            "nid": ("NUMERO_IDENTIF", partial(identity, rng, language)),
            "hid": ("ID_SUJETO_ASISTENCIA", partial(history_number, rng)),
            "phone": ("NUMERO_TELEFONO", partial(phone, rng, language)),
            "email": ("CORREO_ELECTRONICO", lambda: email(rng, self._first(), self._last())),
            "iban": ("", partial(iban, rng)),
            **{slot: ("", partial(self._word, slot)) for slot in _HARMLESS_SLOTS},
        }

    def _word(self, slot: str) -> str:
        return self._one(self.words.get((slot, self.language)) or self.words[slot, "xx"])

    def _job(self) -> str:
        if self._happens(_COMPOSED_JOB):
            return _SLOT.sub(lambda match: self._word(match.group(1)), self._word("position"))
        return self._word("job")

    def _composed(self, slot: str) -> str:
        pattern = self._word(slot)
        parts: dict[str, Callable[[], str]] = {
            "t": self._town,
            "c": self._city,
            "f": self._first,
            "l": self._last,
            "v": self._first,
            "x": self._invented,
            "w": partial(self._word, "trade"),
            "s": partial(self._word, "suffix"),
            "y": partial(self._word, "ending"),
        }
        return _SLOT.sub(lambda match: parts[match.group(1)](), pattern)

    # --- people ---

    def _origin(self) -> Names:
        shares = ORIGINS[self.language]
        return self.names[str(self.rng.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values())))]

    def _first(self) -> str:
        return self._invented() if self._happens(_INVENTED) else self._one(self._origin().firsts)

    def _last(self) -> str:
        if self._happens(_INVENTED):
            return self._invented()
        return self._surname(self._origin())

    def _surname(self, names: Names) -> str:
        if names.lasts and not (names.origin == "la" and self._happens(0.5)):
            return self._one(names.lasts)
        surnames = self.gazetteer.surnames
        # Half of Spain shares a few hundred surnames: ranks are drawn evenly in their logarithm.
        rank = int(np.exp(self.rng.random() * np.log(len(surnames)))) - 1
        return surnames[rank].title()

    def _person(self) -> str:
        if self._happens(_INVENTED):
            return f"{self._invented()} {self._invented()}"
        names = self._origin()
        first, last = self._one(names.firsts), self._surname(names)
        form = self.rng.random()
        iberian = names.origin in IBERIAN
        if iberian and form < 0.45:
            last = f"{last} {self._surname(names)}"
        if (iberian and form > 0.9) or (not iberian and form > 0.93):
            first = f"{first} {self._one(names.firsts)}"
        elif form > 0.86:
            first = f"{first} {self._one('ABCDEFGHJLMNPRST')}."
        elif form > 0.82:
            first = f"{first[0]}."
        elif form > 0.79:
            last = f"{last}-{self._surname(names)}"
        elif iberian and form > 0.77:
            last = f"{self._one(['de la', 'de', 'del', 'y', 'de los'])} {last}"
        return f"{first} {last}"

    def _staff(self) -> str:
        return self._last() if self._happens(0.35) else self._person()

    def _invented(self) -> str:
        size = int(self.rng.integers(1, 4))
        return "".join(self._word("onset") + self._word("vowel") + self._word("coda") for _ in range(size)).capitalize()

    # --- places ---

    def _town(self) -> str:
        if self.language == "en":
            return self._one(self.words["town", "en"])
        return self._one(self.words["town", "la"] if self._happens(0.4) else self.gazetteer.places)

    def _city(self) -> str:
        # A third is common to both: people write of home in any language.
        if self.language == "es" and self._happens(0.3):
            return self._one(self.gazetteer.places)
        return self._one(self.words["city", "en" if self._happens(0.3) else self.language])

    def _street(self) -> str:
        number = int(self.rng.integers(1, 250))
        if self.language == "en":
            name = self._last() if self._happens(0.35) else self._word("street")
            if self._happens(0.4):
                number *= int(self.rng.integers(2, 90))
            flat = self._one([f"Flat {number % 40 + 1}, ", f"Apt {number % 90 + 1}, ", f"Unit {number % 30}, "])
            text = f"{number} {name} {self._word('road')}"
            return flat + text if self._happens(0.2) else text
        name = self._last() if self._happens(0.25) else self._town() if self._happens(0.12) else self._word("street")
        if self._happens(0.1):
            name = f"{self._one(['Doctor', 'Maestro', 'Alcalde', 'Pintor'])} {name}"
        after = self._one([f" {number}", f", {number}", f" nº {number}", f", núm. {number}", ", s/n", f" {number}"])
        floor = self._one(
            [", 2º B", " 3º izda", ", 1.º dcha.", " bajo A", ", piso 4", f" - {number % 9}ºC", ", portal 2", ", 5-2"]
        )
        return f"{self._word('road')} {name}{after}{floor if self._happens(0.4) else ''}"

    def _address(self) -> list[Piece]:
        pieces = [(self._street(), "CALLE")]
        code, town = postcode(self.rng, self.language), self._town()
        if self._happens(0.35):
            return pieces
        gap = self._one([", ", " ", ", ", "\n"])
        if self.language == "en":
            return [*pieces, (gap, ""), (town, "TERRITORIO"), (self._one([", ", " "]), ""), (code, "TERRITORIO")]
        if self._happens(0.4):
            return [*pieces, (self._one([", ", " de ", " en ", " ("]).replace(" (", ", "), ""), (town, "TERRITORIO")]
        return [*pieces, (gap, ""), (code, "TERRITORIO"), (" ", ""), (town, "TERRITORIO")]

    # --- how people type ---

    def worn(self, pieces: list[Piece]) -> list[Piece]:
        """The same pieces as somebody might have typed them."""
        if self._happens(_LOWER):
            pieces = [(text.lower(), label) for text, label in pieces]
        elif self._happens(_UPPER):
            pieces = [(text.upper(), label) for text, label in pieces]
        elif self._happens(_HEADING):
            pieces = [(text if label else _WORD_START.sub(_capital, text), label) for text, label in pieces]
        if self._happens(_PLAIN):
            pieces = [("".join(map(_plain, text)), label) for text, label in pieces]
        if self._happens(_TYPO):
            pieces = [(self._mistyped(text), label) for text, label in pieces]
        return pieces

    def _mistyped(self, text: str) -> str:
        if len(text) < 6 or self._happens(0.5):
            return text
        at = int(self.rng.integers(1, len(text) - 2))
        if not text[at : at + 2].isalpha():
            return text
        return text[:at] + self._one([text[at + 1] + text[at], text[at], text[at] * 2]) + text[at + 2 :]


def _capital(match: re.Match[str]) -> str:
    return match.group().upper()


def _plain(character: str) -> str:
    bare = folded(character)
    return bare if bare != character.lower() else character


def _joined(pieces: list[Piece]) -> list[Piece]:
    """A first name and the surname after it are one name."""
    joined: list[Piece] = []
    for text, label in pieces:
        if label == "NOMBRE" and len(joined) > 1 and joined[-1] == (" ", "") and joined[-2][1] == label:
            joined.pop()
            joined.append((f"{joined.pop()[0]} {text}", label))
        else:
            joined.append((text, label))
    return joined


def assemble(pieces: Sequence[Piece], group: str) -> Example:
    """Joins pieces to a text with spans."""
    spans = []
    at = 0
    for text, label in pieces:
        if label:
            spans.append(Span(at, at + len(text), label))
        at += len(text)
    return Example("".join(text for text, _ in pieces), tuple(spans), group)


def corpus(writer: Writer, *, each: int, each_harmless: int, own: Sequence[str] = ()) -> Iterator[Example]:
    """Fills every template of the writer's language so often, alone, beside harmless text or in longer documents.

    `own` are templates of the owner, filled like ours.
    """
    telling = (*templates(f"templates_{writer.language}.txt"), *own)
    harmless = templates(f"harmless_{writer.language}.txt")
    for template in telling:
        for _ in range(each):
            yield assemble(
                writer.worn(_composed_text(writer, template, telling, harmless)), f"{writer.language}-{template}"
            )
    for passage in templates(f"passages_{writer.language}.txt"):
        for _ in range(max(each // 3, 1)):
            yield assemble(writer.worn(writer.write(passage)), f"{writer.language}-{passage}")
    for template in harmless:
        for _ in range(each_harmless):
            pieces = writer.write(template)
            while writer.rng.random() < 0.4:
                pieces = [*pieces, (" ", ""), *writer.write(harmless[int(writer.rng.integers(len(harmless)))])]
            yield assemble(writer.worn(pieces), f"{writer.language}-{template}")


def _composed_text(writer: Writer, template: str, telling: Sequence[str], harmless: Sequence[str]) -> list[Piece]:
    rng = writer.rng
    pieces = writer.write(template)
    if rng.random() < 0.3:
        pieces = [
            *writer.write(harmless[int(rng.integers(len(harmless)))]),
            (("\n", " ", ": ")[int(rng.integers(3))], ""),
            *pieces,
        ]
    while rng.random() < 0.3:
        others = telling if rng.random() < 0.5 else harmless
        pieces = [
            *pieces,
            ("\n" if rng.random() < 0.5 else " ", ""),
            *writer.write(others[int(rng.integers(len(others)))]),
        ]
    return pieces
