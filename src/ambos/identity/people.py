"""People behind accounts: which roles an account has, and whether two principals may be one person."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from ambos.errors import ConfigError, ForbiddenError, RequestError
from ambos.identity.permissions import ACTING, WATCHING
from ambos.identity.principal import Role

_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}").fullmatch
GROUP: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./:@-]{0,63}").fullmatch

Groups = Mapping[str, frozenset[Role]]


@dataclass(frozen=True, slots=True)
class Person:
    """Who stands behind a principal, as far as the house can tell.

    Attributes:
        principal: its handle.
        person: the same for every account and key of one person; "" where a key belongs to no user.
        is_person: False for a program.
    """

    principal: str
    person: str
    is_person: bool = True


def login_of(text: str) -> str:
    """The name of an account as it is kept: small letters.

    Raises:
        RequestError: it has another form.

    >>> login_of(" Ana.Ruiz ")
    'ana.ruiz'
    """
    login = text.strip().lower()
    if _LOGIN(login) is None:
        raise RequestError("a name of an account has small letters, digits and . _ @ + -, at most 64", param="name")
    return login


def read_groups(table: Mapping[str, object]) -> dict[str, frozenset[Role]]:
    """The table `[groups]` of ambos.toml: which roles the members of a group have.

    Raises:
        ConfigError: not a list of roles, or roles that watch and act.
    """
    read: dict[str, frozenset[Role]] = {}
    for name, words in table.items():
        listed = words if isinstance(words, list) else [words]
        if GROUP(name) is None or not all(isinstance(one, str) and one in set(Role) for one in listed):
            raise ConfigError(f"ambos.toml: [groups] {name[:40]!r} must be a list of {', '.join(Role)}")
        read[name] = frozenset(map(Role, listed))
        if read[name] & WATCHING and read[name] & ACTING:
            raise ConfigError(f"ambos.toml: [groups] {name[:40]!r} would run the house and watch it")
    return read


def roles_of(roles: Collection[Role], groups: Collection[str], table: Groups) -> frozenset[Role]:
    """The roles of an account, its own and its groups'. Where they both watch and act: none, so that it can do nothing."""
    whole = frozenset(roles).union(*(table.get(group, frozenset()) for group in groups))
    return frozenset() if whole & WATCHING and whole & ACTING else whole


def check_together(roles: Collection[Role], others: Collection[Role]) -> None:
    """Nothing, if one person may hold both.

    Raises:
        ForbiddenError: together they run the house and watch it.
    """
    whole = frozenset(roles) | frozenset(others)
    if whole & WATCHING and whole & ACTING:
        raise ForbiddenError("who runs the house is not who audits it: these roles need two people")


def check_second(first: Person, second: Person, *, has_users: bool) -> None:
    """Nothing, if `second` is somebody else than `first`, as far as the house can tell.

    Where the house has users, a key that belongs to none of them says nothing about who holds it, so it counts for
    nobody; where it has none yet, two keys of two principals count as two people.

    Raises:
        ForbiddenError: the same person, a program, or nobody knows who it is.
    """
    if not second.is_person:
        raise ForbiddenError("a program confirms nothing: a second person must")
    if first.principal == second.principal or (first.person and first.person == second.person):
        raise ForbiddenError("nobody confirms what they asked for: a second person must")
    if has_users and not (first.person and second.person):
        raise ForbiddenError(
            "one of the two keys belongs to no user, so nobody can tell whose it is: `ambos keys create --user` makes one "
            "that does, `ambos users create --of-key` tells whose an old one is"
        )
