from __future__ import annotations

import pytest

from ambos.errors import ForbiddenError, RequestError
from ambos.identity import Role
from ambos.identity.attempts import LIMITS, AttemptsError, check_attempts
from ambos.identity.people import Person, check_second, check_together, login_of, roles_of

ANA, LUIS = Person("p_ana", "p_ana"), Person("p_luis", "p_luis")


@pytest.mark.parametrize("wrong", ["", " ", "ana ruiz", "-ana", "ñandú", "a" * 65, "ana\0", "a/b", "<b>"])
def test_names_of_accounts_that_are_none(wrong: str) -> None:
    with pytest.raises(RequestError):
        login_of(wrong)


def test_a_group_adds_its_roles() -> None:
    table = {"ward": frozenset({Role.USER}), "it": frozenset({Role.OPERATOR})}
    assert roles_of([Role.DEVELOPER], ["ward", "unknown"], table) == {Role.DEVELOPER, Role.USER}


@pytest.mark.parametrize("watching", [Role.AUDITOR, Role.PRIVACY_OFFICER])
@pytest.mark.parametrize("acting", [Role.OWNER, Role.OPERATOR])
def test_who_would_watch_and_act_may_do_nothing(watching: Role, acting: Role) -> None:
    assert roles_of([watching], ["it"], {"it": frozenset({acting})}) == frozenset()
    with pytest.raises(ForbiddenError):
        check_together([watching], [acting])


def test_a_second_person_is_somebody_else() -> None:
    check_second(ANA, LUIS, has_users=True)
    check_second(Person("p_1", ""), Person("p_2", ""), has_users=False)


@pytest.mark.parametrize(
    ("second", "has_users"),
    [
        (ANA, True),
        (Person("p_ana2", "p_ana"), True),  # her second account
        (Person("p_key", ""), True),  # a key that is nobody's
        (Person("p_robot", "p_luis", is_person=False), True),
        (Person("p_ana", ""), False),
    ],
)
def test_the_same_person_never_confirms(second: Person, has_users: bool) -> None:
    with pytest.raises(ForbiddenError):
        check_second(ANA, second, has_users=has_users)


def test_a_key_of_nobody_asks_for_nothing_that_a_user_confirms() -> None:
    with pytest.raises(ForbiddenError, match="--user"):
        check_second(Person("p_key", ""), LUIS, has_users=True)


@pytest.mark.parametrize("kind", LIMITS)
def test_limits_hold_until_their_window_is_over(kind: str) -> None:
    most = LIMITS[kind].most
    check_attempts(kind, count=most - 1, until_ms=10, now_ms=0)
    check_attempts(kind, count=most, until_ms=10, now_ms=10)
    with pytest.raises(AttemptsError) as caught:
        check_attempts(kind, count=most, until_ms=5000, now_ms=0)
    assert caught.value.retry_after_s == 5
