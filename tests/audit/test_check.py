from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import EMPTY, Checkpoint, Entry, LogCheck, Signer, leaf_hash, tiles
from ambos.audit.check import Standing, Summary
from ambos.audit.entry import Value
from ambos.audit.tiles import Tile
from ambos.errors import ProofError

LOG = Signer("log.example/1", bytes(range(32)))
POLICY = "sha256:" + "0f" * 32


def entry(
    event: str, request: str = "r_1", *, attempt: int = 1, time: int = 1, more: dict[str, Value] | None = None
) -> bytes:
    always: dict[str, Value] = {"time": time, "tenant": "house", "request": request}
    where: dict[str, Value] = {"attempt": attempt, "model": "acme/big-1", "provider": "acme"}
    level: dict[str, Value] = {"level": "confidential", "policy": POLICY}
    fields: dict[str, dict[str, Value]] = {
        "decided": {"principal": "p_1", "key": "k_1", **level, "in": "0" * 64},
        "egress": {**where, **level, "treatment": "masked", "out": "0" * 64, "redactions": 0, "bytes": 1},
        "refused": {"reason": "policy_blocked"},
    }
    ended = {**where, "zone": "outside", "route": "masked", "reason": "stop"}
    return Entry(event, {**always, **fields.get(event, ended), **(more or {})}).encode()


def many(count: int) -> list[bytes]:
    return [entry("refused", f"r_{number}", time=number) for number in range(count)]


def heads(leaves: list[bytes], sizes: list[int]) -> list[bytes]:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    return [Checkpoint("log.example/1", size, EMPTY.extend(hashes[:size]).root()).sign(LOG) for size in sizes]


def tiles_of(leaves: list[bytes]) -> dict[Tile, bytes]:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    upper = [one.hash for one in EMPTY.grow(hashes).tile_hashes if one.level == 1]
    rows = {0: hashes, 1: upper}
    return {
        tile: tiles.write_tile(rows[tile.level or 0][tile.index * 256 :][: tile.width])
        for tile in tiles.tiles_of(len(leaves))
    }


def read(
    leaves: list[bytes],
    notes: list[bytes] | None = None,
    *,
    hashes: list[bytes] | None = None,
    find_tile: Callable[[Tile], bytes | None] | None = None,
    positions: list[int] | None = None,
    open_limit: int = 1000,
) -> Summary:
    check = LogCheck([LOG.verifier], find_tile=find_tile, open_limit=open_limit)
    for note in notes or []:
        check.checkpoint(note)
    for place, leaf in enumerate(leaves):
        stored = hashes[place] if hashes else None
        check.entry(positions[place] if positions else place, leaf, stored_hash=stored)
    return check.close()


def test_a_whole_log_is_right_with_checkpoints_and_tiles() -> None:
    leaves = many(600)
    stored = tiles_of(leaves)
    asked = list[Tile]()

    def find_tile(tile: Tile) -> bytes:
        asked.append(tile)
        return stored[tile]

    summary = read(
        leaves, heads(leaves, [0, 1, 256, 599, 600]), hashes=[leaf_hash(one) for one in leaves], find_tile=find_tile
    )
    assert summary.wrong is None
    assert (summary.size, summary.checkpoints, summary.events) == (600, 5, {"refused": 600})
    assert summary.root == EMPTY.extend(leaf_hash(one) for one in leaves).root()
    assert set(asked) == set(stored)


def test_an_empty_log_is_right() -> None:
    assert read([], heads([], [0])).wrong is None


@given(st.integers(0, 299), st.integers(0, 10**6), st.integers(0, 7))
def test_a_flipped_bit_is_found_at_its_place(place: int, at: int, bit: int) -> None:
    leaves = many(300)
    hashes, notes, stored = [leaf_hash(one) for one in leaves], heads(leaves, [300]), tiles_of(leaves)
    leaf = bytearray(leaves[place])
    leaf[at % len(leaf)] ^= 1 << bit
    changed = [*leaves[:place], bytes(leaf), *leaves[place + 1 :]]
    by_hash = read(changed, notes, hashes=hashes).wrong
    assert by_hash is not None
    assert by_hash.position == place
    by_tile = read(changed, notes, find_tile=stored.get).wrong
    assert by_tile is not None
    # Time that now seems to run backwards shows at the entry after the changed one.
    assert by_tile.position in {place, place + 1}
    assert read(changed, notes).wrong is not None


@given(st.integers(0, 599), st.integers(0, 255))
def test_a_flipped_bit_of_a_stored_tile_is_found_at_its_place(place: int, bit: int) -> None:
    leaves = many(600)
    stored = tiles_of(leaves)
    tile = next(one for one in stored if one.level == 0 and one.index == place // 256)
    data = bytearray(stored[tile])
    data[place % 256 * 32 + bit // 8] ^= 1 << bit % 8
    wrong = read(leaves, find_tile=(stored | {tile: bytes(data)}).get).wrong
    assert wrong is not None
    assert wrong.position == place
    assert tile.path in wrong.what


def test_a_wrong_hash_of_an_upper_tile_names_the_first_entry_under_it() -> None:
    leaves = many(600)
    stored = tiles_of(leaves)
    upper = Tile(1, 0, 2)
    wrong = read(leaves, find_tile=(stored | {upper: stored[upper][:32] + bytes(32)}).get).wrong
    assert wrong is not None
    assert wrong.position == 256


def test_a_rewritten_end_is_found_by_an_older_checkpoint() -> None:
    leaves = many(300)
    notes = heads(leaves, [250])
    rewritten = [*leaves[:200], *(entry("refused", f"r_x{number}", time=number) for number in range(200, 300))]
    wrong = read(rewritten, [*notes, *heads(rewritten, [300])]).wrong
    assert wrong is not None
    assert wrong.position == 250
    assert "differs from the signed checkpoint of 250" in str(wrong)


def test_a_cut_end_is_found_by_a_checkpoint() -> None:
    leaves = many(10)
    wrong = read(leaves[:8], heads(leaves, [5, 10])).wrong
    assert wrong is not None
    assert str(wrong) == "position 8: the log ends here, but a signed checkpoint says it had 10 entries"


@pytest.mark.parametrize("positions", [[0, 1, 3], [0, 1, 1], [1, 2, 3], [0, 2, 1]])
def test_a_gap_a_swap_and_a_repetition_are_found(positions: list[int]) -> None:
    wrong = read(many(3), positions=positions).wrong
    assert wrong is not None
    assert wrong.position == next(place for place, claimed in enumerate(positions) if place != claimed)


def test_only_the_first_wrong_place_is_told() -> None:
    leaves = many(5)
    check = LogCheck([LOG.verifier])
    check.entry(0, leaves[0])
    first = check.entry(1, b"nonsense")
    assert first is not None
    assert "cannot be read" in first.what
    assert check.entry(2, leaves[2]) is first
    assert check.checkpoint(b"nonsense") is first
    assert check.close().wrong is first
    assert check.size == 1


def test_time_that_runs_backwards_is_found() -> None:
    wrong = read([entry("refused", time=5), entry("refused", "r_2", time=4)]).wrong
    assert wrong is not None
    assert wrong.position == 1


def test_a_checkpoint_that_does_not_open_is_found() -> None:
    (note,) = heads(many(3), [3])
    stranger = Checkpoint("log.example/1", 3, bytes(32)).sign(Signer("log.example/1", bytes(32)))
    for bad in (note.replace(b"\n3\n", b"\n4\n"), stranger, b""):
        wrong = read(many(3), [bad]).wrong
        assert wrong is not None
        assert "does not open" in wrong.what


def test_two_signed_heads_of_one_size_are_a_split() -> None:
    wrong = read(many(3), [*heads(many(3), [3]), Checkpoint("log.example/1", 3, bytes(32)).sign(LOG)]).wrong
    assert wrong is not None
    assert "split" in wrong.what


def test_a_head_of_another_log_of_the_same_size_is_found() -> None:
    other = Signer("log.example/2", bytes(32))
    note = Checkpoint("log.example/2", 3, EMPTY.extend(map(leaf_hash, many(3))).root()).sign(other)
    check = LogCheck([LOG.verifier, other.verifier])
    check.checkpoint(heads(many(3), [3])[0])
    assert check.checkpoint(note) is not None


def test_a_checkpoint_fed_too_late_is_a_mistake_of_the_caller() -> None:
    leaves = many(3)
    check = LogCheck([LOG.verifier])
    for place, leaf in enumerate(leaves):
        check.entry(place, leaf)
    assert check.checkpoint(heads(leaves, [3])[0]) is None
    with pytest.raises(ProofError, match="feed it earlier"):
        check.checkpoint(heads(leaves, [2])[0])


def story(*steps: str, request: str = "r_1") -> list[bytes]:
    """`event[attempt][i]` for one request; `i` is an attempt inside; `decided!` is restricted."""
    leaves = []
    for step in steps:
        event = step.rstrip("i!0123456789")
        attempt = int("".join(filter(str.isdigit, step)) or 1)
        more: dict[str, Value] = {"level": "restricted"} if step.endswith("!") else {}
        if step.endswith("i"):
            more = {"zone": "inside", "route": "local"}
        leaves.append(entry(event, request, attempt=attempt, more=more))
    return leaves


@pytest.mark.parametrize(
    "steps",
    [
        ("refused",),
        ("decided",),
        ("decided", "egress"),
        ("decided", "refused"),
        ("decided", "egress", "completed"),
        ("decided!", "completed1i"),
        ("decided", "egress1", "failed1", "egress2", "completed2"),
        ("decided", "egress1", "failed1", "completed2i"),
        ("decided", "egress1", "failed1", "refused"),
        ("decided", "egress1", "egress2", "completed2", "cancelled1"),
        ("decided", "failed1i", "egress2", "cancelled2"),
    ],
)
def test_an_order_that_can_be(steps: tuple[str, ...]) -> None:
    assert read(story(*steps)).wrong is None


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        (("egress", "decided"), "no `decided` before it"),
        (("completed",), "no `decided` before it"),
        (("failed",), "no `decided` before it"),
        (("cancelled1i",), "no `decided` before it"),
        (("decided", "completed"), "without its `egress`"),
        (("decided", "egress1", "completed2"), "without its `egress`"),
        (("decided", "egress", "completed1i"), "which left by an `egress`"),
        (("decided", "decided"), "`decided` twice"),
        (("decided", "egress", "egress"), "`egress` twice"),
        (("decided", "egress", "failed", "egress"), "`egress` twice"),
        (("decided", "egress", "failed", "failed"), "ends twice"),
        (("decided", "egress", "completed", "completed"), "was finished"),
        (("decided", "egress1", "egress2", "completed1", "completed2"), "`completed` twice"),
        (("decided", "egress1", "egress2", "completed1", "egress3"), "that was completed"),
        (("decided!", "egress"), "decided restricted"),
        (("decided", "egress", "refused"), "is not ended"),
        (("refused", "egress"), "no `decided` before it"),
    ],
)
def test_an_order_that_cannot_be(steps: tuple[str, ...], what: str) -> None:
    wrong = read(story(*steps)).wrong
    assert wrong is not None
    assert what in wrong.what


@given(st.randoms(use_true_random=False))
def test_requests_interleave_freely(rng: object) -> None:
    stories = [("decided", "egress", "completed"), ("decided", "completed1i"), ("refused",), ("decided", "egress")]
    queues = [story(*steps, request=f"r_{n}") for n, steps in enumerate(stories)]
    order = [n for n, queue in enumerate(queues) for _ in queue]
    rng.shuffle(order)  # type: ignore[attr-defined]  # Hypothesis's Random, which has no public type
    summary = read([queues[n].pop(0) for n in order])
    assert summary.wrong is None
    assert summary.unanswered == 1


def test_what_a_crash_leaves_is_counted_and_right() -> None:
    leaves = [leaf for n in range(5) for leaf in (entry("decided", f"r_{n}"), entry("egress", f"r_{n}"))]
    assert read(leaves).unanswered == 5


def test_old_unfinished_requests_are_forgotten_without_a_false_alarm() -> None:
    leaves = [leaf for n in range(5) for leaf in (entry("decided", f"r_{n}"), entry("egress", f"r_{n}"))]
    summary = read([*leaves, entry("completed", "r_0"), entry("completed", "r_4")], open_limit=3)
    assert summary.wrong is None
    assert summary.unplaced == 1
    assert summary.unanswered == 4


def test_a_stored_hash_that_is_not_the_entrys_is_named() -> None:
    wrong = LogCheck([]).entry(0, many(1)[0], stored_hash=bytes(32))
    assert str(wrong) == "position 0: the entry's hash differs from the stored leaf hash"


def test_growing_tiles_must_give_the_trusted_frontier() -> None:
    frontier = EMPTY.extend([bytes(32)] * 3)
    for growing in ([[bytes(32)] * 2], [[bytes(32)] * 2 + [b"\1" * 32]], [[bytes(32)] * 4], []):
        with pytest.raises(ProofError):
            LogCheck([], start=Standing(frontier), growing=growing)
    assert LogCheck([], start=Standing(frontier), growing=[[bytes(32)] * 3]).size == 3
