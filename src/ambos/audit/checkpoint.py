"""Checkpoints: the signed heads of the log (C2SP tlog-checkpoint).

Knows the three lines and who must have signed them. Leaves out how a root is made (`tree`) and what it proves
(`proof`).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ambos.audit.note import Note, Signature, Signed, Signer, Verifier, check_text, from_base64
from ambos.audit.signing import SIGNATURE
from ambos.audit.tree import HASH_BYTES, MAX_SIZE
from ambos.errors import ProofError

_ORIGIN: Final = re.compile(r"[!-~]{1,255}").fullmatch  # fewer than may be; others are read back
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch


def parse_decimal(text: str, what: str) -> int:
    """A whole number without leading zeroes, up to 2^63 - 1.

    Raises:
        ProofError: another spelling or too large.
    """
    if not _DECIMAL(text) or int(text) > MAX_SIZE:
        raise ProofError(f"{what} is a decimal number without leading zeroes, below 2^63")
    return int(text)


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint whose signatures were verified: at least one of the log, and the witnesses' found."""

    checkpoint: Checkpoint
    signed: tuple[Signed, ...]

    @property
    def cosigned(self) -> dict[str, int]:
        """Witness name -> POSIX seconds of its cosignature."""
        return {one.key.name: one.time_s for one in self.signed if one.time_s is not None}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: which log, how many entries, and the root over them.

    Attributes:
        origin: the log's identity, also the name of its signing key.
        extensions: further lines, opaque. Ambos writes none and reads those of others.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The text that is signed.

        Raises:
            ProofError: the fields cannot be a checkpoint.
        """
        text = f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"
        if self._is_plain():
            return text
        text += "".join(f"{line}\n" for line in self.extensions)
        if Checkpoint.parse(text) != self:
            raise ProofError(
                "a checkpoint has an origin, a size below 2^63, a root of 32 bytes and lines that are not empty"
            )
        return text

    def _is_plain(self) -> bool:
        """A head as the log makes one in every batch: its text reads back as it is, without trying."""
        fits = type(self.size) is int and 0 <= self.size <= MAX_SIZE and len(self.root) == HASH_BYTES
        return fits and not self.extensions and _ORIGIN(self.origin) is not None

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint, without signatures.

        Raises:
            ProofError: another form.
        """
        check_text(text)
        lines = text[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise ProofError("a checkpoint has at least three lines, none empty")
        root = from_base64(lines[2], "the root of a checkpoint")
        if len(root) != HASH_BYTES:
            raise ProofError(f"the root of a checkpoint has {HASH_BYTES} bytes, this one {len(root)}")
        return cls(lines[0], parse_decimal(lines[1], "the size of a checkpoint"), root, tuple(lines[3:]))

    def sign(self, signer: Signer) -> bytes:
        """The signed note of this head by the log's key.

        Raises:
            ProofError: the key is a witness's, or its name is not the origin.
        """
        if signer.verifier.kind != SIGNATURE or signer.verifier.name != self.origin:
            raise ProofError("a log signs with a key of type 0x01 whose name is its origin")
        text = self.text()
        return Note(text, (signer.sign(text),)).write()

    @classmethod
    def open(
        cls, note: bytes, log_keys: Sequence[Verifier], *, witnesses: Sequence[Verifier] = (), quorum: int = 0
    ) -> Opened:
        """Read a signed checkpoint and verify who signed it.

        Args:
            log_keys: keys of the log (0x01), any one of which is enough; none given trusts nothing.
            witnesses: keys of witnesses (0x04, 0x06) that are asked for.
            quorum: how many different witnesses must have cosigned.

        Raises:
            ProofError: no valid signature of a log key, a false signature of a known key, another origin than the
                key's name, or too few witnesses.
        """
        if not log_keys or any(key.kind != SIGNATURE for key in log_keys):
            raise ProofError("a checkpoint is opened with at least one key of the log, type 0x01")
        if not all(key.is_witness for key in witnesses):
            raise ProofError("a witness has a key of type 0x04 or 0x06")
        parsed = Note.parse(note)
        signed = parsed.verified([*log_keys, *witnesses])
        checkpoint = cls.parse(parsed.text)
        if not any(one.time_s is None and one.key.name == checkpoint.origin for one in signed):
            raise ProofError("the checkpoint is not signed by a trusted key of its origin")
        found = [one.key for one in signed if one.time_s is not None]
        # One key under two names is one witness, and so is one name with a key of each type.
        if min(len({key.public_key for key in found}), len({key.name for key in found})) < quorum:
            raise ProofError(f"the checkpoint is cosigned by fewer than {quorum} known witnesses")
        return Opened(checkpoint, signed)

    @staticmethod
    def attach(note: bytes, signatures: Sequence[Signature]) -> bytes:
        """The note with more signature lines, those of witnesses for example; a line that is there stays once."""
        parsed = Note.parse(note)
        more = [one for one in dict.fromkeys(signatures) if one not in parsed.signatures]
        return Note(parsed.text, (*parsed.signatures, *more)).write()
