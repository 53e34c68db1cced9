"""One model first, and only what fits."""

from __future__ import annotations

import pytest

from ambos.catalogue import recommend
from ambos.catalogue.recommend import table

GIB = 1 << 30


@pytest.mark.parametrize(("memory_gib", "cores"), [(4, 2), (8, 4), (16, 8), (64, 16)])
def test_the_first_fits_and_has_an_open_licence(memory_gib: int, cores: int) -> None:
    first, *rest = recommend(memory_gib * GIB, 200 * GIB, cores, ("es", "en"))
    assert first.is_fit
    assert first.licence == "Apache-2.0"
    assert first.memory_bytes < memory_gib * GIB
    assert first.tokens_per_s >= 5
    assert first.download_s > 0
    fits = [one.is_fit for one in rest]
    assert fits == sorted(fits, reverse=True)  # what fits stands before what does not


def test_more_machine_never_gets_a_smaller_recommendation() -> None:
    order = [row.title for row in table()]
    ranks = [order.index(recommend(gib * GIB, 200 * GIB, 8, ("es",))[0].title) for gib in (2, 4, 8, 16, 32, 64)]
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize(
    ("memory", "disk", "cores", "reason"),
    [(GIB // 2, 200 * GIB, 8, "memory"), (64 * GIB, GIB, 8, "disk"), (64 * GIB, 200 * GIB, 1, "speed")],
)
def test_what_does_not_fit_says_why(memory: int, disk: int, cores: int, reason: str) -> None:
    told = recommend(memory, disk, cores, ("es",))
    assert reason in {one.why_not for one in told}
    assert len(told) == len(table())  # nothing is hidden


def test_a_machine_too_small_gets_no_recommendation_that_fits() -> None:
    assert not any(one.is_fit for one in recommend(GIB // 4, 200 * GIB, 2, ("es",)))


def test_a_language_that_nobody_speaks_gives_an_empty_list() -> None:
    assert recommend(64 * GIB, 200 * GIB, 8, ("xx",)) == []


def test_an_expert_mixture_is_timed_by_what_it_reads() -> None:
    told = {one.title: one for one in recommend(64 * GIB, 200 * GIB, 8, ("es",))}
    mixture, dense = (next(one for title, one in told.items() if part in title) for part in ("A3B", "Small 3.2"))
    assert mixture.size_bytes > dense.size_bytes
    assert mixture.tokens_per_s > dense.tokens_per_s
