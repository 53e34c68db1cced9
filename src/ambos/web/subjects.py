"""Whom an operation is about: the records that a named subject is joined to."""

from __future__ import annotations

from collections.abc import Sequence

from ambos.app import House
from ambos.errors import RequestError
from ambos.identity import Principal, Profile
from ambos.privacy.identifiers import declared
from ambos.store import Join
from ambos.web.asking import Arguments, texts


def joins_of(house: House, who: Principal, arguments: Arguments) -> Sequence[Join]:
    """The records that the named subject is in.

    Raises:
        RequestError: nobody is named, or by nothing that identifies.
    """
    named = texts(arguments, "subject")
    if not named:
        raise RequestError("name the subject with --subject", param="subject")
    handle = next((text for text in named if text.startswith("s_")), "")
    known = frozenset[tuple[str, str]]().union(*(declared(text) for text in named if not text.startswith("s_")))
    if not known and not handle:
        raise RequestError("a subject is a number, an e-mail, a phone, a full name or a handle s_…", param="subject")
    # A personal house has no privacy officer: its owner reaches their own records, and nobody else's.
    owner = who.id if house.config.profile == Profile.PERSONAL.value else None
    return house.store.subjects.search(who.tenant, known, subject=handle, owner=owner)


def meant(joins: Sequence[Join], arguments: Arguments) -> list[Join]:
    """Candidates count only when a person has confirmed that the name is this person's."""
    return [one for one in joins if one.by != "candidate" or arguments.get("confirm")]
