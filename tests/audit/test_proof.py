import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import (
    EMPTY,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from ambos.audit.proof import HashAt
from ambos.errors import ProofError

FOLDER = Path(__file__).parents[2] / "../shared/data/vectors/rfc6962"
needs_vectors = pytest.mark.skipif(
    not FOLDER.exists(), reason="needs ../shared/data/vectors/rfc6962 beside the repository"
)
LEAVES = [leaf_hash(str(number).encode()) for number in range(300)]
ROOTS = [EMPTY.extend(LEAVES[:size]).root() for size in range(len(LEAVES) + 1)]


def reader(leaves: list[bytes]) -> HashAt:
    return lambda level, index: EMPTY.extend(leaves[index << level : (index + 1) << level]).root()


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


@st.composite
def positions(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, len(LEAVES)))
    return draw(st.integers(0, size - 1)), size


@given(positions(), st.integers(0, 4095))
def test_every_inclusion_proof_verifies_and_every_flipped_bit_fails(where: tuple[int, int], bit: int) -> None:
    index, size = where
    proof = prove_inclusion(reader(LEAVES), index, size)
    verify_inclusion(LEAVES[index], index, size, ROOTS[size], proof)
    with pytest.raises(ProofError):
        verify_inclusion(flipped(LEAVES[index], bit), index, size, ROOTS[size], proof)
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[index], index, size, flipped(ROOTS[size], bit), proof)
    for at, one in enumerate(proof):
        with pytest.raises(ProofError):
            verify_inclusion(
                LEAVES[index], index, size, ROOTS[size], (*proof[:at], flipped(one, bit), *proof[at + 1 :])
            )
    for wrong in (proof[:-1], (*proof, LEAVES[0])):
        if wrong != proof:
            with pytest.raises(ProofError):
                verify_inclusion(LEAVES[index], index, size, ROOTS[size], wrong)


@given(positions(), st.integers(0, 299))
def test_an_inclusion_proof_is_good_for_one_position(where: tuple[int, int], other: int) -> None:
    index, size = where
    proof = prove_inclusion(reader(LEAVES), index, size)
    if other != index:
        with pytest.raises(ProofError):
            verify_inclusion(LEAVES[index], other, size, ROOTS[size], proof)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 4095))
def test_every_consistency_proof_verifies_and_every_flipped_bit_fails(one: int, two: int, bit: int) -> None:
    old, new = sorted((one, two))
    proof = prove_consistency(reader(LEAVES), old, new)
    verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)
    with pytest.raises(ProofError):
        verify_consistency(old, new, flipped(ROOTS[old], bit), ROOTS[new], proof)
    if old:
        with pytest.raises(ProofError):
            verify_consistency(old, new, ROOTS[old], flipped(ROOTS[new], bit), proof)
    for at, part in enumerate(proof):
        with pytest.raises(ProofError):
            verify_consistency(old, new, ROOTS[old], ROOTS[new], (*proof[:at], flipped(part, bit), *proof[at + 1 :]))
    with pytest.raises(ProofError):
        verify_consistency(old, new, ROOTS[old], ROOTS[new], (*proof, LEAVES[0]))


def test_a_rewritten_past_has_no_consistency_proof() -> None:
    rewritten = [*LEAVES[:200], leaf_hash(b"another"), *LEAVES[201:]]
    proof = prove_consistency(reader(rewritten), 250, 300)
    with pytest.raises(ProofError, match="not consistent"):
        verify_consistency(250, 300, ROOTS[250], EMPTY.extend(rewritten).root(), proof)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (0, 2**63)])
def test_there_is_no_inclusion_proof_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        prove_inclusion(reader(LEAVES), index, size)
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[0], index, size, ROOTS[1], ())


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1)])
def test_there_is_no_consistency_proof_backwards(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        prove_consistency(reader(LEAVES), old, new)
    with pytest.raises(ProofError):
        verify_consistency(old, new, ROOTS[1], ROOTS[1], ())


def test_a_proof_of_another_length_is_refused_for_its_length() -> None:
    inclusion = prove_inclusion(reader(LEAVES), 5, 11)
    for proof, words in (((*inclusion, ROOTS[1]), "too long"), (inclusion[:-1], "too short")):
        with pytest.raises(ProofError, match=words):
            verify_inclusion(LEAVES[5], 5, 11, ROOTS[11], proof)
    consistency = prove_consistency(reader(LEAVES), 6, 11)
    for proof, words in (((*consistency, ROOTS[1]), "too long"), (consistency[:-1], "too short"), ((), "too short")):
        with pytest.raises(ProofError, match=words):
            verify_consistency(6, 11, ROOTS[6], ROOTS[11], proof)


def test_a_position_below_zero_is_refused() -> None:
    for call in (
        lambda: verify_inclusion(LEAVES[0], -1, 3, ROOTS[3], ()),
        lambda: prove_inclusion(reader(LEAVES), -1, 3),
    ):
        with pytest.raises(ProofError, match="count from 0"):
            call()


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_hash_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ProofError, match="has 32 bytes"):
        verify_inclusion(LEAVES[0], 0, 2, ROOTS[2], (bytes(length),))
    with pytest.raises(ProofError, match="has 32 bytes"):
        verify_consistency(1, 2, ROOTS[1], bytes(length), (LEAVES[1],))


@given(st.integers(-2, 2**64), st.integers(-2, 2**64), st.lists(st.binary(max_size=33), max_size=70))
def test_any_numbers_are_verified_or_refused(one: int, two: int, proof: list[bytes]) -> None:
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[0], one, two, ROOTS[2], proof)
    if one not in {0, two}:
        with pytest.raises(ProofError):
            verify_consistency(one, two, ROOTS[2], ROOTS[3], proof)


def cases(name: str) -> list[dict[str, str | int | bool | list[str] | None]]:
    found: list[dict[str, str | int | bool | list[str] | None]] = json.loads((FOLDER / name).read_text())
    return found


def decoded(proof: object) -> list[bytes]:
    return [b64decode(one) for one in proof] if isinstance(proof, list) else []


@needs_vectors
def test_inclusion_cases_of_transparency_dev() -> None:
    for case in cases("inclusion.json"):
        index, size = int(str(case["leafIdx"])), int(str(case["treeSize"]))
        arguments = b64decode(str(case["leafHash"])), index, size, b64decode(str(case["root"])), decoded(case["proof"])
        if case["wantErr"]:
            with pytest.raises(ProofError):
                verify_inclusion(*arguments)
        else:
            verify_inclusion(*arguments)


@needs_vectors
def test_consistency_cases_of_transparency_dev() -> None:
    for case in cases("consistency.json"):
        old, new = int(str(case["size1"])), int(str(case["size2"]))
        arguments = old, new, b64decode(str(case["root1"])), b64decode(str(case["root2"])), decoded(case["proof"])
        if case["wantErr"]:
            with pytest.raises(ProofError):
                verify_consistency(*arguments)
        else:
            verify_consistency(*arguments)


@needs_vectors
def test_trees_that_two_implementations_agree_on() -> None:
    made = json.loads((FOLDER / "made_trees.json").read_text())
    leaves = [leaf_hash(bytes.fromhex(one)) for one in made["leaves_hex"]]
    for size, root in made["roots"].items():
        assert EMPTY.extend(leaves[: int(size)]).root().hex() == root
    for case in made["inclusion"]:
        proof = prove_inclusion(reader(leaves), case["index"], case["size"])
        assert [one.hex() for one in proof] == case["proof"]
    for case in made["consistency"]:
        proof = prove_consistency(reader(leaves), case["size1"], case["size2"])
        assert [one.hex() for one in proof] == case["proof"]


def test_an_empty_tree_is_consistent_with_itself_only() -> None:
    verify_consistency(0, 0, EMPTY.root(), EMPTY.root(), [])
    with pytest.raises(ProofError):
        verify_consistency(0, 0, EMPTY.root(), bytes(32), [])


# --- an implementation of its own: the recursions of RFC 6962 section 2.1, over lists of leaves ---------------------------


def mth(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = largest_power_below(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def largest_power_below(count: int) -> int:
    return max(1 << bit for bit in range(count.bit_length()) if 1 << bit < count)


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    return [*path(m, leaves[:k]), mth(leaves[k:])] if m < k else [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], *, is_whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if is_whole else [mth(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], is_whole=is_whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], is_whole=False), mth(leaves[:k])]


def test_roots_and_proofs_are_those_of_the_recursions() -> None:
    for size in range(1, 41):
        leaves = LEAVES[:size]
        assert ROOTS[size] == mth(leaves)
        for index in range(size):
            assert list(prove_inclusion(reader(leaves), index, size)) == path(index, leaves)
            assert list(prove_consistency(reader(leaves), index + 1, size)) == subproof(
                index + 1, leaves, is_whole=True
            )
