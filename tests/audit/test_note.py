import copy
import pickle
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import Checkpoint, Signer, Verifier
from ambos.audit.note import Note, Signature
from ambos.audit.signing import COSIGNATURE, COSIGNATURE_44
from ambos.errors import ProofError

FOLDER = Path(__file__).parents[2] / "../shared/data/vectors"
needs_vectors = pytest.mark.skipif(not FOLDER.exists(), reason="needs ../shared/data/vectors beside the repository")

# The worked example of C2SP signed-note, section "Verifier keys".
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZ"
    "XsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

LOG = Signer("log.example/1", bytes(range(32)))
WITNESS = Signer("witness.example/1", bytes(range(1, 33)), kind=COSIGNATURE)


def signed(size: int = 3) -> bytes:
    head = Checkpoint("log.example/1", size, bytes(32))
    return Checkpoint.attach(head.sign(LOG), [WITNESS.sign(head.text(), time_s=1679315147)])


def test_the_example_of_c2sp_verifies() -> None:
    key = Verifier.parse(VKEY)
    assert key.vkey == VKEY
    assert [one.key for one in Note.parse(EXAMPLE).verified([key])] == [key]


def test_every_flipped_bit_of_the_example_fails() -> None:
    key = Verifier.parse(VKEY)
    for bit in range(8 * len(EXAMPLE)):
        changed = bytearray(EXAMPLE)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ProofError):  # noqa: PT012  a changed name or id makes the line somebody else's
            if not Note.parse(bytes(changed)).verified([key]):
                raise ProofError("no signature of this key")


def test_a_cosignature_of_ml_dsa_44_commits_to_name_time_and_head() -> None:
    witness = Signer("witness.example/44", bytes(32), kind=COSIGNATURE_44)
    text = Checkpoint("log.example/1", 3, bytes(32)).text()
    made = witness.sign(text, time_s=1679315147)
    assert len(made.data) == 8 + 2420
    assert Verifier.parse(witness.verifier.vkey) == witness.verifier
    assert witness.verifier.verify(text, made).time_s == 1679315147
    more = Checkpoint("log.example/1", 3, bytes(32), ("a further line",)).text()
    assert witness.verifier.verify(more, made).time_s == 1679315147  # C2SP: extension lines are not signed
    for changed in ("log.example/2\n3", "log.example/1\n4"):
        with pytest.raises(ProofError, match="does not hold"):
            witness.verifier.verify(text.replace("log.example/1\n3", changed), made)
    for at in (0, 7, 8, 1000, 2427):
        data = bytearray(made.data)
        data[at] ^= 1
        with pytest.raises(ProofError):
            witness.verifier.verify(text, Signature(made.name, made.key_id, bytes(data)))


@pytest.mark.parametrize("text", ["\n", "a\n", "a\nb\nc\n", "a\n-1\nAAAA\n", "\n1\nAAAA\n", f"a\n{2**64}\nAAAA\n"])
def test_what_is_no_checkpoint_gets_no_cosignature_of_ml_dsa_44(text: str) -> None:
    with pytest.raises(ProofError):
        Signer("witness.example/44", bytes(32), kind=COSIGNATURE_44).sign(text, time_s=1)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
def test_any_bytes_are_a_note_or_refused(data: bytes) -> None:
    try:
        note = Note.parse(data)
    except ProofError:
        return
    assert note.write() == data


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_verifier_key_or_refused(one: str, two: str) -> None:
    for text in (one, f"{one}+{two}", f"name+{one}+{two}", VKEY + two):
        try:
            assert Verifier.parse(text).vkey == text
        except ProofError:
            continue


@pytest.mark.parametrize(
    "vkey",
    [
        VKEY.replace("530d903a", "530D903A"),
        VKEY.replace("530d903a", "530d903b"),
        VKEY.replace("example.com/foo", "example.com/bar"),
        VKEY.replace("example.com/foo", "example.com foo"),
        VKEY[:-1],
        VKEY + "=",
        "example.com/foo",
        "",
        "a+b+",
    ],
)
def test_a_damaged_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(ProofError):
        Verifier.parse(vkey)


def test_a_false_line_of_a_known_key_refuses_the_note_even_beside_a_true_one() -> None:
    note = Note.parse(signed())
    other = Checkpoint("log.example/1", 4, bytes(32)).text()
    doubled = Note(note.text, (*note.signatures, LOG.sign(other)))
    with pytest.raises(ProofError, match="false"):
        Checkpoint.open(doubled.write(), [LOG.verifier])


def test_lines_of_unknown_keys_are_ignored() -> None:
    stranger = Signer("log.example/1", bytes(32))
    note = Checkpoint.attach(signed(), [stranger.sign(Note.parse(signed()).text)])
    assert Checkpoint.open(note, [LOG.verifier]).checkpoint.size == 3


def test_a_cosignature_says_when_and_needs_its_time() -> None:
    opened = Checkpoint.open(signed(), [LOG.verifier], witnesses=[WITNESS.verifier], quorum=1)
    assert opened.cosigned == {"witness.example/1": 1679315147}
    text = opened.checkpoint.text()
    for signer, time_s in ((WITNESS, None), (WITNESS, -1), (WITNESS, 2**63), (LOG, 1)):
        with pytest.raises(ProofError):
            signer.sign(text, time_s=time_s)


def test_a_cosignature_with_another_time_is_false() -> None:
    note = Note.parse(signed())
    line = note.signatures[1]
    moved = type(line)(line.name, line.key_id, (1679315148).to_bytes(8, "big") + line.data[8:])
    with pytest.raises(ProofError, match="false"):
        Note(note.text, (note.signatures[0], moved)).verified([WITNESS.verifier])


def test_a_signing_key_shows_its_secret_nowhere() -> None:
    seed = bytes(range(32))
    assert seed.hex() not in repr(LOG)
    assert repr(seed)[2:-1] not in repr(LOG)
    for copying in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copying(LOG)


@pytest.mark.parametrize("text", ["no newline", "tab\t\n", "\x00\n", "\r\n", "\ud800\n", ""])
def test_a_text_that_cannot_be_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(ProofError):
        LOG.sign(text)


def test_sixteen_signatures_are_read() -> None:
    text = Note.parse(signed()).text
    lines = [Signer(f"w{number}", bytes([number]) * 32, kind=4).sign(text, time_s=1) for number in range(40)]
    assert len(Note.parse(Checkpoint.attach(signed(), lines)).signatures) == 42
    assert Checkpoint.attach(signed(), lines[:1] * 3) == Checkpoint.attach(signed(), lines[:1])


def line(data: bytes) -> bytes:
    return signed() + f"\u2014 log.example/1 {b64encode(data).decode()}\n".encode()


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (signed() + b"- log.example/1 AAAAAAA=\n", "starts with a dash"),
        (signed() + "\u2014 log+1 AAAAAAA=\n".encode(), "a key name"),
        (signed() + "\u2014 log.example/1\n".encode(), "key id of four bytes"),
        (line(bytes(4)), "key id of four bytes"),
        (line(LOG.verifier.key_id + bytes(63)), "was not made by"),
        (line(LOG.verifier.key_id + bytes(72)), "was not made by"),
        (signed()[:-1], "signature lines that end in a newline"),
        (signed().partition(b"\n\n")[0], "an empty line"),
        (b"\xff" + signed(), "UTF-8"),
        (b"a" * 262_145, "at most 262144 bytes"),
    ],
)
def test_a_note_is_refused_for_the_reason_that_is_said(note: bytes, words: str) -> None:
    with pytest.raises(ProofError, match=words):
        Note.parse(note).verified([LOG.verifier])


def test_a_time_out_of_range_is_refused() -> None:
    text = Note.parse(signed()).text
    late = Signature("witness.example/1", WITNESS.verifier.key_id, (2**63).to_bytes(8, "big") + bytes(64))
    with pytest.raises(ProofError, match="out of range"):
        WITNESS.verifier.verify(text, late)


def test_a_signature_of_another_key_is_not_verified() -> None:
    with pytest.raises(ProofError, match="was not made by"):
        LOG.verifier.verify("text\n", Signer("log.example/2", bytes(range(32))).sign("text\n"))


@pytest.mark.parametrize(("key", "kind"), [(bytes(32), 2), (bytes(32), 6), (bytes(31), 1), (bytes(33), 4)])
def test_another_kind_of_key_is_refused(key: bytes, kind: int) -> None:
    with pytest.raises(ProofError, match="type 0x01 or 0x04, with 32 bytes"):
        Verifier("log.example/1", key, kind)


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_of_another_length_is_refused(seed: bytes) -> None:
    with pytest.raises(ProofError):
        Signer("log.example/1", seed)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "a" * 256, "a\udced"])
def test_a_name_that_cannot_stand_in_a_line_is_refused(name: str) -> None:
    with pytest.raises(ProofError):
        Signer(name, bytes(32))


@needs_vectors
def test_checkpoints_of_a_tessera_log_verify() -> None:
    key = Verifier.parse((FOLDER / "tlog/verifier_key.txt").read_text().strip())
    for size in range(10):
        note = (FOLDER / f"tlog/log/checkpoint.{size}").read_bytes()
        assert Checkpoint.open(note, [key]).checkpoint.size == size
        assert Note.parse(note).write() == note


def test_signature_lines_alone_are_no_note() -> None:
    with pytest.raises(ProofError, match="an empty line"):
        Note.parse(signed().partition(b"\n\n")[2])
