"""Installations: where keys lie, who may read them, what a cut start leaves and what is never made anew."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect
from tests.store.conftest import MovedClock, Reopen, SystemRandom, Talk

from ambos.audit import Verifier
from ambos.errors import IntegrityError, KeyServiceError, LogUnavailableError, StoreError
from ambos.store import Store, StoreSettings, open_store, rootkey


def root_file(settings: StoreSettings) -> Path:
    (found,) = settings.roots.iterdir()
    return found


def test_new_installation_lies_where_settings_say(store: Store, settings: StoreSettings) -> None:
    names = {path.name for path in settings.directory.iterdir() if not path.name.endswith(("-wal", "-shm", ".lock"))}
    assert names == {"ambos.db", "keyring.db", "installation", "log.vkey"}
    assert root_file(settings).name == f"{store.installation}.key"
    assert Verifier.parse(settings.vkey_path.read_text().strip()).name == f"ambos.local/{store.installation}"
    assert store.head().size == 0


def test_nothing_is_made_unless_allowed(reopen: Reopen, settings: StoreSettings) -> None:
    for options in ({"may_create": False}, {"read_only": True}):
        with pytest.raises(StoreError, match="no Ambos"):
            reopen(**options)
    assert not settings.directory.exists()


def test_root_key_never_lies_in_the_data_directory(reopen: Reopen, settings: StoreSettings) -> None:
    with pytest.raises(KeyServiceError, match="may not lie"):
        reopen(roots=settings.directory / "roots")


def test_root_key_from_the_settings_needs_no_file(reopen: Reopen, settings: StoreSettings) -> None:
    with reopen(root_key=bytes(range(32))):
        assert not settings.roots.exists()
    with reopen(root_key=bytes(range(32))) as again:
        assert again.verify().fault is None
    with pytest.raises(KeyServiceError, match="not where"):
        reopen()


def test_root_key_file_that_the_owner_made_is_taken(reopen: Reopen, tmp_path: Path) -> None:
    mine = tmp_path / "mine.key"
    mine.write_text("ab" * 32)
    mine.chmod(0o600)
    with reopen(root_key_file=mine):
        pass
    assert mine.read_text() == "ab" * 32


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "not where"),
        (lambda path: path.write_text("00" * 32), "right key file"),
        (lambda path: path.write_text("00" * 31), "32 bytes"),
        (lambda path: path.write_text("no key"), "hexadecimal"),
        (lambda path: path.chmod(0o644), "open to others"),
    ],
)
def test_absent_wrong_or_open_root_key(
    reopen: Reopen, settings: StoreSettings, spoil: Callable[[Path], None], said: str
) -> None:
    with reopen():
        pass
    spoil(root_file(settings))
    with pytest.raises(KeyServiceError, match=said):
        reopen()


@pytest.mark.shell
def test_wrong_root_key_on_postgres(any_settings: StoreSettings, clock: MovedClock, rng: SystemRandom) -> None:
    with open_store(any_settings, clock, rng):
        pass
    with pytest.raises(KeyServiceError):
        open_store(replace(any_settings, root_key=bytes(32)), clock, rng)


@pytest.mark.parametrize("step", ["write_new", "found", "make_schema", "mark_content"])
def test_start_that_was_cut_goes_on(reopen: Reopen, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    from ambos.store import foundation, keyring

    home: object = keyring.KeyRing if step in ("found", "mark_content") else foundation

    def cut(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(home, step, cut)
        with pytest.raises(KeyboardInterrupt):
            reopen()
    with reopen() as store:
        assert store.verify().fault is None


def test_root_key_left_by_a_cut_start_is_not_reused_for_another(
    reopen: Reopen, settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_arguments: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rootkey, "check_of", cut)
        with pytest.raises(KeyboardInterrupt):
            reopen()
    with reopen() as store:
        assert store.installation
    assert len(list(settings.roots.iterdir())) == 2


def test_damaged_installation_file(reopen: Reopen, settings: StoreSettings) -> None:
    with reopen():
        pass
    settings.installation_path.write_text("i_x\n")
    with pytest.raises(IntegrityError) as caught:
        reopen()
    assert caught.value.place == "installation"


async def test_read_only_store_reads_and_never_writes(reopen: Reopen, talk: Talk) -> None:
    with reopen() as store:
        asked = await talk.whole(store)
    with reopen(read_only=True) as reader:
        assert (await reader.records.open(asked.id, tenant="house", owner="p_lucia"))["request"] == b"what came in"
        with pytest.raises(LogUnavailableError, match="reading only"):
            await reader.log.append("stopped", tenant="house", fields={"reason": "x"})
        with pytest.raises(StoreError), reader._foundation.content.reading() as connection:
            connection.exec_driver_sql("DELETE FROM log_entries")


async def test_reader_beside_a_writer_sees_what_is_durable(store: Store, reopen: Reopen, talk: Talk) -> None:
    with reopen(read_only=True) as reader:
        await talk.whole(store)
        assert reader.head().size == 3
        assert reader.verify(deep=True).fault is None


def test_keys_are_apart_and_in_no_repr(store: Store) -> None:
    secrets = store.secrets
    keys = [
        secrets.surrogate_key("a"),
        secrets.surrogate_key("b"),
        secrets.conversation_key("a"),
        secrets.index_key("a"),
        secrets.cache_key("a"),
        secrets.api_key_pepper(),
        secrets.session_key(),
        secrets.content_page_key(),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 32 for key in keys)
    for thing in (secrets, store._foundation, store._settings, store._foundation.ring, store._foundation.signer):
        assert not any(key.hex() in repr(thing) or repr(key) in repr(thing) for key in keys)


def test_keys_stay_the_same_after_reopening(reopen: Reopen) -> None:
    with reopen() as store:
        before = store.secrets.surrogate_key("house")
    with reopen() as again:
        assert again.secrets.surrogate_key("house") == before


def test_two_installations_share_no_key(reopen: Reopen, tmp_path: Path) -> None:
    with reopen(root_key=bytes(32)) as one, reopen(root_key=bytes(32), directory=tmp_path / "two") as two:
        assert one.secrets.surrogate_key("house") != two.secrets.surrogate_key("house")


def test_fresh_start_does_not_import_alembic(settings: StoreSettings) -> None:
    script = f"""
import os, sys
from pathlib import Path
from ambos.store import StoreSettings, open_store
class Clock:
    def now_ms(self): return 1
class Rng:
    def token(self, size): return os.urandom(size)
settings = StoreSettings(Path({str(settings.directory)!r}), Path({str(settings.roots)!r}), may_create=True)
open_store(settings, Clock(), Rng()).close()
assert not any(name.partition('.')[0] in ('alembic', 'psycopg') for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_schema_names_are_made_once(any_store: Store) -> None:
    with any_store._foundation.content.reading() as connection:
        names = set(inspect(connection).get_table_names())
    assert {"records", "log_entries", "alembic_version", "consents", "erasures"} <= names
    assert not names & {"ring", "owner_keys", "tenant_keys"}


async def test_stopped_house_is_copied_file_by_file(
    reopen: Reopen, settings: StoreSettings, tmp_path: Path, talk: Talk
) -> None:
    with reopen() as store:
        asked = await talk.whole(store)
    restored = tmp_path / "restored"
    restored.mkdir()
    assert not list(settings.directory.glob("*-wal"))
    for name in ("ambos.db", "log.vkey", "keyring.db", "installation"):
        (restored / name).write_bytes((settings.directory / name).read_bytes())
    with reopen(directory=restored) as again:
        assert again.verify(deep=True).fault is None
        assert (await again.records.open(asked.id, tenant="house", owner="p_lucia"))["request"] == b"what came in"
