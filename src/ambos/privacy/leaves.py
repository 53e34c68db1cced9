"""Every scalar and every object key of a request as leaves, and which of them no reader understands (design 3.2)."""

from __future__ import annotations

import json
import re

from ambos.messages import Json, Leaf, Path

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
_CHUNK = 100


def leaves(tree: Json) -> tuple[Leaf, ...]:
    """Every scalar (arrays of numbers as one leaf) and every object key of `tree`, in document order.

    A key is a leaf of its own with the path of its value. Parts that no reader understands, data URIs, long encoded
    blobs and token ids are leaves with `is_readable=False`: the level rule calls them restricted.

    >>> [(leaf.path, leaf.text, leaf.is_key) for leaf in leaves({"n": [1, 2]})]
    [(('n',), 'n', True), (('n',), '1 2', False)]
    """
    found: list[Leaf] = []
    stack: list[tuple[Path, Json]] = [((), tree)]
    while stack:
        path, node = stack.pop()
        if isinstance(node, dict):
            if _is_unreadable_part(path, node):
                found.append(Leaf(path, "", is_readable=False, is_text=False))
                continue
            # One stack entry for key and value keeps document order: keys come out just before their values.
            for key, value in reversed(node.items()):
                stack.append((((*path, key)), value))
                stack.append(((*path, key), _Key(key)))
        elif isinstance(node, list):
            if node and all(isinstance(item, int | float) and not isinstance(item, bool) for item in node):
                found.append(_numbers(path, node))
            else:
                stack.extend(((*path, index), node[index]) for index in range(len(node) - 1, -1, -1))
        elif isinstance(node, _Key):
            found.append(Leaf(path, str(node), is_key=True))
        else:
            found.append(_scalar(path, node))
    return tuple(found)


class _Key(str):
    """An object key on the stack."""

    __slots__ = ()


def _scalar(path: Path, node: str | int | float | bool | None) -> Leaf:
    if isinstance(node, str):
        return Leaf(path, node, is_readable=not is_blob(node))
    return Leaf(path, json.dumps(node), is_text=False)


def is_blob(text: str) -> bool:
    """Whether `text` holds a data URI or a long encoded blob."""
    if "base64," in text and _DATA_URI.search(text):
        return True
    if len(text) < _BLOB_LEAST:
        return False
    # An unbroken run of 200 holds a whole aligned chunk of 100: a look at each chunk is far cheaper than at each word.
    chunks = (text[place : place + _CHUNK] for place in range(0, len(text), _CHUNK))
    if all(" " in chunk or "\n" in chunk for chunk in chunks):
        return False
    return any(len(word) >= _BLOB_LEAST and _is_encoded(word) for word in text.split())


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
