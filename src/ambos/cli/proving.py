"""What `ambos audit proof` does: finds the entries, opens what the person at the terminal owns, writes the file."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from ambos.app.witnesses import published_key, read_quorum
from ambos.cli.reading import open_reading
from ambos.config import load
from ambos.errors import ConfigError, StoreError
from ambos.identity import Role
from ambos.store import Store
from ambos.store.receipts import SaltsOf

OPENS = ("in", "out", "answer")


@dataclass(frozen=True, slots=True)
class Proved:
    """The receipt that was written."""

    file: str
    count: int
    size: int
    witnesses: tuple[str, ...]
    vkey: str

    def told(self) -> dict[str, object]:
        """For scripts."""
        return asdict(self)


def prove(data: Path | None, name: str, output: Path | None, labels: Collection[str]) -> Proved:
    """Write the receipt of a request, or of the entry at a position.

    Raises:
        StoreError: no such request, or content that is not this person's to show.
        ConfigError: an unknown label, or the file cannot be written.
    """
    config = load(data)
    unknown = sorted(set(labels) - {*OPENS})
    if unknown:
        raise ConfigError(f"--open takes {', '.join(OPENS)}, not {unknown[0][:20]!r}")
    quorum = read_quorum(config.directory)
    with open_reading(data) as store:
        is_position = name.isascii() and name.isdigit()
        places = [int(name)] if is_position else [one.seq for one in store.entries_of(name)]
        if not places:
            raise StoreError(f"the log has no request {name[:80]!r}; `ambos audit show` lists them")
        if labels and is_position:
            raise ConfigError("--open goes with a request (r_...), since its record holds what is opened")
        salts = _salts(store, name, config.tenant, labels) if labels else None
        made = store.receipt(places, quorum, salts)
    file = output or Path(f"{name}.tlog-proof")
    try:
        file.write_bytes(made.data)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from None
    vkey = published_key(config.store.vkey_path)
    return Proved(str(file), len(places), made.size, made.witnesses, vkey)


def _salts(store: Store, name: str, tenant: str, labels: Collection[str]) -> SaltsOf:
    """Of a record of the person at the terminal: whoever may read the data directory is its first owner."""
    keys = asyncio.run(store.keys.list(tenant=tenant))
    owner = next((key.principal for key in keys if Role.OWNER.value in key.roles), "p_console")
    return SaltsOf.record(store.records, name, tenant=tenant, owner=owner, labels=labels)
