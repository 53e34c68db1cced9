"""What `ambos audit verify` does: gathers what others remember, verifies, and brings the anchor up to date."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ambos.app.system import SystemClock, SystemRandom
from ambos.app.witnesses import read_quorum
from ambos.app.witnessing import Told, remembered
from ambos.audit import Verifier
from ambos.audit.anchor import Anchor
from ambos.cli.words import say
from ambos.config import Config, load
from ambos.errors import ConfigError, IntegrityError, ProofError
from ambos.store import Fault, Report, Trusted, open_store


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome.

    Attributes:
        memories: who beside the data directory remembers the log and agreed.
        silent: witnesses that were asked and remember nothing, or did not answer, with why.
    """

    report: Report | None = None
    problem: str = ""
    memories: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    was_first: bool = False

    @property
    def is_right(self) -> bool:
        """Nothing is wrong."""
        return self.report is not None and self.report.is_right

    def told(self) -> dict[str, object]:
        """For scripts."""
        if self.report is None:
            return {"ok": False, "problem": self.problem}
        report = self.report
        return {
            "ok": report.is_right,
            "size": report.size,
            "root": report.root,
            "unanswered": report.unanswered,
            "since": report.since,
            "unfinished": report.is_unfinished,
            "remembered_by": list(self.memories),
            "silent": list(self.silent),
            "problem": str(report.fault or ""),
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        report = self.report
        if report is None:
            yield say("not_judged", problem=self.problem)
            return
        if report.fault is not None:
            yield say("not_verified", problem=report.fault)
            return
        yield say("verified", size=report.size, root=report.root)
        if report.since:
            yield say("verified_since", since=report.since)
        if report.is_unfinished:
            yield say("ring_unfinished")
        for one in self.silent:
            yield say("witness_silent", problem=one)
        if self.memories:
            yield say("remembered", names=", ".join(self.memories))
        else:
            yield say("anchor_first") if self.was_first else say("not_remembered")


def run(
    data: Path | None,
    progress: Callable[[int, int], None],
    *,
    deep: bool,
    anchor: Path | None,
    only_new: bool,
    ask_witnesses: bool,
) -> Verified:
    """Verify the log of a data directory.

    Raises:
        StoreError: nothing can be said: no installation, no key.
        ConfigError: the anchor is of no use where it lies, or cannot be written.
    """
    config = load(data)
    if only_new and anchor is None:
        raise ConfigError("--new goes on from an anchor: give --anchor FILE")
    if anchor is not None and anchor.resolve().is_relative_to(config.directory):
        raise ConfigError("an anchor inside the data directory is restored and rewritten with it: keep it elsewhere")
    try:
        store = open_store(config.store, SystemClock(), SystemRandom(), read_only=True)
    except IntegrityError as error:
        return Verified(Report(Fault(error.place, str(error))))
    try:
        key = store.secrets.anchor_key()
        kept = _read_anchor(anchor, key) if anchor is not None else None
        heads, silent, keys = (
            _witnessed(config, store.head().checkpoint.partition("\n")[0]) if ask_witnesses else ([], [], [])
        )
        start = kept if kept is not None and only_new and kept.standing is not None else None
        own = [("the anchor", kept.note)] if kept is not None and start is None else []
        report = store.verify(progress, deep=deep, trusted=Trusted([*own, *heads], keys, start))
    except ProofError as error:
        return Verified(Report(Fault("the anchor", str(error))))
    finally:
        store.close()
    if report.anchor is not None and anchor is not None:
        _write_anchor(anchor, report.anchor.write(key))
    memories = [*(["the anchor"] if kept is not None else []), *(name for name, _ in heads)]
    return Verified(report, "", tuple(memories), tuple(silent), was_first=anchor is not None and kept is None)


def _witnessed(config: Config, origin: str) -> tuple[list[tuple[str, bytes]], list[str], list[Verifier]]:
    """What witnesses remember, and which of them remember nothing."""
    quorum = read_quorum(config.directory)
    told: list[tuple[Told, bytes]] = asyncio.run(remembered(quorum, origin))
    heads = [(f"witness {one.name}", note) for one, note in told if note]
    return (
        heads,
        [f"{one.name}: {one.problem}" for one, note in told if not note],
        [one.key for one in quorum.witnesses],
    )


def _read_anchor(path: Path, key: bytes) -> Anchor | None:
    try:
        return Anchor.parse(path.read_bytes(), key)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"the anchor cannot be read: {error.strerror}") from None


def _write_anchor(path: Path, content: bytes) -> None:
    """The new one or the old one, whatever happens."""
    new = path.with_name(f"{path.name}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise ConfigError(f"the anchor cannot be written: {error.strerror}") from None
