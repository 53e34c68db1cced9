"""The own bilingual test set: conversations with gold spans and a gold level, made of templates from a seed.

`conversations(split)` gives the same ones for the same seed. A template is one unit: intervals are by template.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.privacy.values import SLOTS, Person, plain

from ambos.messages import Json, Level
from ambos.privacy import Settings

FOLDER: Final = Path(__file__).parent
EACH: Final = 6
SEED: Final = 20261126
# What this house has listed (design 3.3).
HOUSE: Final = Settings(
    public=("Clínica Valdearenas", "info@valdearenas.es", "900 333 214"),
    internal=("proyecto Cormorán", "Lantern rollout"),
    secrets=("fórmula T-90", "Redwood pricing sheet"),
)
_ROLES: Final = {"u": "user", "a": "assistant", "s": "system", "t": "tool"}
_CHOSEN: Final = {
    "H": "HEALTH", "S": "SPECIAL", "F": "FINANCE", "J": "PROFESSION", "O": "ORG", "L": "LOCATION", "A": "AGE", "": "",
}  # fmt: skip
_FACTS: Final = frozenset({"", "HEALTH", "SPECIAL", "FINANCE"})
_SLOT = re.compile(r"<([A-Z]?)=([^<>]*)>|<([a-z0-9]+(?:\.low|\.bad|\.loose)?)(?:\.([0-9]))?>")
_WORD = re.compile(r"[a-záéíóúñ]{5,}")


@dataclass(frozen=True, slots=True)
class Span:
    """One gold span of a message, in code points; kind is one of ours."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Template:
    id: str
    level: Level
    split: str
    messages: tuple[tuple[str, str], ...]

    @property
    def language(self) -> str:
        return "en" if self.id.startswith("en") else "es"


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation.

    Attributes:
        noise: "", "lower", "bare" (no accents) or "typos".
        group: origin of the first person's name, or "".
    """

    template: Template
    messages: tuple[Message, ...]
    noise: str
    group: str

    @property
    def request(self) -> Json:
        """As a chat request."""
        return {"messages": [{"role": one.role, "content": one.text} for one in self.messages]}


def templates(split: str = "") -> list[Template]:
    """All templates, or those of one split ("dev", "held")."""
    every = [one for path in sorted(FOLDER.glob("templates_*.txt")) for one in _templates(path)]
    return [one for one in every if one.split == split or not split]


def _templates(path: Path) -> Iterator[Template]:
    for block in path.read_text("utf-8").split("\n## ")[1:]:
        head, *lines = block.strip().split("\n")
        name, level, split = head.split()
        messages = tuple((_ROLES[line[0]], line[3:].replace("\\n", "\n")) for line in lines)
        yield Template(name, Level.of(level), split, messages)


def conversations(split: str, *, each: int = EACH, seed: int = SEED) -> Iterator[Conversation]:
    """`each` conversations of every template of `split`."""
    for template in templates(split):
        for number in range(each):
            yield _made(template, random.Random(f"{seed} {template.id} {number}"), number)


def _made(template: Template, rng: random.Random, number: int) -> Conversation:
    # Half as they are; the others in lower case, without accents, with typing errors.
    noise = ("", "lower", "", "bare", "", "typos")[(number + zlib.crc32(template.id.encode())) % 6]
    people: dict[str, Person] = {}
    made = tuple(
        _message(role, text, template.language, rng, people, noise, number) for role, text in template.messages
    )
    return Conversation(template, made, noise, people["1"].group if "1" in people else "")


def _message(
    role: str, text: str, language: str, rng: random.Random, people: dict[str, Person], noise: str, number: int
) -> Message:
    parts: list[str] = []
    spans: list[Span] = []
    size = end = 0
    noise = noise if role == "user" else ""
    for match in _SLOT.finditer(text):
        between = _noisy(text[end : match.start()], noise, rng)
        value, kind = _filled(match, language, rng, people, number)
        # Nobody mistypes a value here: what is measured is that it is found, and a wrong one has its own slots.
        value = _noisy(value, "" if noise == "typos" and kind not in _FACTS else noise, rng)
        size += len(between)
        if kind:
            spans.append(Span(size, size + len(value), kind))
        parts += (between, value)
        size += len(value)
        end = match.end()
    return Message(role, "".join((*parts, _noisy(text[end:], noise, rng))), tuple(spans))


def _filled(
    match: re.Match[str], language: str, rng: random.Random, people: dict[str, Person], number: int
) -> tuple[str, str]:
    if match.group(2) is not None:
        options = match.group(2).split("|")
        return options[number % len(options)], _CHOSEN[match.group(1)]
    slot, who = match.group(3), match.group(4) or "1"
    if slot in SLOTS:
        kind, make = SLOTS[slot]
        return make(rng, language), kind
    if who not in people:
        people[who] = Person(rng, language)
    return _of(people[who], slot, rng)


def _of(person: Person, slot: str, rng: random.Random) -> tuple[str, str]:
    name, _, form = slot.partition(".")
    if name == "email":
        user = rng.choice(
            (
                f"{person.first}.{person.last1}",
                f"{person.first[0]}{person.last1}",
                f"{person.first}{rng.randrange(60, 99)}",
            )
        )
        return f"{plain(user)}@{rng.choice(('correo.es', 'mailbox.org', 'buzon.net', 'fastpost.com'))}", "EMAIL"
    value = {
        "person": person.name,
        "first": person.first,
        "last": person.last1,
        "last1": person.last1,
        "lasts": person.lasts,
    }[name]
    return (plain(value) if form == "low" else value), "PERSON"


def _noisy(text: str, noise: str, rng: random.Random) -> str:
    if noise == "lower":
        return text.lower()
    if noise == "bare":
        return "".join(
            plain(c).upper() if c.isupper() and c != "Ñ" else plain(c) if c.isalpha() and c not in "ñÑºª" else c
            for c in text
        )
    return _WORD.sub(lambda match: _mistyped(match.group(), rng), text) if noise == "typos" else text


def _mistyped(word: str, rng: random.Random) -> str:
    """One word in six with a letter left out or two exchanged."""
    if rng.random() > 1 / 6:
        return word
    place = rng.randrange(1, len(word) - 2)
    return word[:place] + rng.choice((word[place + 1 :], word[place + 1] + word[place] + word[place + 2 :]))
