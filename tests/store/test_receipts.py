"""Receipts out of a real store, checked by the verifier that stands alone."""

from __future__ import annotations

import pytest
from tests.store.conftest import Reopen, Talk

import ambos_verify
from ambos.audit import Checkpoint, Signer
from ambos.audit.note import Note
from ambos.audit.quorum import Group, Party, Quorum
from ambos.audit.signing import COSIGNATURE
from ambos.errors import ProofError, StoreError
from ambos.store import Store
from ambos.store.receipts import SaltsOf

WITNESSES = [Signer(f"witness.example/w{number}", bytes([number]) * 32, kind=COSIGNATURE) for number in (1, 2)]
TWO = Quorum(
    witnesses=tuple(Party(one.verifier, f"w{at}") for at, one in enumerate(WITNESSES)),
    groups={"both": Group(2, ("w0", "w1"))},
    quorum="both",
)


def keys(store: Store, *witnesses: Signer) -> list[ambos_verify.Key]:
    vkeys = [store._foundation.signer.verifier.vkey, *(one.verifier.vkey for one in witnesses)]
    return [ambos_verify.Key.parse(one) for one in vkeys]


def cosign(store: Store, *witnesses: Signer) -> None:
    note = store.tree.checkpoint()
    text = Note.parse(note).text
    store.tree.attach(note, [one.sign(text, time_s=9) for one in witnesses])


async def test_what_left_is_shown_without_the_original(any_store: Store, talk: Talk) -> None:
    await talk.whole(any_store, b"what came in", b"what went out")
    asked = await talk.whole(any_store, b"Ana has 39 of fever", b"[PERSON-X] has 39 of fever")
    places = [one.seq for one in any_store.entries_of(asked.id)]
    who = {"tenant": asked.principal.tenant, "owner": asked.principal.id}

    closed = any_store.receipt(places, Quorum())
    told = ambos_verify.verify(closed.data, keys(any_store))
    assert [one.entry["event"] for one in told] == ["decided", "egress", "completed"]
    with pytest.raises(ambos_verify.ReceiptError):
        ambos_verify.verify(closed.data, keys(any_store), [b"[PERSON-X] has 39 of fever"])

    salts = SaltsOf.record(any_store.records, asked.id, **who, labels={"out"})
    shown = any_store.receipt(places, Quorum(), salts).data
    told = ambos_verify.verify(shown, keys(any_store), [b"[PERSON-X] has 39 of fever"])
    assert [dict(one.opened) for one in told] == [{}, {"out": 0}, {}]
    for other in (b"Ana has 39 of fever", b"respuesta"):
        with pytest.raises(ambos_verify.ReceiptError):
            ambos_verify.verify(shown, keys(any_store), [other])

    every = SaltsOf.record(any_store.records, asked.id, **who, labels={"in", "out", "answer"})
    contents = [b"Ana has 39 of fever", b"[PERSON-X] has 39 of fever", b"respuesta"]
    ambos_verify.verify(any_store.receipt(places, Quorum(), every).data, keys(any_store), contents)


async def test_only_the_owner_of_a_record_is_given_its_salts(store: Store, talk: Talk) -> None:
    asked = await talk.whole(store)
    for tenant, owner in (("house", "p_other"), ("other", asked.principal.id)):
        with pytest.raises(StoreError, match="of this owner"):
            SaltsOf.record(store.records, asked.id, tenant=tenant, owner=owner, labels={"out"})


async def test_where_no_content_is_kept_nothing_is_opened_and_the_proof_holds(reopen: Reopen, talk: Talk) -> None:
    with reopen(content_days=0) as store:
        asked = await talk.whole(store)
        places = [one.seq for one in store.entries_of(asked.id)]
        salts = SaltsOf.record(store.records, asked.id, tenant="house", owner=asked.principal.id, labels={"out"})
        with pytest.raises(StoreError, match="is not kept"):
            store.receipt(places, Quorum(), salts)
        ambos_verify.verify(store.receipt(places, Quorum()).data, keys(store))


async def test_a_head_that_the_quorum_cosigned_goes_before_a_newer_one(any_store: Store, talk: Talk) -> None:
    await talk.whole(any_store)
    cosign(any_store, *WITNESSES)
    await talk.whole(any_store)
    cosign(any_store, WITNESSES[0])  # one of two is no quorum
    made = any_store.receipt([0, 1], TWO)
    assert (made.size, made.witnesses) == (3, ("witness.example/w1", "witness.example/w2"))
    told = ambos_verify.verify(made.data, keys(any_store, *WITNESSES))
    assert {key.name for key in told[0].head.signed_by if key.kind == 4} == set(made.witnesses)
    # What came after stands in no head of the quorum yet, and the receipt does not pretend it.
    late = any_store.receipt([4], TWO)
    assert (late.size, late.witnesses) == (6, ())
    ambos_verify.verify(late.data, keys(any_store))
    with pytest.raises(ambos_verify.ReceiptError, match="not cosigned"):
        ambos_verify.verify(late.data, keys(any_store, *WITNESSES))


async def test_cosignatures_stay_with_their_head_and_the_log_stays_right(any_store: Store, talk: Talk) -> None:
    await talk.whole(any_store)
    cosign(any_store, WITNESSES[0])
    cosign(any_store, WITNESSES[1])
    cosign(any_store, WITNESSES[1])
    note = any_store.tree.checkpoint()
    opened = Checkpoint.open(
        note, [any_store._foundation.signer.verifier], witnesses=[one.verifier for one in WITNESSES], quorum=2
    )
    assert opened.checkpoint.size == 3
    assert len(Note.parse(note).signatures) == 3
    assert any_store.tree.cosigned(9) == [note]
    assert any_store.verify().fault is None


async def test_places_that_are_not_there_are_refused(store: Store, talk: Talk) -> None:
    await talk.whole(store)
    for places in ([], [3], [0, 99], [-1], [2**63], [10**30]):
        with pytest.raises(ProofError):
            store.receipt(places, Quorum())
