"""What one text adds to the union of a conversation: kinds, and the details on which the level rests.

Marks are what the store keeps for the next turn (`Assessment.kinds`): kind names, and "KIND:detail" where `level` needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ambos.messages import Finding, Kind
from ambos.privacy.ages import is_minors_age
from ambos.privacy.detector import HOUSE_INTERNAL, HOUSE_SECRET
from ambos.privacy.quasi import is_telling

MINOR: Final = "AGE:minor"
QUASI: Final = "PERSON:quasi"
CARD_FULL: Final = "CARD:full"
ACCOUNT_FULL: Final = "BANK_ACCOUNT:full"
SECRET_WORD: Final = "ORG:secret"
INTERNAL_WORD: Final = "ORG:internal"

_HOUSE = {HOUSE_SECRET: SECRET_WORD, HOUSE_INTERNAL: INTERNAL_WORD}
# Details that the next turns need; every other detail is forgotten.
# A bank's number is no account.
_PARTIAL = frozenset({"partial", "routing", "sort_code"})
_FULL = {Kind.CARD: CARD_FULL, Kind.BANK_ACCOUNT: ACCOUNT_FULL}


def marks(text: str, findings: Sequence[Finding]) -> frozenset[str]:
    """The marks of `findings` in `text`.

    >>> sorted(marks("4111 1111 1111 1111", [Finding(0, 19, Kind.CARD, "full")]))
    ['CARD', 'CARD:full']
    """
    return frozenset(_marks(text, findings))


def _marks(text: str, findings: Sequence[Finding]) -> Iterator[str]:
    if is_telling(text, findings):
        yield QUASI
    for finding in findings:
        kind, detail = finding.kind, finding.detail
        if detail == "minor":
            yield MINOR
            if kind is Kind.SPECIAL:  # a word that tells of a minor is no special category
                continue
        yield _HOUSE.get(detail, "ORG") if kind is Kind.ORG else kind.value
        if kind in _FULL and detail not in _PARTIAL:
            yield _FULL[kind]
        if kind is Kind.AGE and is_minors_age(text, finding.start, finding.end):
            yield MINOR
