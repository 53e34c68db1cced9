"""Short texts that stand in base64 or hexadecimal inside another text: what each says, and how to write it again.

Leaves out what they mean: `views` reads them for the rules, `mask` and `restore_json` write them anew.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ambos.privacy.normalise import Written

_TOKEN_CHARS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_ENDS: Final = frozenset(("", " ", "\n"))  # before most values
_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9+/_-])(?:0[xX](?=[2-7c-fC-F]))?([A-Za-z0-9+/_-]{12,})={0,2}")
# Longer blobs have no reader (`leaves.is_blob`).
_LONGEST_TOKEN: Final = 4_096
_BASE64: Final = 4 / 3
_HEX: Final = 2
_URL_SAFE: Final = str.maketrans("+/", "-_")
_AROUND: Final = _LONGEST_TOKEN + 2  # with "0x"


@dataclass(frozen=True, slots=True)
class Packed:
    """A token that says something readable.

    Attributes:
        start, end: where it stands, with its "0x" and its padding.
        inner: where its digits begin.
        content: what it says, UTF-8.
        size: characters of the token for each byte of the content.
    """

    start: int
    end: int
    inner: int
    content: bytes = field(repr=False)
    size: float

    def written(self) -> Written:
        """The content, with its places in the token."""
        out = Written.plain(" " * (self.end - self.start)).writer()
        out.bytes(self.content, self.inner - self.start, self.size, last=self.end - self.start)
        return out.done()


def packed_in(text: str) -> Iterator[Packed]:
    """Every token of base64 or hexadecimal that says something readable, in order."""
    for match in _TOKEN.finditer(text):
        if (found := _packed(match)) is not None:
            yield found


def packed_at(text: str, place: int) -> Packed | None:
    """The token at a place of the text; a number alone is none, whatever its digits may say."""
    first = place
    if text[max(0, place - 1) : place] not in _ENDS:
        before = text[max(0, place - _AROUND) : place]
        first += len(before.rstrip(_TOKEN_CHARS)) - len(before)
    match = _TOKEN.match(text, first)
    if match is None or match.end() <= place or match[1].isdecimal():
        return None
    return _packed(match)


def packed_like(found: Packed, token: str, content: str) -> str:
    """`content` written as `token`, which says `found`, is: alphabet, padding, "0x" and the case of its digits.

    >>> [packed_like(found, "0x44656C6961", "Ana") for found in packed_in("0x44656C6961")]
    ['0x416E61']
    """
    raw = content.encode()
    prefix = token[: found.inner - found.start]
    if found.size == _HEX:
        made = raw.hex()
        return prefix + (made if token[len(prefix) :].islower() else made.upper())
    made = base64.b64encode(raw).decode()
    if "-" in token or "_" in token:
        made = made.translate(_URL_SAFE)
    is_bare = len(token) % 4 != 0 and "=" not in token
    return made.rstrip("=") if is_bare else made


def _packed(match: re.Match[str]) -> Packed | None:
    token = match[1]
    if len(token) <= _LONGEST_TOKEN:
        for content, size in ((_from_base64(token), _BASE64), (_from_hex(token), _HEX)):
            if content and _is_readable(content):
                return Packed(match.start(), match.end(), match.start(1), content, size)
    return None


def _from_base64(token: str) -> bytes:
    plain = token.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _from_hex(token: str) -> bytes:
    try:
        return bytes.fromhex(token)
    except ValueError:
        return b""


def _is_readable(raw: bytes) -> bool:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\n\r\t" for character in text)
