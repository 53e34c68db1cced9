"""What a licence lets the owner do with a model that was trained on it: a table, by families of licences. Pure.

It says what the licences' own texts say of use and of giving on; it is no legal advice, and what it does not know it does
not allow: the owner who has read the terms names the licence in the recipe (`accepted`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ambos.errors import AdaptError

USES: Final = ("inside", "customers", "published", "research")
"""In the house's own work; answers offered to others; weights given out; research alone, without gain."""

_ALL: Final = frozenset(USES)
_KEPT: Final = _ALL - {"published"}  # to give it on asks for the same licence: a person sees to that, no command does
_FAMILIES: Final[Mapping[str, frozenset[str]]] = {  # the first that matches the whole name counts
    r".*-nd(-.*)?": frozenset(),  # a trained model is taken for a derivative
    r".*-nc(-.*)?|.*non-?commercial.*": frozenset({"research"}),
    r"cc-by-sa-.*|odbl(-.*)?|cdla-sharing-.*|(l|a)?gpl-.*|mpl-2.0": _KEPT,
    r"internal|in-house|interno|interna": frozenset({"inside", "research"}),  # the house's own word for its own data
    r"own|propio|propia|apache-2\.0|mit(-0)?|isc|0bsd|bsd-[23]-clause|unlicense|zlib": _ALL,
    r"cc0-1\.0|cc-by-[1234]\.0|pddl(-1\.0)?|odc-by(-1\.0)?|cdla-permissive-.*|public-domain": _ALL,
}


def plain(licence: str) -> str:
    """The licence's name as the table writes it.

    >>> plain("CC BY 4.0")
    'cc-by-4.0'
    """
    return re.sub(r"[\s_/]+", "-", licence.strip().casefold())


def uses_of(licence: str) -> frozenset[str]:
    """What it allows; nothing where it is unknown.

    >>> sorted(uses_of("CC-BY-NC-4.0"))
    ['research']
    """
    name = plain(licence)
    return next((uses for pattern, uses in _FAMILIES.items() if re.fullmatch(pattern, name)), frozenset())


def check_chain(licences: Mapping[str, str], *, use: str, accepted: Sequence[str]) -> None:
    """Refuse a use that a licence of the chain does not allow.

    Args:
        licences: of each part (the base, each source of data) by its name.
        use: one of `USES`.
        accepted: licences whose terms the owner has read and found to allow the use.

    Raises:
        AdaptError: with the part, its licence and the use.
    """
    read = {plain(one) for one in accepted}
    for part, licence in licences.items():
        if use not in uses_of(licence) and plain(licence) not in read:
            known = ", ".join(sorted(uses_of(licence))) or "none that is known here"
            raise AdaptError(
                f"the licence of {part} ({licence or 'none'}) does not allow the use {use!r}; it allows: {known}. Declare "
                "another `use` in the recipe, or, having read its terms, name it under `accepted`"
            )
