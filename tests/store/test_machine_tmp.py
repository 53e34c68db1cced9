"""The store against a plain model: whatever is done in whatever order, both say the same, and the log verifies."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.store.conftest import BIG, MovedClock, SystemRandom, Talk

from ambos.errors import StoreError
from ambos.store import Order, Store, StoreSettings, open_store
from ambos.store.settings import DAY_MS

PEOPLE = {name: ("id", f"{number:08}X") for number, name in enumerate(("lucia", "mario", "ana"))}
CUTS = ("ambos.store.batch.Sequencer._flush", "ambos.store.keyring.KeyRing.finish", "ambos.store.rotation.settle")


class Machine(RuleBasedStateMachine):
    """Records of people: open, blocked or gone; a crash keeps what was acknowledged; a restore loses only what is newer."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ambos-machine-"))
        self.settings = StoreSettings(self.folder / "data", self.folder / "roots", may_create=True)
        self.clock, self.talk = MovedClock(), Talk()
        self.loop = asyncio.new_event_loop()
        self.model: dict[str, str] = {}  # record -> "open", "blocked" or "gone"
        self.about: dict[str, str] = {}  # record -> person
        self.born: dict[str, int] = {}
        self.orders: dict[str, Order] = {}
        self.backup: tuple[Path, set[str]] | None = None
        self.entries: list[Any] = []
        self.store: Store

    @initialize()
    def begin(self) -> None:
        self.open()

    def open(self) -> None:
        self.store = open_store(self.settings, self.clock, SystemRandom(), scrub=lambda content, _: content)
        self.store.start()

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @rule(who=st.sampled_from(sorted(PEOPLE)))
    def append(self, who: str) -> None:
        asked = replace(self.talk.asked(who.encode()), identifiers=frozenset([PEOPLE[who]]))
        self.run(self.store.log.permit(asked, self.talk.outbound(), self.talk.decision(), BIG))
        self.model[asked.id], self.about[asked.id], self.born[asked.id] = "open", who, self.clock.time_ms

    def joined(self, who: str) -> Any:
        return self.store.subjects.search("house", [PEOPLE[who]])

    def of(self, who: str, *states: str) -> list[str]:
        return [one for one, state in self.model.items() if self.about[one] == who and state in states]

    @rule(who=st.sampled_from(sorted(PEOPLE)))
    def block(self, who: str) -> None:
        if self.of(who, "open", "blocked") and who not in self.orders:
            self.orders[who] = self.run(
                self.store.erasures.block(self.joined(who), tenant="house", basis="GDPR-17", by="p_dpo")
            )
            for one in self.orders[who].records:
                self.model[one] = "blocked"

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), is_lift=st.booleans())
    def end(self, data: st.DataObject, is_lift: bool) -> None:
        who = data.draw(st.sampled_from(sorted(self.orders)))
        order = self.orders.pop(who)
        if is_lift:
            self.run(self.store.erasures.lift(order, by="p_dpo"))
        else:
            self.run(self.store.erasures.destroy(order, lambda content, _: content, by="p_dpo"))
        for one in order.records:
            if self.model[one] == "blocked":
                self.model[one] = "open" if is_lift else "gone"
                self.born[one] = max(self.born[one], self.clock.time_ms - 29 * DAY_MS)

    @rule(is_root=st.booleans())
    def rotate(self, is_root: bool) -> None:
        rotation = self.store.rotation
        self.run((rotation.root if is_root else rotation.tenants)(tenant="house", by="p_owner"))

    @rule(days=st.integers(1, 20))
    def expire(self, days: int) -> None:
        self.clock.time_ms += days * DAY_MS
        self.store.records.expire(self.clock.time_ms)
        self.age()

    def age(self) -> None:
        for one, state in self.model.items():
            if state == "open" and self.born[one] + 30 * DAY_MS <= self.clock.time_ms:
                self.model[one] = "gone"

    @rule(
        cut=st.sampled_from(CUTS), what=st.sampled_from(("block", "root", "none")), who=st.sampled_from(sorted(PEOPLE))
    )
    def crash(self, cut: str, what: str, who: str) -> None:
        """In the middle of something, then a new start."""

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        joins = self.joined(who) if who not in self.orders else []

        def work() -> None:
            if what == "block" and joins and "settle" not in cut:
                self.run(self.store.erasures.block(joins, tenant="house", basis="GDPR-17", by="p_dpo"))
            elif what == "root" and "settle" in cut:
                self.store.rotation._root()
            else:
                die()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cut, die)
            with pytest.raises(KeyboardInterrupt):
                work()
        self.store.close()
        self.open()
        # Whether the block was committed is for the store to say: all of its records or none.
        found = [one for one in self.store.erasures.open_orders() if one.id not in {o.id for o in self.orders.values()}]
        for order in found:
            self.orders[who] = order
            for one in order.records:
                self.model[one] = "blocked"

    @rule()
    def back_up(self) -> None:
        target = Path(tempfile.mkdtemp(dir=self.folder))
        self.run(self.store.backups.make(target / "content", target / "ring", tenant="house"))
        self.backup = (target / "content", set(self.model))

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore(self) -> None:
        """Yesterday's content with today's ring: newer records are lost, what was blocked or gone stays so."""
        assert self.backup is not None
        folder, known = self.backup
        self.store.close()
        for tail in ("", "-wal", "-shm"):
            self.settings.content_path.with_name(self.settings.content_path.name + tail).unlink(missing_ok=True)
        shutil.copy(folder / "ambos.db", self.settings.content_path)
        self.open()
        self.store.records.expire(self.clock.time_ms)
        self.age()
        for one in set(self.model) - known:
            del self.model[one]
        self.orders = {who: order for who, order in self.orders.items() if set(order.records) & set(self.model)}
        self.backup = None
        self.entries = []

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        if not hasattr(self, "store"):
            return
        for one, state in self.model.items():
            assert self.state(one) == state, (one, self.about[one])
        report = self.store.verify(deep=True)
        assert (report.fault, report.is_unfinished) == (None, False)
        entries = list(self.store.entries())
        assert entries[: len(self.entries)] == self.entries, "what was in the log is not what it was"
        self.entries = entries

    def state(self, one: str) -> str:
        try:
            parts = self.run(self.store.records.open(one, tenant="house", owner="p_lucia"))
        except StoreError as error:
            return "blocked" if "is blocked" in str(error) else "gone"
        assert parts["request"] == self.about[one].encode()
        return "open"

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
        self.loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)


TestMachine = pytest.mark.shell(Machine.TestCase)
TestMachine.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


class Longer(Machine):
    """The same, for hours."""


TestLonger = pytest.mark.slow(Longer.TestCase)
TestLonger.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
