"""When a witness signs (C2SP tlog-witness): each rule that is broken has its status, and nothing else passes."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import EMPTY, Checkpoint, Signer, Verifier, leaf_hash, prove_consistency
from ambos.audit.note import Note
from ambos.audit.tree import Frontier
from ambos.audit.witness import MAX_BODY_BYTES, Refusal, RefusedError, Submission, judge

AUDIT = Path(__file__).parents[2] / "docs/spec/audit-log.md"
LOG = Signer("log.example/1", bytes(range(32)))
OTHER = Signer("log.example/1", bytes(range(1, 33)))
LEAVES = [leaf_hash(b"%d" % number) for number in range(70)]


def root(size: int, leaves: list[bytes] = LEAVES) -> bytes:
    return EMPTY.extend(leaves[:size]).root()


def head(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint("log.example/1", size, root(size, leaves))


def proof(old: int, new: int, leaves: list[bytes] = LEAVES) -> tuple[bytes, ...]:
    return prove_consistency(
        lambda level, at: Frontier().extend(leaves[at << level : (at + 1) << level]).root(), old, new
    )


def submitted(old: int, new: int, leaves: list[bytes] = LEAVES) -> Submission:
    return Submission(old, proof(old, new, leaves), head(new, leaves).sign(LOG))


def refusal(submission: Submission, remembered: Checkpoint | None) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        judge(submission, [LOG.verifier], remembered)
    return caught.value.refusal


@given(st.integers(0, 70), st.integers(0, 70))
def test_signs_whatever_grew_from_what_it_remembers(one: int, two: int) -> None:
    old, new = sorted((one, two))
    remembered = head(old) if old else None
    assert judge(Submission.parse(submitted(old, new).write()), [LOG.verifier], remembered) == head(new)


@given(st.integers(1, 69), st.integers(1, 69), st.integers(0, 68))
def test_never_signs_a_log_that_was_rewritten_below_what_it_remembers(one: int, two: int, at: int) -> None:
    old, new = sorted((one, two))
    forged = list(LEAVES)
    forged[at % old] = leaf_hash(b"forged")
    assert refusal(submitted(old, new, forged), head(old)) is Refusal.INCONSISTENT


def test_each_rule_has_its_status() -> None:
    good = submitted(3, 7)
    assert refusal(Submission(8, (), head(7).sign(LOG)), head(8)) is Refusal.MALFORMED
    assert refusal(good, None) is Refusal.OTHER_SIZE
    assert refusal(good, head(4)) is Refusal.OTHER_SIZE
    assert refusal(Submission(0, (), head(2).sign(LOG)), head(7)) is Refusal.OTHER_SIZE  # a rollback
    assert refusal(Submission(3, good.proof[:-1], good.note), head(3)) is Refusal.INCONSISTENT
    assert refusal(Submission(3, (*good.proof, bytes(32)), good.note), head(3)) is Refusal.INCONSISTENT
    assert refusal(Submission(0, (bytes(32),), head(7).sign(LOG)), None) is Refusal.INCONSISTENT
    assert refusal(Submission(3, (), head(3, [bytes(32)] * 3).sign(LOG)), head(3)) is Refusal.INCONSISTENT
    empty = Checkpoint("log.example/1", 0, bytes(32))
    assert refusal(Submission(0, (), empty.sign(LOG)), None) is Refusal.INCONSISTENT
    assert refusal(Submission(3, good.proof, head(7).sign(OTHER)), head(3)) is Refusal.UNSIGNED
    false = good.note[:-10] + (b"AAAA" if good.note[-10:-6] != b"AAAA" else b"BBBB") + good.note[-6:]
    assert refusal(Submission(3, good.proof, false), head(3)) is Refusal.UNSIGNED
    with pytest.raises(RefusedError) as caught:
        judge(good, [], head(3))
    assert caught.value.refusal is Refusal.UNKNOWN_LOG
    with pytest.raises(RefusedError) as caught:
        judge(good, [LOG.verifier], head(5))
    assert caught.value.size == 5


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 0\n", b"old 0\n\n", b"0\n\n%s", b"old 00\n\n%s", b"old -1\n\n%s", b"old 1 \n\n%s", b"Old 1\n\n%s",
        b"old\n\n%s",         b"old 1\nAAAA\n\n%s", b"old 1\n!\n\n%s", b"old 1\n\n\n%s", b"old 1\r\n\r\n%s",
        b"old 9223372036854775808\n\n%s",
        b"old 1\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\n%s", b"old 1\n\xff\n\n%s",
        b"x" * (MAX_BODY_BYTES + 1),
    ],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
def test_other_forms_are_malformed(body: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        Submission.parse(body.replace(b"%s", head(3).sign(LOG)))
    assert caught.value.refusal is Refusal.MALFORMED


@given(st.binary(max_size=200))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(RefusedError):
        Submission.parse(body)


def test_the_example_of_the_specification_is_read() -> None:
    body = (
        "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+"
        "zyWE+xeMcTOAYQ8=\n"
    ).encode()
    read = Submission.parse(body)
    assert (read.old, len(read.proof)) == (20852014, 4)
    assert read.write() == body


def test_the_example_of_our_page_is_judged_and_its_answer_verifies() -> None:
    page = (Path(__file__).parents[2] / "docs/spec/witness.md").read_text(encoding="utf-8")
    body, line = re.findall(r"^```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[:2]
    keys = re.findall(r"`(\S+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44})`", AUDIT.read_text(encoding="utf-8"))
    log, witness = map(Verifier.parse, keys[:2])
    root = bytes.fromhex(re.findall(r"`([0-9a-f]{64})`", page)[0])
    signed = judge(Submission.parse(body.encode()), [log], Checkpoint(log.name, 2, root))
    answer = Note.parse(f"{signed.text()}\n{line}".encode()).signatures[0]
    assert witness.verify(signed.text(), answer).time_s == 1790000060
