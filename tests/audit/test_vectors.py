"""The vectors of vectors/audit and vectors/witness, by the room."""

import json
from pathlib import Path
from typing import Any

import pytest

from ambos.audit import (
    Checkpoint,
    Entry,
    LogCheck,
    Receipt,
    Verifier,
    commit,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from ambos.audit.anchor import Anchor
from ambos.audit.quorum import Quorum
from ambos.audit.signing import SIGNATURE
from ambos.audit.witness import RefusedError, Submission, judge
from ambos.errors import ProofError

FOLDER = Path(__file__).parents[2] / "vectors/audit"
Case = dict[str, Any]  # Any: JSON, its shape is the file's


def cases(name: str, folder: Path = FOLDER) -> list[Any]:
    whole = json.loads((folder / f"{name}.json").read_text())
    assert len(whole["accept"]) == len(whole["reject"])
    return [
        pytest.param(case, verdict, id=f"{verdict}: {case['name']}")
        for verdict in ("accept", "reject")
        for case in whole[verdict]
    ]


def holds(verdict: str, *, is_refused: bool) -> None:
    assert is_refused is (verdict == "reject")


def split(keys: list[str]) -> tuple[list[Verifier], list[Verifier]]:
    parsed = [Verifier.parse(key) for key in keys]
    return [key for key in parsed if key.kind == SIGNATURE], [key for key in parsed if key.kind != SIGNATURE]


@pytest.mark.parametrize(("case", "verdict"), cases("entries"))
def test_entries(case: Case, verdict: str) -> None:
    leaf = case["leaf"].encode()
    try:
        entry = Entry.decode(leaf)
    except ProofError:
        return holds(verdict, is_refused=True)
    assert entry.encode() == leaf
    assert leaf_hash(leaf).hex() == case["hash"]
    return holds(verdict, is_refused=False)


@pytest.mark.parametrize(("case", "verdict"), cases("commitments"))
def test_commitments(case: Case, verdict: str) -> None:
    try:
        made = commit(case["label"], bytes.fromhex(case["salt"]), bytes.fromhex(case["content"])).hex()
    except ProofError:
        made = ""
    holds(verdict, is_refused=made != case["commitment"])


@pytest.mark.parametrize(("case", "verdict"), [*cases("checkpoints"), *cases("cosignatures_44")])
def test_checkpoints(case: Case, verdict: str) -> None:
    try:
        log_keys, witnesses = split(case["keys"])
        Checkpoint.open(case["note"].encode(), log_keys, witnesses=witnesses, quorum=len(witnesses))
    except ProofError:
        return holds(verdict, is_refused=True)
    return holds(verdict, is_refused=False)


@pytest.mark.parametrize(("case", "verdict"), cases("proofs"))
def test_proofs(case: Case, verdict: str) -> None:
    proof = [bytes.fromhex(one) for one in case["proof"]]
    roots = [bytes.fromhex(case[name]) for name in ("leaf", "root", "old_root", "new_root") if name in case]
    try:
        if case["kind"] == "inclusion":
            verify_inclusion(roots[0], case["index"], case["size"], roots[1], proof)
        else:
            verify_consistency(case["old"], case["new"], roots[0], roots[1], proof)
    except ProofError:
        return holds(verdict, is_refused=True)
    return holds(verdict, is_refused=False)


@pytest.mark.parametrize(("case", "verdict"), cases("receipts"))
def test_receipts(case: Case, verdict: str) -> None:
    log_keys, witnesses = split(case["keys"])
    opened = set[str]()
    try:
        for receipt in Receipt.parse_all(case["receipt"].encode()):
            receipt.verify(log_keys, witnesses=witnesses, quorum=len(witnesses))
            for label, salt in receipt.salts.items():
                opened |= {
                    one for one in case["contents"] if commit(label, salt, one.encode()).hex() in receipt.leaf.decode()
                }
    except ProofError:
        return holds(verdict, is_refused=True)
    return holds(verdict, is_refused=opened != set(case["contents"]))


@pytest.mark.parametrize(("case", "verdict"), cases("orders"))
def test_orders(case: Case, verdict: str) -> None:
    check = LogCheck([])
    for position, leaf in enumerate(case["leaves"]):
        check.entry(position, leaf.encode())
    holds(verdict, is_refused=check.close().wrong is not None)


# --- vectors/witness -----------------------------------------------------------------------------------------------------

WITNESS = FOLDER.parent / "witness"


@pytest.mark.parametrize(("case", "verdict"), cases("submissions", WITNESS))
def test_submissions(case: Case, verdict: str) -> None:
    keys = [Verifier.parse(key) for key in case["keys"]]
    kept = case["remembered"]
    remembered = None if kept is None else Checkpoint(keys[0].name, kept["size"], bytes.fromhex(kept["root"]))
    status = 200
    try:
        judge(Submission.parse(case["body"].encode()), keys, remembered)
    except RefusedError as error:
        status = error.refusal.value
    holds(verdict, is_refused=status != 200)
    assert status == case.get("status", 200)


@pytest.mark.parametrize(("case", "verdict"), cases("anchors", WITNESS))
def test_anchors(case: Case, verdict: str) -> None:
    try:
        anchor = Anchor.parse(case["anchor"].encode(), bytes.fromhex(case["key"]))
    except ProofError:
        return holds(verdict, is_refused=True)
    assert anchor.size == case["size"]
    return holds(verdict, is_refused=False)


@pytest.mark.parametrize(("case", "verdict"), cases("policies", WITNESS))
def test_policies(case: Case, verdict: str) -> None:
    try:
        quorum = Quorum.parse(case["policy"].encode())
    except ProofError:
        return holds(verdict, is_refused=True)
    assert quorum.is_met([Verifier.parse(key) for key in case["met_by"]])
    assert "not_met_by" not in case or not quorum.is_met([Verifier.parse(key) for key in case["not_met_by"]])
    return holds(verdict, is_refused=False)
