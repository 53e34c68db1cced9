"""Nothing may be learnt from unless somebody permitted it."""

from __future__ import annotations

import pytest

from ambos.errors import AmbosError, RequestError
from ambos.store import Store

KEY = {"tenant": "house", "scope": "key", "target": "k_lucia", "purpose": "train"}


async def test_none_by_default_then_granted_then_withdrawn(any_store: Store) -> None:
    assert not any_store.consents.permits(**KEY)
    await any_store.consents.grant(**KEY, basis="GDPR-6.1.a", by="p_dpo")
    assert any_store.consents.permits(**KEY)
    assert not any_store.consents.permits(**{**KEY, "purpose": "evaluate"})
    assert not any_store.consents.permits(**{**KEY, "tenant": "other"})
    assert await any_store.consents.withdraw(**KEY, by="p_dpo") == 1
    assert not any_store.consents.permits(**KEY)
    assert [one.withdrawn_ms is not None for one in any_store.consents.list(tenant="house")] == [True]
    told = [one.fields for one in any_store.entries() if one.event == "consent"]
    assert [(one["action"], one["key"], one["purpose"]) for one in told] == [
        ("granted", "k_lucia", "train"),
        ("withdrawn", "k_lucia", "train"),
    ]


@pytest.mark.parametrize(
    "wrong", [{"scope": "everybody"}, {"purpose": "sell"}, {"target": ""}, {"basis": ""}, {"basis": "she said so"}]
)
async def test_what_is_not_in_the_table_is_refused(store: Store, wrong: dict[str, str]) -> None:
    with pytest.raises(AmbosError):
        await store.consents.grant(**{**KEY, "basis": "GDPR-6.1.a", "by": "p_dpo", **wrong})
    assert store.consents.list(tenant="house") == []
    with pytest.raises(RequestError):
        await store.consents.withdraw(**KEY, by="p_dpo")
