"""Sealed experiments of a house: joins the rooms that know plans, items and assignment to the store that keeps them.

docs/spec/experiment-seal.md. No statistics are loaded here: verdicts are computed by who asks for the chain.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from ambos.app import earlier
from ambos.app.chain_rows import item_of, outcome_of, unit_of, weakest
from ambos.audit.entry import Value
from ambos.errors import ExperimentError
from ambos.experiment import Plan, beside, read_plan, sealing
from ambos.experiment.assignment import assign, seed_of
from ambos.experiment.chain import Chain, open_keys, outcome_row
from ambos.experiment.looking import check_look, looks_of, looks_taken
from ambos.experiment.sealing import Item
from ambos.experiment.standing import Standing, code_of, day_of, ineligible, is_complete
from ambos.messages import ServedModel
from ambos.ports import Clock
from ambos.store import ItemRow, Look, OutcomeRow, Sealed, Store, UnitRow

MOST_REASON: Final = 600  # characters of a departure's reason: a paragraph, not a report


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm as it was pinned: the model's full name, the treatment it must get, and what it is asked with."""

    name: str
    model: str
    treatment: str
    parameters: Mapping[str, Any]  # Any: JSON values of the plan
    prompt: str


class Proving:
    """What may be asked of sealed experiments."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        tenant: str,
        models: Callable[[], Sequence[ServedModel]],
        resolve: Callable[[str], str],
    ) -> None:
        self._store, self._rows = store, store.experiments
        self._clock, self._tenant = clock, tenant
        self._models, self._resolve = models, resolve

    # --- the seal ----------------------------------------------------------------------------------------------------

    async def seal(
        self, values: Mapping[str, Any], items: Sequence[Item], lineage: Mapping[str, Collection[str]], *, by: str
    ) -> Sealed:
        """Seal a plan.

        Args:
            values: of the plan's file.
            items: that every arm answers; none where participants are enrolled.
            lineage: what is known besides the plan and the house, digests by arm.
            by: the principal who seals.

        Raises:
            ExperimentError: it is sealed already, cannot be carried out, or its items were seen.
        """
        plan = read_plan(values)
        sealing.check_sealable(plan, items, now_ms=self._clock.now_ms())
        looks_of(plan)
        if self._rows.has(self._tenant, plan.hash()):
            raise ExperimentError("this plan is sealed already; a new experiment is a new plan")
        arms = {arm: self._pinned(plan, arm) for arm in sealing.arms_of(plan)}
        known = await asyncio.to_thread(self._known_lineage, plan, arms, lineage, [one.digest for one in items])
        sealing.check_lineage(items, known)
        recipe = sha256(f"{sealing.recipe_of(plan)}\0{plan.population}".encode()).hexdigest()
        await asyncio.to_thread(self._check_budget, plan, items, recipe)
        handle, question = self._rows.new_id(), sealing.question_key(plan.question)
        keys = open_keys(self._rows.key(self._tenant, handle))
        units = self._units_key(handle)
        rows = [
            ItemRow(sealing.unit_of(units, one.name), one.name, one.content, one.digest, one.cluster, one.stratum)
            for one in items
        ]
        facts: dict[str, Any] = {"arms": arms, "unknown": [arm for arm in arms if items and arm not in known]}
        entry: dict[str, Value] = {
            "experiment": handle,
            "plan": plan.hash(),
            "secret": sealing.secret_commitment(keys["secret"], keys["secret-salt"]),
            "principal": by,
        }
        if rows:
            entry["items"] = facts["items"] = sealing.items_hash([row.content for row in rows], keys["items-salt"])
        if "beacon" in plan.raw:
            entry["beacon"] = str(plan.raw["beacon"])
        if before := self._rows.of_question(self._tenant, question):
            entry["previous"] = before[-1].plan_hash
        canonical = plan.canonical().decode()
        one = Sealed(handle, self._tenant, 0, canonical, plan.hash(), question, recipe, facts, by, 0, None, None)
        await self._rows.seal(one, rows, entry=entry)
        return self._rows.find(self._tenant, handle)

    def _pinned(self, plan: Plan, arm: str) -> dict[str, Any]:
        """What is fixed of an arm; nothing of its model where the house does not serve it."""
        told = plan.raw.get("arms", {})
        about = told.get(arm, {}) if isinstance(told, Mapping) else None
        if not isinstance(about, Mapping) or not isinstance(about.get("parameters", {}), Mapping):
            raise ExperimentError("the plan's 'arms' must be a table of arm to a table")
        treatment = str(about.get("treatment", ""))
        if treatment not in ("", "raw", "masked"):
            raise ExperimentError(f"the treatment of the arm {arm!r} must be raw or masked")
        name = self._resolve(str(about.get("model", arm)))
        prompt = str(about.get("prompt", plan.raw.get("prompt", "{input}")))
        pinned: dict[str, Any] = {"model": name, "treatment": treatment, "prompt": prompt}
        pinned["parameters"] = dict(about.get("parameters", {}))
        return pinned | {"served": self._served(name)}

    def _served(self, name: str) -> dict[str, str] | None:
        for model in self._models():
            if model.name == name:
                return {
                    "upstream": model.upstream_name,
                    "provider": model.provider,
                    "zone": model.zone.value,
                    "fitness": model.fitness,
                }
        return None

    def _known_lineage(
        self,
        plan: Plan,
        arms: Mapping[str, Mapping[str, Any]],
        given: Mapping[str, Collection[str]],
        digests: Collection[str],
    ) -> dict[str, frozenset[str]]:
        """By arm, what is said of its lineage, and which of these digests the house knows its model has seen."""
        found = sealing.declared_lineage(plan)
        for arm, about in arms.items():
            held = self._rows.seen(self._tenant, str(about["model"]), digests)
            if arm in given or held is not None:
                found[arm] = found.get(arm, frozenset()) | frozenset(given.get(arm, ())) | (held or frozenset())
        return found

    def _check_budget(self, plan: Plan, items: Sequence[Item], recipe: str) -> None:
        sharing = self._rows.sharing(self._tenant, [one.digest for one in items]) if items else {}
        earlier = [one for one in self._rows.of_recipe(self._tenant, recipe) if one.id in sharing]
        spent = sum(read_plan(json.loads(one.plan)).alpha for one in earlier)
        sealing.check_budget(plan, spent)

    # --- finding it again ----------------------------------------------------------------------------------------------

    def find(self, name: str) -> tuple[Sealed, Plan]:
        """The sealed plan of a handle or plan hash.

        Raises:
            ExperimentError: there is none.
        """
        one = self._rows.find(self._tenant, name)
        return one, read_plan(json.loads(one.plan))

    def find_plan(self, values: Mapping[str, Any]) -> tuple[Sealed, Plan]:
        """The seal of a plan's file.

        Raises:
            ExperimentError: it is not sealed; if its question is, that is said.
        """
        plan = read_plan(values)
        try:
            return self.find(plan.hash())
        except ExperimentError:
            same = self._rows.of_question(self._tenant, sealing.question_key(plan.question))
            if same:
                raise ExperimentError(
                    f"this plan is not the one that was sealed: {same[-1].id} has its question and another hash. Restore the "
                    "sealed file, or seal this one as a new plan"
                ) from None
            raise ExperimentError("this plan is not sealed: `ambos experiment seal PLAN` comes first") from None

    def arm(self, one: Sealed, name: str) -> Arm:
        """An arm as it was pinned.

        Raises:
            ExperimentError: its model is not served here, or is another than when it was sealed.
        """
        about = one.facts["arms"][name]
        served = self._served(about["model"])
        if served is None:
            raise ExperimentError(f"the model {about['model']!r} of the arm {name!r} is not served here")
        if served != about["served"]:
            raise ExperimentError(f"the model of the arm {name!r} is not the one that was sealed: a new plan is needed")
        return Arm(name, about["model"], about["treatment"], about["parameters"], about["prompt"])

    def unit(self, one: Sealed, name: str) -> str:
        """The handle of a participant or item."""
        return sealing.unit_of(self._units_key(one.id), name)

    def _units_key(self, handle: str) -> bytes:
        return sealing.key_of(self._rows.key(self._tenant, handle), "units")

    # --- seed, assignment, outcomes --------------------------------------------------------------------------------------

    async def seed(self, one: Sealed, plan: Plan, text: str) -> Sealed:
        """Fix the seed by the beacon's value.

        Raises:
            ExperimentError: it is fixed already, too early, or no value of a round.
        """
        value = sealing.beacon_value(plan, text, now_ms=self._clock.now_ms())
        evidence = "sha256:" + sha256(value).hexdigest()
        await self._rows.seed(one, value, beacon=str(plan.raw["beacon"]), evidence=evidence)
        return self._rows.find(self._tenant, one.id)

    async def assign(self, one: Sealed, plan: Plan, name: str, stratum: str = "") -> UnitRow:
        """Enrol a participant and tell the arm; the same arm for who was enrolled before.

        Raises:
            ExperimentError: nobody is enrolled, not yet, no longer, or not in this stratum.
        """
        if not sealing.is_enrolling(plan):
            raise ExperimentError(f"a {plan.design} experiment enrols nobody: every arm answers every item")
        if not name or len(name) > 200:
            raise ExperimentError("a participant is named by 1 to 200 characters")
        if stratum not in sealing.strata_of(plan):
            raise ExperimentError(
                f"the plan's strata are {', '.join(sealing.strata_of(plan)) or 'none'}: name one of them"
            )
        ends = sealing.last_ms(plan, "ends")
        if ends is not None and self._clock.now_ms() > ends:
            raise ExperimentError("enrolment has ended: the participant comes too late")
        seed, arms, block = self.known_seed(one, plan), sealing.arms_of(plan), sealing.block_of(plan)
        most = plan.raw.get("n")
        return await self._rows.enrol(
            one,
            self.unit(one, name),
            stratum,
            most=None if most is None else int(most),
            choose=lambda ordinal: assign(seed, arms, stratum=stratum, ordinal=ordinal, block=block),
        )

    def known_seed(self, one: Sealed, plan: Plan) -> bytes:
        """The seed of assignments and sides.

        Raises:
            ExperimentError: its beacon is not known yet.
        """
        if "beacon" in plan.raw and one.beacon is None:
            raise ExperimentError(
                "the seed is not known yet: `ambos experiment seed PLAN --value HEX` when the round is out"
            )
        return seed_of(open_keys(self._rows.key(self._tenant, one.id))["secret"], one.beacon or b"")

    async def record(self, one: Sealed, plan: Plan, row: OutcomeRow, *, observed_ms: int | None = None) -> bool:
        """Take an outcome that came from outside; False when the same was there.

        Args:
            row: its unit is a handle; its arm may be left out in parallel groups.
            observed_ms: when it was seen, if that is known.

        Raises:
            ExperimentError: the unit, the arm or the time is not right.
        """
        entered_ms, row = await asyncio.to_thread(self._placed, one, plan, row)
        until = sealing.last_ms(plan, "outcomes_until")
        now_ms = self._clock.now_ms()
        if observed_ms is not None and not entered_ms <= observed_ms <= now_ms:
            raise ExperimentError("the outcome was observed before the seal or the assignment, or in the future")
        if until is not None and max(now_ms, observed_ms or 0) > until:
            raise ExperimentError("the term for outcomes has passed: this one comes too late")
        return await self.keep(one, row)

    def _placed(self, one: Sealed, plan: Plan, row: OutcomeRow) -> tuple[int, OutcomeRow]:
        """Since when its unit is in the experiment, and the row with its arm."""
        if not sealing.is_enrolling(plan):
            if not any(item.unit == row.unit for item in self._rows.items(one.id)):
                raise ExperimentError("no such item was sealed")
            entered_ms, arm = one.sealed_ms, row.arm
        else:
            found = next((unit for unit in self._rows.units(one.id) if unit.unit == row.unit), None)
            if found is None:
                raise ExperimentError("this participant was never assigned: outcomes are taken of those who were")
            entered_ms, arm = found.time_ms, row.arm or found.arm
            if plan.design == "parallel" and arm.removeprefix(beside.PERSON) != found.arm:
                raise ExperimentError(f"this participant is in the arm {found.arm!r}")
        if beside.is_rated(plan):
            raise ExperimentError("people compare the answers of this experiment: their ratings are its outcomes")
        if arm.removeprefix(beside.PERSON) not in sealing.arms_of(plan):
            raise ExperimentError(f"the arms of this experiment are {', '.join(sealing.arms_of(plan))}")
        return entered_ms, replace(row, arm=arm)

    def checked(self, one: Sealed) -> frozenset[str]:
        """The items on which a judge's controls are run."""
        return beside.checked([row.unit for row in self._rows.items(one.id)])

    def has(self, one: Sealed, unit: str, arm: str) -> bool:
        """Whether there is a row of this unit and arm, in its first trial."""
        return any(row.what() == (unit, arm, 0) for row in self._rows.outcomes_of(one.id, unit))

    async def keep(self, one: Sealed, row: OutcomeRow, *, most: tuple[str, int] | None = None) -> bool:
        """Keep an outcome with the evidence that its entry holds."""
        data = open_keys(self._rows.key(self._tenant, one.id))["data"]
        told = outcome_row(one.id, outcome_of(row))
        return await self._rows.record(one, row, evidence=sealing.row_evidence(data, told), most=most)

    async def depart(self, one: Sealed, reason: str, *, by: str) -> None:
        """Write down that something was done otherwise than planned, and why.

        Raises:
            ExperimentError: no reason, too long a one, or the experiment has its verdict.
        """
        told = " ".join(reason.encode("utf-8", "replace").decode().split())
        if not 10 <= len(told) <= MOST_REASON:
            raise ExperimentError(f"say in 10 to {MOST_REASON} characters what was done otherwise, and why")
        await self._rows.depart(one, principal=by, reason=told)

    # --- what a verdict is computed from ----------------------------------------------------------------------------------

    def chain(self, one: Sealed, plan: Plan) -> Chain:
        """Everything that a verdict on the outcomes so far rests on.

        Raises:
            ExperimentError: outcomes are still to come, and the plan does not look now.
        """
        items = [[*item_of(row)] for row in self._rows.items(one.id)]
        units = [[*unit_of(row)] for row in self._rows.units(one.id)]
        kept = self._rows.outcomes(one.id)
        outcomes = [[*outcome_of(row)] for row in kept]
        looks = self._rows.looks(one.id)
        first_look = min((look.seq for look in looks if look.is_final), default=None)
        is_whole = first_look is not None or is_complete(plan, items, units, outcomes, now_ms=self._clock.now_ms())
        interim = [(look.seq, look.count) for look in looks if not look.is_final]
        if not is_whole:
            check_look(plan, outcomes, interim)
        taken = looks_taken(outcomes, interim)
        entries = [pair for pair in self._rows.leaves(one) if first_look is None or pair[0] < first_look]
        digests = [row[3] for row in items]
        standing = Standing(
            experiment=one.id,
            provenance=weakest(kept),
            sealed_ms=one.sealed_ms,
            last_ms=max((row.time_ms for row in kept), default=one.sealed_ms),
            is_complete=is_whole,
            has_beacon=one.beacon is not None,
            looks=len(taken) if looks_of(plan) else len(interim),
            looked=tuple(taken) if looks_of(plan) else (),
            ineligible=ineligible(units, outcomes),
            others=tuple(self._others(one)),
            uses=tuple(earlier.uses(self._rows, one, plan, digests)),
            evaluations=tuple(earlier.evaluations(self._store, one, digests, before=first_look)),
            unknown=tuple(one.facts.get("unknown", ())),
            departures=tuple(
                {"day": day_of(row.time_ms), "reason": row.reason, "salt": row.salt.hex()}
                for row in self._rows.departures(one.id)
            ),
        )
        keys = open_keys(self._rows.key(self._tenant, one.id))
        return Chain(one.id, keys, one.beacon or b"", items, units, outcomes, entries, standing)

    def _others(self, one: Sealed) -> list[dict[str, str]]:
        return [
            {"experiment": other.id, "sealed": day_of(other.sealed_ms), "fate": self.fate(other)}
            for other in self._rows.of_question(self._tenant, one.question)
            if other.id != one.id
        ]

    def fate(self, one: Sealed) -> str:
        """What became of a sealed plan: its verdict, or how far it got."""
        looks = self._rows.looks(one.id)
        final = next((look for look in looks if look.is_final), None)
        if final is not None:
            return final.verdict
        counts = self._rows.counts(one.id)
        has_begun = any(counts[name] for name in ("outcomes", "missing", "units"))
        return "looked at, no verdict" if looks else "begun, no verdict" if has_begun else "sealed, nothing yet"

    async def looked(self, one: Sealed, plan: Plan, *, verdict: str, report: str, count: int, is_final: bool) -> None:
        """Enter a verdict in the log, once where it is final."""
        if any(look.is_final for look in self._rows.looks(one.id)):
            return
        chain = await asyncio.to_thread(self.chain, one, plan)
        if is_final and not chain.standing.is_complete:
            raise ExperimentError("outcomes are still to come: this is a look, not the verdict")
        models = {str(about["model"]) for about in one.facts["arms"].values() if about["served"]}
        look = Look(0, code_of(verdict), report, count, is_final, 0)
        await self._rows.look(one, look, models=models, provenance=chain.standing.provenance)
