"""Which kinds tell who somebody is, and which tell what is so about them."""

from __future__ import annotations

from typing import Final

from ambos.messages import Kind

# Facts that a model needs for its work and that the level has judged already: they are said of "[PERSON-...]".
FACTS: Final = frozenset(
    {
        Kind.HEALTH,
        Kind.SPECIAL,
        Kind.FINANCE,
        Kind.ORG,
        Kind.PROFESSION,
        Kind.LOCATION,
        Kind.FAMILY,
        Kind.AGE,
        Kind.DATE,
    }
)
IDENTIFYING: Final = frozenset(Kind) - FACTS
