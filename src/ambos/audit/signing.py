"""What is signed, and by which algorithm, for each type of signature of a note.

C2SP signed-note (0x01) and tlog-cosignature (0x04 Ed25519, 0x06 ML-DSA-44). The rule of verification of Ed25519 is
OpenSSL's (docs/spec/audit-log.md section 8): `ambos_verify` keeps the same one. Leaves out lines and keys (`note`).
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from ambos.errors import ProofError

SIGNATURE: Final = 0x01  # C2SP signed-note, signature types
COSIGNATURE: Final = 0x04
COSIGNATURE_44: Final = 0x06
COSIGNATURES: Final = frozenset({COSIGNATURE, COSIGNATURE_44})
SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Form:
    """Sizes of one type of signature, in bytes; the stamp of a cosignature (8) is not in them."""

    key_bytes: int
    signature_bytes: int


FORMS: Final = {
    SIGNATURE: Form(32, 64),
    COSIGNATURE: Form(32, 64),
    COSIGNATURE_44: Form(1312, 2420),  # FIPS 204, table 2
}


def message(kind: int, name: str, text: str, time_s: int) -> bytes:
    """The bytes that a signature of this type is of.

    Args:
        name: of the key; ML-DSA-44 commits to it.
        text: of the note.
        time_s: the stamp of a cosignature, POSIX seconds.

    Raises:
        ProofError: a cosignature of type 0x06 is of a checkpoint, and the text is none.
    """
    if kind == SIGNATURE:
        return text.encode()
    if kind == COSIGNATURE:
        return f"cosignature/v1\ntime {time_s}\n{text}".encode()
    return _subtree(name, text, time_s)


def _subtree(name: str, text: str, time_s: int) -> bytes:
    """`cosigned_message` of a whole tree: its extension lines are not signed."""
    try:
        origin, size, root = text.split("\n")[:3]
        whole = int(size).to_bytes(8, "big") + b64decode(root, validate=True)
    except (ValueError, OverflowError, binascii.Error):
        raise ProofError("a cosignature of type 0x06 is of a checkpoint") from None
    if len(whole) != 40:
        raise ProofError("a cosignature of type 0x06 is of a checkpoint")
    return b"subtree/v1\n\0" + _short(name) + time_s.to_bytes(8, "big") + _short(origin) + bytes(8) + whole


def _short(text: str) -> bytes:
    data = text.encode()
    if not 0 < len(data) < 256:
        raise ProofError("a name under a cosignature of type 0x06 has 1 to 255 bytes")
    return bytes([len(data)]) + data


def check(kind: int, public_key: bytes, signature: bytes, signed: bytes) -> None:
    """Refuse a false signature.

    Raises:
        ProofError: false, or the key is none.
    """
    try:
        if kind == COSIGNATURE_44:
            MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, signed)
        else:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except UnsupportedAlgorithm:
        raise ProofError("this build of cryptography has no ML-DSA-44") from None
    except (InvalidSignature, ValueError):
        raise ProofError("the signature is false") from None


def private_key(kind: int, seed: bytes) -> tuple[Callable[[bytes], bytes], bytes]:
    """What signs, and the public key, made from 32 random bytes.

    Raises:
        ProofError: a seed of another length.
    """
    if len(seed) != SEED_BYTES:
        raise ProofError(f"the seed of a signing key has {SEED_BYTES} bytes")
    if kind == COSIGNATURE_44:
        large = MLDSA44PrivateKey.from_seed_bytes(seed)
        return large.sign, large.public_key().public_bytes_raw()
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.sign, key.public_key().public_bytes_raw()
