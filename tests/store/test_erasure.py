"""What was erased stays erased: in the log, in the files, in yesterday's backup, and after a crash in between."""

from __future__ import annotations

import hmac
import shutil
from base64 import b64decode
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from hashlib import pbkdf2_hmac, sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from tests.store.conftest import BIG, MovedClock, Reopen, Talk

from ambos.audit import Verifier, prove_inclusion, verify_inclusion
from ambos.errors import AmbosError, StoreError
from ambos.ports import Asked
from ambos.store import Store, StoreSettings
from ambos.store.settings import DAY_MS

LUCIA = ("id", "12345678Z")
MARIO = ("id", "87654321X")
NAME = ("name", "hernandez lucia ortega")


async def told(store: Store, talk: Talk, *people: tuple[str, str], body: bytes = b"DNI 12345678Z") -> Asked:
    asked = replace(talk.asked(body), identifiers=frozenset(people))
    await store.log.permit(asked, talk.outbound(body), talk.decision(), BIG)
    await store.log.ended(asked, BIG, talk.answered(body))
    return asked


def without(content: bytes, is_theirs: Callable[[tuple[str, str]], bool]) -> bytes:
    for kind, value in (LUCIA, MARIO):
        if is_theirs((kind, value)):
            content = content.replace(value.encode(), b"[erased]")
    return content


async def opened(store: Store, asked: Asked) -> dict[str, bytes]:
    return dict(await store.records.open(asked.id, tenant="house", owner="p_lucia"))


async def erase(store: Store, *people: tuple[str, str]) -> str:
    order = await store.erasures.block(
        store.subjects.search("house", people), tenant="house", basis="GDPR-17", by="p_dpo"
    )
    return (await store.erasures.destroy(order, without, by="p_dpo")).certificate


async def test_search_tells_kinds_of_join_and_whom_else(any_store: Store, talk: Talk) -> None:
    first = await told(any_store, talk, LUCIA, NAME)
    shared = await told(any_store, talk, LUCIA, MARIO)
    named = await told(any_store, talk, NAME)
    await told(any_store, talk, MARIO)
    joins = any_store.subjects.search("house", [LUCIA, NAME])
    assert [(one.record, one.by, one.is_shared) for one in joins] == [
        (first.id, "strong", False),
        (shared.id, "strong", True),
        (named.id, "candidate", False),
    ]
    assert any_store.subjects.search("other", [LUCIA]) == []
    assert any_store.subjects.search("house", [LUCIA], owner="p_other") == []


async def test_nothing_identifying_writes_nothing(store: Store, talk: Talk) -> None:
    await talk.whole(store)
    with store._foundation.content.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM subject_records").scalar() == 0


async def test_the_index_holds_no_identifier(store: Store, talk: Talk) -> None:
    await told(store, talk, LUCIA)
    with store._foundation.content.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM subject_records").all()
    assert len(rows) == 1
    assert "12345678" not in repr(rows)


async def test_blocked_opens_for_nobody_and_lifted_opens_again(any_store: Store, talk: Talk, clock: MovedClock) -> None:
    asked, other = await told(any_store, talk, LUCIA), await told(any_store, talk, MARIO)
    joins = any_store.subjects.search("house", [LUCIA])
    order = await any_store.erasures.block(joins, tenant="house", basis="GDPR-18", by="p_dpo")
    with pytest.raises(StoreError, match="blocked"):
        await opened(any_store, asked)
    assert (await opened(any_store, other))["request"] == b"DNI 12345678Z"
    where = {"tenant": "house", "owner": "p_lucia"}
    assert any_store.records.open_blocked(asked.id, **where)["request"] == b"DNI 12345678Z"
    with pytest.raises(StoreError, match="not blocked"):
        any_store.records.open_blocked(other.id, **where)
    assert any_store.subjects.search("house", [LUCIA])[0].is_blocked
    clock.time_ms += 31 * DAY_MS
    assert any_store.records.expire(clock.time_ms) == 1  # the other one: what is blocked waits for its own term
    assert any_store.verify(deep=True).fault is None
    await any_store.erasures.lift(order, by="p_dpo")
    assert (await opened(any_store, asked))["request"] == b"DNI 12345678Z"
    assert any_store.verify(deep=True).fault is None


async def test_erased_is_gone_and_every_old_proof_verifies(any_store: Store, talk: Talk) -> None:
    asked, other = await told(any_store, talk, LUCIA), await told(any_store, talk, MARIO)
    before = any_store.head()
    hashes = _hashes(any_store)
    subtree = lambda level, index: _root(hashes[index << level : (index + 1) << level])  # noqa: E731
    proofs = [prove_inclusion(subtree, place, before.size) for place in range(before.size)]
    certificate = await erase(any_store, LUCIA)
    with pytest.raises(StoreError, match="its time is over"):
        await opened(any_store, asked)
    assert (await opened(any_store, other))["request"] == b"DNI 12345678Z"
    assert _hashes(any_store)[: before.size] == hashes
    for place, proof in enumerate(proofs):
        verify_inclusion(hashes[place], place, before.size, before.root, proof)
    assert any_store.verify(deep=True).fault is None
    assert any_store.subjects.search("house", [LUCIA]) == []
    assert "tell recipient acme: 1 requests" in certificate
    last = [one for one in any_store.entries() if one.event in ("blocked", "erased")]
    assert [(one.event, one.fields["count"], one.fields["requests"]) for one in last] == [
        ("blocked", 1, [asked.id]),
        ("erased", 1, [asked.id]),
    ]


async def test_the_certificate_is_signed_by_the_log(store: Store, talk: Talk, settings: StoreSettings) -> None:
    await told(store, talk, LUCIA)
    text, _, line = (await erase(store, LUCIA)).rpartition("\n\n")
    key = Verifier.parse(settings.vkey_path.read_text().strip())
    signature = b64decode(line.split(" ")[2])[4:]
    Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, f"{text}\n".encode())


async def test_a_record_of_two_loses_one(any_store: Store, talk: Talk) -> None:
    body = b"12345678Z y 87654321X"
    asked = await told(any_store, talk, LUCIA, MARIO, body=body)
    await erase(any_store, LUCIA)
    parts = await opened(any_store, asked)
    assert parts["request"] == parts["answer-0"] == parts["outbound-0"] == b"[erased] y 87654321X"
    assert any_store.verify(deep=True).fault is None
    assert [one.record for one in any_store.subjects.search("house", [MARIO])] == [asked.id]


async def test_yesterdays_content_with_todays_ring_opens_all_but_the_erased(
    reopen: Reopen, settings: StoreSettings, talk: Talk, tmp_path: Path
) -> None:
    with reopen() as store:
        gone, kept = await told(store, talk, LUCIA), await told(store, talk, MARIO)
        shared = await told(store, talk, LUCIA, MARIO, body=b"12345678Z y 87654321X")
    yesterday = tmp_path / "yesterday.db"
    shutil.copy(settings.content_path, yesterday)
    with reopen() as store:
        await erase(store, LUCIA)
    shutil.copy(yesterday, settings.content_path)
    with closing(reopen(read_only=True)) as store:
        for asked in (gone, shared):
            with pytest.raises(AmbosError):
                await opened(store, asked)
    with reopen() as store:
        for asked in (gone, shared):
            with pytest.raises(StoreError, match="its time is over"):
                await opened(store, asked)
        assert (await opened(store, kept))["request"] == b"DNI 12345678Z"
        assert store.verify(deep=True).fault is None
        assert [one.event for one in store.entries()][-1] == "recovered"
        assert store.subjects.search("house", [LUCIA]) == []


async def test_a_block_holds_in_yesterdays_content_too(
    reopen: Reopen, settings: StoreSettings, talk: Talk, clock: MovedClock, tmp_path: Path
) -> None:
    with reopen() as store:
        asked = await told(store, talk, LUCIA)
    shutil.copy(settings.content_path, tmp_path / "yesterday.db")
    with reopen() as store:
        joins = store.subjects.search("house", [LUCIA])
        await store.erasures.block(joins, tenant="house", basis="GDPR-17", by="p_dpo", due_ms=clock.time_ms + DAY_MS)
    shutil.copy(tmp_path / "yesterday.db", settings.content_path)
    with reopen() as store:
        with pytest.raises(StoreError, match="blocked"):
            await opened(store, asked)
        clock.time_ms += 2 * DAY_MS
        assert await store.erasures.due(without) == 1
        with pytest.raises(StoreError, match="its time is over"):
            await opened(store, asked)


@pytest.mark.parametrize("is_committed", [False, True])
async def test_a_crash_in_between_loses_nothing_and_undoes_nothing(
    reopen: Reopen, talk: Talk, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with reopen() as store:
        gone, kept = await told(store, talk, LUCIA), await told(store, talk, MARIO)
        order = await store.erasures.block(
            store.subjects.search("house", [LUCIA]), tenant="house", basis="GDPR-17", by="p_dpo"
        )
        place = "ambos.store.keyring.KeyRing.finish" if is_committed else "ambos.store.batch.Sequencer._flush"
        monkeypatch.setattr(place, crash)
        with pytest.raises(KeyboardInterrupt):
            await store.erasures.destroy(order, without, by="p_dpo")
        monkeypatch.undo()
    with reopen() as store:
        assert (await opened(store, kept))["request"] == b"DNI 12345678Z"
        with pytest.raises(StoreError, match="its time is over" if is_committed else "blocked"):
            await opened(store, gone)
        assert store.verify(deep=True).fault is None
        assert await talk.whole(store)
        if not is_committed:
            await store.erasures.destroy(order, without, by="p_dpo")
        assert store.verify(deep=True).fault is None


async def test_another_worker_follows(reopen: Reopen, talk: Talk) -> None:
    with reopen() as one, reopen() as two:
        gone, kept = await told(one, talk, LUCIA), await told(two, talk, MARIO)
        under_way = replace(talk.asked(b"x"), identifiers=frozenset([LUCIA]))
        await two.log.permit(under_way, talk.outbound(b"x"), talk.decision(), BIG)
        await erase(one, LUCIA)
        after = await told(two, talk, MARIO)
        await two.log.ended(under_way, BIG, talk.answered(b"late"))
        for asked in (kept, after):
            assert (await opened(one, asked))["request"] == b"DNI 12345678Z"
            assert (await opened(two, asked))["request"] == b"DNI 12345678Z"
        for asked in (gone, under_way):
            with pytest.raises(StoreError):
                await opened(two, asked)
        assert (await two.conversations.known("c_one", tenant="house", owner="p_lucia")).kinds
        assert one.verify(deep=True).fault is None


async def test_erased_is_in_no_raw_page(reopen: Reopen, settings: StoreSettings, talk: Talk) -> None:
    with reopen() as store:
        await told(store, talk, LUCIA)
        await told(store, talk, MARIO)
        database = store._foundation.content
        with database.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT p.sealed FROM record_parts p JOIN subject_records s ON s.record = p.record WHERE s.blind = ?",
                (store.subjects.blind("house", LUCIA),),
            ).scalars()
            sealed = [bytes(one) for one in rows]
            wrapped = bytes(connection.exec_driver_sql("SELECT wrapped_key FROM records").scalars().all()[0])
            blind = store.subjects.blind("house", LUCIA)
        database.compact()
        assert all(one in _plain(store, settings) for one in (*sealed, wrapped, blind))
        await erase(store, LUCIA)
        assert (settings.directory / "ambos.db-wal").stat().st_size == 0
        raw = _plain(store, settings)
        assert [one in raw for one in (*sealed, wrapped, blind)] == [False] * (len(sealed) + 2)
        assert len(sealed) == 2  # what was asked and left, and the answer


async def test_due_is_destroyed_by_itself_and_told_irrecoverable(
    any_store: Store, talk: Talk, clock: MovedClock
) -> None:
    asked = await told(any_store, talk, LUCIA)
    joins = any_store.subjects.search("house", [LUCIA])
    due_ms = clock.time_ms + 100 * DAY_MS
    order = await any_store.erasures.block(joins, tenant="house", basis="GDPR-17", by="p_dpo", due_ms=due_ms)
    with pytest.raises(StoreError):
        any_store.erasures.certificate_of(order.id, tenant="house")
    assert await any_store.erasures.due(without) == 0
    clock.time_ms = due_ms
    assert await any_store.erasures.due(without) == 1
    assert await any_store.erasures.due(without) == 0
    assert order.id in any_store.erasures.certificate_of(order.id, tenant="house")
    with pytest.raises(StoreError, match="its time is over"):
        await opened(any_store, asked)
    clock.time_ms += 7 * DAY_MS
    await any_store.erasures.due(without)
    stages = [one.fields["stage"] for one in any_store.entries() if one.event == "erased"]
    assert stages == ["destroyed", "irrecoverable"]
    assert any_store.verify(deep=True).fault is None


async def test_put_right_is_sealed_again(store: Store, talk: Talk) -> None:
    asked = await told(store, talk, LUCIA, body=b"vive en Vigo")
    (join,) = store.subjects.search("house", [LUCIA])
    await store.erasures.rectify(
        join, tenant="house", by="p_dpo", rewrite=lambda content: content.replace(b"Vigo", b"Lugo")
    )
    assert (await opened(store, asked))["request"] == b"vive en Lugo"
    assert store.verify(deep=True).fault is None


async def test_a_basis_that_is_a_sentence_changes_nothing(store: Store, talk: Talk) -> None:
    asked = await told(store, talk, LUCIA)
    joins = store.subjects.search("house", [LUCIA])
    with pytest.raises(AmbosError):
        await store.erasures.block(joins, tenant="house", basis="because Lucia said so", by="p_dpo")
    assert (await opened(store, asked))["request"] == b"DNI 12345678Z"
    assert await talk.whole(store)


async def test_a_content_that_the_ring_does_not_know_is_refused(
    reopen: Reopen, settings: StoreSettings, talk: Talk, tmp_path: Path
) -> None:
    with reopen() as store:
        await told(store, talk, LUCIA)
        shutil.copy(settings.ring_path, tmp_path / "old-ring.db")
        await erase(store, LUCIA)
    shutil.copy(tmp_path / "old-ring.db", settings.ring_path)
    with pytest.raises(StoreError, match="newest"), reopen():
        pass


def _root(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = len(hashes) // 2
    return sha256(b"\x01" + _root(hashes[:half]) + _root(hashes[half:])).digest()


def _hashes(store: Store) -> list[bytes]:
    with store._foundation.content.reading() as connection:
        return [bytes(one) for one in connection.exec_driver_sql("SELECT hash FROM log_entries ORDER BY seq").scalars()]


def _plain(store: Store, settings: StoreSettings) -> bytes:
    """Every page of the content, deciphered: also those of the free list, which no query reads."""
    raw = settings.content_path.read_bytes()
    key, size, reserve = store.secrets.content_page_key(), 8192, 48
    salt = raw[:16]
    mac_key = _pbkdf2(key, bytes(one ^ 0x3A for one in salt))
    pages = []
    for number in range(len(raw) // size):
        page = raw[number * size : (number + 1) * size]
        start = 16 if number == 0 else 0
        body, iv = page[start : size - reserve], page[size - reserve : size - reserve + 16]
        mac = hmac.digest(mac_key, page[start : size - reserve + 16] + (number + 1).to_bytes(4, "little"), "sha256")
        assert mac == page[size - 32 :]
        pages.append(Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor().update(body))
    return b"".join(pages)


def _pbkdf2(key: bytes, salt: bytes) -> bytes:
    # SQLCipher derives the key of its MACs with two rounds and the KDF of its defaults.
    return pbkdf2_hmac("sha512", key, salt, 2, 32)
