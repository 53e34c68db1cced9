"""Puts originals back into the arguments of a complete tool call (`docs/spec/surrogate.md` section 8).

String tokens are replaced one by one in the text as it came, so that everything else keeps its bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from ambos.errors import UnknownSurrogateError
from ambos.messages import Kind
from ambos.privacy.packed import packed_in, packed_like
from ambos.privacy.restore import Restorer, json_string, restore
from ambos.privacy.restore_text import is_packed

_STRING: Final = re.compile(r'"(?>[^"\\]++|\\.)*+"', re.DOTALL)
_KIND = "|".join(sorted(Kind, key=len, reverse=True))
_SEEMS: Final = re.compile(
    rf"(?<![^\W_])(?:{_KIND})[ \u00a0]?[-‐‑‒–—−_:][ \u00a0]?([2-9][0-9A-Z]{{8,40}}[A-Z])(?![^\W_])", re.IGNORECASE
)
_ESCAPED: Final = re.compile(r"""\\(?:u[0-9a-fA-F]{4}|["\\/])""")
_ESCAPES: Final = ("\\u", "\\/")  # behind which a surrogate, or a value that is encoded, may be written
_NESTING: Final = 8  # JSON in strings of JSON: deeper is not a call but an attack


def restore_arguments(arguments: str, originals: Mapping[str, str], *, allowed: bool) -> str:
    """The arguments as the tool may see them.

    Args:
        arguments: the whole JSON text of one call.
        originals: surrogate to original, of this request only.
        allowed: the policy lists the tool as inside.

    Raises:
        UnknownSurrogateError: a surrogate of no value of this request, one that stands in an address or in markup,
            or arguments that are not JSON and hold a surrogate. The call is refused.
    """
    if not allowed:
        return arguments
    codes = frozenset(surrogate[1:-1].split("-")[1] for surrogate in originals if not is_packed(surrogate))
    if not any(escape in arguments for escape in _ESCAPES) and not _mentions(arguments, codes):
        return arguments
    if not _is_json(arguments):
        if not _mentions(arguments, codes):
            return arguments
        raise UnknownSurrogateError("the arguments hold a surrogate and are not JSON: the call is refused")
    return _restored(arguments, originals, codes, nesting=0)


def _restored(document: str, originals: Mapping[str, str], codes: frozenset[str], *, nesting: int) -> str:
    def token(found: re.Match[str]) -> str:
        value: str = json.loads(found[0], strict=False)
        if not _mentions(value, codes):
            return found[0]
        return f'"{json_string(_restored_value(value, originals, codes, nesting=nesting))}"'

    return _STRING.sub(token, document)


def _restored_value(value: str, originals: Mapping[str, str], codes: frozenset[str], *, nesting: int) -> str:
    if nesting > _NESTING:
        raise UnknownSurrogateError(f"values stand in one another more than {_NESTING} deep: the call is refused")
    if value.lstrip()[:1] in ("{", "[") and _is_json(value):
        return _restored(value, _read(originals), codes, nesting=nesting + 1)
    return _restored_text(value, originals, codes, nesting=nesting)


def _read(originals: Mapping[str, str]) -> Mapping[str, str]:
    """Values as they were found in JSON in a string hold its escapes; there they would be escaped twice."""
    return {surrogate: _unescaped(original) for surrogate, original in originals.items()}


def _unescaped(original: str) -> str:
    if _ESCAPED.search(original) is None:
        return original
    try:
        return str(json.loads(f'"{original}"', strict=False))
    except ValueError:
        return original


def _restored_text(value: str, originals: Mapping[str, str], codes: frozenset[str], *, nesting: int) -> str:
    if any(_code(found[1], codes) is None for found in _SEEMS.finditer(value)):
        raise UnknownSurrogateError("the arguments hold a surrogate that this conversation never made")
    originals = {**dict(_repacked(value, originals, codes, nesting=nesting)), **originals}
    # What no form of section 6 covers would reach the tool as it is: a code inside a longer word, for example.
    blank = restore(value, dict.fromkeys(originals, ""))
    restorer = Restorer(originals)
    made = restorer.feed(value) + restorer.close()
    if restorer.kept or _mentions(blank, codes):
        raise UnknownSurrogateError("the arguments hold a surrogate where it cannot be restored: the call is refused")
    return made


def _repacked(
    value: str, originals: Mapping[str, str], codes: frozenset[str], *, nesting: int
) -> Iterator[tuple[str, str]]:
    """What is encoded in a value with surrogates inside, and the same with originals, whether or not it was sent so."""
    for found in packed_in(value):
        token, content = value[found.start : found.end], found.content.decode()
        if _mentions(content, codes):
            made = _restored_value(content, originals, codes, nesting=nesting + 1)
            yield token, packed_like(found, token, made)


def _mentions(text: str, codes: frozenset[str]) -> bool:
    """Whether a surrogate stands in the text, or in what is encoded in it."""
    if _says(text, codes):
        return True
    return any(_says(found.content.decode(), codes) for found in packed_in(text))


def _says(text: str, codes: frozenset[str]) -> bool:
    upper = text.upper()
    return any(code in upper for code in codes) or _SEEMS.search(text) is not None


def _code(written: str, codes: frozenset[str]) -> str | None:
    code = written.upper()
    if code in codes:
        return code
    return code[:-1] if code[-1] == "S" and code[:-1] in codes else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
