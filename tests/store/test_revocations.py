"""Whoever was shut out stays out, also where an older content is put back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.store.conftest import MovedClock, Reopen
from tests.store.test_openings import ask
from tests.store.test_users import log_in, make

from ambos.errors import LogUnavailableError
from ambos.identity import Role
from ambos.identity.opening import State
from ambos.store import Store, StoreSettings, put_back


async def backup(store: Store, tmp_path: Path) -> None:
    await store.backups.make(tmp_path / "content", tmp_path / "ring", tenant="house")


def events(store: Store, *names: str) -> list[str]:
    return [one.event for one in store.entries() if one.event in names]


async def test_whose_access_was_taken_away_does_not_come_back_with_an_old_content(
    reopen: Reopen, settings: StoreSettings, clock: MovedClock, tmp_path: Path
) -> None:
    with reopen() as store:
        key, kept = [
            await store.keys.create(tenant="house", roles=frozenset({Role.USER}), name=name) for name in ("a", "b")
        ]
        gone, ended, stays = [await make(store, login) for login in ("ana", "luis", "eva")]
        one = await log_in(store, "eva")
        tokens = [await log_in(store, who.login) for who in (gone, ended, stays)]
        of_key, opening = await store.keys.exchange(kept.key), await ask(store)
        await backup(store, tmp_path)
        clock.time_ms += 1
        await store.keys.revoke(key.id, tenant="house")
        await store.users.disable(gone)
        await store.log_ins.end_all(ended)
        for token in (one, of_key):
            await store.keys.end_session(token)
        await store.openings.end(opening, by="p_second")
    put_back(settings, tmp_path / "content", None)
    with reopen() as store:
        assert store.revoked_again == 7  # Ana's session ended too
        assert await store.keys.find(key.key) is None
        assert await store.keys.find(kept.key) is not None
        found = [await store.keys.find(token) is not None for token in (*tokens, one, of_key)]
        assert found == [False, False, True, False, False]
        assert store.users.named("ana", tenant="house").disabled_ms is not None
        assert store.openings.find(opening.id, tenant="house").state(clock.time_ms) is State.ENDED
        assert [*store.entries()][-1].fields["count"] == 7
        assert store.verify(deep=True).fault is None
    with reopen() as store:
        assert store.revoked_again == 0
        assert events(store, "recovered") == ["recovered"]


async def test_a_permission_that_was_withdrawn_stays_withdrawn_and_since_then(
    reopen: Reopen, settings: StoreSettings, clock: MovedClock, tmp_path: Path
) -> None:
    about = {"tenant": "house", "scope": "key", "target": "k_lucia", "purpose": "train"}
    stays = {**about, "purpose": "evaluate"}
    with reopen() as store:
        for one in (about, stays):
            await store.consents.grant(**one, basis="GDPR-6.1.a", by="p_dpo")
        await backup(store, tmp_path)
        clock.time_ms += 1000
        withdrawn_ms = clock.time_ms
        await store.consents.withdraw(**about, by="p_dpo")
        clock.time_ms += 86_400_000
    put_back(settings, tmp_path / "content", None)
    with reopen() as store:
        assert store.revoked_again == 1
        assert not store.consents.permits(**about)
        assert store.consents.permits(**stays)
        kept = {one.purpose: one.withdrawn_ms for one in store.consents.list(tenant="house")}
        assert kept == {"train": withdrawn_ms, "evaluate": None}
        told = [one.fields for one in store.entries() if one.event == "consent"][-1]
        assert (told["action"], told["key"], told["purpose"]) == ("withdrawn", "k_lucia", "train")
        assert store.verify(deep=True).fault is None
    with reopen() as store:
        assert store.revoked_again == 0


async def test_who_was_let_in_again_stays_in(reopen: Reopen, settings: StoreSettings, tmp_path: Path) -> None:
    with reopen() as store:
        user = await make(store)
        await backup(store, tmp_path)
        await store.users.disable(user)
        await store.users.enable(user)
    put_back(settings, tmp_path / "content", None)
    with reopen() as store:
        assert store.users.named("ana", tenant="house").disabled_ms is None
        assert await store.keys.find(await log_in(store)) is not None


async def test_a_crash_between_ring_and_content_takes_it_away(any_reopen: Reopen) -> None:
    with any_reopen() as store:
        key = await store.keys.create(tenant="house", roles=frozenset({Role.USER}), name="a")
        store._writer.close()
        with pytest.raises(LogUnavailableError):
            await store.keys.revoke(key.id, tenant="house")
    with any_reopen() as store:
        assert store.revoked_again == 1
        assert await store.keys.find(key.key) is None


async def test_a_session_is_noted_no_longer_than_it_could_live(reopen: Reopen, clock: MovedClock) -> None:
    with reopen() as store:
        await make(store)
        await store.keys.end_session(await log_in(store))
        clock.time_ms += store.keys.session_ms + 1
        await store.keys.end_session(await log_in(store))
        with store._foundation.ring_database.reading() as connection:
            kinds = connection.exec_driver_sql("SELECT kind FROM revoked").scalars().all()
        assert kinds == ["session"]
