from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import EMPTY, Checkpoint, Verifier, leaf_hash, prove_consistency, prove_inclusion, tiles
from ambos.audit.tiles import Tile
from ambos.audit.tree import TILE_HEIGHT
from ambos.errors import ProofError

FOLDER = Path(__file__).parents[2] / "../shared/data/vectors/tlog"
needs_vectors = pytest.mark.skipif(
    not FOLDER.exists(), reason="needs ../shared/data/vectors/tlog beside the repository"
)
SIZE = 256 * 256 + 1030
LEAVES = [leaf_hash(str(number).encode()) for number in range(SIZE)]
UPPER = {(one.level, one.index): one.hash for one in EMPTY.grow(LEAVES).tile_hashes}


def stored(tile: Tile) -> bytes:
    """What a store that keeps leaf hashes and completed tile hashes serves."""
    places = range(tile.index * 256, tile.index * 256 + tile.width)
    level = tile.level or 0
    return tiles.write_tile([LEAVES[at] if level == 0 else UPPER[level, at] for at in places])


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 999, 1), "tile/1/999.p/1"),
        (Tile(63, 1000, 255), "tile/63/x001/000.p/255"),
        (Tile(None, 7, 12), "tile/entries/007.p/12"),
    ],
)
def test_a_path_is_that_of_c2sp(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/../000",
        "tile/0/\u0660\u0660\u0660",
        "tile/entries/x999/x999/x999/x999/x999/x999/999",
        "",
    ],
)
def test_another_path_is_refused(path: str) -> None:
    with pytest.raises(ProofError):
        Tile.parse(path)


@given(st.none() | st.integers(0, 63), st.integers(0, 2**55), st.integers(1, 256))
def test_a_path_comes_back(level: int | None, index: int, width: int) -> None:
    assert Tile.parse(Tile(level, index, width).path) == Tile(level, index, width)


@given(st.text(max_size=40))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    for path in (text, f"tile/{text}", f"tile/0/{text}"):
        try:
            assert Tile.parse(path).path == path
        except ProofError:
            continue


def test_a_tree_of_70000_has_the_tiles_that_the_spec_counts() -> None:
    """C2SP tlog-tiles, "Partial Tiles"."""
    found = tiles.tiles_of(70_000)
    full = [tile for tile in found if tile.width == 256]
    assert sum(tile.level == 0 for tile in full) == 273
    assert sum(tile.level == 1 for tile in full) == 1
    assert [tile for tile in found if tile.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert tiles.tiles_of(256) == [Tile(0, 0), Tile(1, 0, 1)]
    assert tiles.tiles_of(0) == []


@given(st.integers(0, 300_000), st.integers(0, 3000))
def test_tiles_since_an_earlier_size_are_those_it_had_not(since: int, more: int) -> None:
    before, after = tiles.tiles_of(since), tiles.tiles_of(since + more)
    assert set(tiles.tiles_of(since + more, since=since)) == set(after) - set(before)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=256))
def test_a_tile_comes_back(hashes: list[bytes]) -> None:
    assert list(tiles.parse_tile(tiles.write_tile(hashes), len(hashes))) == hashes


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_a_bundle_comes_back(leaves: list[bytes]) -> None:
    assert list(tiles.parse_bundle(tiles.write_bundle(leaves), len(leaves))) == leaves


@given(st.binary(max_size=400), st.integers(-1, 258))
def test_any_bytes_are_a_bundle_or_refused(data: bytes, width: int) -> None:
    try:
        leaves = tiles.parse_bundle(data, width)
    except ProofError:
        return
    assert tiles.write_bundle(leaves) == data


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\1", b"\0\1ab", b"\0\1a\0\1b\0", b"\0\1a\0\1b\0\1c"])
def test_a_cut_or_overlong_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(ProofError):
        tiles.parse_bundle(data, 2)


@pytest.mark.parametrize(("since", "size"), [(2, 1), (-1, 1), (0, 2**63)])
def test_a_tree_that_does_not_grow_has_no_tiles(since: int, size: int) -> None:
    with pytest.raises(ProofError, match="smaller size to a larger"):
        tiles.tiles_of(size, since=since)


@pytest.mark.parametrize("data", [b"\0", b"\0\1", b"\0\1a\0\2b"])
def test_a_cut_entry_is_named(data: bytes) -> None:
    with pytest.raises(ProofError, match="of the bundle is cut"):
        tiles.parse_bundle(data, 2)


def test_what_does_not_fit_is_not_written() -> None:
    for leaves in ([], [b""] * 257, [bytes(65_536)]):
        with pytest.raises(ProofError):
            tiles.write_bundle(leaves)
    for hashes in ([], [bytes(32)] * 257, [bytes(31)]):
        with pytest.raises(ProofError):
            tiles.write_tile(hashes)
    for data, width in ((bytes(64), 1), (bytes(32), 2), (b"", 0), (bytes(257 * 32), 257)):
        with pytest.raises(ProofError):
            tiles.parse_tile(data, width)


@given(st.data())
def test_proofs_read_from_tiles_are_those_of_the_leaves(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, SIZE))
    old, index = data.draw(st.integers(0, new)), data.draw(st.integers(0, new - 1))
    by_tiles = tiles.hashes_from(stored, new)
    read: dict[tuple[int, int], bytes] = {}

    def by_leaves(level: int, at: int) -> bytes:
        if level > TILE_HEIGHT:
            return by_tiles(level, at)
        return read.setdefault((level, at), EMPTY.extend(LEAVES[at << level : (at + 1) << level]).root())

    assert prove_inclusion(by_tiles, index, new) == prove_inclusion(by_leaves, index, new)
    assert prove_consistency(by_tiles, old, new) == prove_consistency(by_leaves, old, new)


def test_a_subtree_that_is_not_complete_is_refused() -> None:
    hash_at = tiles.hashes_from(stored, 1000)
    for level, index in ((0, 1000), (9, 1), (16, 0), (0, -1)):
        with pytest.raises(ProofError):
            hash_at(level, index)


@needs_vectors
def test_tiles_and_bundles_of_a_tessera_log_give_its_signed_roots() -> None:
    key = Verifier.parse((FOLDER / "verifier_key.txt").read_text().strip())
    for size in range(1, 10):
        head = Checkpoint.open((FOLDER / f"log/checkpoint.{size}").read_bytes(), [key]).checkpoint
        hashes = tiles.parse_tile((FOLDER / "log" / Tile(0, 0, size).path).read_bytes(), size)
        leaves = tiles.parse_bundle((FOLDER / "log" / Tile(None, 0, size).path).read_bytes(), size)
        assert EMPTY.extend(hashes).root() == head.root
        assert tuple(leaf_hash(leaf) for leaf in leaves) == hashes


@pytest.mark.parametrize("shape", [(0, -1, 1), (0, 2**63, 1), (0, 0, 0), (0, 0, 257), (-1, 0, 1), (64, 0, 1)])
def test_a_tile_that_cannot_be_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ProofError):
        Tile(*shape)


@pytest.mark.parametrize(("data", "width"), [(b"", 0), (b"", -1), (b"\0\0" * 257, 257)])
def test_a_bundle_has_a_width_of_1_to_256(data: bytes, width: int) -> None:
    with pytest.raises(ProofError):
        tiles.parse_bundle(data, width)
