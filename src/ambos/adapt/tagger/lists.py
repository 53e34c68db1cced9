"""The long lists of names and places, from the statistics office's files and from our own short ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ambos.privacy.features import folded

# Surnames carried by fewer people add little, and some of them are common words.
_RAREST_SURNAME = 100
_SMALL_WORDS = frozenset(
    ("de", "del", "la", "las", "el", "los", "con", "por", "san", "santa", "das", "dos", "van", "von")
)


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names as written in Spain, most frequent first, and municipalities."""

    first_names: tuple[str, ...]
    surnames: tuple[str, ...]
    places: tuple[str, ...]


def ine(folder: Path) -> Gazetteer:
    """Reads the lists of INE (attribution: "Fuente: INE")."""
    firsts: dict[str, int] = {}
    for name in ("nombres_hombres.json", "nombres_mujeres.json"):
        for decade in json.loads((folder / name).read_text("utf-8"))["nombres_por_decada"].values():
            for item in decade:
                firsts[item["nombre"]] = firsts.get(item["nombre"], 0) + int(item["frecuencia"])
    surnames = json.loads((folder / "apellidos.json").read_text("utf-8"))["apellidos"]
    return Gazetteer(
        tuple(sorted(firsts, key=lambda name: -firsts[name])),
        tuple(item["apellido"] for item in surnames if int(item["frecuencia"]) >= _RAREST_SURNAME),
        tuple(json.loads((folder / "municipios.json").read_text("utf-8"))["municipios"]),
    )


def words_of(*names: str) -> set[str]:
    """The single folded words of names, small words left out."""
    words = (folded(word) for name in names for word in name.replace("-", " ").replace("/", " ").split())
    return {word for word in words if len(word) > 2 and word not in _SMALL_WORDS and word.isalpha()}


@dataclass(frozen=True, slots=True)
class Names:
    """First and last names of one origin."""

    origin: str
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]


# How often a name of each origin is drawn, by the language of the text.
ORIGINS = {
    "es": {
        "es": 0.56,
        "la": 0.1,
        "eu": 0.06,
        "ca": 0.07,
        "gl": 0.04,
        "ar": 0.05,
        "ro": 0.04,
        "zh": 0.02,
        "xx": 0.03,
        "en": 0.01,
        "mx": 0.08,
        "af": 0.01,
        "pt": 0.01,
        "it": 0.01,
        "fr": 0.01,
        "de": 0.01,
        "pl": 0.01,
    },
    "en": {
        "en": 0.2,
        "us": 0.12,
        "gb": 0.1,
        "in": 0.06,
        "in2": 0.05,
        "ar": 0.08,
        "zh": 0.07,
        "xx": 0.05,
        "af": 0.06,
        "mx": 0.04,
        "es": 0.02,
        "de": 0.03,
        "fr": 0.03,
        "it": 0.02,
        "pt": 0.02,
        "nl": 0.01,
        "pl": 0.02,
        "no": 0.02,
        "cz": 0.02,
        "hu": 0.01,
        "tr": 0.02,
        "id": 0.03,
        "vi": 0.01,
        "ro": 0.01,
    },
}
IBERIAN = frozenset(("es", "la", "eu", "ca", "gl", "mx"))


def own_names() -> tuple[Names, ...]:
    """Our hand-written names by origin, from `names.txt`. An origin without surnames has ()."""
    parts: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in (Path(__file__).parent / "names.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        origin, which, *names = line.split()
        parts.setdefault(origin, {})[which] = tuple(names)
    return tuple(Names(origin, each.get("first", ()), each.get("last", ())) for origin, each in parts.items())


def cities() -> tuple[str, ...]:
    """The cities of the world from `cities.txt` (GeoNames, CC BY 4.0)."""
    lines = (Path(__file__).parent / "cities.txt").read_text("utf-8").splitlines()
    return tuple(city for line in lines if not line.startswith("#") for city in line.split(" ", 2)[2].split(";"))


def long_lists(gazetteer: Gazetteer) -> dict[str, set[str]]:
    """The long lists of the tagger: INE's and our own."""
    own = own_names()
    return {
        "first": words_of(*gazetteer.first_names, *(name for names in own for name in names.firsts)),
        "last": words_of(*gazetteer.surnames, *(name for names in own for name in names.lasts)),
        "place": words_of(*gazetteer.places, *cities()),
    }
