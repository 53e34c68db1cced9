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
    "no_records": ("no record is joined to this subject", "ningún registro está unido a esta persona"),
    "exported": ("{count} records written to {path}", "{count} registros escritos en {path}"),
    "blocked": ("{count} records blocked, order {erasure}", "{count} registros bloqueados, orden {erasure}"),
    "lifted": ("{count} records open again, order {erasure}", "{count} registros desbloqueados, orden {erasure}"),
    "erase_due": (
        "{count} records blocked, destroyed on {due}, order {erasure}",
        "{count} registros bloqueados, se destruirán el {due}, orden {erasure}",
    ),
    "erased": (
        "{destroyed} records destroyed, {resealed} sealed again without the subject, order {erasure}",
        "{destroyed} registros destruidos, {resealed} sellados de nuevo sin la persona, orden {erasure}",
    ),
    "rectified": ("{count} records put right", "{count} registros rectificados"),
    "granted": ("permission {id}: {scope} {target}, {purpose}", "permiso {id}: {scope} {target}, {purpose}"),
    "withdrawn": ("{count} permissions withdrawn", "{count} permisos retirados"),
    "backed_up": ("content in {content}, key ring in {ring}", "contenido en {content}, llavero en {ring}"),
    "recovered": (
        "recovered: {count} orders of erasure done again; {size} entries verified",
        "recuperado: {count} órdenes de supresión repetidas; {size} entradas verificadas",
    ),
    "no_server": ("no server is running on this data directory", "no hay ningún servidor en este directorio de datos"),
}


def say(code: str, **values: object) -> str:
    """The words of `code` in the user's language."""
    english, spanish = WORDS[code]
    return (spanish if language() == "es" else english).format(**values)
