import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import EMPTY, Checkpoint, Entry, Receipt, Signer, Verifier, commit, leaf_hash, prove_inclusion
from ambos.audit.receipt import Proof
from ambos.audit.signing import COSIGNATURE
from ambos.errors import ProofError

SPEC = (Path(__file__).parents[2] / "docs/spec/audit-log.md").read_text()
LOG = Signer("log.example/1", bytes(range(32)))
WITNESS = Signer("witness.example/1", bytes(range(1, 33)), kind=COSIGNATURE)
SALTS = {"in": bytes([1]) * 32, "out": bytes([2]) * 32}
POLICY = "sha256:" + "0f" * 32
DECIDED = Entry(
    "decided",
    {
        "time": 1,
        "tenant": "house",
        "request": "r_1",
        "principal": "p_1",
        "key": "k_1",
        "level": "confidential",
        "policy": POLICY,
        "in": commit("in", SALTS["in"], b"what came").hex(),
    },
)
EGRESS = Entry(
    "egress",
    {
        "time": 1,
        "tenant": "house",
        "request": "r_1",
        "attempt": 1,
        "model": "acme/big-1",
        "provider": "acme",
        "treatment": "masked",
        "level": "confidential",
        "policy": POLICY,
        "out": commit("out", SALTS["out"], b"what left").hex(),
        "redactions": 1,
        "bytes": 9,
    },
)
LEAVES = [
    DECIDED.encode(),
    EGRESS.encode(),
    *(Entry("stopped", {"time": 2, "tenant": "h", "reason": "x"}).encode(),) * 5,
]
HEAD = Checkpoint("log.example/1", len(LEAVES), EMPTY.extend(leaf_hash(leaf) for leaf in LEAVES).root())
NOTE = Checkpoint.attach(HEAD.sign(LOG), [WITNESS.sign(HEAD.text(), time_s=9)])


def receipt(index: int, *labels: str) -> Receipt:
    def hash_at(level: int, at: int) -> bytes:
        return EMPTY.extend(leaf_hash(leaf) for leaf in LEAVES[at << level : (at + 1) << level]).root()

    path = prove_inclusion(hash_at, index, len(LEAVES))
    return Receipt.make(
        leaf=LEAVES[index], index=index, path=path, note=NOTE, salts={label: SALTS[label] for label in labels}
    )


def test_a_receipt_comes_back_verifies_and_opens_what_left() -> None:
    one = receipt(1, "out")
    (read,) = Receipt.parse_all(one.write())
    assert read == one
    assert read.entry == EGRESS
    assert read.verify([LOG.verifier], witnesses=[WITNESS.verifier], quorum=1).checkpoint == HEAD
    read.opens("out", b"what left")
    with pytest.raises(ProofError, match="not what the entry commits to"):
        read.opens("out", b"what came")
    with pytest.raises(ProofError, match="no salt"):
        read.opens("in", b"what came")


def test_several_proofs_one_after_another_are_one_receipt() -> None:
    whole = b"".join(one.write() for one in (receipt(0, "in"), receipt(1, "out"), receipt(2)))
    read = Receipt.parse_all(whole)
    assert [one.proof.index for one in read] == [0, 1, 2]
    assert b"".join(one.write() for one in read) == whole
    for one in read:
        one.verify([LOG.verifier])


def test_the_receipt_of_the_spec_verifies() -> None:
    text = SPEC[SPEC.index("c2sp.org/tlog-proof@v1") :]
    (read,) = Receipt.parse_all(text[: text.index("```")].encode())
    log, witness = (Verifier.parse(key) for key in re.findall(r"`(\S+\+[0-9a-f]{8}\+\S+)`", SPEC)[:2])
    opened = read.verify([log], witnesses=[witness], quorum=1)
    assert opened.checkpoint.root.hex() in SPEC
    body = next(line for line in SPEC.splitlines() if line.startswith('{"model"'))
    read.opens("out", body.encode())
    leaves = [line.encode() for line in SPEC.splitlines() if line.startswith("{") and '"event"' in line]
    assert EMPTY.extend(leaf_hash(leaf) for leaf in leaves).root() == opened.checkpoint.root
    assert all(leaf_hash(leaf).hex() in SPEC and Entry.decode(leaf) for leaf in leaves)


def test_the_leaf_of_another_receipt_does_not_verify() -> None:
    swapped = replace(receipt(0), proof=receipt(1).proof)
    with pytest.raises(ProofError, match="not at position 1"):
        swapped.verify([LOG.verifier])


@pytest.mark.parametrize("salts", [{"in": bytes(32)}, {"out": bytes(31)}, {"else": bytes(32)}])
def test_a_salt_that_opens_nothing_is_refused(salts: dict[str, bytes]) -> None:
    one = receipt(1)
    with pytest.raises(ProofError, match="a salt has 32 bytes and belongs"):
        Receipt.make(leaf=one.leaf, index=1, path=one.proof.path, note=NOTE, salts=salts)


@given(st.integers(0, 10**6), st.integers(0, 7))
def test_every_flipped_bit_of_a_receipt_fails(at: int, bit: int) -> None:
    data = bytearray(receipt(1, "out").write())
    data[at % len(data)] ^= 1 << bit
    with pytest.raises(ProofError):  # noqa: PT012  a receipt holds when it is read, verifies and opens
        (one,) = Receipt.parse_all(bytes(data))
        one.verify([LOG.verifier], witnesses=[WITNESS.verifier], quorum=1)
        one.opens("out", b"what left")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_receipt_or_refused(data: bytes) -> None:
    good = receipt(1, "out").write()
    for whole in (data, b"c2sp.org/tlog-proof@v1\n" + data, good + data, good[: len(data)] + data):
        try:
            read = Receipt.parse_all(whole)
        except ProofError:
            continue
        assert b"".join(one.write() for one in read) == whole


@pytest.mark.parametrize(
    "change",
    [
        (b"index 1\n", b"index 01\n"),
        (b"index 1\n", b"index -1\n"),
        (b"index 1\n", b""),
        (b"index 1\n", b"index 1\nindex 1\n"),
        (b"index 1\n", b"index 1\n" + b"A" * 43 + b"=\n" * 1),
        (b"index 1\n", b"index 1\n" + (b"A" * 43 + b"=\n") * 64),
        (b"index 1\n", b"index 1\nAAAA\n"),
        (b"@v1\n", b"@v2\n"),
        (b"@v1\n", b"@v1\r\n"),
        (b"extra ", b"Extra "),
        (b"\n\n", b"\n\xff\n", 1),
        (b"\n\n", b"\n", 1),
    ],
)
def test_a_malformed_proof_does_not_hold(change: tuple[bytes, bytes]) -> None:
    data = receipt(1, "out").write().replace(*change)
    with pytest.raises(ProofError):  # noqa: PT012  a receipt holds when it is read and verifies
        for one in Receipt.parse_all(data):
            one.verify([LOG.verifier])


@pytest.mark.parametrize(
    "extra",
    [
        None,
        b"",
        b"{}",
        b"[]",
        b'{"entry":"","salts":{}}',
        b'{"entry":"","salts":{},"v":2}',
        b'{"entry":1,"salts":{},"v":1}',
        b'{"entry":"","salts":[],"v":1}',
        b'{"entry":"","salts":{"in":1},"v":1}',
        b'{"entry":"","salts":{"in":"zz"},"v":1}',
        b'{"entry":"","salts":{"in":"AA"},"v":1}',
        b'{"entry":"e30=","salts":{},"v":1}',
        b'{ "entry":"e30=","salts":{},"v":1}',
    ],
)
def test_a_proof_with_another_extra_line_is_no_receipt(extra: bytes | None) -> None:
    with pytest.raises(ProofError):
        Receipt.parse_all(Proof(1, (), NOTE, extra).write())


def with_extra(extra: bytes) -> bytes:
    return replace(receipt(1, "out").proof, extra=extra).write()


EXTRA = receipt(1, "out").proof.extra or b""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (receipt(1).write().replace(b"index 1\n", b""), "a line with its index"),
        (receipt(1).write().partition(b"extra ")[0] + b"\n", "a line with its index"),
        (replace(receipt(1).proof, path=(bytes(31),)).write(), "at most 63 hashes of 32 bytes"),
        (replace(receipt(1).proof, path=(bytes(32),) * 64).write(), "at most 63 hashes of 32 bytes"),
        (b"index 1\n", "a receipt starts with the line"),
        (b"\n" + receipt(1).write(), "a receipt starts with the line"),
        (with_extra(EXTRA.replace(b":", b": ")), "is canonical JSON"),
        (with_extra(EXTRA.replace(b"0202", b"020A", 1)), "lower-case hexadecimal"),
        (with_extra(EXTRA.replace(b"0202", b"02 02", 1)), "lower-case hexadecimal"),
        (with_extra(EXTRA.replace(b"0202", b"02zz", 1)), "in hexadecimal"),
        (with_extra(EXTRA.replace(b"0202", b"02", 1)), "a salt has 32 bytes"),
        (with_extra(EXTRA.replace(b'"v":1', b'"v":2')), "has v 1, entry and salts"),
        (with_extra(EXTRA.replace(b'"out"', b'"in"')), "belongs to a commitment"),
    ],
)
def test_a_receipt_is_refused_for_the_reason_that_is_said(data: bytes, words: str) -> None:
    with pytest.raises(ProofError, match=words):
        Receipt.parse_all(data)


def test_a_plain_proof_of_c2sp_is_read_and_verified() -> None:
    one = receipt(1).proof
    plain = Proof(one.index, one.path, one.note)
    assert Proof.parse(plain.write()) == plain
    assert plain.verify(LEAVES[1], [LOG.verifier]).checkpoint == HEAD
    with pytest.raises(ProofError):
        plain.verify(LEAVES[0], [LOG.verifier])


def test_a_receipt_has_a_largest_size() -> None:
    with pytest.raises(ProofError, match="1048576"):
        Receipt.parse_all(receipt(1).write() + b"a" * 1_048_576)


def test_a_proof_has_a_checkpoint_below_an_empty_line() -> None:
    with pytest.raises(ProofError, match="an empty line before its checkpoint"):
        Proof.parse(b"c2sp.org/tlog-proof@v1\nindex 0")


def test_a_salt_of_a_field_that_is_no_commitment_is_refused() -> None:
    with pytest.raises(ProofError, match="belongs to a commitment"):
        Receipt.make(leaf=LEAVES[0], index=0, path=(), note=NOTE, salts={"tenant": bytes(32)})
