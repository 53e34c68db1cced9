"""A witness that is killed with -9 amid its work remembers every head whose signature it gave, and never signs another."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from tests.audit.test_witness import LEAVES, LOG, submitted
from tests.store.conftest import SystemRandom

from ambos.audit import Checkpoint, leaf_hash
from ambos.audit.witness import Refusal, RefusedError
from ambos.store.witness import WitnessState, witness_signer

SIGNS = """
import sys
from pathlib import Path
from tests.audit.test_witness import submitted
from tests.store.test_witness_kills import opened, remembered

state = opened(Path(sys.argv[1]))
size = remembered(state, Path(sys.argv[1]))
while size < 69:
    state.cosign(submitted(size, size + 1), now_s=1)
    size += 1
    print(size, flush=True)
"""


def opened(folder: Path) -> WitnessState:
    return WitnessState(folder, witness_signer(folder, "witness.example/w1", SystemRandom()), [LOG.verifier])


def remembered(state: WitnessState, folder: Path) -> int:
    names = [path.name for path in (folder / "heads").glob("*") if len(path.name) == 64]
    note = state.checkpoint(names[0]) if names else None
    return Checkpoint.open(note, [LOG.verifier], witnesses=[state.key], quorum=1).checkpoint.size if note else 0


@pytest.mark.timeout(300)
def test_o40_a_killed_witness_has_forgotten_nothing_that_it_signed(tmp_path: Path) -> None:
    chance, last = random.Random(4), 0
    state = opened(tmp_path)
    for _ in range(6):
        command = [sys.executable, "-c", SIGNS, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
            assert process.stdout is not None
            for _ in range(chance.randrange(1, 9)):
                last = int(process.stdout.readline())
            process.kill()
            last = max([last, *(int(line) for line in process.stdout if line.endswith(b"\n"))])
        assert remembered(state, tmp_path) >= last > 0
    now = remembered(state, tmp_path)
    forged = [*LEAVES[: now - 1], leaf_hash(b"forged"), *LEAVES[now:]]
    with pytest.raises(RefusedError) as caught:
        state.cosign(submitted(now, now, forged), now_s=2)
    assert caught.value.refusal is Refusal.INCONSISTENT
