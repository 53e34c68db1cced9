from __future__ import annotations

import re
import tomllib
from pathlib import Path

from ambos.identity import Principal, Role
from ambos.messages import Assessment, Level, ServedModel, Treatment, Zone
from ambos.policy import Settings, load, read_settings

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "policy.md"
EXAMPLES = [
    tomllib.loads(text)["policy"] for text in re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
]
MODELS = (
    ServedModel("acme/eu", "acme", "eu", Zone.OUTSIDE, agreement="DPA", region="EU"),
    ServedModel("acme/us", "acme", "us", Zone.OUTSIDE, agreement="DPA", region="US"),
)


def test_the_table_of_the_guide_is_the_default() -> None:
    assert load(read_settings(EXAMPLES[0])).hash == load(Settings()).hash


def test_the_rules_of_the_guide_do_what_it_says() -> None:
    policy = load(read_settings(EXAMPLES[1]))
    user = Principal("p", "t", "k", frozenset({Role.USER}))

    def treated(level: Level, *kinds: str, has_tools: bool = False) -> dict[str, Treatment]:
        assessment = Assessment(level, frozenset(kinds))
        decided = policy.decide(assessment, user, MODELS, tighten=None, demo_allowed=True, has_tools=has_tools)
        assert decided.duties == ({"acme/eu": ("notice",)} if level is Level.CONFIDENTIAL else {})
        return dict(decided.treatments)

    assert treated(Level.INTERNAL) == {"acme/eu": Treatment.RAW}
    assert treated(Level.INTERNAL, "ORG") == {"acme/eu": Treatment.MASKED}
    assert treated(Level.INTERNAL, has_tools=True) == {}
    assert treated(Level.CONFIDENTIAL) == {"acme/eu": Treatment.MASKED}
