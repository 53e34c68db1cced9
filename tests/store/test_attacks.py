"""Attacks of the list O1 to O46 that concern keys and records, where no other file has them."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from tests.store.conftest import OWNER, Talk
from tests.store.test_erasure import LUCIA, erase, told

from ambos.errors import AmbosError, RequestError, StoreError
from ambos.identity import Role
from ambos.store import Store

INJECTED = [
    "amb_' OR '1'='1",
    "amb_'; DROP TABLE api_keys; --",
    'amb_{"$ne": null}',
    "amb_*)(uid=*))(|(uid=*",
    "amb_%00",
    "ams_' UNION SELECT hash FROM api_keys --",
    "amb_" + "A" * 43 + "'",
    "\ud800" * 47,
]


@pytest.mark.parametrize("text", INJECTED)
async def test_o28_texts_of_query_languages_in_a_key_are_nobody(any_store: Store, text: str) -> None:
    made = await any_store.keys.create(tenant="house", roles=frozenset({Role.OWNER}), name="me")
    assert await any_store.keys.find(text) is None
    with pytest.raises(RequestError):
        await any_store.keys.revoke(text, tenant="house")
    assert await any_store.keys.find(made.key) == made.principal


async def test_o30_nothing_of_another_tenant_or_owner_is_reached(any_store: Store, talk: Talk) -> None:
    asked = await told(any_store, talk, LUCIA)
    key = await any_store.keys.create(tenant="house", roles=frozenset({Role.OWNER}), name="me")
    order = await any_store.erasures.block(
        any_store.subjects.search("house", [LUCIA]), tenant="house", basis="GDPR-18", by="p_dpo"
    )
    for tenant, owner in (("other", "p_lucia"), ("house", "p_mario")):
        for reading in (any_store.records.salted, any_store.records.open_blocked):
            with pytest.raises(StoreError):
                reading(asked.id, tenant=tenant, owner=owner)
    assert any_store.subjects.search("other", [LUCIA]) == []
    assert any_store.erasures.open_orders("other") == []
    assert await any_store.records.recent(tenant="other", owner=None, limit=9) == []
    assert await any_store.keys.list(tenant="other") == []
    with pytest.raises(RequestError):
        await any_store.keys.revoke(key.id, tenant="other")
    with pytest.raises(StoreError):
        any_store.erasures.certificate_of(order.id, tenant="other")


async def test_o30_an_ending_for_the_request_of_another_is_refused(any_store: Store, talk: Talk) -> None:
    from tests.store.conftest import BIG

    asked = talk.asked()
    await any_store.log.permit(asked, talk.outbound(), talk.decision(), BIG)
    any_store.log._open.clear()
    with pytest.raises(AmbosError):
        await any_store.log.ended(replace(asked, principal=replace(OWNER, id="p_mario")), BIG, talk.answered())
    assert [one.event for one in any_store.entries()] == ["decided", "egress"]


async def test_o37_no_content_and_no_key_in_the_programs_own_log_or_in_errors(
    store: Store, talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    asked = await told(store, talk, LUCIA)
    await erase(store, LUCIA)
    for work in (
        lambda: store.records.salted(asked.id, tenant="house", owner="p_lucia"),
        lambda: store.erasures.certificate_of("12345678Z", tenant="house"),
        lambda: store._foundation.ring.owner("house", "12345678Z"),
    ):
        with pytest.raises(AmbosError) as caught:
            work()
        said.append(str(caught.value))
    shown = " ".join([caplog.text, *said, repr(store._foundation.ring), repr(store.secrets), repr(store._settings)])
    assert "12345678Z" not in shown
    assert store.secrets.index_key("house").hex() not in shown
