import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import EMPTY, Frontier, leaf_hash
from ambos.audit.tree import EMPTY_ROOT, TileHash, node_hash
from ambos.errors import ProofError

ROOTS = Path(__file__).parents[2] / "../shared/data/vectors/rfc6962"
needs_vectors = pytest.mark.skipif(
    not ROOTS.exists(), reason="needs ../shared/data/vectors/rfc6962 beside the repository"
)


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


def some_leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 255, 256, 257, 700])
def test_frontier_has_the_root_of_the_recursive_definition(size: int) -> None:
    leaves = some_leaves(size)
    assert EMPTY.extend(leaves).root() == plain_root(leaves)


@given(st.integers(0, 600), st.integers(0, 600))
def test_append_extend_and_grow_agree_however_the_leaves_are_cut(first: int, second: int) -> None:
    leaves = some_leaves(first + second)
    one = EMPTY.extend(leaves[:first])
    by_append = one
    for leaf in leaves[first:]:
        by_append = by_append.append(leaf)
    assert by_append == one.extend(leaves[first:]) == one.grow(leaves[first:]).frontier
    assert by_append.size == first + second


def test_grow_tells_every_complete_tile_hash_once() -> None:
    leaves = some_leaves(256 * 256 + 300)
    growth, frontier = list[TileHash](), EMPTY
    for start in range(0, len(leaves), 1000):
        grown = frontier.grow(leaves[start : start + 1000])
        frontier = grown.frontier
        growth += grown.tile_hashes
    assert [(one.level, one.index) for one in growth if one.level == 1] == [(1, index) for index in range(257)]
    assert [(one.level, one.index) for one in growth if one.level == 2] == [(2, 0)]
    for one in (growth[0], growth[200], growth[-1]):
        width = 256**one.level
        assert one.hash == EMPTY.extend(leaves[one.index * width : (one.index + 1) * width]).root()


@given(st.integers(0, 1000))
def test_stored_frontier_comes_back(size: int) -> None:
    frontier = EMPTY.extend(some_leaves(size))
    assert Frontier.from_bytes(frontier.to_bytes()) == frontier


@given(st.binary(max_size=120))
def test_stored_frontier_is_read_or_refused(data: bytes) -> None:
    try:
        frontier = Frontier.from_bytes(data)
    except ProofError:
        return
    assert frontier.to_bytes() == data


def test_stored_frontier_with_a_missing_hash_is_refused() -> None:
    with pytest.raises(ProofError):
        Frontier.from_bytes(EMPTY.extend(some_leaves(3)).to_bytes()[:-32])


@needs_vectors
def test_roots_of_rfc_6962() -> None:
    known = json.loads((ROOTS / "roots.json").read_text())
    leaves = [leaf_hash(bytes.fromhex(one)) for one in known["leaves_hex"]]
    assert len(known["roots_hex_by_size"]) == 9
    for size, root in enumerate(known["roots_hex_by_size"]):
        assert EMPTY.extend(leaves[:size]).root().hex() == root


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x01", b"\x01" + bytes(7), b"\x02" + bytes(8), b"\x00" + bytes(8), b"\x01" + bytes(7) + b"\x01",
        b"\x01" + bytes(8) + bytes(32), b"\x01\x80" + bytes(7) + bytes(32),
    ],
)  # fmt: skip
def test_another_stored_frontier_is_refused(data: bytes) -> None:
    with pytest.raises(ProofError):
        Frontier.from_bytes(data)


def test_a_complete_subtree_joins_where_it_belongs() -> None:
    leaves = some_leaves(12)
    whole = EMPTY.extend(leaves)
    joined = EMPTY.extend(leaves[:8]).join(EMPTY.extend(leaves[8:]).root(), 2)
    assert joined == whole
    with pytest.raises(ProofError):
        EMPTY.extend(leaves[:2]).join(leaves[0], 2)
