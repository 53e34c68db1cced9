"""Which role may do what: a table, and everything that is not in it is denied."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ambos.errors import ForbiddenError
from ambos.identity.principal import Principal, Role


class Action(StrEnum):
    """What routes and commands ask for."""

    CHAT = "chat"
    SCAN = "scan"
    MODELS_LIST = "models.list"
    METRICS = "metrics"
    RECORDS_OWN = "records.own"
    RECORDS_SUBJECTS = "records.subjects"
    CONSENT_MANAGE = "consent.manage"
    CORPUS_BUILD = "corpus.build"
    MODELS_ADAPT = "models.adapt"
    MODELS_SIGN = "models.sign"
    BACKUP = "backup"
    AUDIT_SHOW = "audit.show"
    AUDIT_VERIFY = "audit.verify"
    KEYS_MANAGE = "keys.manage"
    USERS_MANAGE = "users.manage"
    ACCESS_ASK = "access.ask"
    ACCESS_CONFIRM = "access.confirm"
    ACCESS_BREAK_GLASS = "access.break_glass"
    POLICY_VIEW = "policy.view"
    POLICY_APPROVE = "policy.approve"
    OUTSIDE_OPEN = "outside.open"
    EXPERIMENT_VIEW = "experiments.view"
    EXPERIMENT_ENROL = "experiments.enrol"
    EXPERIMENT_MANAGE = "experiments.manage"
    EXPERIMENT_RATE = "experiments.rate"
    CONSOLE_HOME = "console.home"
    CONSOLE_CHAT = "console.chat"
    CONSOLE_PLAYGROUND = "console.playground"


class Profile(StrEnum):
    """What kind of house it is: in `personal` one person holds every duty, in `organisation` nobody does."""

    PERSONAL = "personal"
    ORGANISATION = "organisation"


_EVERYBODY: Final = frozenset(
    {Action.MODELS_LIST, Action.RECORDS_OWN, Action.SCAN, Action.CONSOLE_HOME, Action.CONSOLE_PLAYGROUND}
)
_USER: Final = _EVERYBODY | {Action.CHAT, Action.CONSOLE_CHAT, Action.EXPERIMENT_RATE}
_EXPERIMENTER: Final = frozenset({Action.EXPERIMENT_VIEW, Action.EXPERIMENT_ENROL, Action.EXPERIMENT_MANAGE})
_DEVELOPER: Final = _USER | _EXPERIMENTER | {Action.POLICY_VIEW, Action.MODELS_ADAPT}
_OPERATOR: Final = _EVERYBODY | {Action.METRICS, Action.AUDIT_VERIFY, Action.POLICY_VIEW, Action.BACKUP}

PERMISSIONS: Final[Mapping[Role, frozenset[Action]]] = {
    Role.USER: _USER,
    Role.DEVELOPER: _DEVELOPER,
    Role.DATA_STEWARD: _USER
    | _EXPERIMENTER
    | {Action.POLICY_VIEW, Action.CONSENT_MANAGE, Action.ACCESS_CONFIRM}
    | {Action.CORPUS_BUILD, Action.MODELS_ADAPT, Action.MODELS_SIGN},
    Role.AUDITOR: _EVERYBODY
    | {Action.AUDIT_SHOW, Action.AUDIT_VERIFY, Action.POLICY_VIEW, Action.METRICS, Action.ACCESS_CONFIRM}
    | {Action.EXPERIMENT_VIEW},
    Role.PRIVACY_OFFICER: _EVERYBODY
    | {
        Action.AUDIT_SHOW,
        Action.AUDIT_VERIFY,
        Action.EXPERIMENT_VIEW,
        Action.POLICY_VIEW,
        Action.POLICY_APPROVE,
        Action.OUTSIDE_OPEN,
        Action.RECORDS_SUBJECTS,
        Action.CONSENT_MANAGE,
        Action.ACCESS_ASK,
        Action.ACCESS_CONFIRM,
        Action.ACCESS_BREAK_GLASS,
        Action.MODELS_SIGN,
    },
    Role.OPERATOR: _OPERATOR,
    Role.OWNER: _DEVELOPER
    | _OPERATOR
    | {Action.KEYS_MANAGE, Action.USERS_MANAGE, Action.ACCESS_CONFIRM, Action.ACCESS_BREAK_GLASS},
}
"""Nobody reads another's texts by role alone: that takes the procedures of design 3.12, not a row in this table.
Only the owner makes keys: an operator who could would make an auditor of themselves."""

PERSONAL_OWNER: Final = frozenset(
    {
        Action.AUDIT_SHOW,
        Action.POLICY_APPROVE,
        Action.OUTSIDE_OPEN,
        Action.RECORDS_SUBJECTS,
        Action.CONSENT_MANAGE,
        Action.CORPUS_BUILD,
        Action.MODELS_SIGN,
    }
)
"""What the one owner of a `personal` house may do besides: there is nobody else to look or to sign."""

FIRST_KEY: Final = frozenset({Role.OWNER, Role.OPERATOR, Role.DEVELOPER, Role.USER})
"""Roles of the first key of an installation: never privacy officer or auditor."""

WATCHING: Final = frozenset({Role.AUDITOR, Role.PRIVACY_OFFICER})
ACTING: Final = frozenset({Role.OWNER, Role.OPERATOR})
"""No person holds one of each."""


def authorise(principal: Principal, action: Action, *, profile: Profile = Profile.ORGANISATION) -> None:
    """Nothing, if one of the principal's roles allows `action`.

    Args:
        profile: of the house; without it the stricter one holds.

    Raises:
        ForbiddenError: none does.
    """
    if any(action in PERMISSIONS.get(role, frozenset()) for role in principal.roles):
        return
    if profile is Profile.PERSONAL and Role.OWNER in principal.roles and action in PERSONAL_OWNER:
        return
    raise ForbiddenError(f"this key may not do {action.value}; a key of another role is needed")


def authorise_grant(by: Principal, roles: frozenset[Role], *, to: str | None) -> None:
    """Nothing, if `by` may make a key with these roles.

    Args:
        to: principal id that the key is for, None for a new one.

    Raises:
        ForbiddenError: `by` may not make keys, would raise themselves, or the roles watch and act at once.
    """
    authorise(by, Action.KEYS_MANAGE)
    if not roles:
        raise ForbiddenError("a key has at least one role")
    if to == by.id and roles - by.roles:
        raise ForbiddenError("nobody gives themselves a role; another owner must")
    if roles & WATCHING and roles & ACTING:
        raise ForbiddenError("who runs the house is not who audits it: these roles need two people's keys")
