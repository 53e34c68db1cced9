"""Keys change while others read and write, and a change that is cut off anywhere loses nothing."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from tests.store.conftest import Reopen, Talk
from tests.store.test_erasure import LUCIA, MARIO, opened, told, without

from ambos.errors import IntegrityError, KeyServiceError
from ambos.store import Store, StoreSettings, rotation


async def rotate(store: Store, what: str) -> None:
    rotations = store.rotation
    await (rotations.root if what == "root" else rotations.tenants)(tenant="house", by="p_owner")


@pytest.mark.parametrize("what", ["tenant", "root"])
async def test_o45_two_workers_read_and_write_through_a_change_of_keys(
    any_reopen: Reopen, talk: Talk, what: str
) -> None:
    with any_reopen() as one, any_reopen() as other:
        first = await told(one, talk, LUCIA)
        for _ in range(2):
            # Both write while the keys change; nothing is refused.
            _, mine, theirs = await asyncio.gather(rotate(one, what), told(one, talk, LUCIA), told(other, talk, MARIO))
            other._foundation.ring._owners.clear()  # as a worker that has served so many owners that it forgot this one
            for store in (one, other):
                for asked in (first, mine, theirs):
                    assert (await opened(store, asked))["request"] == b"DNI 12345678Z"
        stranger = Talk(owner=type(talk.owner)("p_new", "other", "k_new", talk.owner.roles), numbers=talk.numbers)
        await stranger.whole(other)  # a tenant whose first key is sealed by a worker that has not heard of the change
        order = await other.erasures.block(
            other.subjects.search("house", [LUCIA]), tenant="house", basis="GDPR-17", by="p_dpo"
        )
        await one.erasures.destroy(order, without, by="p_dpo")
        entries = [one.fields for one in one.entries() if one.event == "secret"]
        assert [(one["action"], one["generation"]) for one in entries] == [
            ("begun", 0), ("rotated", 1), ("begun", 1), ("rotated", 2),
        ]  # fmt: skip
        assert {one["purpose"] for one in entries} == {what}
    with any_reopen() as again:
        assert again.verify(deep=True).fault is None
        assert (await opened(again, theirs))["request"] == b"DNI 12345678Z"


STEPS = ("keep_following", "replace_file", "ring.renew_root", "settle")


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_change_of_the_root_key_that_is_cut_off_anywhere_loses_nothing(
    reopen: Reopen, settings: StoreSettings, talk: Talk, monkeypatch: pytest.MonkeyPatch, step: str, *, is_done: bool
) -> None:
    with reopen() as store, reopen() as other:
        asked = await told(store, talk, LUCIA)
        ring = store._foundation.ring
        home, name = (ring, "renew_root") if step.startswith("ring") else (rotation, step)
        was, calls = getattr(home, name), []

        def cut(*arguments: object) -> None:
            calls.append(name)
            if step == "settle" and len(calls) == 1:  # what an earlier change left, first
                was(*arguments)
                return
            if is_done:
                was(*arguments)
            raise KeyboardInterrupt

        monkeypatch.setattr(home, name, cut)
        with pytest.raises(KeyboardInterrupt):
            store.rotation._root()
        monkeypatch.undo()
        other._foundation.ring._owners.clear()
        assert (await opened(other, asked))["request"] == b"DNI 12345678Z"
        await told(other, talk, MARIO)
    for _ in range(2):
        with reopen() as store:
            assert (await opened(store, asked))["request"] == b"DNI 12345678Z"
            assert store.verify(deep=True).fault is None
            assert len(list(settings.roots.iterdir())) == 1
            store.rotation._root()
    assert len(list(settings.roots.iterdir())) == 1
    assert len(settings.installation_path.read_text().splitlines()) == 2


def test_a_key_that_was_being_written_when_it_was_cut_off_goes(reopen: Reopen, settings: StoreSettings) -> None:
    with reopen():
        pass
    (path,) = settings.roots.iterdir()
    (path.parent / f"{path.name}.next.tmp").write_bytes(b"0011")
    with reopen():
        assert [*settings.roots.iterdir()] == [path]


async def test_the_old_root_key_opens_nothing_of_after(
    reopen: Reopen, settings: StoreSettings, talk: Talk, tmp_path: Path
) -> None:
    with reopen() as store:
        await talk.whole(store)
    (path,) = settings.roots.iterdir()
    shutil.copy(path, tmp_path / "old.key")
    with reopen() as store:
        store.rotation._root()
    shutil.copy(tmp_path / "old.key", path)
    with pytest.raises(KeyServiceError) as caught:
        reopen()
    assert caught.value.reason == "other"


async def test_old_bytes_of_the_ring_are_gone_after_a_change_of_keys(
    reopen: Reopen, settings: StoreSettings, talk: Talk
) -> None:
    with reopen() as store:
        await talk.whole(store)
        with store._foundation.ring_database.reading() as connection:
            old = [bytes(one) for one in connection.exec_driver_sql("SELECT wrapped FROM owner_keys").scalars()]
        await rotate(store, "tenant")
        with store._foundation.ring_database.reading() as connection:
            new = [bytes(one) for one in connection.exec_driver_sql("SELECT wrapped FROM owner_keys").scalars()]
        assert not set(old) & set(new)
        assert settings.ring_path.with_name("keyring.db-wal").stat().st_size == 0


@pytest.mark.parametrize(
    "text",
    ["", "i_x\n", "i_" + "0" * 32 + "\n" + "0" * 16, "i_" + "0" * 32 + "\n" + ("0" * 16 + "\n") * 3, "\0" * 100],
)
def test_a_damaged_installation_file_is_named(reopen: Reopen, settings: StoreSettings, text: str) -> None:
    with reopen():
        pass
    settings.installation_path.write_text(text)
    with pytest.raises(IntegrityError, match="installation"):
        reopen()


def test_a_changed_page_key_in_the_installation_file_is_named(reopen: Reopen, settings: StoreSettings) -> None:
    with reopen() as store:
        store.rotation._root()
    text = settings.installation_path.read_text()
    settings.installation_path.write_text(text[:-3] + ("0" if text[-3] != "0" else "1") + text[-2:])
    with pytest.raises(IntegrityError, match="installation"):
        reopen()
