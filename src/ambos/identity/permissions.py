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
    MODELS_LIST = "models.list"
    METRICS = "metrics"
    RECORDS_OWN = "records.own"
    AUDIT_SHOW = "audit.show"
    AUDIT_VERIFY = "audit.verify"
    KEYS_MANAGE = "keys.manage"
    POLICY_VIEW = "policy.view"
    POLICY_APPROVE = "policy.approve"
    CONSOLE_HOME = "console.home"
    CONSOLE_CHAT = "console.chat"
    CONSOLE_PLAYGROUND = "console.playground"


_EVERYBODY: Final = frozenset({Action.MODELS_LIST, Action.RECORDS_OWN, Action.CONSOLE_HOME, Action.CONSOLE_PLAYGROUND})
_ASKING: Final = frozenset({Action.CHAT, Action.CONSOLE_CHAT})

PERMISSIONS: Final[Mapping[Role, frozenset[Action]]] = {
    Role.USER: _EVERYBODY | _ASKING,
    Role.DEVELOPER: _EVERYBODY | _ASKING | {Action.POLICY_VIEW},
    Role.DATA_STEWARD: _EVERYBODY | _ASKING | {Action.POLICY_VIEW},
    Role.AUDITOR: _EVERYBODY | {Action.AUDIT_SHOW, Action.AUDIT_VERIFY, Action.POLICY_VIEW, Action.METRICS},
    Role.PRIVACY_OFFICER: _EVERYBODY
    | {Action.AUDIT_SHOW, Action.AUDIT_VERIFY, Action.POLICY_VIEW, Action.POLICY_APPROVE},
    Role.OPERATOR: _EVERYBODY | {Action.METRICS, Action.KEYS_MANAGE, Action.AUDIT_VERIFY, Action.POLICY_VIEW},
    Role.OWNER: _EVERYBODY | _ASKING | {Action.KEYS_MANAGE, Action.AUDIT_VERIFY, Action.POLICY_VIEW, Action.METRICS},
}
"""Nobody reads another's texts by role alone: that takes the procedures of design 3.12, not a row in this table."""

FIRST_KEY: Final = frozenset({Role.OWNER, Role.OPERATOR, Role.DEVELOPER, Role.USER})
"""Roles of the first key of an installation: never privacy officer or auditor."""


def authorise(principal: Principal, action: Action) -> None:
    """Nothing, if one of the principal's roles allows `action`.

    Raises:
        ForbiddenError: none does.
    """
    if not any(action in PERMISSIONS.get(role, frozenset()) for role in principal.roles):
        raise ForbiddenError(f"this key may not do {action.value}; a key of another role is needed")
