"""What is kept of a log elsewhere: read only as it was written, by this house or as a bare checkpoint."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import EMPTY, Checkpoint, Signer, leaf_hash
from ambos.audit.anchor import MAGIC, MAX_BYTES, Anchor, _mac
from ambos.audit.check import Standing
from ambos.audit.note import MAX_NOTE_BYTES
from ambos.audit.order import OrderState
from ambos.errors import ProofError

KEY = bytes(range(32))
LOG = Signer("log.example/1", bytes(range(32)))
FRONTIER = EMPTY.extend(leaf_hash(b"%d" % number) for number in range(5))
NOTE = Checkpoint("log.example/1", 5, FRONTIER.root()).sign(LOG)
ORDER = OrderState((("r_1", True, False, (), ()), ("r_2", False, True, (1, 3), (2,))), 2, has_forgotten=True)
ANCHOR = Anchor(NOTE, Standing(FRONTIER, 1_790_000_000_000, ORDER))


def by_this_house(line: bytes, note: bytes = NOTE) -> bytes:
    """A file with a true MAC over whatever it holds."""
    return MAGIC + line + f"mac {_mac(KEY, line, note)}\n\n".encode() + note


def test_an_anchor_comes_back_and_a_bare_checkpoint_is_one() -> None:
    assert Anchor.parse(ANCHOR.write(KEY), KEY) == ANCHOR
    assert ANCHOR.size == 5
    assert Anchor.parse(NOTE, KEY) == Anchor(NOTE)
    assert Anchor(NOTE).write(KEY) == NOTE


def test_every_changed_byte_and_every_cut_is_refused() -> None:
    whole = ANCHOR.write(KEY)
    for at in range(len(whole)):
        for changed in (whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole[:at]):
            with pytest.raises(ProofError):
                Anchor.parse(changed, KEY)
    with pytest.raises(ProofError, match="another house"):
        Anchor.parse(whole, bytes(32))


LINE = ANCHOR.write(KEY).split(b"\n")[1] + b"\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (NOTE + b"x" * MAX_BYTES, "at most 64 MB"),
        (MAGIC + LINE + b"mac 00", "an empty line and a checkpoint"),
        (by_this_house(LINE, NOTE[:-1] + b"\n\xe2\x80\x94 x AAAAAAAA\n" * (MAX_NOTE_BYTES // 8)), "an empty line and a"),
        (by_this_house(b"{}\n"), "another version"),
        (by_this_house(b"[]\n"), "another version"),
        (by_this_house(LINE.replace(b'["r_1",true,false,[],[]]', b'["r_1",true,false,{},[]]')), "another version"),
        (by_this_house(LINE.replace(b'["r_1",true,false,[],[]]', b'["r_1",true,false,[],{}]')), "another version"),
        (by_this_house(LINE, Checkpoint("log.example/1", 5, bytes(32)).sign(LOG)), "not that of its checkpoint"),
        (by_this_house(LINE, Checkpoint("log.example/1", 4, FRONTIER.root()).sign(LOG)), "not that of its checkpoint"),
    ],
    ids=lambda value: str(value)[-24:],
)  # fmt: skip
def test_an_anchor_is_refused_for_the_reason_that_is_said(data: bytes, words: str) -> None:
    with pytest.raises(ProofError, match=words):
        Anchor.parse(data, KEY)


def test_an_anchor_of_two_minds_is_not_written() -> None:
    with pytest.raises(ProofError):
        Anchor(Checkpoint("log.example/1", 4, FRONTIER.root()).sign(LOG), ANCHOR.standing).write(KEY)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_anchor_or_refused(data: bytes) -> None:
    for one in (data, MAGIC + data):
        with contextlib.suppress(ProofError):
            Anchor.parse(one, KEY)
