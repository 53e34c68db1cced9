"""What was already read: message-local findings by a keyed hash of the text, bounded in entries and bytes.

The key is random per process and every entry is scoped to tenant and principal, so that nobody learns from the time of
an answer whether somebody else sent the same text (design 3.14).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from ambos.messages import Finding
from ambos.privacy.document import Values
from ambos.privacy.normalise import NOTHING, Folded


@dataclass(frozen=True, slots=True)
class Local:
    """What one text holds by itself.

    Attributes:
        findings: merged, in order.
        language: code of a language that the recognisers were not made for, or "".
        folded, squeezed: the folded text with and without separators, for the document pass.
        values: what its findings hold, for the document pass.
    """

    findings: tuple[Finding, ...]
    language: str = ""
    folded: Folded = NOTHING
    squeezed: bytes = b""
    values: Values = field(default_factory=Values)

    @property
    def size_bytes(self) -> int:
        """Rough memory it holds."""
        views = (
            len(self.folded.lower) * 2
            + len(self.squeezed)
            + 4 * (0 if self.folded.offsets is None else len(self.folded.lower))
        )
        values = len(self.values.names) + len(self.values.ids) + len(self.values.phrases)
        return 600 + views + 160 * len(self.findings) + 200 * values


class Cache:
    """A least-recently-used map from (scope, text) to `Local`."""

    def __init__(self, *, key: bytes, entries: int, size_bytes: int) -> None:
        """Take `key` (16 to 64 random bytes of this process) and the bounds."""
        if not 16 <= len(key) <= 64:
            raise ValueError("the cache key must have 16 to 64 bytes")
        self._key = key
        self._entries = entries
        self._bytes = size_bytes
        self._used = 0
        self._map: OrderedDict[bytes, Local] = OrderedDict()

    def name(self, scope: bytes, text: str) -> bytes:
        """The keyed hash under which `text` is kept for `scope`."""
        digest = hashlib.blake2b(key=self._key, digest_size=20)
        digest.update(len(scope).to_bytes(4, "big") + scope)
        digest.update(text.encode("utf-8", "surrogatepass"))
        return digest.digest()

    def get(self, name: bytes) -> Local | None:
        """The entry, marked as used."""
        local = self._map.get(name)
        if local is not None:
            self._map.move_to_end(name)
        return local

    def put(self, name: bytes, local: Local) -> None:
        """Keep `local`, dropping the least recently used beyond the bounds."""
        old = self._map.pop(name, None)
        self._used -= old.size_bytes if old else 0
        self._map[name] = local
        self._used += local.size_bytes
        while self._map and (len(self._map) > self._entries or self._used > self._bytes):
            _, dropped = self._map.popitem(last=False)
            self._used -= dropped.size_bytes

    def __len__(self) -> int:
        return len(self._map)
