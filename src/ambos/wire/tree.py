"""A body's bytes become one tree, once, under rules that leave nothing to two readers' different taste.

What two JSON parsers may read differently (duplicate keys, NaN, numbers that do not fit, half surrogates, a byte order
mark) is refused here, so that what was judged is what is sent. Nothing here knows a dialect.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any, NoReturn

import orjson

from ambos.errors import MalformedError, TooLargeError
from ambos.messages import Json

# Possessive on purpose: an unclosed string costs one pass, not a quadratic search.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_TOKEN = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")(\s*+:)?|[{}\[\]]', re.DOTALL)
_LONG_INTEGER = re.compile(rb"(?<![\d.eE+-])-?\d{19,}+(?![.eE])")  # no fraction, no exponent
_BRACKETS = bytes.maketrans(b"{[}]", b"\x01\x01\xff\xff")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))
_FIRST_INEXACT = 2.0**63  # orjson gives a float for an integer below -2^63 or above 2^64 - 1


def parse(body: bytes, *, max_depth: int = 64, max_nodes: int = 200_000) -> dict[str, Json]:
    """The one tree of a body (design 3.2), by the rules of RFC 8259 and of I-JSON (RFC 7493, section 2).

    Refused beyond broken syntax: duplicate keys, NaN and infinities, integers that do not fit 64 bit, lone surrogates,
    invalid UTF-8, a byte order mark, and a top level that is not an object.

    Args:
        body: the bytes as received; their number is the caller's business.
        max_depth: levels of objects and arrays.
        max_nodes: scalars, arrays and objects together; judged before the tree is built when it is far passed.

    Raises:
        MalformedError: a rule is broken; the message names the rule and the byte, never the content.
        TooLargeError: too deep or too many nodes.
    """
    if len(body) >= max_nodes and body.count(b",") + body.count(b"{") + body.count(b"[") >= max_nodes:
        _check_size(body, max_nodes)
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        _refuse(body, error, max_depth)
    if tree.__class__ is not dict:
        raise MalformedError("the body must be a JSON object at its top level")
    strings, has_large = _walk(tree, max_depth)
    if strings != _count_strings(body):
        raise MalformedError(f"an object has the same key twice, at byte {_duplicate_at(body)}: keep one of them")
    if has_large:
        _check_integers(body)
    return tree


def _walk(tree: dict[str, Json], max_depth: int) -> tuple[int, bool]:
    """How many strings the tree holds (keys too), and whether a number needs a closer look."""
    strings, has_large = 0, False
    level: list[Any] = [tree]  # Any here: mypy cannot follow __class__, which is the fastest test
    for _ in range(max_depth):
        below: list[Any] = []
        for node in level:
            if node.__class__ is dict:
                strings += len(node)
                children = node.values()
            else:
                children = node
            for child in children:
                kind = child.__class__
                if kind is str:
                    strings += 1
                elif kind is dict or kind is list:
                    below.append(child)
                elif kind is float and not -_FIRST_INEXACT < child < _FIRST_INEXACT:
                    has_large = True
        if not below:
            return strings, has_large
        level = below
    raise TooLargeError(f"the body is nested deeper than {max_depth} levels", code="too_deep")


def _count_strings(body: bytes) -> int:
    """Strings in valid JSON: its quotes that are not escaped, halved.

    Each duplicate key that the parser dropped is a string that the tree no longer has, so that the two counts differ
    exactly when there was one. Pairs of backslashes go first: a quote behind what is left is escaped.
    """
    quotes = body.count(b'"')
    if b"\\" in body and (escaped := body.count(b'\\"')):
        if b"\\\\" in body:
            escaped = body.replace(b"\\\\", b"").count(b'\\"')
        quotes -= escaped
    return quotes >> 1


def _check_size(body: bytes, max_nodes: int) -> None:
    skeleton = _STRING.sub(b"", body)
    if 1 + skeleton.count(b",") + skeleton.count(b"{") + skeleton.count(b"[") > max_nodes:
        raise TooLargeError(f"the body holds more than {max_nodes} values", code="too_many_values")


def _check_integers(body: bytes) -> None:
    # The strings become quotes of the same length, so that the place is right and no digits of a text are seen.
    bare = _STRING.sub(lambda found: b'"' * len(found[0]), body)
    for found in _LONG_INTEGER.finditer(bare):
        if not -(2**63) <= int(found[0][:40]) < 2**64:
            raise MalformedError(f"an integer at byte {found.start()} does not fit in 64 bit")


def _duplicate_at(body: bytes) -> int:
    open_objects: list[set[bytes]] = []
    for found in _TOKEN.finditer(body):
        token = found[0][:1]
        if token in b"{[":
            open_objects.append(set())
        elif token in b"}]":
            open_objects.pop()
        elif found[2] is not None:
            key = orjson.dumps(orjson.loads(found[1]))  # "a" and "\u0061" are one key
            if key in open_objects[-1]:
                return found.start()
            open_objects[-1].add(key)
    return 0


_RULES = {  # in this order: the parser's words on UTF-8 speak of surrogates too
    "not valid UTF-8": "the body must be UTF-8",
    "surrogate": "half of a surrogate pair stands alone",
    "infinity": "a number does not fit",
    "byte order mark": "the body must not begin with a byte order mark",
    "control character": "a control character in a string must be escaped",
    "zero-length": "the body is empty; a JSON object was expected",
}


def _refuse(body: bytes, error: orjson.JSONDecodeError, max_depth: int) -> NoReturn:
    skeleton = _STRING.sub(b"", body).translate(_BRACKETS, _NOT_BRACKETS)
    steps = (1 if step == 1 else -1 for step in skeleton)
    if any(depth > max_depth for depth in accumulate(steps)):
        raise TooLargeError(f"the body is nested deeper than {max_depth} levels", code="too_deep") from None
    # The parser's own words never hold content, but they are not promised not to: only the rule is taken from them.
    rule = next((ours for theirs, ours in _RULES.items() if theirs in error.msg), "the body is not valid JSON")
    place = len(error.doc[: error.pos].encode("utf-8", "surrogatepass")) if error.doc else 0
    raise MalformedError(f"{rule} (byte {place})") from None
