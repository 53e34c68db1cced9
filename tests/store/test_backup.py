"""Backups are made while the house serves, and come back without what was erased since."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.store.conftest import Reopen, Talk
from tests.store.test_erasure import LUCIA, MARIO, erase, opened, told

from ambos.errors import RequestError, StoreError
from ambos.store import Store, StoreSettings, put_back


async def test_o46_a_backup_comes_back_without_the_erased(
    reopen: Reopen, settings: StoreSettings, talk: Talk, tmp_path: Path
) -> None:
    with reopen() as store:
        gone, kept = await told(store, talk, LUCIA), await told(store, talk, MARIO)
        made = await store.backups.make(tmp_path / "content", tmp_path / "ring", tenant="house")
        assert made.size == 6
        await erase(store, LUCIA)
        late = await talk.whole(store)
    put_back(settings, tmp_path / "content", None)
    with reopen() as store:
        assert (await opened(store, kept))["request"] == b"DNI 12345678Z"
        for asked in (gone, late):
            with pytest.raises(StoreError):
                await opened(store, asked)
        assert store.verify(deep=True).fault is None
    assert settings.content_path.with_name("ambos.db.before").exists()


async def test_everything_lost_comes_back_with_ring_and_root(
    reopen: Reopen, settings: StoreSettings, talk: Talk, tmp_path: Path
) -> None:
    with reopen() as store:
        asked = await talk.whole(store)
        await store.backups.make(tmp_path / "content", tmp_path / "ring", tenant="house")
    for path in settings.directory.iterdir():
        path.unlink()
    put_back(settings, tmp_path / "content", tmp_path / "ring")
    with reopen() as store:
        assert (await opened(store, asked))["request"] == b"what came in"
        assert store.verify(deep=True).fault is None


async def test_places_that_would_lose_it_are_refused(store: Store, settings: StoreSettings, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    a, b = tmp_path / "a", tmp_path / "b"
    for content, ring in ((a, a), (a, a / "b"), (settings.directory / "c", b), (tmp_path / "full", b)):
        with pytest.raises(RequestError):
            await store.backups.make(content, ring, tenant="house")
    with pytest.raises(RequestError):
        put_back(settings, tmp_path / "full", None)
    assert settings.content_path.exists()
