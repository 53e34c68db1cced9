"""How far the runs are that the console started: one sealed file each, which their process writes and every worker reads.

What a run shows of rows that train lies apart, under the key of their corpus: who erases the corpus erases that too.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from ambos.errors import IntegrityError, StoreError
from ambos.messages import Json
from ambos.store.sealing import Sealer, place

_FOLDER: Final = "runs"
_HANDLE: Final = re.compile(r"n_[0-9a-f]{24}").fullmatch
_KEPT_MS: Final = 30 * 86_400_000  # as long as content is kept by default; the model and its card stay


class Runs:
    """The runs of one tenant.

    Args:
        sealer: with the tenant's key for runs.
    """

    def __init__(self, directory: Path, tenant: str, sealer: Sealer) -> None:
        self._folder, self._tenant, self._sealer = directory / _FOLDER, tenant, sealer

    def save(self, run: str, told: Mapping[str, Json]) -> None:
        """In place of what stood there; whole or not at all.

        Raises:
            StoreError: the disk does not take it.
        """
        self._put(f"{run}.run", self._sealer.seal(msgspec.json.encode(told), self._place(run, "state")))

    def load(self, run: str) -> dict[str, Json] | None:
        """What was told last; None where there is no such run, or its file is damaged."""
        try:
            told: dict[str, Json] = msgspec.json.decode(
                self._sealer.open(self._get(run, "run"), self._place(run, "state"))
            )
        except (IntegrityError, msgspec.MsgspecError):
            return None
        return told

    def every(self, *, now_ms: int) -> list[dict[str, Json]]:
        """Every run, the newest first; those of long ago are forgotten."""
        found = []
        for path in self._folder.glob("n_*.run") if self._folder.is_dir() else ():
            told = self.load(path.stem)
            if told is not None and now_ms - int(str(told["began_ms"])) > _KEPT_MS:
                for suffix in ("run", "rows", "stop"):
                    (self._folder / f"{path.stem}.{suffix}").unlink(missing_ok=True)
            elif told is not None:
                found.append(told)
        return sorted(found, key=lambda one: int(str(one["began_ms"])), reverse=True)

    def save_rows(self, run: str, rows: Sequence[Json], sealer: Sealer) -> None:
        """Some rows as they train, under the corpus' own key.

        Raises:
            StoreError: the disk does not take it.
        """
        self._put(f"{run}.rows", sealer.seal(msgspec.json.encode(rows), self._place(run, "rows")))

    def load_rows(self, run: str, sealer: Sealer) -> list[Json]:
        """Those rows; none where there are none, or they open no more."""
        sealed = self._get(run, "rows")
        try:
            rows: list[Json] = msgspec.json.decode(sealer.open(sealed, self._place(run, "rows"))) if sealed else []
        except (IntegrityError, msgspec.MsgspecError):
            return []
        return rows

    def stop(self, run: str) -> None:
        """Ask the run to end; it does at its next step."""
        self._put(f"{run}.stop", b"")

    def is_stopped(self, run: str) -> bool:
        """Somebody has asked it to end."""
        return (self._folder / f"{run}.stop").exists()

    def again(self, run: str) -> None:
        """Nobody asks it to end any more."""
        (self._folder / f"{run}.stop").unlink(missing_ok=True)

    def _put(self, name: str, content: bytes) -> None:
        path = self._folder / name
        fresh = path.with_suffix(f"{path.suffix}.new")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123  with its mode
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise StoreError(f"the disk does not take it: {error.strerror}") from None

    def _get(self, run: str, suffix: str) -> bytes:
        if not _HANDLE(run):
            return b""
        try:
            return (self._folder / f"{run}.{suffix}").read_bytes()
        except OSError:
            return b""

    def _place(self, run: str, part: str) -> bytes:
        return place("runs", self._tenant, run, part)
