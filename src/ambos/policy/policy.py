"""A policy in force: the matrix and the house's own rules, asked for every model (design 3.4 to 3.6).

Two things stand above anything written in Cedar, in code: `HARD` (restricted never leaves, confidential never leaves
raw: Cedar is not even asked) and *an error denies* (Cedar would skip a `forbid` that fails and answer Allow).
A `Policy` keeps a memo and belongs to one event loop.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import cedarpy

from ambos.errors import PolicyError
from ambos.identity import Principal
from ambos.messages import Assessment, Json, Level, Reason, ServedModel, Treatment, Zone
from ambos.policy.decision import Decision
from ambos.policy.matrix import HARD, Destination, Matrix, matrix_cedar, place, read_matrix
from ambos.policy.rules import SCHEMA, Rule, parse_rules

UNDECLARED_DAYS = 2**31 - 1
"""Retention of a provider that declares none: longer than any limit a rule would name."""

_FORMAT = "ambos policy v1"
_MEMO_SIZE = 4096
_CATALOGUES_KEPT = 8
_SCHEMA = cedarpy.Schema.from_str(SCHEMA)


@dataclass(frozen=True, slots=True)
class Settings:
    """`[policy]` of ambos.toml: the matrix, and Cedar text of the house's own, "" for none."""

    matrix: Matrix = field(default_factory=Matrix)
    cedar: str = ""


def read_settings(table: Mapping[str, Json]) -> Settings:
    """The settings of `[policy]`: `matrix` (a table) and `cedar` (text; `config` reads it where a file is named).

    Raises:
        PolicyError: an unknown key, a wrong type, or a matrix that `read_matrix` refuses.
    """
    if unknown := sorted(set(table) - {"matrix", "cedar"}):
        raise PolicyError(f"[policy] {unknown[0][:40]!r} is unknown: known are matrix and cedar")
    cedar = table.get("cedar", "")
    if not isinstance(cedar, str):
        raise PolicyError("[policy] cedar must be text")
    return Settings(read_matrix(table.get("matrix", {})), cedar)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the policy says about one model: its treatment, and the rules that made it (permits, or forbids)."""

    model: str
    treatment: Treatment | None
    rules: tuple[str, ...]
    duties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Catalogue:
    models: tuple[ServedModel, ...]
    facts: tuple[tuple[object, ...], ...]
    entities: cedarpy.Entities

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True, slots=True)
class _Verdict:
    rulings: tuple[Ruling, ...]
    treatments: Mapping[str, Treatment]
    duties: Mapping[str, tuple[str, ...]]
    reasons: tuple[Reason, ...]


_Question = tuple[ServedModel, Treatment, str]


class Closing(StrEnum):
    """What the house closes while it cannot trust its own judgement."""

    MASKED = "masked"  # no calibration certificate holds (docs/spec/calibration.md 6)
    OUTSIDE = "outside"  # an invented text left (docs/guide/probes.md)


class Policy:
    """A loaded policy. Make one with `load`; it never changes.

    Attributes:
        settings: what it was made of.
        cedar: the whole Cedar text, matrix first.
        rules: its rules in the order of the text.
        hash: "sha256:" and 64 hex digits over the canonical form; comments and spacing do not count.
        closes: what nobody gets for now, whatever the rules permit.
    """

    def __init__(self, settings: Settings, *, closes: frozenset[Closing] = frozenset()) -> None:
        matrix_text = matrix_cedar(settings.matrix)
        self.settings = settings
        self.closes = closes
        # The house's text is parsed alone before it is joined, so it cannot reach into the matrix's rules.
        self.rules: tuple[Rule, ...] = (
            *parse_rules(matrix_text, prefix=""),
            *parse_rules(settings.cedar, prefix="house."),
        )
        self.cedar = f"{matrix_text}\n{settings.cedar}"
        self.hash = _policy_hash(settings.matrix, self.rules, closes)
        self._set = _policy_set(self.cedar, self.rules)
        self._memo: OrderedDict[tuple[object, ...], _Verdict] = OrderedDict()
        self._catalogues: OrderedDict[tuple[tuple[object, ...], ...], _Catalogue] = OrderedDict()
        self._latest: _Catalogue | None = None

    def decide(
        self,
        assessment: Assessment,
        principal: Principal,
        models: Sequence[ServedModel],
        *,
        tighten: Level | None,
        demo_allowed: bool,
        has_tools: bool = False,
    ) -> Decision:
        """What each model may receive of a request (design 3.4).

        Args:
            assessment: level, kinds and reasons of the whole conversation.
            principal: who asks.
            models: the catalogue; the same tuple each time is quickest.
            tighten: the level the caller asks for; it raises, never lowers.
            demo_allowed: False leaves out inside models whose fitness is "demo".
            has_tools: the request declares tools.

        Raises:
            PolicyError: the rules could not be asked at all: the request is denied.
        """
        level = max(assessment.level, tighten if tighten is not None else assessment.level)
        verdict = self._verdict(level, assessment.kinds, principal, models, demo_allowed, has_tools)
        raised = (Reason("caller.tightened", level),) if level > assessment.level else ()
        return Decision(
            level=level,
            treatments=verdict.treatments,
            policy=self.hash,
            reasons=(*assessment.reasons, *raised, *verdict.reasons),
            duties=verdict.duties,
        )

    def explain(
        self,
        assessment: Assessment,
        principal: Principal,
        models: Sequence[ServedModel],
        *,
        tighten: Level | None,
        demo_allowed: bool,
        has_tools: bool = False,
    ) -> tuple[Ruling, ...]:
        """As `decide`, model by model with the rules that made each treatment, in the order of `models`."""
        level = max(assessment.level, tighten if tighten is not None else assessment.level)
        return self._verdict(level, assessment.kinds, principal, models, demo_allowed, has_tools).rulings

    def _verdict(
        self,
        level: Level,
        kinds: frozenset[str],
        principal: Principal,
        models: Sequence[ServedModel],
        demo_allowed: bool,
        has_tools: bool,
    ) -> _Verdict:
        catalogue = self._catalogue(models)
        key = (
            *(catalogue, level, kinds, demo_allowed, has_tools),
            *(principal.tenant, principal.id, principal.roles, principal.is_person),
        )
        found = self._memo.get(key)
        if found is not None:
            self._memo.move_to_end(key)
            return found
        verdict = self._judge(level, kinds, principal, catalogue, demo_allowed, has_tools)
        self._memo[key] = verdict
        if len(self._memo) > _MEMO_SIZE:
            self._memo.popitem(last=False)
        return verdict

    def _catalogue(self, models: Sequence[ServedModel]) -> _Catalogue:
        # Identity is proof of sameness for a tuple of frozen models only; a list may have changed in between.
        if self._latest is not None and models is self._latest.models:
            return self._latest
        listed = tuple(models)
        facts = tuple(_facts(model) for model in listed)
        found = self._catalogues.get(facts)
        if found is None:
            found = _Catalogue(listed, facts, _model_entities(listed))
            self._catalogues[facts] = found
            if len(self._catalogues) > _CATALOGUES_KEPT:
                self._catalogues.popitem(last=False)
        self._latest = found
        return found

    def _judge(
        self,
        level: Level,
        kinds: frozenset[str],
        principal: Principal,
        catalogue: _Catalogue,
        demo_allowed: bool,
        has_tools: bool,
    ) -> _Verdict:
        context = json.dumps({"level": int(level), "kinds": sorted(kinds), "has_tools": has_tools})
        excluded = {model.name: code for model in catalogue.models if (code := _hard_code(model, level, demo_allowed))}
        questions = [
            (model, treatment, action)
            for model in catalogue.models
            if model.name not in excluded
            for treatment, action in _questions(model, level)
        ]
        answers = self._ask(questions, principal, catalogue.entities, context)
        rulings = tuple(
            Ruling(model.name, None, (excluded[model.name],))
            if model.name in excluded
            else self._ruling(model, [(q, a) for q, a in zip(questions, answers, strict=True) if q[0] is model])
            for model in catalogue.models
        )
        return _verdict_of(rulings, level)

    def _ask(
        self, questions: Sequence[_Question], principal: Principal, entities: cedarpy.Entities, context: str
    ) -> list[cedarpy.AuthzResult]:
        requests = [
            {
                "principal": {"type": "User", "id": principal.id},
                "action": {"type": "Action", "id": action},
                "resource": {"type": "Model", "id": model.name},
                "context": context,
            }
            for model, _, action in questions
        ]
        try:
            known = entities.with_added_json_str(_user_entity(principal), _SCHEMA)
            return cedarpy.is_authorized_batch(requests, self._set, known, _SCHEMA)
        except (ValueError, TypeError, RuntimeError):
            raise PolicyError("the policy could not be asked about this request, so nothing may be sent") from None

    def _ruling(self, model: ServedModel, answered: Sequence[tuple[_Question, cedarpy.AuthzResult]]) -> Ruling:
        # Any error of any question counts: with one rule failing, what the others said is not the owner's will.
        if any(answer.diagnostics.errors or answer.decision is cedarpy.Decision.NoDecision for _, answer in answered):
            return Ruling(model.name, None, ("policy.error",))
        for (_, treatment, _), answer in answered:
            if answer.allowed and treatment is Treatment.MASKED and Closing.MASKED in self.closes:
                return Ruling(model.name, None, ("hard.no_certificate",))
            if answer.allowed and model.zone is Zone.OUTSIDE and Closing.OUTSIDE in self.closes:
                return Ruling(model.name, None, ("hard.probe_failed",))
            if answer.allowed:
                rules = self._determining(answer)
                duties = tuple(sorted({duty for rule in rules for duty in rule.duties}))
                return Ruling(model.name, treatment, tuple(rule.id for rule in rules), duties)
        forbids = sorted({rule.id for _, answer in answered for rule in self._determining(answer)})
        return Ruling(model.name, None, tuple(forbids) or ("policy.no_permit",))

    def _determining(self, answer: cedarpy.AuthzResult) -> list[Rule]:
        return [self.rules[position] for position in sorted(int(name[6:]) for name in answer.diagnostics.reasons)]


def load(settings: Settings, *, closes: frozenset[Closing] = frozenset()) -> Policy:
    """The policy of these settings, compiled and checked, and what it closes for now.

    Raises:
        PolicyError: anything in it is not as it must be; the caller keeps the policy it has.
    """
    return Policy(settings, closes=closes)


def _policy_set(text: str, rules: Sequence[Rule]) -> cedarpy.PolicySet:
    try:
        made = cedarpy.PolicySet.from_str(text)
    except ValueError:
        raise PolicyError("the matrix and the house's Cedar text do not parse together") from None
    if len(made) != len(rules):
        raise PolicyError("the Cedar text has other rules joined than alone")
    return made


def _policy_hash(matrix: Matrix, rules: Sequence[Rule], closes: frozenset[Closing]) -> str:
    canonical: dict[str, object] = {
        "format": _FORMAT,
        "schema": SCHEMA,
        "matrix": {place(cell): matrix.cells[cell] for cell in HARD},
        "rules": [[rule.id, rule.canonical] for rule in rules],
    }
    if closes:
        canonical["closes"] = sorted(closes)
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _hard_code(model: ServedModel, level: Level, demo_allowed: bool) -> str:
    """Why code alone rules the model out before any rule is asked, or ""."""
    if HARD[level, Destination.of(model)] == {None}:
        return "hard.restricted_inside"
    if model.zone is Zone.INSIDE and model.fitness == "demo" and not demo_allowed:
        return "inside.demo_off"
    return ""


def _questions(model: ServedModel, level: Level) -> list[tuple[Treatment, str]]:
    if model.zone is Zone.INSIDE:
        return [(Treatment.RAW, "use_inside")]
    allowed = HARD[level, Destination.of(model)]
    mildest_first = ((Treatment.RAW, "send_raw"), (Treatment.MASKED, "send_masked"))
    return [question for question in mildest_first if question[0] in allowed]


def _verdict_of(rulings: tuple[Ruling, ...], level: Level) -> _Verdict:
    codes = dict.fromkeys(code for ruling in rulings for code in ruling.rules)
    return _Verdict(
        rulings=rulings,
        treatments=MappingProxyType({r.model: r.treatment for r in rulings if r.treatment is not None}),
        duties=MappingProxyType({r.model: r.duties for r in rulings if r.duties}),
        reasons=tuple(Reason(code, level) for code in codes),
    )


def _facts(model: ServedModel) -> tuple[object, ...]:
    return (
        *(model.name, model.provider, model.zone, model.agreement, model.region),
        *(model.retention_days, model.trains_on_data, model.fitness, model.is_stand_in),
    )


def _model_entities(models: Sequence[ServedModel]) -> cedarpy.Entities:
    if len({model.name for model in models}) != len(models):
        raise PolicyError("two models of the catalogue have one name, so a treatment could mean either")
    listed = [
        {"uid": {"type": "Model", "id": model.name}, "attrs": _model_attributes(model), "parents": []}
        for model in models
    ]
    try:
        return cedarpy.Entities.from_json_str(json.dumps(listed), _SCHEMA)
    except ValueError:
        raise PolicyError("the catalogue does not fit the policy's schema") from None


def _model_attributes(model: ServedModel) -> dict[str, Json]:
    days = model.retention_days
    return {
        "provider": model.provider,
        "destination": Destination.of(model).value,
        "agreement": model.agreement.strip(),
        "region": model.region,
        "retention_days": days if days is not None and 0 <= days < UNDECLARED_DAYS else UNDECLARED_DAYS,
        "trains_on_data": model.trains_on_data,
        "fitness": model.fitness,
        "is_stand_in": model.is_stand_in,
    }


def _user_entity(principal: Principal) -> str:
    user = {
        "uid": {"type": "User", "id": principal.id},
        "attrs": {"tenant": principal.tenant, "is_person": principal.is_person},
        "parents": [{"type": "Role", "id": role.value} for role in sorted(principal.roles)],
    }
    return json.dumps([user])
