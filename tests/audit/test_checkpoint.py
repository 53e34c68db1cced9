import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import Checkpoint, Signer
from ambos.audit.note import Note
from ambos.audit.signing import COSIGNATURE, COSIGNATURES
from ambos.errors import ProofError

ROOT = bytes(range(32))
LOG = Signer("log.example/1", bytes(range(32)))
NEXT = Signer("log.example/1", bytes(range(2, 34)))
HEAD = Checkpoint("log.example/1", 7, ROOT)
WITNESSES = [Signer(f"witness.example/{number}", bytes([number]) * 32, kind=COSIGNATURE) for number in range(3)]
TEXT = "log.example/1\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


def test_a_checkpoint_is_three_lines() -> None:
    assert HEAD.text() == TEXT
    assert Checkpoint.parse(TEXT) == HEAD


def test_extension_lines_of_others_are_kept() -> None:
    assert Checkpoint.parse(TEXT + "more\n").extensions == ("more",)
    assert Checkpoint.parse(TEXT + "more\n").text() == TEXT + "more\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT.replace("7", "07"),
        TEXT.replace("7", "-7"),
        TEXT.replace("7", "+7"),
        TEXT.replace("7", "\u0667"),
        TEXT.replace("7", str(2**63)),
        TEXT.replace("7", ""),
        TEXT.replace("Hh8=", "Hh9="),
        TEXT.replace("Hh8=", "Hh8"),
        TEXT.replace("Hh8=", "HA=="),
        TEXT.replace("log.example/1", ""),
        TEXT.replace("\n", "\r\n"),
        "log.example/1\n7\n",
    ],
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        Checkpoint.parse(text)


@given(st.text(max_size=80))
def test_any_text_is_a_checkpoint_or_refused(text: str) -> None:
    for whole in (text, f"log\n{text}", f"{text}\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"):
        try:
            assert Checkpoint.parse(whole).text() == whole
        except ProofError:
            continue


@pytest.mark.parametrize(
    "head",
    [
        Checkpoint("", 7, ROOT),
        Checkpoint("a\nb", 7, ROOT),
        Checkpoint("log", -1, ROOT),
        Checkpoint("log", 2**63, ROOT),
        Checkpoint("log", 7, ROOT[:-1]),
        Checkpoint("log", 7, ROOT, ("",)),
    ],
)
def test_a_head_that_cannot_be_written_is_refused(head: Checkpoint) -> None:
    with pytest.raises(ProofError):
        head.text()


def test_a_log_signs_under_its_own_name_only() -> None:
    for signer in (Signer("log.example/2", bytes(32)), Signer("log.example/1", bytes(32), kind=COSIGNATURE)):
        with pytest.raises(ProofError):
            HEAD.sign(signer)


def test_a_checkpoint_opens_with_any_key_of_its_log() -> None:
    assert Checkpoint.open(HEAD.sign(NEXT), [LOG.verifier, NEXT.verifier]).checkpoint == HEAD


def test_a_checkpoint_of_another_key_or_with_no_key_given_is_refused() -> None:
    with pytest.raises(ProofError, match="not signed by a trusted key"):
        Checkpoint.open(HEAD.sign(LOG), [NEXT.verifier])
    with pytest.raises(ProofError, match="at least one key"):
        Checkpoint.open(HEAD.sign(LOG), [])


def test_a_trusted_key_does_not_speak_for_another_origin() -> None:
    text = Checkpoint("log.example/2", 7, ROOT).text()
    with pytest.raises(ProofError, match="of its origin"):
        Checkpoint.open(Note(text, (LOG.sign(text),)).write(), [LOG.verifier])


def test_a_witness_does_not_speak_for_the_log() -> None:
    text = HEAD.text()
    note = Note(text, (WITNESSES[0].sign(text, time_s=1),)).write()
    with pytest.raises(ProofError, match="not signed by a trusted key"):
        Checkpoint.open(note, [LOG.verifier], witnesses=[WITNESSES[0].verifier], quorum=1)
    with pytest.raises(ProofError, match="type 0x01"):
        Checkpoint.open(note, [WITNESSES[0].verifier])
    with pytest.raises(ProofError, match="type 0x04"):
        Checkpoint.open(note, [LOG.verifier], witnesses=[LOG.verifier])


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_quorum_counts_different_witnesses(count: int) -> None:
    lines = [witness.sign(HEAD.text(), time_s=number + 1) for number, witness in enumerate(WITNESSES[:count])]
    again = [WITNESSES[0].sign(HEAD.text(), time_s=99)] if count else []
    note = Checkpoint.attach(HEAD.sign(LOG), lines + again)
    known = [witness.verifier for witness in WITNESSES]
    assert len(Checkpoint.open(note, [LOG.verifier], witnesses=known, quorum=count).cosigned) == count
    with pytest.raises(ProofError, match="fewer than"):
        Checkpoint.open(note, [LOG.verifier], witnesses=known, quorum=count + 1)


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_every_flipped_bit_of_a_signed_checkpoint_fails(at: int, bit: int) -> None:
    note = bytearray(HEAD.sign(LOG))
    note[at % len(note)] ^= 1 << bit
    with pytest.raises(ProofError):
        Checkpoint.open(bytes(note), [LOG.verifier])


def test_a_witness_does_not_sign_as_a_log_of_its_name() -> None:
    own = Checkpoint(WITNESSES[0].verifier.name, 7, ROOT)
    with pytest.raises(ProofError, match="type 0x01"):
        own.sign(WITNESSES[0])


def test_a_witness_with_a_key_of_each_type_counts_once() -> None:
    name = "witness.example/1"
    both = [Signer(name, bytes([kind]) * 32, kind=kind) for kind in sorted(COSIGNATURES)]
    head = Checkpoint("log.example/1", 3, bytes(32))
    log = Signer("log.example/1", bytes(range(32)))
    note = Checkpoint.attach(head.sign(log), [one.sign(head.text(), time_s=5) for one in both])
    keys = [one.verifier for one in both]
    assert Checkpoint.open(note, [log.verifier], witnesses=keys, quorum=1).cosigned == {name: 5}
    with pytest.raises(ProofError, match="fewer than 2"):
        Checkpoint.open(note, [log.verifier], witnesses=keys, quorum=2)
