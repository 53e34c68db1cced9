"""What the commands say, in Spanish and English; `AMBOS_LANG` or the locale chooses."""

from __future__ import annotations

from collections.abc import Mapping

from ambos.config import language

WORDS: Mapping[str, tuple[str, str]] = {
    "error": ("Cannot go on: {message}", "No se puede seguir: {message}"),
    "title": ("Ambos is serving", "Ambos está en marcha"),
    "address": ("address", "dirección"),
    "console": ("console", "consola"),
    "key": ("key (shown once)", "clave (se muestra una vez)"),
    "key_kept": (
        "the one you were shown; `ambos keys create` makes another",
        "la que ya vio; `ambos keys create` crea otra",
    ),
    "inside": ("inside", "dentro"),
    "outside": ("outside", "fuera"),
    "none": ("none", "ninguno"),
    "demo": ("demo model: do not rely on its answers", "modelo de demostración: no se fíe de sus respuestas"),
    "stand_in": ("stand-in: repeats what it receives, sends nothing", "sustituto: repite lo que recibe, no envía nada"),
    "try": ("try", "pruebe"),
    "stop": ("Ctrl-C stops it in order", "Ctrl-C lo detiene en orden"),
    "pulling": ("Fetching the embedded model (93 MB, once)", "Descargando el modelo incluido (93 MB, una sola vez)"),
    "pull_failed": (
        "The embedded model could not be fetched: what must stay inside gets no answer until `ambos models pull` works.",
        "No se pudo descargar el modelo incluido: lo que deba quedarse dentro no tendrá respuesta hasta que "
        "`ambos models pull` funcione.",
    ),
    "pulled": (
        "The model is here: start the server again and it answers inside.",
        "El modelo ya está: vuelva a iniciar el servidor y responderá dentro.",
    ),
    "config_written": ("first configuration written: {path}", "primera configuración escrita: {path}"),
    "config_there": ("a configuration is there already: {path}", "ya hay una configuración: {path}"),
    "verified": (
        "The log is whole: {size} entries, root {root}.",
        "El registro está íntegro: {size} entradas, raíz {root}.",
    ),
    "not_verified": ("The log is NOT whole: {problem}", "El registro NO está íntegro: {problem}"),
    "level": ("level", "nivel"),
    "route": ("route", "ruta"),
    "model": ("model", "modelo"),
    "why": ("why", "por qué"),
    "sent": ("what was sent", "lo que se envió"),
    "stayed": ("Nothing left the house.", "Nada ha salido de la casa."),
    "answer": ("answer", "respuesta"),
    "findings": ("findings", "hallazgos"),
    "treatment": ("treatment", "tratamiento"),
    "nothing_found": ("nothing sensitive found", "no se ha encontrado nada sensible"),
    "recommend": (
        "{name}: {size}, {licence}, about {minutes} min to fetch. Pull it now while serving goes on? [y/N] ",
        "{name}: {size}, {licence}, unos {minutes} min de descarga. ¿Descargarlo ahora sin dejar de servir? [s/N] ",
    ),
    "ok": ("ok", "bien"),
    "bad": ("problem", "problema"),
    "upgraded": ("the database is at the newest schema", "la base de datos tiene el esquema más reciente"),
    "verdict": ("verdict", "veredicto"),
    "effect": ("effect", "efecto"),
    "size_unit": ("counted in", "se cuenta en"),
    "size_pairs": ("pairs", "parejas"),
    "size_units an arm": ("units an arm", "unidades por brazo"),
    "size_n_needed": ("needed for the effect", "necesarias para el efecto"),
    "size_n_planned": ("planned", "planeadas"),
    "size_detectable": ("detectable effect", "efecto detectable"),
    "size_power": ("power", "potencia"),
    "size_n_non_inferiority": ("needed for the margin", "necesarias para el margen"),
    "experiment_whole": ("Every link holds: {links}.", "Todos los eslabones se sostienen: {links}."),
    "experiment_broken": ("The link “{link}” does NOT hold.", "El eslabón «{link}» NO se sostiene."),
    "experiment_same": ("The same bytes.", "Los mismos bytes."),
    "experiment_not_same": (
        "NOT the same bytes; `ambos experiment verify` names the link.",
        "NO son los mismos bytes; `ambos experiment verify` nombra el eslabón.",
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
    "no_server": ("no server is running on this data directory", "no hay ningún servidor en este directorio de datos"),
}


def say(code: str, **values: object) -> str:
    """The words of `code` in the user's language."""
    english, spanish = WORDS[code]
    return (spanish if language() == "es" else english).format(**values)
