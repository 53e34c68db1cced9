"""What the store is told from outside: paths, sizes and terms. `config` makes this; nothing here is read elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ambos.identity import Role
from ambos.store.keyservice import KeySettings

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Settings of the store (docs/spec/store.md section 2).

    Attributes:
        directory: the data directory `DIR`.
        roots: folder for the root keys of new installations; must lie outside `directory`.
        root_key_file: the root key, where it is not in `roots`.
        root_key: 32 bytes, where a key service hands them over; goes before both paths.
        keys: which service keeps the root key in its file.
        url: PostgreSQL address ("postgresql://..."); empty for SQLite in `directory`.
        may_create: make a new installation where there is none.
        origin: first part of the name that checkpoints carry; the installation id follows it.
        tenant: the house that entries about the installation itself belong to.
        content_days: how long sealed parts are kept; 0 keeps none.
        marked_model_days: how long an adapted model still answers after what it was trained on was withdrawn or erased.
        conversation_days: how long the level of a conversation is remembered after its last turn; at least 1, since
            forgetting it at once would let a dropped turn lower the level.
        blocked_days: how long what is blocked before its erasure is kept for legal claims (LOPDGDD 32).
        ring_backup_days: how long backups of the key ring are kept at most; then what was erased is irrecoverable.
        session_minutes: life of a console session.
        groups: roles that the members of a group have besides their own.
        queue_size: jobs that may wait for the writer before it refuses.
        batch_size: jobs in one transaction at most.
        wait_s: how long a caller waits for durability before it is told that the log is unavailable.
        busy_timeout_ms: how long SQLite waits for a lock that another program holds.
    """

    directory: Path
    roots: Path
    root_key_file: Path | None = None
    root_key: bytes | None = field(default=None, repr=False)
    keys: KeySettings = field(default_factory=KeySettings)
    url: str = field(default="", repr=False)
    may_create: bool = False
    origin: str = "ambos.local"
    tenant: str = "house"
    content_days: int = 30
    marked_model_days: int = 30
    conversation_days: int = 30
    blocked_days: int = 1095
    ring_backup_days: int = 7
    session_minutes: int = 60
    groups: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    queue_size: int = 4096
    batch_size: int = 256
    wait_s: float = 10.0
    busy_timeout_ms: int = 5000

    @property
    def is_postgres(self) -> bool:
        """The content lies in PostgreSQL, not in a file of `directory`."""
        return bool(self.url)

    @property
    def content_path(self) -> Path:
        """The content database."""
        return self.directory / "ambos.db"

    @property
    def ring_path(self) -> Path:
        """The key ring, apart from the content so that backups of one do not hold the other."""
        return self.directory / "keyring.db"

    @property
    def vkey_path(self) -> Path:
        """The public key that checkpoints verify with."""
        return self.directory / "log.vkey"

    @property
    def installation_path(self) -> Path:
        """The public name of the installation and the check value of its root key."""
        return self.directory / "installation"
