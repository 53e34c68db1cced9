"""A policy of which nothing outside is left, for as long as the house cannot trust its own judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ambos.identity import Principal
from ambos.messages import Assessment, Level, Reason, ServedModel, Zone
from ambos.policy.decision import Decision
from ambos.policy.policy import Policy

CLOSED: Final = "outside.closed"


class ClosedPolicy(Policy):
    """Decides like the policy it was made of, and gives models outside nothing."""

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
        """As `Policy.decide`, without the models outside."""
        decision = super().decide(
            assessment, principal, models, tighten=tighten, demo_allowed=demo_allowed, has_tools=has_tools
        )
        inside = {model.name for model in models if model.zone is Zone.INSIDE}
        kept = {name: treatment for name, treatment in decision.treatments.items() if name in inside}
        return replace(decision, treatments=kept, reasons=(*decision.reasons, Reason(CLOSED, decision.level)))
