"""The door `Log`: what is durable before a dispatch exists, and what is never dispatched."""

from __future__ import annotations

from ambos.messages import Level, Zone
from ambos.store import Store


async def test_permit_makes_decided_and_egress_durable(store: Store, talk) -> None:  # type: ignore[no-untyped-def]
    asked = talk.asked()
    outside = talk.outbound(b"what leaves")
    from_conftest = type(talk).__module__
    assert from_conftest
    attempt = __import__("sys").modules[from_conftest].BIG
    dispatch = await store.log.permit(asked, outside, talk.decision(), attempt)
    assert [entry.event for entry in store.entries()] == ["decided", "egress"]
    assert dispatch.take(provider="acme", zone=Zone.OUTSIDE) == b"what leaves"
    assert asked.assessed.level is Level.CONFIDENTIAL
