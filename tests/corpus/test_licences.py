"""Which uses a licence allows, and that a chain is as narrow as its narrowest part."""

from __future__ import annotations

import pytest

from ambos.corpus.licences import USES, check_chain, uses_of
from ambos.errors import AdaptError


@pytest.mark.parametrize(
    ("licence", "uses"),
    [
        ("own", USES),
        ("propia", USES),
        ("in house", ("inside", "research")),
        ("interno", ("inside", "research")),
        ("Apache-2.0", USES),
        ("CC BY 4.0", USES),
        ("CC0-1.0", USES),
        ("ODC-By 1.0", USES),
        ("CC-BY-SA-4.0", ("inside", "customers", "research")),
        ("GPL-3.0", ("inside", "customers", "research")),
        ("CC-BY-NC-4.0", ("research",)),
        ("CC-BY-NC-SA-4.0", ("research",)),
        ("CC-BY-NC-ND-4.0", ()),
        ("CC-BY-ND-4.0", ()),
        ("gemma", ()),
        ("unknown", ()),
        ("", ()),
        ("my Apache-2.0 but not quite", ()),
    ],
)
def test_what_a_licence_allows(licence: str, uses: tuple[str, ...]) -> None:
    assert uses_of(licence) == frozenset(uses)


def test_one_part_that_does_not_allow_the_use_refuses_the_chain_by_name() -> None:
    chain = {"base tiny": "Apache-2.0", "letters.csv": "own", "forum.csv": "CC-BY-NC-4.0"}
    check_chain(chain, use="research", accepted=())
    with pytest.raises(AdaptError, match=r"forum\.csv \(CC-BY-NC-4\.0\).*'inside'.*research"):
        check_chain(chain, use="inside", accepted=())
    check_chain(chain, use="inside", accepted=("cc by-nc 4.0",))  # the owner has read it


def test_an_unknown_licence_allows_nothing_until_it_is_read() -> None:
    with pytest.raises(AdaptError, match="none that is known here"):
        check_chain({"base": "gemma"}, use="research", accepted=())
    check_chain({"base": "gemma"}, use="customers", accepted=("Gemma",))
