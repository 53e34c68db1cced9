"""What is signed under each type of signature, and what is refused."""

from base64 import b64encode

import pytest

from ambos.audit import signing
from ambos.errors import ProofError

ROOT = b64encode(bytes(32)).decode()
TEXT = f"log.example/1\n7\n{ROOT}\n"
KINDS = (signing.SIGNATURE, signing.COSIGNATURE, signing.COSIGNATURE_44)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_signed_is_checked_and_nothing_else_is(kind: int) -> None:
    sign, public = signing.private_key(kind, bytes(range(32)))
    signed = signing.message(kind, "witness.example", TEXT, 1_700_000_000)
    signature = sign(signed)
    assert (len(public), len(signature)) == (signing.FORMS[kind].key_bytes, signing.FORMS[kind].signature_bytes)
    signing.check(kind, public, signature, signed)
    for wrong in (
        (public, bytes([signature[0] ^ 1]) + signature[1:], signed),
        (public, signature, signed + b" "),
        (public, signature[:-1], signed),
        (public[:-1], signature, signed),
    ):
        with pytest.raises(ProofError):
            signing.check(kind, *wrong)


def test_each_type_is_of_other_bytes() -> None:
    assert signing.message(signing.SIGNATURE, "a", TEXT, 5) == TEXT.encode()
    assert signing.message(signing.COSIGNATURE, "a", TEXT, 5) == f"cosignature/v1\ntime 5\n{TEXT}".encode()
    assert signing.message(signing.COSIGNATURE_44, "a", TEXT, 5) == (
        b"subtree/v1\n\0" + b"\1a" + (5).to_bytes(8, "big") + b"\x0dlog.example/1" + bytes(8) + (7).to_bytes(8, "big") + bytes(32)
    )  # fmt: skip


@pytest.mark.parametrize("name", ["x" * 255, "ñ" * 127])
def test_a_name_of_255_bytes_still_fits(name: str) -> None:
    assert name.encode() in signing.message(signing.COSIGNATURE_44, name, TEXT, 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", TEXT),
        ("x" * 256, TEXT),
        ("a", TEXT.replace("log.example/1", "")),
        ("a", TEXT.replace("log.example/1", "x" * 256)),
        ("a", TEXT.replace("7", "seven")),
        ("a", TEXT.replace("7", "-1")),
        ("a", TEXT.replace("7", str(2**64))),
        ("a", TEXT.replace(ROOT, "no base64!")),
        ("a", TEXT.replace(ROOT, b64encode(bytes(31)).decode())),
        ("a", TEXT.replace(ROOT, b64encode(bytes(33)).decode())),
        ("a", "one line"),
    ],
)
def test_a_cosignature_of_type_0x06_is_of_a_checkpoint_under_a_name(name: str, text: str) -> None:
    with pytest.raises(ProofError):
        signing.message(signing.COSIGNATURE_44, name, text, 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_has_32_bytes(kind: int, size: int) -> None:
    with pytest.raises(ProofError):
        signing.private_key(kind, bytes(size))
