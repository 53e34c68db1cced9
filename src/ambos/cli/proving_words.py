"""What `ambos experiment` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PROVING_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "verdict": ("verdict", "veredicto"),
    "effect": ("effect", "efecto"),
    "decides": ("decides", "decide"),
    "size_unit": ("counted in", "se cuenta en"),
    "size_pairs": ("pairs", "parejas"),
    "size_units an arm": ("units an arm", "unidades por brazo"),
    "size_n_needed": ("needed for the effect", "necesarias para el efecto"),
    "size_n_planned": ("planned", "planeadas"),
    "size_detectable": ("detectable effect", "efecto detectable"),
    "size_power": ("power", "potencia"),
    "size_n_non_inferiority": ("needed for the margin", "necesarias para el margen"),
    "size_n_strata": ("needed for every stratum by itself", "necesarias para cada estrato por separado"),
    "size_n_clusters": ("clusters needed in all", "conglomerados necesarios en total"),
    "size_simulated": ("found by simulated experiments", "lo encuentran experimentos simulados"),
    "sealed": (
        "Sealed as {experiment}: entry {index}, plan {plan}.",
        "Sellado como {experiment}: entrada {index}, plan {plan}.",
    ),
    "sealed_waits": (
        "Nobody is assigned before the round {beacon} is out: `ambos experiment seed PLAN --value HEX`.",
        "No se asigna a nadie antes de que salga la ronda {beacon}: `ambos experiment seed PLAN --value HEX`.",
    ),
    "sealed_unknown": (
        "Nothing is known of what these arms have seen, and the report will say so: {arms}.",
        "No se sabe qué han visto estos brazos, y el informe lo dirá: {arms}.",
    ),
    "seeded": ("The seed of {experiment} is fixed.", "La semilla de {experiment} queda fijada."),
    "departed": (
        "Written down: {departures} departures from the plan of {experiment}.",
        "Anotado: {departures} desviaciones del plan de {experiment}.",
    ),
    "peeks": ("after {k} earlier looks", "tras {k} miradas anteriores"),
    "recorded": ("Recorded.", "Anotado."),
    "known": ("Recorded before; nothing changed.", "Ya constaba; nada ha cambiado."),
    "lineage_added": ("{added} new digests for {model} ({use}).", "{added} resúmenes nuevos de {model} ({use})."),
    "run_cost": (
        "{count} answers; they cost at most {most} {currency} by the price table.",
        "{count} respuestas; cuestan como mucho {most} {currency} según la tabla de precios.",
    ),
    "run_agree": ("Ask them?", "¿Preguntarlas?"),
    "run_progress": ("answers", "respuestas"),
    "run_done": (
        "{experiment}: {scored} scored, {missing} missing, {ineligible} ineligible, {failed} failed; {left} left. "
        "Spent {spent} {currency}. {problem}",
        "{experiment}: {scored} puntuadas, {missing} ausentes, {ineligible} no elegibles, {failed} fallidas; quedan {left}. "
        "Gastado {spent} {currency}. {problem}",
    ),
    "log_not_asked": (
        "The log was not asked: without the house, only the file's own links were recomputed.",
        "No se preguntó al registro: sin la casa solo se han recalculado los eslabones del fichero.",
    ),
    "experiment_whole": ("Every link holds: {links}.", "Todos los eslabones se sostienen: {links}."),
    "experiment_broken": ("The link “{link}” does NOT hold.", "El eslabón «{link}» NO se sostiene."),
    "experiment_same": ("The same bytes.", "Los mismos bytes."),
    "experiment_not_same": (
        "NOT the same bytes ({where}); `ambos experiment verify` names the link.",
        "NO son los mismos bytes ({where}); `ambos experiment verify` nombra el eslabón.",
    ),
    "experiment_libraries": (
        "Made with {there}; here are {here}. Draws of resampled methods may differ between versions.",
        "Hecho con {there}; aquí hay {here}. Los sorteos de los métodos de remuestreo pueden variar entre versiones.",
    ),
    "experiment_agrees": (
        "The new effect, {new_effect:.4g}, lies where the old one predicted: {lower:.4g} to {upper:.4g}. "
        "Verdict then: {old_verdict}; now: {new_verdict}.",
        "El nuevo efecto, {new_effect:.4g}, está donde predijo el anterior: de {lower:.4g} a {upper:.4g}. "
        "Veredicto de entonces: {old_verdict}; de ahora: {new_verdict}.",
    ),
    "experiment_disagrees": (
        "The new effect, {new_effect:.4g}, does NOT lie where the old one predicted: {lower:.4g} to {upper:.4g}. "
        "Verdict then: {old_verdict}; now: {new_verdict}.",
        "El nuevo efecto, {new_effect:.4g}, NO está donde predijo el anterior: de {lower:.4g} a {upper:.4g}. "
        "Veredicto de entonces: {old_verdict}; de ahora: {new_verdict}.",
    ),
    "verdict_superior": ("superior", "superior"),
    "verdict_non-inferior": ("non-inferior at the margin", "no inferior con el margen"),
    "verdict_non-inferior, lower": (
        "non-inferior at the margin, and lower",
        "no inferior con el margen, aunque más bajo",
    ),
    "verdict_inferior": ("inferior", "inferior"),
    "verdict_inconclusive": ("inconclusive", "no concluyente"),
    "verdict_inconclusive: missing answers decide": (
        "inconclusive: missing answers decide",
        "no concluyente: deciden las respuestas ausentes",
    ),
    "verdict_inconclusive: fewer than 6 clusters": (
        "inconclusive: fewer than 6 clusters",
        "no concluyente: menos de 6 conglomerados",
    ),
    "verdict_inconclusive: zero variance": ("inconclusive: zero variance", "no concluyente: varianza cero"),
}
