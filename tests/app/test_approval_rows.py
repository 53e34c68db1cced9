"""Two workers of one house look at the same rows, on either database: none takes what waits, all take what was approved.

In one process and without a clock: a look is asked for where a worker would look every second.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.live import PROVIDER

from ambos.app import House, Order, build_house
from ambos.errors import ForbiddenError, RequestError
from ambos.identity import FIRST_KEY, Principal, Role
from ambos.store import NewUser
from ambos.web.control import explain

pytestmark = pytest.mark.shell
LETTER = "Estimada señora: escriba a laura.gil@example.com. Atentamente, Laura Gil Moreno."
SENTENCE = "la cigüeña vuelve en febrero"


class Place:
    """A data directory, and its file."""

    def __init__(self, directory: Path, url: str, profile: str) -> None:
        self.directory, self._url, self._profile = directory, url, profile

    def write(self, agreement: str) -> None:
        about = f'[inside]\nmodel = "none"\n[identity]\nprofile = "{self._profile}"\n[database]\nurl = "{self._url}"\n'
        provider = PROVIDER.format(url="http://127.0.0.1:1/v1", agreement=agreement)
        (self.directory / "ambos.toml").write_text(about + provider, encoding="utf-8")

    @asynccontextmanager
    async def workers(self) -> AsyncIterator[tuple[House, House]]:
        houses = []
        for index in range(2):
            house = build_house(Order(str(self.directory), index=index, listen=(0,)), may_create=True)
            house.store.start()
            await house.keeper.start()
            await house.probes.check()
            houses.append(house)
        try:
            yield houses[0], houses[1]
        finally:
            for house in houses:
                await house.egress.close()
                await asyncio.to_thread(house.store.close)


@pytest.fixture
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], Place]:
    monkeypatch.setenv("ACME_KEY", "sk-acme-test")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def make(database: str, profile: str) -> Place:
        directory = tmp_path / "data"
        directory.mkdir()
        return Place(directory, request.getfixturevalue("postgres")() if database == "postgres" else "", profile)

    return make


async def masked(house: House) -> bool:
    """Whether the letter would leave."""
    told = await explain(house, {"text": LETTER})
    assert isinstance(told, dict)
    treatments = told["treatments"]
    assert isinstance(treatments, dict)
    return treatments["acme/big-1"] == "masked"


def holder(house: House, role: Role, name: str) -> Principal:
    return Principal(f"p_{name}", house.config.tenant, f"k_{name}", frozenset({role}))


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_no_worker_takes_what_waits_and_all_take_what_was_approved(
    database: str, place: Callable[[str, str], Place]
) -> None:
    here = place(database, "organisation")
    here.write("")
    async with here.workers() as workers:
        first, second = workers
        await first.store.keys.create(tenant=first.config.tenant, roles=FIRST_KEY, name="first")
        here.write("DPA-1")
        for house in workers:
            await house.keeper.look()
            assert not await masked(house)
        waiting = await second.keeper.waiting()
        assert waiting is not None
        owner = await second.owner()
        with pytest.raises(ForbiddenError):
            await second.keeper.approve(waiting.name, reason="mine", by=owner)
        officer = holder(second, Role.PRIVACY_OFFICER, "officer")
        await second.keeper.approve(waiting.name, reason="the agreement was signed", by=officer)
        await first.keeper.look()
        assert [await masked(house) for house in workers] == [True, True]
        with pytest.raises(RequestError, match="nothing waits"):
            await first.keeper.approve(waiting.name, reason="again", by=officer)
        assert first.store.verify().fault is None
    async with here.workers() as workers:  # and it stays so
        assert [await masked(house) for house in workers] == [True, True]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_the_author_does_not_approve_through_another_account(
    database: str, place: Callable[[str, str], Place]
) -> None:
    here = place(database, "organisation")
    here.write("")
    async with here.workers() as (house, _):
        tenant = house.config.tenant
        key = await house.store.keys.create(tenant=tenant, roles=FIRST_KEY, name="first")
        new = NewUser("lucia", frozenset({Role.OWNER}), password=SENTENCE, adopts=key.principal.id)
        await house.store.users.create(new, tenant=tenant)
        twin = NewUser("lucia2", frozenset({Role.USER}), password=SENTENCE, same_as="lucia")
        hers = await house.store.users.create(twin, tenant=tenant)
        officer = NewUser("olga", frozenset({Role.PRIVACY_OFFICER}), password=SENTENCE)
        olga = await house.store.users.create(officer, tenant=tenant)
        here.write("DPA-1")
        waiting = await house.keeper.waiting()
        assert waiting is not None
        for principal in (hers.id, "p_nobodys_key"):
            by = Principal(principal, tenant, "k_x", frozenset({Role.PRIVACY_OFFICER}))
            with pytest.raises(ForbiddenError):
                await house.keeper.approve(waiting.name, reason="mine", by=by)
        assert not await masked(house)
        await house.keeper.approve(waiting.name, reason="signed", by=olga.principal({}))
        assert await masked(house)
