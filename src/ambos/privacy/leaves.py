"""Every scalar and every object key of a request as leaves, and which of them no reader understands (design 3.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from ambos.messages import Json, Leaf, Path

# Words of the dialects: as values they hold nothing, as fields they say nothing of their value.
_DIALECT_WORDS = """
role content type text model messages system user assistant tool developer function name id index arguments parameters
properties required description object string number integer boolean array items enum additionalProperties anyOf default
stream true false null temperature top_p max_tokens max_completion_tokens n stop seed tools tool_choice tool_calls
tool_call_id tool_use tool_result tool_use_id input output input_text output_text response_format json_object json_schema
schema strict auto none stream_options include_usage metadata presence_penalty frequency_penalty logprobs top_logprobs
logit_bias parallel_tool_calls reasoning_effort service_tier store prompt instructions is_error cache_control ephemeral
message low medium high value values data result results body 0 1 2 0.0 0.2 0.5 0.7 1.0
"""
DIALECT = frozenset(_DIALECT_WORDS.split())
# Parts of a content list (OpenAI chat and responses, Anthropic, MCP) whose payload only a model can see or hear.
_UNREADABLE_PARTS = frozenset(
    {
        "image", "image_url",
        "input_image", "output_image", "input_audio", "audio", "output_audio", "file",
        "input_file", "video", "video_url", "input_video", "document", "image_file",
        "redacted_thinking", "container_upload",
        "computer_screenshot", "blob", "resource",
    }
)  # fmt: skip
_TOKEN_FIELDS = frozenset({"content", "input", "prompt", "suffix", "messages"})
# A data URI, or 200 unbroken characters of base64 or hex: longer than any key, token or hash a text holds.
_DATA_URI = re.compile(r"data:[\w.+-]{1,80}/[\w.+-]{1,80}(?:;[\w=.-]{1,60}){0,4};base64,", re.IGNORECASE)
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{200}")
_BLOB_LEAST = 200


def leaves(tree: Json) -> tuple[Leaf, ...]:
    """Every scalar (arrays of numbers as one leaf) and every object key of `tree`, in document order.

    A key is a leaf of its own with the path of its value. Parts that no reader understands, data URIs, long encoded
    blobs and token ids are leaves with `is_readable=False`: the level rule calls them restricted.

    >>> [(leaf.path, leaf.text, leaf.is_key) for leaf in leaves({"n": [1, 2]})]
    [(('n',), 'n', True), (('n',), '1 2', False)]
    """
    found: list[Leaf] = []
    root = _item((), tree, found)
    open_nodes = [] if root is None else [root]
    while open_nodes:
        inner = _read(open_nodes[-1], found)
        if inner is None:
            open_nodes.pop()
        else:
            open_nodes.append(inner)
    return tuple(found)


class _Open:
    """An object or array of which some items are still to be read."""

    __slots__ = ("is_message", "is_object", "items", "path")

    def __init__(self, path: Path, node: dict[str, Json] | list[Json]) -> None:
        self.path = path
        self.is_object = isinstance(node, dict)
        self.is_message = self.is_object and len(path) == 2 and path[0] == "messages"
        self.items: Iterator[tuple[str | int, Json]] = iter(node.items()) if isinstance(node, dict) else enumerate(node)


def _read(node: _Open, found: list[Leaf]) -> _Open | None:
    """Add leaves up to an object or array that must be read before `node` goes on; None at its end."""
    for step, value in node.items:
        path = (*node.path, step)
        if node.is_object:
            key = str(step)
            found.append(_common_key(path, key) if node.is_message and key in DIALECT else Leaf(path, key, True))
        inner = _item(path, value, found)
        if inner is not None:
            return inner
    return None


def _item(path: Path, value: Json, found: list[Leaf]) -> _Open | None:
    """Add the leaf that `value` is, or say that it must be read item by item."""
    if isinstance(value, str):
        is_common = len(path) == 3 and value in DIALECT
        found.append(_common_value(path, value) if is_common else Leaf(path, value, False, not is_blob(value)))
    elif isinstance(value, dict):
        if len(path) == 2 and path[0] == "messages" and (plain := _plain_message(path, value)):
            found += plain
            return None
        if not _is_unreadable_part(path, value):
            return _Open(path, value)
        found.append(Leaf(path, "", is_readable=False, is_text=False))
    elif isinstance(value, list):
        if not _are_numbers(value):
            return _Open(path, value)
        found.append(_numbers(path, value))
    else:
        found.append(Leaf(path, json.dumps(value), is_text=False))
    return None


@lru_cache(maxsize=2048)
def _common_key(path: Path, key: str) -> Leaf:
    """The keys of messages are the same in every request."""
    return Leaf(path, key, is_key=True)


def _plain_message(path: Path, message: dict[str, Json]) -> tuple[Leaf, ...]:
    """The leaves of a message that is a role and a text in this order, as nearly all are; else none."""
    if tuple(message) != ("role", "content"):
        return ()
    role, content = message["role"], message["content"]
    if not isinstance(content, str) or not isinstance(role, str) or role not in DIALECT:
        return ()
    frame = _frame(path, role)
    return (*frame, Leaf(frame[-1].path, content, False, not is_blob(content)))


@lru_cache(maxsize=2048)
def _frame(path: Path, role: str) -> tuple[Leaf, ...]:
    """What is the same in the messages of every request at this place: two keys and the role."""
    at_role, at_content = (*path, "role"), (*path, "content")
    return Leaf(at_role, "role", is_key=True), Leaf(at_role, role), Leaf(at_content, "content", is_key=True)


@lru_cache(maxsize=2048)
def _common_value(path: Path, value: str) -> Leaf:
    """The roles of messages are the same in every request."""
    return Leaf(path, value)


def _are_numbers(node: list[Json]) -> bool:
    return bool(node) and all(isinstance(item, int | float) and not isinstance(item, bool) for item in node)


def is_blob(text: str) -> bool:
    """Whether `text` holds a data URI or a long encoded blob."""
    if "base64," in text and _DATA_URI.search(text):
        return True
    if len(text) < _BLOB_LEAST:
        return False
    # From space to space in steps as long as a blob: nearly every text is told from a few of its spaces.
    place = 0
    while len(text) - place >= _BLOB_LEAST:
        space = text.rfind(" ", place, place + _BLOB_LEAST)
        if space < 0:
            return any(len(word) >= _BLOB_LEAST and _is_encoded(word) for word in text.split())
        place = space + 1
    return False


def _is_encoded(word: str) -> bool:
    """Mixed cases or digits in one run: "aaaa..." and rows of dashes are no encoding."""
    found = _BLOB.search(word)
    return found is not None and len(set(found.group())) > 8


def _numbers(path: Path, node: list[Json]) -> Leaf:
    field = next((part for part in reversed(path) if isinstance(part, str)), "")
    are_tokens = field in _TOKEN_FIELDS and all(isinstance(item, int) for item in node)
    return Leaf(path, " ".join(map(json.dumps, node)), is_readable=not are_tokens, is_text=False)


def _is_unreadable_part(path: Path, node: dict[str, Json]) -> bool:
    kind = node.get("type")
    if not path or not isinstance(kind, str) or kind not in _UNREADABLE_PARTS:
        return False
    if not isinstance(path[-1], int) and path[-1] not in ("content", "source", "output"):
        return False
    source = node.get("source")
    has_text = isinstance(source, dict) and source.get("type") in ("text", "content")
    return not (kind == "document" and has_text)
