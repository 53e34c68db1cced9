"""Users and their log-ins: limited, told alike, ended everywhere within a second."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from argon2.low_level import verify_secret
from tests.store.conftest import MovedClock, Reopen

from ambos.errors import AuthenticationError, ForbiddenError, RequestError
from ambos.identity import Role, passwords
from ambos.identity.attempts import LIMITS, AttemptsError
from ambos.identity.passwords import WRONG
from ambos.store import NewUser, Store, User

SENTENCE, OTHER = "la cigüeña vuelve en febrero", "el erizo duerme en diciembre"
USER = frozenset({Role.USER})
OFFICER = frozenset({Role.PRIVACY_OFFICER})


async def make(store: Store, login: str = "ana", roles: frozenset[Role] = USER, **more: object) -> User:
    new = NewUser(login, roles, password=SENTENCE, **more)  # type: ignore[arg-type]  # any field of it
    return await store.users.create(new, tenant="house")


async def log_in(store: Store, login: str = "ana", password: str = SENTENCE, address: str = "192.0.2.1") -> str:
    return await store.log_ins.log_in(login, password, tenant="house", address=address)


async def test_a_user_signs_in_and_is_who_they_are(any_store: Store) -> None:
    made = await make(any_store, language="es", name="Ana Ruiz")
    token = await log_in(any_store, "Ana")
    found = await any_store.keys.find(token)
    assert found is not None
    assert (found.id, found.roles, found.language, found.is_person) == (made.id, USER, "es", True)
    assert [(one.login, one.name) for one in any_store.users.list(tenant="house")] == [("ana", "Ana Ruiz")]
    assert any_store.users.list(tenant="other") == []
    assert any_store.verify().fault is None


async def test_every_refusal_has_the_same_words_and_is_logged(any_store: Store) -> None:
    user = await make(any_store)
    gone = await make(any_store, "luis")
    await any_store.users.disable(gone)
    told = set()
    for number, (login, password) in enumerate(
        [("ana", OTHER), ("nobody", SENTENCE), ("luis", SENTENCE), ("", ""), ("' OR 1=1 --", SENTENCE), ("ana", "")]
    ):
        with pytest.raises(AuthenticationError) as caught:
            await log_in(any_store, login, password, f"192.0.2.{number}")
        told.add(str(caught.value))
    assert told == {WRONG}
    refused = [one.fields for one in any_store.entries() if one.fields.get("action") == "refused"]
    assert [one.get("principal") for one in refused] == [user.id, None, gone.id, None, None, user.id]


async def test_an_account_is_shut_to_one_address_and_open_to_another(any_store: Store, clock: MovedClock) -> None:
    await make(any_store)
    for _ in range(LIMITS["pair"].most):
        with pytest.raises(AuthenticationError):
            await log_in(any_store, "ana", OTHER)
    before = any_store.head().size
    with pytest.raises(AttemptsError):
        await log_in(any_store)  # the right one, too late
    assert any_store.head().size == before  # who goes on trying does not fill the log
    assert await log_in(any_store, address="192.0.2.9")
    clock.time_ms += LIMITS["pair"].window_ms
    assert await log_in(any_store)


async def test_limits_do_not_tell_which_accounts_exist(store: Store) -> None:
    for _ in range(LIMITS["pair"].most):
        with pytest.raises(AuthenticationError):
            await log_in(store, "nobody", OTHER)
    with pytest.raises(AttemptsError):
        await log_in(store, "NOBODY", OTHER)


async def test_limits_hold_over_workers_and_at_the_same_moment(any_store: Store, any_reopen: Reopen) -> None:
    await make(any_store)
    with any_reopen() as worker:
        tries = [log_in(one, "ana", OTHER) for one in (any_store, worker) for _ in range(6)]
        results = await asyncio.gather(*tries, return_exceptions=True)
    looked = [one for one in results if isinstance(one, AuthenticationError)]
    # Four passwords may be looked at when the fifth fails, two in each worker.
    assert LIMITS["pair"].most <= len(looked) <= LIMITS["pair"].most + 3
    assert all(isinstance(one, AuthenticationError | AttemptsError) for one in results)


async def test_a_right_password_forgets_the_failures(store: Store) -> None:
    await make(store)
    for _ in range(3):
        for _ in range(LIMITS["pair"].most - 1):
            with pytest.raises(AuthenticationError):
                await log_in(store, "ana", OTHER)
        assert await log_in(store)


@pytest.mark.parametrize("change", ["disable", "password", "end_all", "roles"])
async def test_a_change_reaches_another_worker_within_a_second(
    change: str, any_store: Store, any_reopen: Reopen
) -> None:
    user = await make(any_store)
    token = await log_in(any_store)
    key = await any_store.keys.create(tenant="house", roles=USER, name="laptop", principal=user.id)
    with any_reopen() as worker:
        assert await worker.keys.find(token) is not None
        assert await worker.keys.find(key.key) is not None
        if change == "disable":
            await any_store.users.disable(user)
        elif change == "password":
            await any_store.users.set_password(user, OTHER, is_temporary=False)
        elif change == "end_all":
            await any_store.log_ins.end_all(user)
        else:
            await any_store.users.set_roles(user, OFFICER)
        async with asyncio.timeout(1):
            while (found := await worker.keys.find(token)) is not None and found.roles == USER:
                await asyncio.sleep(0.02)
        of_key = await worker.keys.find(key.key)
        if change == "disable":
            assert of_key is None
        else:
            assert of_key is not None
            assert of_key.roles == (frozenset() if change == "roles" else USER)


async def test_an_enabled_user_signs_in_anew(store: Store) -> None:
    user = await make(store)
    token = await log_in(store)
    await store.users.disable(user)
    await store.users.enable(user)
    assert await store.keys.find(token) is None
    assert await log_in(store)


async def test_a_session_ends_by_itself_and_when_it_is_ended(store: Store, clock: MovedClock) -> None:
    await make(store)
    first, second = await log_in(store), await log_in(store)
    await store.keys.end_session(first)
    assert await store.keys.find(first) is None
    assert await store.keys.find(second) is not None
    clock.time_ms += 60 * 60_000
    assert await store.keys.find(second) is None
    assert first != second


async def test_a_temporary_password_opens_nothing_but_its_change(store: Store) -> None:
    await make(store, is_temporary=True)
    found = await store.keys.find(await log_in(store))
    assert found is not None
    assert found.roles == frozenset()
    with pytest.raises(AuthenticationError):
        await store.users.change_own(found, OTHER, OTHER + "!")
    with pytest.raises(RequestError):
        await store.users.change_own(found, SENTENCE, SENTENCE)
    await store.users.change_own(found, SENTENCE, OTHER)
    found = await store.keys.find(await log_in(store, password=OTHER))
    assert found is not None
    assert found.roles == USER


async def test_no_person_runs_the_house_and_watches_it(store: Store) -> None:
    owner = await make(store, "owner", frozenset({Role.OWNER}))
    with pytest.raises(ForbiddenError):
        await store.users.set_roles(owner, OFFICER | {Role.OWNER})
    with pytest.raises(ForbiddenError):  # nor through a second account of hers
        await make(store, "second", OFFICER, same_as="owner")
    key = await store.keys.create(tenant="house", roles=frozenset({Role.OWNER}), name="first")
    with pytest.raises(ForbiddenError):  # nor through a key of hers
        await make(store, "third", OFFICER, adopts=key.principal.id)
    twin = await make(store, "twin", USER, same_as="owner")
    assert twin.person == owner.person


async def test_two_accounts_are_told_to_be_one_persons(any_store: Store) -> None:
    owner, other = await make(any_store, "owner", frozenset({Role.OWNER})), await make(any_store, "other")
    third = await make(any_store, "third", same_as="other")
    officer = await make(any_store, "officer", OFFICER)
    await any_store.users.join(owner, other)
    persons = {one.login: one.person for one in any_store.users.list(tenant="house")}
    assert persons["owner"] == persons["other"] == persons["third"] == owner.person
    assert third.person == other.person
    for one in (owner, any_store.users.named("third", tenant="house")):
        with pytest.raises(ForbiddenError):
            await any_store.users.join(one, officer)


async def test_an_account_that_does_not_exist_takes_the_same_work(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(store)
    await store.users.disable(await make(store, "gone"))
    work: list[object] = []

    def counted(stored: bytes, secret: bytes, kind: object) -> bool:
        work.append(stored.split(b"$")[1:4])  # which function, and at which cost
        return verify_secret(stored, secret, kind)  # type: ignore[arg-type]  # argon2's own

    monkeypatch.setattr(passwords, "verify_secret", counted)
    for login in ("ana", "gone", "nobody", "no name", ""):
        with pytest.raises(AuthenticationError):
            await log_in(store, login, OTHER)
    assert len(work) == 5
    assert all(one == work[0] for one in work)


async def test_whoever_has_a_session_does_not_guess_the_password(store: Store) -> None:
    await make(store)
    found = await store.keys.find(await log_in(store))
    assert found is not None
    for _ in range(LIMITS["pair"].most):
        with pytest.raises(AuthenticationError):
            await store.log_ins.change_password(found, OTHER, OTHER + "!")
    with pytest.raises(AttemptsError):
        await store.log_ins.change_password(found, SENTENCE, OTHER)


async def test_a_user_may_adopt_a_key_and_what_was_asked_with_it(store: Store) -> None:
    key = await store.keys.create(tenant="house", roles=frozenset({Role.OWNER}), name="first")
    user = await make(store, "lucia", frozenset({Role.OWNER}), adopts=key.principal.id)
    assert user.id == key.principal.id
    robot = await store.keys.create(tenant="house", roles=USER, name="batch", is_person=False)
    for wrong in (robot.principal.id, "p_nobody"):
        with pytest.raises(RequestError):
            await make(store, "other", adopts=wrong)


async def test_names_are_taken_once(any_store: Store) -> None:
    await make(any_store)
    with pytest.raises(RequestError, match="already"):
        await make(any_store, "ANA")
    assert len(any_store.users.list(tenant="house")) == 1


async def test_groups_give_roles(reopen: Reopen) -> None:
    with reopen(groups={"privacy": OFFICER, "it": frozenset({Role.OPERATOR})}) as store:
        user = await make(store, groups=frozenset({"privacy"}))
        found = await store.keys.find(await log_in(store))
        assert found is not None
        assert found.roles == USER | OFFICER
        with pytest.raises(ForbiddenError):
            await store.users.set_roles(user, USER, frozenset({"privacy", "it"}))
        with pytest.raises(RequestError):
            await store.users.set_roles(user, USER, frozenset({"two words"}))


async def test_no_password_and_no_address_is_in_any_file_or_entry(store: Store, tmp_path: Path) -> None:
    user = await make(store)
    await log_in(store)
    with pytest.raises(AuthenticationError):
        await log_in(store, "nobody", OTHER)
    raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    told = repr([one.fields for one in store.entries()]) + repr(user) + repr(store.users.list(tenant="house"))
    for secret in (SENTENCE, OTHER, "192.0.2.1", "$argon2"):
        assert secret.encode() not in raw
        assert secret not in told
    assert "ana" not in repr([one.fields for one in store.entries()])
