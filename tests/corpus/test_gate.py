"""What a chat model's card must show: each proof that is missing or failed refuses it."""

from __future__ import annotations

from typing import Any

import pytest

from ambos.corpus.gate import check_card
from ambos.errors import AdaptError
from ambos.messages import Json


def card(**changed: Any) -> dict[str, Any]:
    return {
        "family": "chat", "chain": {"base": "Apache-2.0", "data": "own"}, "use": "inside", "accepted": [], "remembered": 0.5,
        "parity": {"adapted": 0.95, "base": 0.94, "differs": 1.0},
        "forgetting": {"ci_lower": -0.1, "margin": 0.5},
        "memorisation": {"canaries": 100, "controls": 100, "true_positives": 0.1, "upper": 0.18},
        **changed,
    }  # fmt: skip


def test_a_card_with_all_its_proofs_passes() -> None:
    check_card(card())


def test_other_families_are_judged_by_their_own_run() -> None:
    check_card({"family": "text"})
    check_card({"family": "text", "remembered": None, "memorisation": {"canaries": 100, "controls": 100, "upper": 1.0}})


def test_a_head_is_bounded_where_its_recipe_says_so() -> None:
    found: dict[str, Json] = {"canaries": 100, "controls": 100, "true_positive_rate": 0.1, "upper": 0.18}
    check_card({"family": "signal", "remembered": 0.2, "memorisation": found})
    for changed, words in (({"upper": 0.3}, "remembers too much"), ({"canaries": 0}, "could not be measured")):
        with pytest.raises(AdaptError, match=words):
            check_card({"family": "text", "remembered": 0.2, "memorisation": {**found, **changed}})
    with pytest.raises(AdaptError, match="could not be measured"):
        check_card({"family": "signal", "remembered": 0.2, "memorisation": {"audited": False}})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"chain": {"base": "cc-by-nc-4.0"}}, "does not allow the use"),
        ({"use": ""}, "does not allow the use"),
        ({"parity": {"adapted": 0.92, "base": 0.94, "differs": 1.0}}, "does not answer as the trained one"),
        ({"parity": {}}, "never served here"),
        ({"parity": {"base": 0.5}}, "does not answer as the trained one"),
        ({"parity": {"adapted": 0.95, "base": 0.94, "differs": 0.4}}, "does nothing"),
        ({"forgetting": {"ci_lower": -0.6, "margin": 0.5}}, "general answers"),
        ({"forgetting": {}}, "general answers"),
        ({"memorisation": {}}, "not measured"),
        ({"memorisation": {"canaries": 99, "controls": 100, "upper": 0.1}}, "not measured"),
        ({"memorisation": {"canaries": 100, "controls": 100, "true_positives": 0.45, "upper": 0.55}}, "too much away"),
        ({"memorisation": {"canaries": 100, "controls": 100}}, "too much away"),
    ],
)
def test_what_is_missing_or_failed_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(AdaptError, match=words):
        check_card(card(**changed))
