from __future__ import annotations

from itertools import product

import pytest

from ambos.errors import ForbiddenError
from ambos.identity import FIRST_KEY, Action, Principal, Profile, Role, authorise, authorise_grant
from ambos.identity.permissions import PERMISSIONS


def principal(*roles: Role) -> Principal:
    return Principal("p_1", "t", "k_1", frozenset(roles))


def may(who: Principal, action: Action, profile: Profile = Profile.ORGANISATION) -> bool:
    try:
        authorise(who, action, profile=profile)
    except ForbiddenError:
        return False
    return True


def test_every_role_has_a_row() -> None:
    assert set(PERMISSIONS) == set(Role)


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_the_table_is_what_is_allowed(role: Role, action: Action) -> None:
    assert may(principal(role), action) == (action in PERMISSIONS[role])


def test_without_a_role_nothing_is_allowed() -> None:
    assert not any(may(principal(), action, profile) for action, profile in product(Action, Profile))


@pytest.mark.parametrize(
    ("action", "roles"),
    [
        (Action.KEYS_MANAGE, {Role.OWNER}),
        (Action.POLICY_APPROVE, {Role.PRIVACY_OFFICER}),
        (Action.AUDIT_SHOW, {Role.AUDITOR, Role.PRIVACY_OFFICER}),
        (Action.METRICS, {Role.OPERATOR, Role.OWNER, Role.AUDITOR}),
        (Action.CHAT, {Role.USER, Role.DEVELOPER, Role.DATA_STEWARD, Role.OWNER}),
    ],
)
def test_what_is_grave_is_for_few(action: Action, roles: set[Role]) -> None:
    assert {role for role in Role if may(principal(role), action)} == roles


def test_the_first_key_neither_audits_nor_approves_in_an_organisation() -> None:
    first = principal(*FIRST_KEY)
    assert not FIRST_KEY & {Role.AUDITOR, Role.PRIVACY_OFFICER}
    assert not may(first, Action.AUDIT_SHOW)
    assert not may(first, Action.POLICY_APPROVE)
    for role in (Role.USER, Role.DEVELOPER, Role.OPERATOR):
        assert all(may(principal(Role.OWNER), action) for action in PERMISSIONS[role])


def test_in_a_personal_house_the_owner_alone_sees_and_signs() -> None:
    for action in (Action.AUDIT_SHOW, Action.POLICY_APPROVE):
        assert {role for role in Role if may(principal(role), action, Profile.PERSONAL)} == {
            *(role for role in Role if may(principal(role), action)),
            Role.OWNER,
        }


def test_a_refusal_names_the_action_and_nobody() -> None:
    with pytest.raises(ForbiddenError, match=r"may not do keys\.manage") as caught:
        authorise(principal(Role.USER), Action.KEYS_MANAGE)
    assert "p_1" not in str(caught.value)


def test_an_owner_gives_roles_to_others() -> None:
    for role in Role:
        authorise_grant(principal(Role.OWNER), frozenset({role}), to=None)
    authorise_grant(principal(*FIRST_KEY), FIRST_KEY, to="p_1")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_nobody_else_gives_roles(role: Role) -> None:
    with pytest.raises(ForbiddenError):
        authorise_grant(principal(role), frozenset({Role.USER}), to=None)


@pytest.mark.parametrize(
    ("roles", "to"),
    [
        (frozenset(), None),
        (frozenset({Role.AUDITOR}), "p_1"),
        (frozenset({Role.OWNER, Role.PRIVACY_OFFICER}), "p_1"),
        (frozenset({Role.OWNER, Role.AUDITOR}), None),
        (frozenset({Role.OPERATOR, Role.PRIVACY_OFFICER}), None),
    ],
)
def test_no_one_raises_themselves_or_watches_themselves(roles: frozenset[Role], to: str | None) -> None:
    with pytest.raises(ForbiddenError):
        authorise_grant(principal(Role.OWNER), roles, to=to)
