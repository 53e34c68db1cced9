"""Cedar text: its schema, and how a text becomes checked rules with names and duties (design 3.6).

Everything that can be refused is refused here, at load: syntax, unknown attributes, unknown duties, templates.
Asking the rules is in `policy`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any  # Cedar's own JSON: its shape is checked by Cedar's parser, not by us

import cedarpy

from ambos.errors import PolicyError

SCHEMA = """\
entity Role;
entity User in [Role] = { tenant: String, is_person: Bool };
entity Model = {
  provider: String,
  destination: String,
  agreement: String,
  region: String,
  retention_days: Long,
  trains_on_data: Bool,
  fitness: String,
  is_stand_in: Bool,
};
action send_raw, send_masked, use_inside appliesTo {
  principal: User,
  resource: Model,
  context: { level: Long, kinds: Set<String>, has_tools: Bool },
};
"""
"""What a rule may speak of. Part of the policy's hash: another schema is another policy."""

DUTIES: frozenset[str] = frozenset({"notice", "no_cache"})
"""Closed set of duties that the gateway honours: `notice`, say in the answer what was done whatever the key's default;
`no_cache`, the answer is neither kept in nor served from a cache of answers."""

MAX_TEXT_BYTES = 64 * 1024
"""Cedar's cost grows with the rules (110 us at 100 rules, 995 us at 1,000): a house with more has the wrong tool."""
MAX_RULES = 100

MAX_DEPTH = 10
MAX_LINKS = 120
"""Cedar's parser recurses without a bound: 50 brackets (on a thread of 512 KiB) or 1,000 operators end the process
with a segmentation fault, which no `except` sees. So both are counted before it reads the text."""

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|//[^\n]*|[(\[{]|[)\]}]|;|\b(?:if|in|is|has|like)\b|&&|\|\||[.+*!<>=-]|::', re.DOTALL
)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_KNOWN_ANNOTATIONS = frozenset({"id", "duty", "note"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One Cedar policy.

    Attributes:
        id: stable name for reasons, "matrix.confidential.agreed" or "house.no-training".
        effect: "permit" or "forbid".
        duties: what comes with the permission, sorted.
        canonical: the rule as canonical JSON without its name and notes; two rules that mean the same to Cedar's
            parser have the same.
    """

    id: str
    effect: str
    duties: tuple[str, ...]
    canonical: str = field(repr=False)


def parse_rules(text: str, *, prefix: str) -> tuple[Rule, ...]:
    """The rules of a Cedar text, in its order, each checked against `SCHEMA` and named `prefix` + its `@id`.

    Raises:
        PolicyError: the text does not parse or validate, a rule is a template, an `@id` is no plain word or stands
            twice, or a duty is not in `DUTIES`. The message names the rule and never quotes a condition.
    """
    _check_size(text)
    _check_shape(text)
    parsed = _parsed(text)
    if parsed.get("templates") or parsed.get("templateLinks"):
        raise PolicyError("a Cedar rule with ?principal or ?resource is a template, and templates permit nothing here")
    policies: dict[str, dict[str, Any]] = parsed["staticPolicies"]
    if len(policies) > MAX_RULES:
        raise PolicyError(f"{len(policies)} Cedar rules are more than the {MAX_RULES} that can be asked in time")
    rules = tuple(_rule(policies[f"policy{i}"], f"{prefix}{i + 1}", prefix) for i in range(len(policies)))
    _check_names(rules)
    _validate(text, rules)
    return rules


def _check_size(text: str) -> None:
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError:
        raise PolicyError("the Cedar text is not valid Unicode") from None
    if size_bytes > MAX_TEXT_BYTES:
        raise PolicyError(f"the Cedar text has {size_bytes} bytes, more than {MAX_TEXT_BYTES}")


def _check_shape(text: str) -> None:
    depth = links = 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth = max(0, depth - 1)
        elif token == ";":
            links = links if depth else 0
        elif token[0] != '"' and not token.startswith("//"):
            links += 1
        if depth > MAX_DEPTH or links > MAX_LINKS:
            raise PolicyError(
                f"a Cedar rule is too deep or too long: at most {MAX_DEPTH} brackets within brackets and "
                f"{MAX_LINKS} operators a rule; make two rules of it"
            )


def _parsed(text: str) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        raise PolicyError(f"the Cedar text cannot be read: {_short(error)}") from None
    return parsed


def _rule(policy: Mapping[str, Any], fallback_id: str, prefix: str) -> Rule:
    annotations: dict[str, str | None] = policy.get("annotations") or {}
    name = annotations.get("id") or ""
    rule_id = f"{prefix}{name}" if name else fallback_id
    if "id" in annotations and not _ID.fullmatch(name):
        raise PolicyError(f"{fallback_id}: an @id is small letters, digits, dots, hyphens: it is written in the log")
    if unknown := sorted(set(annotations) - _KNOWN_ANNOTATIONS):
        raise PolicyError(f"{rule_id}: unknown annotation @{unknown[0][:40]}; known are @id, @duty and @note")
    effect = str(policy["effect"])
    duties = _duties(annotations["duty"] or "", rule_id, effect) if "duty" in annotations else ()
    meaning = {key: value for key, value in policy.items() if key != "annotations"} | {"duties": duties}
    return Rule(rule_id, effect, duties, json.dumps(meaning, sort_keys=True, separators=(",", ":")))


def _duties(text: str, rule_id: str, effect: str) -> tuple[str, ...]:
    duties = {word.strip() for word in text.split(",")}
    if unknown := sorted(duties - DUTIES):
        raise PolicyError(f"{rule_id}: unknown duty {unknown[0][:40]!r}; known are {', '.join(sorted(DUTIES))}")
    if effect != "permit":
        raise PolicyError(f"{rule_id}: a duty belongs to a permit; a forbid lets nothing through that could carry it")
    return tuple(sorted(duties))


def _check_names(rules: tuple[Rule, ...]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise PolicyError(f"{rule.id}: two rules have this @id, and a reason must name one")
        seen.add(rule.id)


def _validate(text: str, rules: tuple[Rule, ...]) -> None:
    try:
        result = cedarpy.validate_policies(text, SCHEMA)
    except ValueError as error:
        raise PolicyError(f"the Cedar text cannot be checked: {_short(error)}") from None
    if result.validation_passed:
        return
    names = {f"policy{i}": rule.id for i, rule in enumerate(rules)}
    first = result.errors[0] if result.errors else None
    name = names.get(first.policy_id, "a rule") if first else "a rule"
    raise PolicyError(f"{name} does not fit the schema: {_short(first.error if first else 'no reason given')}")


def _short(error: object) -> str:
    return " ".join(str(error).split())[:300]
