"""Signed notes: a text with signatures of the log and cosignatures of its witnesses.

C2SP signed-note and tlog-cosignature: lines and keys. What is signed and how is known in `signing`, which text in
`checkpoint`.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from ambos.audit import signing
from ambos.audit.signing import COSIGNATURES, FORMS, SIGNATURE
from ambos.errors import ProofError

MAX_NOTE_BYTES: Final = 262_144  # far above 16 post-quantum signatures of nearly 5 kB
MAX_TIME_S: Final = 2**63 - 1  # C2SP tlog-cosignature, format
_STAMP_BYTES: Final = 8
_KEY_FORMS: Final = (
    "a verifier key is Ed25519 of type 0x01 or 0x04, with 32 bytes, or ML-DSA-44 of type 0x06, with 1,312"
)
_DASH: Final = "\u2014 "
# C2SP signed-note: not empty, no Unicode space, no plus. Controls are excluded from the whole note.
_KEY_NAME: Final = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]{1,255}").fullmatch
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]").search


def from_base64(text: str, what: str) -> bytes:
    """Standard base64 with padding (RFC 4648 section 4), spelt in the only canonical way."""
    try:
        data = b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ProofError(f"{what} is standard base64") from None
    if b64encode(data).decode() != text:
        raise ProofError(f"{what} is base64 with padding and without spare bits")
    return data


def _key_id(name: str, kind: int, public_key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def _checked_name(name: str) -> str:
    if not _KEY_NAME(name):
        raise ProofError("a key name has 1 to 255 characters, no spaces and no plus")
    return name


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: whose it says it is, and its bytes. Nothing is verified yet."""

    name: str
    key_id: bytes
    data: bytes

    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.data).decode()}\n"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was verified. `time_s` is the witness's time of a cosignature, else None."""

    key: Verifier
    time_s: int | None


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that signatures are checked with.

    Attributes:
        name: the key's name; a log's is its origin.
        kind: `SIGNATURE` (0x01), `COSIGNATURE` (0x04) or `COSIGNATURE_44` (0x06).
        public_key: 32 bytes (RFC 8032), of type 0x06 1,312 (FIPS 204).
    """

    name: str
    public_key: bytes
    kind: int = SIGNATURE
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        _checked_name(self.name)
        form = FORMS.get(self.kind)
        if form is None or len(self.public_key) != form.key_bytes:
            raise ProofError(_KEY_FORMS)
        object.__setattr__(self, "key_id", _key_id(self.name, self.kind, self.public_key))

    @property
    def is_witness(self) -> bool:
        """Its signatures are cosignatures, with a time."""
        return self.kind in COSIGNATURES

    @property
    def vkey(self) -> str:
        """The key as text, C2SP signed-note section "Verifier keys"."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.kind]) + self.public_key).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read a key from its text.

        Raises:
            ProofError: not a vkey, another algorithm, or an id that is not this key's.
        """
        parts = vkey.split("+", 2)
        if len(parts) != 3:
            raise ProofError("a verifier key is NAME+ID+KEY")
        material = from_base64(parts[2], "the key of a verifier key")
        if not material:
            raise ProofError(_KEY_FORMS)
        key = cls(parts[0], material[1:], material[0])
        if key.key_id.hex() != parts[1]:
            raise ProofError("the id in this verifier key belongs to another key")
        return key

    def matches(self, signature: Signature) -> bool:
        """Whether the line says that this key made it; a key of the same name and another id did not."""
        return signature.name == self.name and signature.key_id == self.key_id

    def verify(self, text: str, signature: Signature) -> Signed:
        """Check one signature over the text of a note.

        Raises:
            ProofError: made by another key, of another length, or false.
        """
        stamp_bytes, size = _STAMP_BYTES * self.is_witness, FORMS[self.kind].signature_bytes
        if not self.matches(signature) or len(signature.data) != stamp_bytes + size:
            raise ProofError(f"this signature was not made by {self.name}")
        stamp = signature.data[:stamp_bytes]
        time_s = int.from_bytes(stamp, "big")
        if time_s > MAX_TIME_S:
            raise ProofError(f"the time of the cosignature by {self.name} is out of range")
        try:
            signed = signing.message(self.kind, self.name, text, time_s)
            signing.check(self.kind, self.public_key, signature.data[stamp_bytes:], signed)
        except ProofError as error:
            raise ProofError(f"a signature by {self.name} does not hold: {error}") from None
        return Signed(self, time_s if stamp else None)


class Signer:
    """A private key that signs notes. Neither `repr` nor pickling shows the secret.

    Args:
        name: the key's name; a log's is its origin.
        seed: 32 random bytes: the Ed25519 private key (RFC 8032 section 5.1.5), or the seed of ML-DSA-44 (FIPS 204).
        kind: `SIGNATURE` for a log, `COSIGNATURE` or `COSIGNATURE_44` for a witness. One seed serves one kind only.
    """

    __slots__ = ("_sign", "verifier")

    def __init__(self, name: str, seed: bytes, *, kind: int = SIGNATURE) -> None:
        self._sign, public_key = signing.private_key(kind, seed)
        self.verifier = Verifier(name, public_key, kind)

    def __repr__(self) -> str:
        return f"Signer({self.verifier.vkey!r})"

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        raise TypeError("a signing key is not copied out of its process")

    def sign(self, text: str, *, time_s: int | None = None) -> Signature:
        """Sign the text of a note.

        Args:
            text: the note's text, ending in a newline.
            time_s: POSIX seconds of the signature; needed by a witness, forbidden to a log.

        Raises:
            ProofError: the text cannot be a note, or the time is absent, superfluous or out of range.
        """
        check_text(text)
        key = self.verifier
        if (time_s is None) is key.is_witness:
            raise ProofError("a cosignature has a time, a signature of the log has none")
        if time_s is not None and not 0 <= time_s <= MAX_TIME_S:
            raise ProofError("the time of a cosignature is between 0 and 2^63 - 1 seconds")
        stamp = b"" if time_s is None else time_s.to_bytes(_STAMP_BYTES, "big")
        data = stamp + self._sign(signing.message(key.kind, key.name, text, time_s or 0))
        return Signature(key.name, key.key_id, data)


def check_text(text: str) -> None:
    """Refuse what cannot be the text of a note.

    Raises:
        ProofError: no newline at the end, control characters, or characters that UTF-8 does not have.
    """
    if not text.endswith("\n") or _CONTROL(text):
        raise ProofError("the text of a note ends in a newline and has no other control characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ProofError("the text of a note is UTF-8") from None


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signature lines, not verified. `open` is the only way to trust it."""

    text: str
    signatures: tuple[Signature, ...]

    def write(self) -> bytes:
        """The note as bytes; `Note.parse` of them gives the same note."""
        check_text(self.text)
        return (self.text + "\n" + "".join(one.line() for one in self.signatures)).encode()

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Read a note without trusting it.

        Raises:
            ProofError: not a signed note.
        """
        if len(data) > MAX_NOTE_BYTES:
            raise ProofError(f"a note has at most {MAX_NOTE_BYTES} bytes")
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise ProofError("a note is UTF-8") from None
        body, separator, lines = whole.rpartition("\n\n")
        text = body + "\n"
        check_text(text)
        if not separator or not lines.endswith("\n"):
            raise ProofError("a note is a text, an empty line and signature lines that end in a newline")
        return cls(text, tuple(_parse_line(line) for line in lines[:-1].split("\n")))

    def verified(self, keys: Sequence[Verifier]) -> tuple[Signed, ...]:
        """The signatures by these keys. Lines of unknown keys are ignored (C2SP signed-note, "Signatures").

        Raises:
            ProofError: a line that says it is by one of the keys is false.
        """
        return tuple(key.verify(self.text, one) for one in self.signatures for key in keys if key.matches(one))


def _parse_line(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH):
        raise ProofError("a signature line starts with a dash (U+2014) and a space")
    data = from_base64(encoded, "a signature")
    if len(data) < 5:
        raise ProofError("a signature has a key id of four bytes and more")
    return Signature(_checked_name(name), data[:4], data[4:])
