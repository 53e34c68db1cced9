"""Puts originals back into the arguments of a complete tool call (`docs/spec/surrogate.md` section 8).

String tokens are replaced one by one in the text as it came, so that everything else keeps its bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from ambos.errors import UnknownSurrogateError
from ambos.messages import Kind
from ambos.privacy.restore import Restorer, json_string, restore

_STRING: Final = re.compile(r'"(?>[^"\\]++|\\.)*+"', re.DOTALL)
_KIND = "|".join(sorted(Kind, key=len, reverse=True))
_SEEMS: Final = re.compile(
    rf"(?<![^\W_])(?:{_KIND})[ \u00a0]?[-‐‑‒–—−_:][ \u00a0]?([2-9][0-9A-Z]{{8,40}}[A-Z])(?![^\W_])", re.IGNORECASE
)
_ESCAPED: Final = re.compile(r"""\\(?:u[0-9a-fA-F]{4}|["\\/])""")
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
    codes = frozenset(surrogate[1:-1].split("-")[1] for surrogate in originals)
    if "\\u" not in arguments and not _mentions(arguments, codes):
        return arguments
    if not _is_json(arguments):
        if not _mentions(arguments, codes):
            return arguments
        raise UnknownSurrogateError("the arguments hold a surrogate and are not JSON: the call is refused")
    return _restored(arguments, originals, codes, nesting=0)


def _restored(document: str, originals: Mapping[str, str], codes: frozenset[str], *, nesting: int) -> str:
    if nesting > _NESTING:
        raise UnknownSurrogateError(f"JSON stands in strings more than {_NESTING} deep: the call is refused")

    def token(found: re.Match[str]) -> str:
        value: str = json.loads(found[0], strict=False)
        if not _mentions(value, codes):
            return found[0]
        if value.lstrip()[:1] in ("{", "[") and _is_json(value):
            made = _restored(value, _read(originals), codes, nesting=nesting + 1)
        else:
            made = _restored_text(value, originals, codes)
        return f'"{json_string(made)}"'

    return _STRING.sub(token, document)


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


def _restored_text(value: str, originals: Mapping[str, str], codes: frozenset[str]) -> str:
    if any(_code(found[1], codes) is None for found in _SEEMS.finditer(value)):
        raise UnknownSurrogateError("the arguments hold a surrogate that this conversation never made")
    # What no form of section 6 covers would reach the tool as it is: a code inside a longer word, for example.
    blank = restore(value, dict.fromkeys(originals, ""))
    restorer = Restorer(originals)
    made = restorer.feed(value) + restorer.close()
    if restorer.kept or any(code in blank.upper() for code in codes):
        raise UnknownSurrogateError("the arguments hold a surrogate where it cannot be restored: the call is refused")
    return made


def _mentions(text: str, codes: frozenset[str]) -> bool:
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
