"""Proofs that an entry is in a tree, and that a tree only grew.

RFC 6962 section 2.1.1 and 2.1.2; verification as in RFC 9162 sections 2.1.3.2 and 2.1.4.2. Reads the hashes of complete
subtrees through a function, so that whoever keeps tiles or nodes can serve proofs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ambos.audit.tree import EMPTY_ROOT, HASH_BYTES, MAX_SIZE, node_hash
from ambos.errors import ProofError

HashAt: TypeAlias = Callable[[int, int], bytes]
"""(level, index) -> hash of the complete subtree over the leaves [index * 2**level, (index + 1) * 2**level)."""


def _range_hash(hash_at: HashAt, start: int, end: int) -> bytes:
    """The Merkle tree hash of leaves [start, end), where `start` is a multiple of a power of two >= end - start."""
    parts = list[bytes]()
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append(hash_at(level, start >> level))
        start += 1 << level
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root


def _split(size: int) -> int:
    """The largest power of two below `size`, RFC 6962 section 2.1."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_range(small: int, large: int, what: str) -> None:
    if not 0 <= small <= large <= MAX_SIZE:
        raise ProofError(f"{what}: there is no such proof for {small} in a tree of {large}")


def prove_inclusion(hash_at: HashAt, index: int, size: int) -> tuple[bytes, ...]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1, from the leaf's sibling to the root's child.

    Args:
        hash_at: reader of complete subtrees, see `HashAt`.
        index: position of the entry, from 0.
        size: of the tree, above `index`.

    Raises:
        ProofError: the tree has no such entry.
    """
    _check_range(index + 1, size, "inclusion")
    if index < 0:
        raise ProofError("inclusion: positions count from 0")
    path, start, end = list[bytes](), 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(hash_at, middle, end))
            end = middle
        else:
            path.append(_range_hash(hash_at, start, middle))
            start = middle
    return tuple(reversed(path))


def prove_consistency(hash_at: HashAt, old: int, new: int) -> tuple[bytes, ...]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; empty when `old` is 0 or equal to `new`.

    Raises:
        ProofError: the old tree is larger than the new one.
    """
    _check_range(old, new, "consistency")
    if old in {0, new}:
        return ()
    path, start, end, is_whole = list[bytes](), 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_hash(hash_at, middle, end))
            end = middle
        else:
            path.append(_range_hash(hash_at, start, middle))
            start, is_whole = middle, False
    if not is_whole:  # the verifier knows the old root itself
        path.append(_range_hash(hash_at, start, end))
    return tuple(reversed(path))


def _check_hashes(*hashes: bytes) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofError(f"a hash of a proof has {HASH_BYTES} bytes")


def verify_inclusion(leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the leaf with this hash is at `index` of the tree of `size` with this root (RFC 9162 section 2.1.3.2).

    Raises:
        ProofError: it is not, or the proof has another length.
    """
    _check_range(index + 1, size, "inclusion")
    _check_hashes(leaf, root, *proof)
    position, last, found = index, size - 1, leaf
    if index < 0:
        raise ProofError("inclusion: positions count from 0")
    for sibling in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if position & 1 or position == last:
            found = node_hash(sibling, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("the inclusion proof is too short")
    if found != root:
        raise ProofError(f"the entry is not at position {index} of the tree with this root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `new` leaves starts with the tree of `old` ones (RFC 9162 section 2.1.4.2).

    Raises:
        ProofError: it does not, or the proof has another length.
    """
    _check_range(old, new, "consistency")
    _check_hashes(old_root, new_root, *proof)
    if old in {0, new}:
        expected = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != expected or (new == 0 and new_root != EMPTY_ROOT):
            raise ProofError(f"the trees of {old} and {new} entries are not consistent")
        return
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    path = list(proof) if position else [old_root, *proof]
    if not path:
        raise ProofError("the consistency proof is too short")
    small = large = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if position & 1 or position == last:
            small, large = node_hash(sibling, small), node_hash(sibling, large)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            large = node_hash(large, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("the consistency proof is too short")
    if small != old_root or large != new_root:
        raise ProofError(f"the trees of {old} and {new} entries are not consistent")
