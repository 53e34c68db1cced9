"""What the log has of the arms of an experiment on its items before: sealed experiments, and evaluations outside seals."""

from __future__ import annotations

from collections.abc import Sequence

from ambos.experiment import Plan, sealing
from ambos.experiment.standing import day_of
from ambos.store import Sealed, Store
from ambos.store.experiments import Experiments


def uses(rows: Experiments, one: Sealed, plan: Plan, digests: Sequence[str]) -> list[dict[str, str]]:
    """Other sealed experiments that scored these arms on some of these items, with how many of them."""
    sharing = rows.sharing(one.tenant, digests) if digests else {}
    arms, found = set(sealing.arms_of(plan)), []
    for other in rows.all(one.tenant):
        if other.id in sharing and other.id != one.id and arms & set(other.facts["arms"]):
            counts = rows.counts(other.id)
            if counts["outcomes"]:
                found.append({"experiment": other.id, "items": str(sharing[other.id])})
    return found


def evaluations(store: Store, one: Sealed, digests: Sequence[str], *, before: int | None) -> list[dict[str, str]]:
    """Evaluations outside sealed experiments of arms' models that have been scored so on some of these items.

    Args:
        before: the index of the verdict's entry; what came after it is not told.
    """
    rows = store.experiments
    models = {str(about["model"]) for about in one.facts["arms"].values()}
    shared = {model: count for model in models if (count := rows.scored(one.tenant, model, digests))}
    if not shared:
        return []
    sealed, found = {other.id for other in rows.all(one.tenant)}, []
    for entry in store.entries(events={"evaluated"}):
        if before is not None and entry.seq > before:
            break
        name = str(entry.fields["model"])
        # A judgement of `ambos adapt` names its model without the catalogue that serves it.
        model = name if name in shared else f"ambos/{name}"
        is_ours = entry.fields["tenant"] == one.tenant and model in shared
        if is_ours and entry.fields.get("experiment") not in sealed:
            day = day_of(int(str(entry.fields["time"])))
            found.append({"model": model, "day": day, "items": str(shared[model])})
    return found
