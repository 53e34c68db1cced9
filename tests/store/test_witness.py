"""What a witness remembers is durable before it signs, survives it, and is never forgotten because it is damaged."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

import pytest
from tests.audit.test_witness import LEAVES, LOG, head, submitted
from tests.store.conftest import SystemRandom

from ambos.audit import Checkpoint, leaf_hash
from ambos.audit.signing import COSIGNATURE_44
from ambos.audit.witness import Refusal, RefusedError
from ambos.errors import IntegrityError, ProofError, StoreError
from ambos.store.witness import WitnessState, witness_signer

NAME = "witness.example/w1"


@pytest.fixture
def state(tmp_path: Path) -> WitnessState:
    return opened(tmp_path)


def opened(folder: Path, name: str = NAME) -> WitnessState:
    return WitnessState(folder, witness_signer(folder, name, SystemRandom()), [LOG.verifier])


def kept(folder: Path) -> Path:
    return next(path for path in (folder / "heads").iterdir() if path.suffix != ".new")


def test_a_witness_keeps_its_key_and_what_it_signed(tmp_path: Path) -> None:
    first = opened(tmp_path)
    made = first.cosign(submitted(0, 5), now_s=7)
    assert first.key.verify(head(5).text(), made.signature).time_s == 7
    second = opened(tmp_path, "")
    assert second.key == first.key
    note = second.checkpoint(kept(tmp_path).name)
    assert note is not None
    told = Checkpoint.open(note, [LOG.verifier], witnesses=[first.key], quorum=1)
    assert (told.checkpoint, told.cosigned) == (head(5), {NAME: 7})
    with pytest.raises(RefusedError) as caught:
        second.cosign(submitted(0, 6), now_s=8)
    assert (caught.value.refusal, caught.value.size) == (Refusal.OTHER_SIZE, 5)
    second.cosign(submitted(5, 6), now_s=8)
    assert (tmp_path / "witness.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "witness.vkey").read_text().strip() == first.key.vkey


def test_a_new_witness_may_sign_with_ml_dsa_44_and_keeps_to_it(tmp_path: Path) -> None:
    def with_(algorithm: str, name: str = "") -> WitnessState:
        return WitnessState(
            tmp_path, witness_signer(tmp_path, name, SystemRandom(), algorithm=algorithm), [LOG.verifier]
        )

    with pytest.raises(StoreError, match="ed25519, ml-dsa-44"):
        with_("rsa", NAME)
    first = with_("ml-dsa-44", NAME)
    made = first.cosign(submitted(0, 5), now_s=7)
    assert first.key.kind == COSIGNATURE_44
    note = with_("").checkpoint(kept(tmp_path).name)
    assert note is not None
    assert Checkpoint.open(note, [LOG.verifier], witnesses=[first.key], quorum=1).cosigned == {NAME: 7}
    assert first.key.verify(head(5).text(), made.signature).time_s == 7
    with pytest.raises(StoreError, match="another algorithm is another witness"):
        with_("ed25519")


def test_it_never_signs_two_histories(state: WitnessState) -> None:
    state.cosign(submitted(0, 5), now_s=1)
    forged = [*LEAVES[:4], leaf_hash(b"forged"), *LEAVES[5:]]
    for old, new in ((5, 5), (5, 9)):
        with pytest.raises(RefusedError) as caught:
            state.cosign(submitted(old, new, forged), now_s=2)
        assert caught.value.refusal is Refusal.INCONSISTENT
    state.cosign(submitted(5, 9), now_s=3)


@pytest.mark.parametrize("damage", ["cut", "flip", "other", "empty"])
def test_a_damaged_head_is_not_forgotten(tmp_path: Path, state: WitnessState, damage: str) -> None:
    state.cosign(submitted(0, 5), now_s=1)
    path = kept(tmp_path)
    whole = path.read_bytes()
    other = head(0).sign(LOG)  # signed by the log, not by the witness
    at = whole.index(b"\n5\n") + 1
    path.write_bytes(
        {"cut": whole[:-9], "flip": whole[:at] + b"4" + whole[at + 1 :], "other": other, "empty": b""}[damage]
    )
    with pytest.raises(IntegrityError):
        state.cosign(submitted(0, 6), now_s=2)
    with pytest.raises(IntegrityError):
        state.checkpoint(path.name)


@pytest.mark.parametrize("call", ["fsync", "rename", "write"])
def test_what_is_not_durable_is_not_signed(
    tmp_path: Path, state: WitnessState, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    state.cosign(submitted(0, 5), now_s=1)

    def broken(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        if call == "fsync":
            patched.setattr(os, "fsync", broken)
        elif call == "rename":
            patched.setattr(Path, "replace", broken)
        else:

            def unopened(descriptor: int, _: str) -> None:
                os.close(descriptor)
                broken()

            patched.setattr(os, "fdopen", unopened)
        with pytest.raises(StoreError):
            state.cosign(submitted(5, 6), now_s=2)
    # It may remember the head whose signature it did not give; it signs it again, and nothing else of that size.
    size = Checkpoint.parse(kept(tmp_path).read_text().rpartition("\n\n")[0] + "\n").size
    state.cosign(submitted(size, 6), now_s=3)


def test_of_racing_submissions_one_history_is_signed(tmp_path: Path, state: WitnessState) -> None:
    state.cosign(submitted(0, 5), now_s=1)
    forged = [*LEAVES[:5], leaf_hash(b"forged"), *LEAVES[6:]]
    signed: list[bytes] = []
    start = threading.Barrier(8)

    def submit(leaves: list[bytes]) -> None:
        start.wait()
        with contextlib.suppress(RefusedError):
            signed.append(opened(tmp_path).cosign(submitted(5, 9, leaves), now_s=2).head.root)

    threads = [threading.Thread(target=submit, args=(leaves,)) for leaves in (LEAVES, forged) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(signed) == 1


def test_unknown_names_read_nothing(tmp_path: Path, state: WitnessState) -> None:
    assert state.checkpoint("0" * 64) is None
    for name in ("../witness.key", "", "x", "0" * 63, "A" * 64):
        assert state.checkpoint(name) is None


def test_keys_are_made_once_and_never_in_place_of_damaged_ones(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="--name"):
        witness_signer(tmp_path / "a", "", SystemRandom())
    with pytest.raises(ProofError):
        witness_signer(tmp_path / "a", "two words", SystemRandom())
    assert not (tmp_path / "a" / "witness.key").exists()
    witness_signer(tmp_path / "b", NAME, SystemRandom())
    with pytest.raises(StoreError, match="another name"):
        witness_signer(tmp_path / "b", "witness.example/else", SystemRandom())
    (tmp_path / "b" / "witness.key").write_text("garbage")
    with pytest.raises(IntegrityError):
        witness_signer(tmp_path / "b", NAME, SystemRandom())
