"""What a witness is asked and when it signs (C2SP tlog-witness, `add-checkpoint`).

A witness remembers of each log one head, the newest that it cosigned, and signs another only with a proof that the log
grew from that one. This module decides; who calls it keeps the head, and makes the new one durable before it answers.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from ambos.audit.checkpoint import Checkpoint, parse_decimal
from ambos.audit.note import MAX_NOTE_BYTES, Note, Verifier, from_base64
from ambos.audit.proof import verify_consistency
from ambos.audit.tree import EMPTY_ROOT, HASH_BYTES
from ambos.errors import ProofError

MAX_PROOF_LINES: Final = 63  # C2SP tlog-witness
MAX_BODY_BYTES: Final = MAX_NOTE_BYTES + 64 * (MAX_PROOF_LINES + 1)


class Refusal(Enum):
    """Why a witness does not sign; the value is the status that the protocol gives it."""

    MALFORMED = 400  # the body has another form, or the old size is above the new one
    UNSIGNED = 403  # no signature of a trusted key, or a false one
    UNKNOWN_LOG = 404
    OTHER_SIZE = 409  # the old size is not the one remembered
    INCONSISTENT = 422  # the proof does not hold: the log was rewritten, or forked


class RefusedError(ProofError):
    """The witness does not sign.

    Attributes:
        refusal: the rule that was broken.
        size: what the witness remembers, told where `refusal` is OTHER_SIZE.
    """

    def __init__(self, refusal: Refusal, message: str, *, size: int = 0) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.size = size


@dataclass(frozen=True, slots=True)
class Submission:
    """The body of `add-checkpoint`: the size that the witness should remember, the proof from there, the new head."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes = field(repr=False)

    def write(self) -> bytes:
        """The body.

        >>> Submission(0, (), b"NOTE").write()
        b'old 0\\n\\nNOTE'
        """
        lines = [f"old {self.old}", *(b64encode(one).decode() for one in self.proof)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.note

    @classmethod
    def parse(cls, body: bytes) -> Submission:
        """Read a body without trusting it.

        Raises:
            RefusedError: another form (MALFORMED).
        """
        head, _, note = body.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
            if not first.startswith("old ") or len(lines) > MAX_PROOF_LINES:
                raise ProofError("a submission is a line `old SIZE`, at most 63 hashes, an empty line and a checkpoint")
            old = parse_decimal(first.removeprefix("old "), "the old size")
            proof = tuple(from_base64(line, "a hash of the proof") for line in lines)
            if any(len(one) != HASH_BYTES for one in proof):
                raise ProofError(f"a hash of the proof has {HASH_BYTES} bytes")
            Checkpoint.parse(Note.parse(note).text)
        except (ProofError, UnicodeDecodeError) as error:
            raise RefusedError(Refusal.MALFORMED, f"{error}") from None
        return cls(old, proof, note)


def judge(submission: Submission, logs: Sequence[Verifier], remembered: Checkpoint | None) -> Checkpoint:
    """The head that may be cosigned and must be remembered, durably, before the cosignature is given.

    1. the origin is of a log that the witness knows;
    2. a trusted key of that origin signed the head, and no line of one is false;
    3. the old size is not above the new one;
    4. the old size is the one remembered (0 where none is);
    5. an empty tree has the root of one;
    6. the proof leads from the remembered root to the new one; for equal sizes the roots are equal.

    Args:
        submission: what was asked.
        logs: trusted keys of logs, type 0x01.
        remembered: the newest head of this origin that was cosigned; the caller keeps it from changing meanwhile.

    Raises:
        RefusedError: with the first rule that is broken.
    """
    claimed = Checkpoint.parse(Note.parse(submission.note).text)
    keys = [key for key in logs if key.name == claimed.origin]
    if not keys:  # 1
        raise RefusedError(Refusal.UNKNOWN_LOG, "this witness does not know the log")
    try:  # 2
        head = Checkpoint.open(submission.note, keys).checkpoint
    except ProofError as error:
        raise RefusedError(Refusal.UNSIGNED, f"{error}") from None
    old = remembered.size if remembered is not None else 0
    if submission.old > head.size:  # 3
        raise RefusedError(Refusal.MALFORMED, "the old size is above that of the checkpoint")
    if submission.old != old:  # 4
        raise RefusedError(Refusal.OTHER_SIZE, f"the witness cosigned {old} entries last", size=old)
    try:  # 5 and 6
        verify_consistency(old, head.size, remembered.root if remembered else EMPTY_ROOT, head.root, submission.proof)
    except ProofError as error:
        raise RefusedError(Refusal.INCONSISTENT, f"{error}") from None
    return head
