"""Who trains and who judges: folds and splits that keep whole groups together.

A group column (patient, customer, subject, device) decides: with one, a random split is an error, since a model that
has seen a person is not tested on that person. Near duplicates stay together in any case.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from ambos.corpus.duplicates import near_pairs
from ambos.corpus.row import Row
from ambos.corpus.terms import simple
from ambos.errors import CorpusError


def folds(
    strata: Sequence[str], groups: Sequence[str], count: int, rng: np.random.Generator, *, mode: str = "auto"
) -> list[int]:
    """A fold for each row, 0 to `count` − 1; a group is never cut, and each label is spread as evenly as that allows.

    Args:
        strata: the label of each row ("" for none).
        groups: whom each row belongs to; "" is a group of its own.
        mode: "auto", "grouped", or "random", which is refused where there are groups.

    Raises:
        CorpusError: a random split of grouped rows, no group where groups are asked for, or fewer groups than folds.
    """
    has_groups = any(groups)
    if mode == "random" and has_groups:
        raise CorpusError(
            "these rows belong to groups (patient, customer, subject, device): a random split would test the model on "
            "those it was trained on; leave the split grouped"
        )
    if mode == "grouped" and not has_groups:
        raise CorpusError("a grouped split needs a group column, and no row has a group")
    if mode not in ("auto", "grouped", "random"):
        raise CorpusError("a split is auto, grouped or random")
    members: dict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        members[f"g{group}" if group else f"r{number}"].append(number)
    if len(members) < count:
        raise CorpusError(f"{len(members)} groups are too few for {count} folds")
    return _spread(strata, list(members.values()), count, rng)


def _spread(strata: Sequence[str], members: list[list[int]], count: int, rng: np.random.Generator) -> list[int]:
    order = [members[int(at)] for at in rng.permutation(len(members))]
    order.sort(key=len, reverse=True)  # large groups first, while there is still room everywhere; ties stay shuffled
    held: list[Counter[str]] = [Counter() for _ in range(count)]
    sizes = [0] * count
    fold_of = [0] * len(strata)
    for group in order:
        labels = Counter(strata[at] for at in group)
        costs = [
            (sum(n * held[fold][label] for label, n in labels.items()), sizes[fold], fold) for fold in range(count)
        ]
        fold = min(costs)[2]
        held[fold].update(labels)
        sizes[fold] += len(group)
        for at in group:
            fold_of[at] = fold
    return fold_of


def divide(rows: Sequence[Row], share: float, rng: np.random.Generator, *, mode: str = "auto") -> list[Row]:
    """The rows with about `share` of them held back as "evaluate", whole groups and clusters of near duplicates at once.

    Raises:
        CorpusError: see `folds`; or the share is not between 0 and 0.5.
    """
    if not 0 < share <= 0.5:
        raise CorpusError("the share that is held back lies above 0 and is at most 0.5")
    count = max(2, round(1 / share))
    groups = [row.group for row in rows]
    if not any(groups) and mode != "random":
        groups = joined(rows)
    strata = [row.labels[0] if row.labels else "" for row in rows]
    chosen = folds(strata, groups, count, rng, mode="auto" if mode == "auto" else mode)
    return [row.with_split("evaluate" if fold == 0 else "train") for row, fold in zip(rows, chosen, strict=True)]


def joined(rows: Sequence[Row]) -> list[str]:
    """A group for each row whose text is nearly another's; "" for the others."""
    together = [""] * len(rows)
    for one, other in near_pairs([row.text for row in rows]):
        name = together[one] or together[other] or str(one)
        together[one] = together[other] = name
    return together


def contaminated(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """What is on both sides: (id that judges, id that trains, how), by group, by normalised text, or nearly equal."""
    trains = [row for row in rows if row.split == "train"]
    judges = [row for row in rows if row.split == "evaluate"]
    groups = {row.group: row.id for row in trains if row.group}
    found = [(row.id, groups[row.group], "group") for row in judges if row.group in groups]
    texts = {simple(row.text): row.id for row in trains if row.text}
    same = {row.id: texts[simple(row.text)] for row in judges if row.text and simple(row.text) in texts}
    found += [(judge, train, "equal") for judge, train in same.items()]
    both = [row for row in (*trains, *judges) if row.text]
    if trains and judges:
        for one, other in near_pairs([row.text for row in both]):
            a, b = both[one], both[other]
            if a.split != b.split and b.id not in same:
                found.append((b.id, a.id, "near") if b.split == "evaluate" else (a.id, b.id, "near"))
    return found
