"""The state of a witness: its key, the logs it knows, and of each the newest head that it cosigned.

It lies in a directory of its own, for a witness watches the logs of others. A head is durable before its cosignature is
given (C2SP tlog-witness): a crash can lose an answer, never what was answered. Heads are kept with the witness's own
signature, so that a damaged one is refused instead of forgotten.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from ambos.audit import Checkpoint, Signer, Verifier
from ambos.audit.note import Note, Signature
from ambos.audit.signing import COSIGNATURE, COSIGNATURE_44
from ambos.audit.witness import Submission, judge
from ambos.errors import IntegrityError, ProofError, StoreError
from ambos.ports import Random
from ambos.store.lock import FileLock
from ambos.store.rootkey import write_new

_KEY: Final = re.compile(r"([^\s+]{1,255})\n([0-9a-f]{64})\n(?:(ml-dsa-44)\n)?").fullmatch
ALGORITHMS: Final = {"ed25519": COSIGNATURE, "ml-dsa-44": COSIGNATURE_44}
_HASH: Final = re.compile(r"[0-9a-f]{64}").fullmatch


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A cosignature whose head is durable."""

    head: Checkpoint
    signature: Signature


class WitnessState:
    """One witness. Any number of threads and processes may share its directory.

    Args:
        directory: of the witness, made where it is missing; never that of a log.
        signer: see `witness_signer`.
        logs: keys of the logs it cosigns for, type 0x01.
    """

    def __init__(self, directory: Path, signer: Signer, logs: Sequence[Verifier]) -> None:
        self._heads = directory / "heads"
        self._heads.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._turn = FileLock(directory / "lock")
        self._signer = signer
        self._logs = tuple(logs)

    @property
    def key(self) -> Verifier:
        """The public key of the witness."""
        return self._signer.verifier

    def cosign(self, submission: Submission, *, now_s: int) -> Cosigned:
        """Remember the head and sign it, in this order (`ambos.audit.witness.judge` has the rules).

        Raises:
            RefusedError: a rule was broken; what is remembered stays.
            IntegrityError: what was remembered of this log is damaged: nothing is signed until it is restored.
            StoreError: the head could not be made durable; the signature is not given.
        """
        origin = Checkpoint.parse(Note.parse(submission.note).text).origin
        with self._turn.held():
            kept = self._read(_name(origin))
            head = judge(submission, self._logs, kept[0] if kept else None)
            signature = self._signer.sign(head.text(), time_s=now_s)
            known = [key for key in self._logs if key.name == origin]
            signed = [one for one in Note.parse(submission.note).signatures if any(key.matches(one) for key in known)]
            _replace(self._heads / _name(origin), Note(head.text(), (*signed, signature)).write())
        return Cosigned(head, signature)

    def checkpoint(self, origin_hash: str) -> bytes | None:
        """The newest cosigned head of the log with this SHA-256 of its origin, in lower-case hex; None if unknown.

        Raises:
            IntegrityError: it is damaged.
        """
        kept = self._read(origin_hash) if _HASH(origin_hash) else None
        return kept[1] if kept else None

    def _read(self, name: str) -> tuple[Checkpoint, bytes] | None:
        try:
            note = (self._heads / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"what the witness remembers cannot be read ({error.strerror})") from None
        try:
            parsed = Note.parse(note)
            head = Checkpoint.parse(parsed.text)
            if not parsed.verified([self.key]) or _name(head.origin) != name:
                raise ProofError("not signed by this witness")
        except ProofError as error:
            raise IntegrityError(f"what the witness remembers of a log is damaged ({error})", place=name) from None
        return head, note


def witness_signer(directory: Path, name: str, rng: Random, *, algorithm: str = "") -> Signer:
    """The key of the witness in this directory, made under `name` where there is none.

    Args:
        algorithm: of `ALGORITHMS`; empty for that of the key that is there, and Ed25519 for a new one.

    Raises:
        StoreError: there is none and no name was given, or one with another name or algorithm.
        IntegrityError: the key file is not as it was written.
    """
    path = directory / "witness.key"
    try:
        found = _KEY(path.read_text("utf-8"))
    except FileNotFoundError:
        return _new_signer(directory, name, rng, algorithm or "ed25519")
    except (OSError, ValueError):
        found = None
    if found is None:
        raise IntegrityError("the key of the witness is not as it was written: restore it", place="witness.key")
    if name not in ("", found[1]):
        raise StoreError(f"the witness in this directory has another name: {found[1]}")
    kept = found[3] or "ed25519"
    if algorithm not in ("", kept):
        raise StoreError(f"the witness in this directory signs with {kept}: another algorithm is another witness")
    return Signer(found[1], bytes.fromhex(found[2]), kind=ALGORITHMS[kept])


def _new_signer(directory: Path, name: str, rng: Random, algorithm: str) -> Signer:
    if not name:
        raise StoreError("a new witness needs a name, a URL without scheme such as witness.example.org/w1: --name")
    seed = rng.token(32)
    if algorithm not in ALGORITHMS:
        raise StoreError(f"a witness signs with one of {', '.join(ALGORITHMS)}")
    signer = Signer(name, seed, kind=ALGORITHMS[algorithm])  # refuses a name that cannot be one
    more = "" if algorithm == "ed25519" else f"{algorithm}\n"
    write_new(directory / "witness.key", f"{name}\n{seed.hex()}\n{more}".encode())
    if not (directory / "witness.vkey").exists():
        write_new(directory / "witness.vkey", f"{signer.verifier.vkey}\n".encode())
    return signer


def _name(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """The new content or the old one, whatever happens, and durable before this returns.

    Order: the new file is synced before it takes the name, the folder after.
    """
    new = path.with_suffix(".new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StoreError(f"the head could not be made durable ({error.strerror}); nothing is signed") from None
