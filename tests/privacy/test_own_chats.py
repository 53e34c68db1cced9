"""The own test set: the same from its seed, gold where it says, large enough, its halves apart."""

import re

import pytest
from benchmarks.privacy.chats import conversations, templates
from benchmarks.privacy.values import SLOTS

from ambos.messages import Kind, Level
from ambos.privacy import checksums
from ambos.privacy.recognisers.united_kingdom import nhs

SPLITS = ("dev", "held")


def test_every_template_has_a_level_a_split_and_only_known_slots() -> None:
    every = templates()
    assert len(every) >= 100
    assert len({one.id for one in every}) == len(every)
    assert {one.split for one in every} == set(SPLITS)
    assert sum(one.level is Level.RESTRICTED for one in every) >= 40


def test_there_are_at_least_300_restricted_conversations() -> None:
    made = [one for split in SPLITS for one in conversations(split)]
    assert sum(one.template.level is Level.RESTRICTED for one in made) >= 300
    assert {one.noise for one in made} == {"", "lower", "bare", "typos"}


@pytest.mark.parametrize("split", SPLITS)
def test_conversations_are_the_same_each_time_and_gold_lies_in_the_text(split: str) -> None:
    first, second = list(conversations(split, each=2)), list(conversations(split, each=2))
    assert first == second
    for conversation in first:
        for message in conversation.messages:
            assert not re.search(r"<[A-Z]?=|<(?:person|first|last)", message.text)
            past = 0
            for span in message.spans:
                assert past <= span.start < span.end <= len(message.text)
                assert Kind(span.kind) in Kind
                assert message.text[span.start : span.end].strip() == message.text[span.start : span.end]
                past = span.end


def test_another_seed_gives_other_people() -> None:
    one, other = next(conversations("dev")), next(conversations("dev", seed=1))
    assert one.messages != other.messages


@pytest.mark.parametrize(
    ("slot", "is_valid"),
    [
        ("dni", checksums.dni), ("nie", checksums.nie), ("nss", checksums.nss), ("ccc", checksums.ccc),
        ("iban", checksums.iban), ("ukiban", checksums.iban), ("card", checksums.card), ("nhs", nhs),
    ],
)  # fmt: skip
def test_generated_numbers_pass_the_independent_checksums(slot: str, is_valid: object) -> None:
    import random

    assert callable(is_valid)
    for seed in range(50):
        value = SLOTS[slot][1](random.Random(seed), "es").replace(" ", "")
        assert is_valid(value.lower() if slot in ("dni", "nie") else value), (slot, seed)


def test_development_half_is_judged_as_well_as_asked() -> None:
    """The least figures of the issue for level, on the half that may be looked at; the leak is the tagger's and the rules'."""
    from benchmarks.privacy.chats import HOUSE
    from benchmarks.privacy.measure import figures, score

    from ambos.engines.tagger import Tagger
    from ambos.privacy import Cache, Detector, Reader

    reader = Reader(Detector(HOUSE, [Tagger.load()]), Cache(key=b"k" * 32, entries=1000, size_bytes=1 << 24))
    reached = figures([score(one, reader) for one in conversations("dev")])
    assert reached["level_accuracy"] >= 0.92
    assert reached["restricted_judged_lower"] <= 0.03
    assert reached["harmless_masked"] <= 0.02


def test_facts_that_mended_the_lists_stay_found() -> None:
    from benchmarks.privacy.facts import counts

    from ambos.privacy import Detector, Settings

    right = counts(Detector(Settings()))
    for name in ("open, facts found", "open, none and none found"):
        hits, count = right[name]
        assert hits >= 0.95 * count, name
