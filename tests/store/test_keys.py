"""API keys and sessions: found by their hash alone, gone within a second."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.conftest import MovedClock, Reopen

from ambos.errors import AuthenticationError, ForbiddenError, RequestError
from ambos.identity import Role
from ambos.store import Store

OWNER = frozenset({Role.OWNER})
USER = frozenset({Role.USER})


async def test_created_key_is_found_with_its_principal(any_store: Store) -> None:
    made = await any_store.keys.create(tenant="house", roles=OWNER | USER, name="lucía", language="es")
    assert made.key.startswith("amb_")
    assert len(made.key) == len("amb_") + 43
    found = await any_store.keys.find(made.key)
    assert found == made.principal
    assert found is not None
    assert (found.roles, found.language, found.is_person) == (OWNER | USER, "es", True)


@pytest.mark.parametrize(
    "wrong", ["", "amb_", "amb_" + "A" * 43, "sk-" + "A" * 43, "amb_' OR 1=1 --", "amb_" + "ñ" * 43]
)
async def test_anything_else_is_nobody(store: Store, wrong: str) -> None:
    await store.keys.create(tenant="house", roles=OWNER, name="me")
    assert await store.keys.find(wrong) is None


@pytest.mark.parametrize("role", [Role.PRIVACY_OFFICER, Role.AUDITOR])
async def test_first_key_is_never_of_those_who_check(store: Store, role: Role) -> None:
    with pytest.raises(ForbiddenError):
        await store.keys.create(tenant="house", roles=OWNER | {role}, name="me")
    await store.keys.create(tenant="house", roles=OWNER, name="me")
    await store.keys.create(tenant="house", roles=frozenset({role}), name="checks")


async def test_key_without_role_is_refused(store: Store) -> None:
    with pytest.raises(RequestError):
        await store.keys.create(tenant="house", roles=frozenset(), name="me")


async def test_second_key_of_one_principal(store: Store) -> None:
    first = await store.keys.create(tenant="house", roles=OWNER, name="laptop", is_person=False)
    second = await store.keys.create(tenant="house", roles=USER, name="phone", principal=first.principal.id)
    assert second.principal.id == first.principal.id
    assert second.principal.is_person is False
    with pytest.raises(RequestError, match="no such principal"):
        await store.keys.create(tenant="other", roles=USER, name="x", principal=first.principal.id)


async def test_revoked_key_is_gone_at_once_here(any_store: Store) -> None:
    made = await any_store.keys.create(tenant="house", roles=OWNER, name="me")
    assert await any_store.keys.find(made.key) is not None
    await any_store.keys.revoke(made.id, tenant="house", by=made.principal)
    assert await any_store.keys.find(made.key) is None
    with pytest.raises(RequestError):
        await any_store.keys.revoke(made.id, tenant="house")


async def test_revocation_reaches_another_worker_within_a_second(any_store: Store, any_reopen: Reopen) -> None:
    made = await any_store.keys.create(tenant="house", roles=OWNER, name="me")
    with any_reopen() as worker:
        assert await worker.keys.find(made.key) is not None
        await any_store.keys.revoke(made.id, tenant="house")
        async with asyncio.timeout(1):
            while await worker.keys.find(made.key) is not None:
                await asyncio.sleep(0.02)


async def test_key_of_another_tenant_is_not_revoked(store: Store) -> None:
    made = await store.keys.create(tenant="house", roles=OWNER, name="me")
    with pytest.raises(RequestError):
        await store.keys.revoke(made.id, tenant="other")
    assert await store.keys.find(made.key) is not None


async def test_key_ends_at_its_time(store: Store, clock: MovedClock) -> None:
    made = await store.keys.create(tenant="house", roles=OWNER, name="me", expires_ms=clock.time_ms + 1000)
    assert await store.keys.find(made.key) is not None
    clock.time_ms += 1000
    assert await store.keys.find(made.key) is None


async def test_list_tells_all_but_the_key(any_store: Store) -> None:
    made = await any_store.keys.create(tenant="house", roles=OWNER | USER, name="laptop")
    (line,) = await any_store.keys.list(tenant="house")
    assert (line.id, line.name, line.roles, line.revoked_ms) == (made.id, "laptop", ("owner", "user"), None)
    assert made.key not in repr(line)
    assert made.key not in repr(made)
    assert await any_store.keys.list(tenant="other") == []


async def test_each_change_of_keys_is_in_the_log(store: Store) -> None:
    made = await store.keys.create(tenant="house", roles=OWNER | USER, name="me")
    token = await store.keys.exchange(made.key)
    await store.keys.end_session(token)
    await store.keys.revoke(made.id, tenant="house", by=made.principal)
    entries = [(entry.event, entry.fields["action"]) for entry in store.entries()]
    assert entries == [("key", "created"), ("session", "opened"), ("session", "ended"), ("key", "revoked")]
    assert next(store.entries()).fields["roles"] == "owner+user"
    assert store.verify().fault is None


async def test_session_stands_for_its_key_until_its_end(any_store: Store, clock: MovedClock) -> None:
    made = await any_store.keys.create(tenant="house", roles=OWNER, name="me")
    token = await any_store.keys.exchange(made.key)
    assert token.startswith("ams_")
    assert await any_store.keys.find(token) == made.principal
    clock.time_ms += 60 * 60_000
    assert await any_store.keys.find(token) is None
    assert await any_store.keys.find(made.key) is not None


async def test_ended_session_is_gone(store: Store) -> None:
    made = await store.keys.create(tenant="house", roles=OWNER, name="me")
    token = await store.keys.exchange(made.key)
    await store.keys.end_session(token)
    assert await store.keys.find(token) is None
    await store.keys.end_session(token)


async def test_session_ends_with_its_key(store: Store) -> None:
    made = await store.keys.create(tenant="house", roles=OWNER, name="me")
    token = await store.keys.exchange(made.key)
    await store.keys.revoke(made.id, tenant="house")
    assert await store.keys.find(token) is None


async def test_session_is_not_exchanged_for_another(store: Store) -> None:
    made = await store.keys.create(tenant="house", roles=OWNER, name="me")
    token = await store.keys.exchange(made.key)
    for wrong in (token, "amb_" + "A" * 43, ""):
        with pytest.raises(AuthenticationError):
            await store.keys.exchange(wrong)


async def test_two_installations_refuse_each_others_keys(store: Store, reopen: Reopen, tmp_path: Path) -> None:
    made = await store.keys.create(tenant="house", roles=OWNER, name="me")
    with reopen(directory=tmp_path / "second") as second:
        await second.keys.create(tenant="house", roles=OWNER, name="me")
        assert await second.keys.find(made.key) is None


async def test_key_is_in_no_file(store: Store, reopen: Reopen, tmp_path: Path) -> None:
    made = await store.keys.create(tenant="house", roles=OWNER, name="me")
    raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert made.key.encode() not in raw
    assert replace(made.principal) == made.principal
