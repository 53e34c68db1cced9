"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles of the house. What each may do is the table in `ambos.identity.permissions`."""

    USER = "user"
    DEVELOPER = "developer"
    DATA_STEWARD = "data_steward"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"
    OPERATOR = "operator"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    Attributes:
        id: random handle of the owner of records and keys ("p_..."); safe in the log.
        tenant: handle of the house.
        key_id: handle of the API key or session used ("k_...").
        roles: what it may do.
        is_person: False for a key that belongs to a program; decides the default of inline notices.
        language: "es" or "en" for messages.
    """

    id: str
    tenant: str
    key_id: str
    roles: frozenset[Role]
    is_person: bool = True
    language: str = "en"
