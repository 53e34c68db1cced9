"""The CONSORT-AI extension (Liu and others 2020, Nat Med 26:1364): each of its 14 items filled from the plan, or absent.

What a plan says under `[consort]` by an item's code goes first; what the result knows by itself stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ambos.experiment.planning import Plan

Told: TypeAlias = Mapping[str, Any]  # Any: the JSON of a result

ITEMS: Final[Mapping[str, tuple[str, str]]] = {
    "1a-i": ("the title or abstract says that the intervention involves AI", "el título dice que interviene IA"),
    "1b-i": ("intended use of the AI", "uso previsto de la IA"),
    "2a-i": ("intended use in its context and its users", "uso previsto en su contexto y sus usuarios"),
    "4a-i": ("who takes part: inclusion and exclusion", "quién participa: inclusión y exclusión"),
    "4a-ii": (
        "which input data take part: inclusion and exclusion",
        "qué datos de entrada participan: inclusión y exclusión",
    ),
    "4b": ("how the AI was brought into the setting", "cómo se integró la IA en el entorno"),
    "5-i": ("which version of the AI", "qué versión de la IA"),
    "5-ii": ("how input data were acquired and selected", "cómo se obtuvieron y eligieron los datos de entrada"),
    "5-iii": (
        "how poor or absent input and answers were handled",
        "cómo se trataron entradas y respuestas malas o ausentes",
    ),
    "5-iv": ("interaction of people with the AI, and their skill", "interacción de personas con la IA, y su pericia"),
    "5-v": ("what the AI puts out", "qué produce la IA"),
    "5-vi": ("how its output enters decisions", "cómo entra su salida en las decisiones"),
    "19-i": ("errors of the AI, how they were found", "errores de la IA y cómo se hallaron"),
    "25-i": ("access to the AI and its code, with limits", "acceso a la IA y su código, con sus límites"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One item: its code, what it asks, and what is said of it; empty when it is absent."""

    code: str
    asks: str
    says: str


def checklist(plan: Plan, told: Told, *, language: str = "en") -> list[Line]:
    """All items in their order.

    Args:
        plan: with its optional `[consort]` table.
        told: the result as JSON.
        language: "en" or "es".
    """
    given = plan.raw.get("consort", {})
    given = given if isinstance(given, Mapping) else {}
    lines = []
    for code, asks in ITEMS.items():
        known = _KNOWN[code](plan, told) if code in _KNOWN else ""
        says = "; ".join(one for one in (str(given.get(code, "")), known) if one)
        lines.append(Line(code, asks[language == "es"], says))
    return lines


def _versions(plan: Plan, _: Told) -> str:
    arms = plan.raw.get("arms", {})
    named = arms.items() if isinstance(arms, Mapping) else ()
    return ", ".join(f"{arm}: {about.get('model', arm)}" for arm, about in named if isinstance(about, Mapping))


def _inputs(_: Plan, told: Told) -> str:
    """Of the units considered, those that every arm might have."""
    flow = told["flow"]
    return f"{flow['units']} / {flow['assessed']}" if told["seal"] else ""


_KNOWN: Final[Mapping[str, Callable[[Plan, Told], str]]] = {
    "1a-i": lambda plan, _: str(plan.raw.get("title", "")) or plan.question,
    "4a-i": lambda plan, _: "; ".join(one for one in (plan.population, str(plan.raw.get("exclusions", ""))) if one),
    "4a-ii": _inputs,
    "5-i": _versions,
    "5-iii": lambda plan, told: f"missing = {plan.missing} ({told['n_missing']})",
    "5-v": lambda plan, _: plan.metric,
}
