"""How an order about one subject stands in the log."""

from __future__ import annotations

from collections.abc import Mapping

from ambos.audit.entry import Value
from ambos.audit.events import MAX_REQUESTS
from ambos.store.batch import Draft
from ambos.store.generation import Order


def enter_order(draft: Draft, event: str, order: Order, fields: Mapping[str, Value]) -> None:
    """The entries of an order: as many as its request handles need.

    Raises:
        ProofError: the basis is a sentence, not a code.
    """
    about: dict[str, Value] = {"erasure": order.id, "basis": order.basis, "count": len(order.records), **fields}
    for start in range(0, len(order.records), MAX_REQUESTS):
        some = list(order.records[start : start + MAX_REQUESTS])
        draft.enter(event, order.tenant, {**about, "requests": some})
