"""Each check of the verifiers, taken out, fails a test: no check stands there that nothing would miss.

The cases are those of the tests themselves, run against a module that lacks one check. A mutant is noticed when some
case is accepted that must be refused, refused in other words than its test expects, or ends in an error that is not
ours. It stands here and not beside the room's tests, because it takes longer than those may.
"""

from __future__ import annotations

import re
import shutil
import sys
import types
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests import test_ambos_verify as alone
from tests.mutation import Mutant, changed, first_failure, mutants
from tests.store.conftest import MovedClock, SystemRandom, Talk
from tests.store.test_told import INSIDER, another_row, lived, row_of_a_lifted_block, sealed_again
from tests.store.test_verify import full, test_o43_an_insider_with_the_database_key_is_found

from ambos.audit import Checkpoint, Signer
from ambos.store import Store, StoreSettings, Trusted, open_store
from ambos.store.foundation import Foundation, lay
from ambos.store.verify import Report, verify

ROOT = Path(__file__).parents[2]
STORE = ROOT / "src/ambos/store"
RECEIPT = ROOT / "src/ambos_verify/receipt.py"
Module = Any  # a module that was made of changed source
Damage = Callable[[Store, StoreSettings], None]
Case = Callable[[Module], bool]
"""Whether the module behaves as its test expects."""


def parameters(test: Callable[..., object]) -> list[tuple[Any, ...]]:
    """The cases of a parametrised test."""
    mark = next(one for one in test.pytestmark if one.name == "parametrize")  # type: ignore[attr-defined]  # pytest's
    found = [getattr(one, "values", one) for one in mark.args[1]]
    return [one if isinstance(one, tuple) else (one,) for one in found]


def refuses(work: Callable[[Module], object], words: str) -> Case:
    def case(module: Module) -> bool:
        try:
            work(module)
        except module.ReceiptError as error:
            return re.search(words, str(error)) is not None
        except Exception:  # noqa: BLE001  another error than ours is noticed
            return False
        return False

    return case


def accepts(work: Callable[[Module], object]) -> Case:
    def case(module: Module) -> bool:
        try:
            work(module)
        except Exception:  # noqa: BLE001
            return False
        return True

    return case


def parsed(module: Module, texts: list[str]) -> list[Any]:
    return [module.Key.parse(text) for text in texts]


def verifies(keys: list[str], data: bytes, contents: Sequence[bytes] = ()) -> Callable[[Module], object]:
    return lambda module: module.verify(data, parsed(module, keys), contents)


def opens(keys: list[str], note: bytes) -> Callable[[Module], object]:
    return lambda module: module._open(note, parsed(module, keys))


def parses(vkey: str) -> Callable[[Module], object]:
    return lambda module: module.Key.parse(vkey)


def reads(extra: bytes) -> Callable[[Module], object]:
    return lambda module: module._extra(b64encode(extra).decode())


def verifier_cases() -> Iterator[Case]:
    both = [alone.LOG.verifier.vkey, alone.WITNESS.verifier.vkey]
    for case, is_good in parameters(alone.test_receipts_of_the_vectors):
        work = verifies(case["keys"], case["receipt"].encode(), [one.encode() for one in case["contents"]])
        yield accepts(work) if is_good else refuses(work, "")
    for case, is_good in parameters(alone.test_checkpoints_of_the_vectors):
        work = opens(case["keys"], case["note"].encode())
        yield accepts(work) if is_good else refuses(work, "")
    for note, words in parameters(alone.test_a_checkpoint_is_refused_for_the_reason_that_is_said):
        yield refuses(opens(both if "witness" in words else both[:1], note), words)
    for data, words in parameters(alone.test_a_receipt_is_refused_for_the_reason_that_is_said):
        yield refuses(verifies(both[:1], data), words)
    for vkey, words in parameters(alone.test_a_key_is_refused_for_the_reason_that_is_said):
        yield refuses(parses(vkey), words)
    for (extra,) in parameters(alone.test_an_extra_line_that_is_not_canonical_or_not_of_version_1_is_refused):
        yield refuses(reads(extra), "")


def loaded(source: str, name: str = "ambos_verify.mutant") -> Module:
    module = types.ModuleType(name)
    sys.modules[module.__name__] = module  # dataclasses look there
    try:
        exec(compile(source, "mutant", "exec"), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return module


CASES = list(verifier_cases())
MUTANTS = list(mutants(RECEIPT))


def test_the_verifier_itself_behaves_in_every_case() -> None:
    module = loaded(RECEIPT.read_text(encoding="utf-8"))
    assert [at for at, case in enumerate(CASES) if not case(module)] == []
    assert len(MUTANTS) > 45


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_each_check_of_the_verifier_is_missed(mutant: Mutant) -> None:
    module = loaded(mutant.source)
    assert not all(case(module) for case in CASES)


# Which tests are to notice what a module of the room lacks.
ROOM = {
    "anchor": ["test_anchor"],
    "check": ["test_check", "test_vectors"],
    "checkpoint": ["test_checkpoint", "test_vectors"],
    "entry": ["test_entry", "test_vectors"],
    "note": ["test_note", "test_checkpoint"],
    "order": ["test_check", "test_vectors"],
    "proof": ["test_proof", "test_vectors"],
    "quorum": ["test_quorum"],
    "receipt": ["test_receipt", "test_vectors"],
    "signing": ["test_signing"],
    "tiles": ["test_tiles"],
    "tree": ["test_tree"],
    "witness": ["test_witness"],
}


def test_the_modules_of_the_room_are_all_here() -> None:
    files = {path.stem for path in (ROOT / "src/ambos/audit").glob("*.py")}
    assert files - {"__init__", "events"} == ROOM.keys()  # `events` is the table of the spec, compared with it


@pytest.mark.parametrize("name", ROOM)
def test_each_check_of_the_room_is_missed(name: str) -> None:
    found = list(mutants(ROOT / f"src/ambos/audit/{name}.py"))
    assert len(found) >= 3
    unnoticed = []
    for mutant in found:
        with changed("ambos.audit", f"ambos.audit.{name}", mutant.source):
            if not any(first_failure(f"tests.audit.{one}") for one in ROOM[name]):
                unnoticed.append(str(mutant))
    assert unnoticed == []


# --- the verification of the store ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class House:
    """A damaged one, and what verification must say of it."""

    foundation: Foundation
    vkey_path: Path
    named: str
    trusted: Trusted | None


def by_statements(*statements: str) -> Damage:
    """What an insider does who holds the key of the database."""

    def damage(store: Store, _: StoreSettings) -> None:
        assert store._foundation.content._write is not None
        insider = store._foundation.content._write.raw_connection()
        cursor = insider.cursor()
        for statement in ("PRAGMA foreign_keys = OFF", *statements, "PRAGMA foreign_keys = ON"):
            cursor.execute(statement)
        insider.close()

    return damage


def another_key(_: Store, settings: StoreSettings) -> None:
    settings.vkey_path.write_text(Signer("ambos.local/else", bytes(32)).verifier.vkey)


def another_request(store: Store, settings: StoreSettings) -> None:
    """Sealed as it should be, by somebody with every key, and not what the log commits to."""
    another_row(store, 3, lambda parts: [(name, bytes(40) if name == "request" else part) for name, part in parts])


def a_part_twice(store: Store, settings: StoreSettings) -> None:
    another_row(store, 3, lambda parts: [*parts, parts[0]])


def a_part_less(name: str) -> Damage:
    return lambda store, _: another_row(store, 3, lambda parts: [one for one in parts if one[0] != name])


def a_page_that_no_query_reads(store: Store, settings: StoreSettings) -> None:
    """A bit of a table that verification does not look into."""
    with store._foundation.content.reading() as connection:
        page = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'erasures'").scalar_one()
    store._foundation.content.compact()
    with settings.content_path.open("r+b") as file:
        file.seek((page - 1) * 8192 + 4000)
        old = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([old[0] ^ 1]))


def nothing(_: Store, __: StoreSettings) -> None:
    """The log is right; what is remembered elsewhere says otherwise."""


def forged_below_an_anchor(store: Store) -> Trusted:
    signer, anchor = store._foundation.signer, store.verify().anchor
    return Trusted([("a witness", Checkpoint(signer.verifier.name, 3, bytes(32)).sign(signer))], start=anchor)


DAMAGES: list[tuple[Damage, str, Callable[[Store], Trusted] | None]] = [
    *(
        (by_statements(*statements), named, None)
        for statements, named in parameters(test_o43_an_insider_with_the_database_key_is_found)
    ),
    (by_statements("UPDATE log_entries SET leaf = 'text' WHERE seq = 4"), "not kept as bytes", None),
    (by_statements("UPDATE log_entries SET hash = 'text' WHERE seq = 4"), "not kept as bytes", None),
    (by_statements("UPDATE log_entries SET event = 'failed' WHERE seq = 8"), "the columns beside the entry", None),
    (by_statements("UPDATE records SET id = 'r_x' WHERE seq = 3"), "record r_x", None),
    (by_statements("INSERT INTO log_tiles VALUES (0, 0, zeroblob(32))"), "log_tiles level 0", None),
    (by_statements("INSERT INTO log_tiles SELECT 0, seq, hash FROM log_entries"), "log_tiles level 0", None),
    (by_statements("DELETE FROM records WHERE seq = 3"), "records are kept where", None),
    (
        by_statements("UPDATE log_entries SET record = NULL WHERE record = 3", "DELETE FROM records WHERE seq = 3"),
        "parts are kept of",
        None,
    ),
    (
        by_statements(
            "UPDATE records SET seq = 99 WHERE seq = 3", "UPDATE record_parts SET record = 99 WHERE record = 3"
        ),
        "no entry",
        None,
    ),
    (by_statements(f"UPDATE log_state SET frontier = x'010000000000000009{'00' * 64}'"), "another root", None),
    (another_key, "log.vkey", None),
    (another_request, "does not open the commitment", None),
    (a_part_twice, "the part request of a record is there twice", None),
    (a_part_less("outbound-0"), "the part outbound-0 that the log commits to is missing", None),
    (a_page_that_no_query_reads, "pages are damaged", None),
    (nothing, "a witness: it remembers other first 3 entries", forged_below_an_anchor),
]


LIVED: list[tuple[Damage, str, Callable[[Store], Trusted] | None]] = [
    *((by_statements(*statements), named, None) for statements, named in INSIDER),
    (lambda store, _: sealed_again(store), "was sealed again, and no entry", None),
    (lambda store, _: row_of_a_lifted_block(store), "was lifted, and its row is still there", None),
]


def settings_at(folder: Path) -> StoreSettings:
    return StoreSettings(directory=folder / "data", roots=folder / "roots", may_create=True)


def house_at(folder: Path, clock: MovedClock) -> Store:
    return open_store(settings_at(folder), clock, SystemRandom(), scrub=lambda content, _: content)


@pytest.fixture
async def houses(tmp_path: Path) -> AsyncIterator[list[House]]:
    """For each damage a house that suffered it, opened for reading: three requests, or everything that may happen."""
    opened: list[House] = []
    for lives, damages in ((False, DAMAGES), (True, LIVED)):
        whole = tmp_path / f"whole-{lives}"
        clock = MovedClock()
        with house_at(whole, clock) as store:
            await (lived(store, Talk(), clock) if lives else full(store, Talk()))
        for number, (damage, named, remembered) in enumerate(damages):
            folder = tmp_path / f"{lives}-{number}"
            shutil.copytree(whole, folder)
            with closing(house_at(folder, clock)) as store:
                trusted = remembered(store) if remembered is not None else None
                damage(store, settings_at(folder))
            foundation = lay(settings_at(folder), clock, SystemRandom(), read_only=True, any_schema=True)
            opened.append(House(foundation, settings_at(folder).vkey_path, named, trusted))
    yield opened
    for one in opened:
        one.foundation.dispose()


def told(verifying: Callable[..., Report], house: House) -> bool:
    """Whether the fault is named as its test expects."""
    try:
        fault = verifying(house.foundation, house.vkey_path, deep=True, trusted=house.trusted).fault
    except Exception:  # noqa: BLE001  another error than ours is noticed
        return False
    return fault is not None and house.named in str(fault)


async def test_each_check_of_the_stores_verification_is_missed(
    houses: list[House], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [one.named for one in houses if not told(verify, one)] == []
    unnoticed = []
    for name, part in (("verify", ""), ("record_check", "check_records"), ("told", "Told")):
        found = list(mutants(STORE / f"{name}.py"))
        assert len(found) > 5
        for mutant in found:
            module = loaded(mutant.source, f"ambos.store.{name}_mutant")
            with monkeypatch.context() as patch:
                if part:
                    patch.setattr(f"ambos.store.verify.{part}", getattr(module, part))
                verifying = verify if part else module.verify
                if all(told(verifying, one) for one in houses):
                    unnoticed.append(f"{name} {mutant}")
    assert not unnoticed, "\n".join(unnoticed)
