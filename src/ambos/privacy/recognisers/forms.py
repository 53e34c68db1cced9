"""What may stand between the parts of a value, and between a keyword and its value, in every pack."""

from typing import Final

# Between the characters of a number that a person typed.
GAP: Final = r"[ .\-\n]{0,2}"
# Between a keyword and its value: link words, then marks of a sentence, form, JSON, CSV, XML or a table.
LINK: Final = (
    r"(?: (?:no?|nro|num|numero|number|es|is|was|era|con|de|del|of|la|el|the|mi|my|his|her|su|titular|cliente|paciente|"
    r"peruan[oa]|argentin[oa]|espanol[a]?|mexican[oa]|chilen[oa]|colombian[oa]|uk|us|usa|british|irish|american|indian|spanish|digital|"
    r"holder|patient|personal|nacional|card|tarjeta)\b\.?)*"
    # "Pasaporte de Ana Ruiz es el ..."
    r"(?: (?:de|of|for) [a-z]+(?: [a-z]+)? (?:es|is)(?: (?:el|the))?)?[ \t.:#=\"'|>\n\-]{0,6}"
)


def near(keyword: str, value: str) -> str:
    """A pattern for `value` (group 1) right after one of the words of `keyword`."""
    return rf"\b(?:{keyword}){LINK}({value})\b"


def digits(least: int, most: int | None = None, gap: str = GAP) -> str:
    """A pattern for so many digits with `gap` between them."""
    return rf"[0-9](?:{gap}[0-9]){{{least - 1},{(most or least) - 1}}}"
