"""Parts of a record that are written together are sealed together: one row, one seal (docs/spec/store.md section 4).

The names are joined by `+`, which no name holds. Before each content but the last stand four bytes with its length, so
that a bundle of one part is that part, as it was always written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ambos.errors import IntegrityError
from ambos.store.sealing import Sealer, place

_JOINT: Final = "+"
_SIZE_BYTES: Final = 4

Part = tuple[str, bytes]
"""Name and content, the salt of its commitment before it where it has one."""


def seal_parts(key: Sealer, tenant: str, record: str, parts: Sequence[Part]) -> tuple[str, bytes]:
    """The name and the sealed content of one row of `record_parts`."""
    if len(parts) == 1:
        name, content = parts[0]
    else:
        name = _JOINT.join([one for one, _ in parts])
        framed = [piece for _, whole in parts[:-1] for piece in (len(whole).to_bytes(_SIZE_BYTES, "big"), whole)]
        content = b"".join([*framed, parts[-1][1]])
    return name, key.seal(content, place("record_parts", tenant, record, name))


def open_rows(key: Sealer, tenant: str, record: str, rows: Iterable[Sequence[object]]) -> dict[str, bytes]:
    """The parts of a record by name, out of the names and sealed contents of its rows.

    Raises:
        IntegrityError: a row does not open, is framed wrongly, or a part is there twice.
    """
    found = dict[str, bytes]()
    for name, sealed in rows:
        content = key.open(bytes(sealed), place("record_parts", tenant, record, str(name)))  # type: ignore[call-overload]  # a row's bytes
        for one, whole in _apart(str(name).split(_JOINT), content):
            if one in found:
                raise IntegrityError(f"the part {one} of a record is there twice")
            found[one] = whole
    return found


def _apart(names: Sequence[str], content: bytes) -> Iterable[Part]:
    at = 0
    for name in names[:-1]:
        start = at + _SIZE_BYTES
        at = start + int.from_bytes(content[at:start], "big")
        if at > len(content):
            raise IntegrityError(f"the part {name} of a record is longer than what was sealed")
        yield name, content[start:at]
    yield names[-1], content[at:]
