"""What the commands say, in Spanish and English; `AMBOS_LANG` or the locale chooses."""

from __future__ import annotations

from collections.abc import Mapping

from ambos.cli.key_words import KEY_WORDS
from ambos.cli.privacy_words import PRIVACY_WORDS
from ambos.config import language
from ambos.errors import AmbosError, KeyServiceError

WORDS: Mapping[str, tuple[str, str]] = {
    **KEY_WORDS,
    **PRIVACY_WORDS,
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
    "access_asked": (
        "{id}: {count} records are asked for; open once a second person confirms, or from {begins}",
        "{id}: se piden {count} registros; se abren cuando otra persona lo confirme, o desde {begins}",
    ),
    "access_confirmed": (
        "{id}: {count} records are open until {until}",
        "{id}: {count} registros abiertos hasta {until}",
    ),
    "access_broken": (
        "{id}: {count} records are open until {until}; their authors are told, and somebody else reviews it in 72 hours",
        "{id}: {count} registros abiertos hasta {until}; se avisa a sus autores, y otra persona lo revisa en 72 horas",
    ),
    "access_reviewed": ("{id} is reviewed", "{id} está revisado"),
    "access_ended": ("{id} is closed", "{id} está cerrado"),
    "access_none": ("nothing of others is open or asked for", "nada ajeno está abierto ni pedido"),
    "reviews": (
        "{waiting} broken glasses wait for a review, {overdue} of them for too long: `ambos access list`",
        "{waiting} accesos de urgencia esperan revisión, {overdue} de ellos fuera de plazo: `ambos access list`",
    ),
    "user_created": ("{name} may sign in as: {roles}", "{name} puede entrar como: {roles}"),
    "user_roles": ("{name} is now: {roles}", "{name} es ahora: {roles}"),
    "user_disabled": ("{name} is shut out", "{name} ya no puede entrar"),
    "user_enabled": ("{name} may sign in again", "{name} puede volver a entrar"),
    "user_password": ("{name} has another password", "{name} tiene otra contraseña"),
    "user_joined": ("both accounts are {name}'s", "las dos cuentas son de {name}"),
    "first_password": (
        "password (shown once; to be changed at /console/account)",
        "contraseña (se muestra una vez; se cambia en /console/account)",
    ),
    "verified": (
        "The log is whole: {size} entries, root {root}.",
        "El registro está íntegro: {size} entradas, raíz {root}.",
    ),
    "not_verified": ("The log is NOT whole: {problem}", "El registro NO está íntegro: {problem}"),
    "verified_since": (
        "Only what came after entry {since} was read; the anchor vouches for what stands before.",
        "Solo se ha leído lo posterior a la entrada {since}; de lo anterior responde el ancla.",
    ),
    "ring_unfinished": (
        "A change of the key ring was cut off: the next start of the server finishes it or takes it back.",
        "Un cambio del llavero quedó interrumpido: el próximo arranque del servidor lo termina o lo deshace.",
    ),
    "remembered": (
        "It is the log that is remembered elsewhere: {names}.",
        "Es el registro que se recuerda en otro lugar: {names}.",
    ),
    "not_remembered": (
        "Nothing outside the data directory was asked, so a restored old copy, or a log rewritten by someone with its "
        "keys, would look the same: use --anchor FILE or --witness.",
        "No se ha consultado nada fuera del directorio de datos: una copia antigua restaurada, o un registro reescrito "
        "por alguien con sus claves, parecería igual; use --anchor FICHERO o --witness.",
    ),
    "anchor_first": (
        "The anchor was written for the first time: from now on it recognises an old copy or a rewritten log.",
        "El ancla se ha escrito por primera vez: desde ahora reconoce una copia antigua o un registro reescrito.",
    ),
    "proved": (
        "{file}: {count} entries, proved in the head of {size}.",
        "{file}: {count} entradas, demostradas en la cabecera de {size}.",
    ),
    "proved_witnesses": ("Cosigned by {names}.", "Cofirmado por {names}."),
    "proved_alone": (
        "Signed by the log alone: no quorum of witnesses has cosigned it yet (`ambos audit witness ask`).",
        "Firmado solo por el registro: aún no lo ha cofirmado un quórum de testigos (`ambos audit witness ask`).",
    ),
    "witness_added": (
        "Added. Give the witness's owner the key of this log: {vkey}",
        "Añadido. Dé a su responsable la clave de este registro: {vkey}",
    ),
    "witness_none": (
        "No witness has an address in the policy: `ambos audit witness add VKEY URL`.",
        "Ningún testigo de la política tiene dirección: `ambos audit witness add VKEY URL`.",
    ),
    "witness_signed": ("{name} cosigned {size} entries.", "{name} ha cofirmado {size} entradas."),
    "witness_silent": ("Not cosigned: {problem}", "Sin cofirma: {problem}"),
    "witness_alarm": ("ALARM: {problem}", "ALARMA: {problem}"),
    "witness_serving": ("Witness at {url}, key {vkey}", "Testigo en {url}, clave {vkey}"),
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
    "probes_passed": ("invented texts stay inside", "los textos inventados se quedan dentro"),
    "closed_left": (
        "the outside is closed: an invented text that must stay left; look at what was changed last",
        "el exterior está cerrado: salió un texto inventado que debe quedarse; revise lo último que cambió",
    ),
    "closed_unmasked": (
        "the outside is closed: an invented value left unmasked; look at what was changed last",
        "el exterior está cerrado: salió sin enmascarar un valor inventado; revise lo último que cambió",
    ),
    "closed_failed": (
        "the outside is closed: the path failed on an invented text; the server's log names the error",
        "el exterior está cerrado: el recorrido falló con un texto inventado; el registro del servidor nombra el error",
    ),
    "closed_unproven": (
        "the outside is closed until the invented texts have been tried",
        "el exterior está cerrado hasta que se prueben los textos inventados",
    ),
    "nothing_waits": ("nothing waits for approval", "nada espera aprobación"),
    "policy_waits": (
        "waits for approval: {lines}; see `ambos config pending`",
        "espera aprobación: {lines}; vea `ambos config pending`",
    ),
    "waits": (
        'Approve it: ambos config approve {id} --reason "…"',
        'Apruébelo: ambos config approve {id} --reason "…"',
    ),
    "waits_second": (
        'A privacy officer who did not write it may approve it: ambos config approve {id} --reason "…" --key-file FILE',
        "Puede aprobarlo alguien con el papel privacy_officer que no lo haya escrito: "
        'ambos config approve {id} --reason "…" --key-file FICHERO',
    ),
    "approved": (
        "{id} is approved and in the log; a new provider, another place or a list is in force from the next start on",
        "{id} queda aprobado y anotado en el registro; un proveedor nuevo, otro lugar o una lista rige desde el próximo "
        "inicio",
    ),
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
    "egress_from_server": (
        "tried from inside the running server, at a listener that no table lists",
        "probado desde dentro del servidor en marcha, contra un puerto que ninguna tabla nombra",
    ),
    "egress_from_command": (
        "tried from this command, at a listener that no table lists: no server runs, and one may be started behind walls "
        "that this command is not behind",
        "probado desde esta orden, contra un puerto que ninguna tabla nombra: no hay servidor en marcha, y al arrancarlo "
        "puede quedar tras barreras que esta orden no tiene",
    ),
    "egress_open": (
        "the connection arrived: no wall holds this way; only Ambos's own table stands between",
        "la conexión llegó: ninguna barrera la detiene; solo está la tabla del propio Ambos",
    ),
    "egress_held": (
        "the system refused it ({error}): a wall holds",
        "el sistema la rechazó ({error}): hay una barrera",
    ),
    "egress_unclear": (
        "it did not arrive, but not by a refusal of the system ({error}): no wall is claimed",
        "no llegó, pero no por un rechazo del sistema ({error}): no se afirma que haya barrera",
    ),
    "egress_absent": (
        "not installed here, so that nothing can leave this way",
        "no está instalado aquí, así que nada puede salir por esta vía",
    ),
    "egress_beyond_open": (
        "the system has a way to other machines (nothing was sent); a firewall further out cannot be seen from here",
        "el sistema tiene salida hacia otras máquinas (no se envió nada); un cortafuegos más allá no se ve desde aquí",
    ),
    "egress_beyond_held": (
        "the system has no way to other machines ({error}; nothing was sent)",
        "el sistema no tiene salida hacia otras máquinas ({error}; no se envió nada)",
    ),
    "egress_beyond_unclear": (
        "whether there is a way to other machines could not be told ({error})",
        "no se pudo saber si hay salida hacia otras máquinas ({error})",
    ),
    "means_seccomp": ("a seccomp filter is loaded", "hay un filtro seccomp cargado"),
    "means_no_seccomp": ("no seccomp filter is loaded", "no hay ningún filtro seccomp cargado"),
    "means_landlock": (
        "the kernel offers Landlock for TCP (ABI {abi})",
        "el núcleo ofrece Landlock para TCP (ABI {abi})",
    ),
    "means_no_landlock": (
        "the kernel offers no Landlock for TCP (ABI {abi}, 4 is needed)",
        "el núcleo no ofrece Landlock para TCP (ABI {abi}, hace falta la 4)",
    ),
    "means_systemd": ("systemd runs this machine", "systemd gobierna esta máquina"),
    "means_no_systemd": ("systemd does not run this machine", "systemd no gobierna esta máquina"),
    "means_alone": ("there is no network but loopback here", "aquí no hay más red que la local"),
    "means_network": ("there is a network beyond loopback here", "aquí hay red más allá de la local"),
    "means_elsewhere": ("known on Linux only", "solo se conoce en Linux"),
    "egress_advice": (
        "run the server where only the providers' addresses can be reached: `IPAddressDeny=any` with `IPAddressAllow=` in "
        "its systemd unit, or a NetworkPolicy; docs/guide/walls.md has both",
        "ejecute el servidor donde solo se alcancen las direcciones de los proveedores: `IPAddressDeny=any` con "
        "`IPAddressAllow=` en su unidad de systemd, o una NetworkPolicy; ambas están en docs/guide/walls.md",
    ),
    "egress_advice_inside": (
        "no provider is outside: `IPAddressDeny=any` with `IPAddressAllow=localhost` in the systemd unit shuts the way "
        "to all other machines; docs/guide/walls.md says how",
        "no hay proveedores fuera: `IPAddressDeny=any` con `IPAddressAllow=localhost` en la unidad de systemd cierra la "
        "salida hacia cualquier otra máquina; docs/guide/walls.md dice cómo",
    ),
    "corpus_rows": ("rows that train + rows that judge", "filas que entrenan + filas que juzgan"),
    "corpus_labels": ("labels", "etiquetas"),
    "corpus_split": ("split", "reparto"),
    "corpus_grouped": ("by {count} whole groups", "por {count} grupos enteros"),
    "corpus_by_row": ("by row, near duplicates together", "por fila, con los casi duplicados juntos"),
    "corpus_removed": ("removed", "eliminadas"),
    "corpus_empty": ("empty", "vacías"),
    "corpus_exact": ("exact duplicates", "duplicados exactos"),
    "corpus_contradicted": ("contradicted by another label", "contradichas por otra etiqueta"),
    "corpus_near": ("near duplicates", "casi duplicados"),
    "corpus_sensitive": ("sensitive", "sensible"),
    "corpus_masked": ("masked", "enmascarado"),
    "corpus_source": ("source", "fuente"),
    "corpus_withdrawn": (
        "marked: a permission was withdrawn; nothing new is learnt from it",
        "marcado: se retiró un permiso; no se aprende nada nuevo de él",
    ),
    "corpus_erased": (
        "marked: somebody in it was erased; nothing new is learnt from it",
        "marcado: se suprimió a alguien que está en él; no se aprende nada nuevo de él",
    ),
    "adapt_arm": ("arm", "brazo"),
    "adapt_calibration": ("calibration error", "error de calibración"),
    "adapt_gain": (
        "Gain over {control}: {estimate:+.1f} points ({lower:+.1f} to {upper:+.1f}), cross-validated on rows that train.",
        "Mejora sobre {control}: {estimate:+.1f} puntos ({lower:+.1f} a {upper:+.1f}), en validación cruzada sobre las filas "
        "que entrenan.",
    ),
    "adapt_weak": (
        "This is against a weak generic: only the untuned base stood beside it.",
        "Es frente a un genérico débil: a su lado solo estuvo la base sin ajustar.",
    ),
    "adapt_estimate": (
        "About {minutes} min on this machine, {memory_mib} MiB, {watt_hours} Wh (declared, not measured), {euros} EUR of power.",
        "Unos {minutes} min en esta máquina, {memory_mib} MiB, {watt_hours} Wh (declarados, no medidos), {euros} EUR de luz.",
    ),
    "adapt_signed": ("{model} {artefact}: {state}, signed {signed}", "{model} {artefact}: {state}, firmas {signed}"),
    "adapt_promoted": (
        "{model} is served: POST /v1/classify with model ambos/{model}",
        "{model} está en servicio: POST /v1/classify con model ambos/{model}",
    ),
    "adapt_none_left": (
        "{model} is retired, and nothing stood before it",
        "{model} queda retirado, y antes no había otro",
    ),
    "new_chat": (
        "{rows} rows of question and answer: that is a chat model, which this version does not train. Put the most similar "
        "examples into the prompt of the model at home instead.",
        "{rows} filas de pregunta y respuesta: eso es un modelo de conversación, que esta versión no entrena. Ponga en su "
        "lugar los ejemplos más parecidos en el mensaje al modelo de casa.",
    ),
    "new_rows": (
        "{rows} rows; the text is “{text}”, the label “{label}” ({labels} different).",
        "{rows} filas; el texto es «{text}», la etiqueta «{label}» ({labels} distintas).",
    ),
    "new_groups": (
        "Rows belong to “{group}”: nobody will stand on both sides.",
        "Las filas pertenecen a «{group}»: nadie estará en los dos lados.",
    ),
    "new_no_groups": (
        "No column says whom a row belongs to; if rows of one person may repeat, add it.",
        "Ninguna columna dice de quién es cada fila; si una persona puede repetirse, añádala.",
    ),
    "new_too_few": (
        "Too few rows to learn from: each label needs at least {least}. Until then put similar examples into the prompt of "
        "the model at home instead.",
        "Muy pocas filas para aprender: cada etiqueta necesita al menos {least}. Mientras tanto, ponga ejemplos parecidos en "
        "el mensaje al modelo de casa.",
    ),
    "new_some_few": (
        "Labels with fewer than {least} rows will be learnt badly: {few}.",
        "Las etiquetas con menos de {least} filas se aprenderán mal: {few}.",
    ),
    "new_written": (
        "The recipe is in {path}. Next: ambos adapt run {path}, or the whole turn: ambos iterate {path}",
        "La receta está en {path}. Siguiente: ambos adapt run {path}, o la vuelta entera: ambos iterate {path}",
    ),
    "new_saved": (
        "The recorded traffic of the last 30 days cost {amount} {currency} outside: what this model takes over is part of it.",
        "El tráfico registrado de los últimos 30 días costó {amount} {currency} fuera: lo que asuma este modelo es una parte.",
    ),
    "new_purpose": ("labels of {name}", "etiquetas de {name}"),
    "new_head": (
        "a recipe of Ambos; what each line means: docs/spec/recipe.md",
        "una receta de Ambos; qué significa cada línea: docs/spec/recipe.md",
    ),
    "iterate_corpus": ("opening the corpus", "abriendo el corpus"),
    "iterate_train": ("training and cross-validating", "entrenando y validando"),
    "iterate_seal": ("sealing the plan of the experiment", "sellando el plan del experimento"),
    "iterate_score": ("judging on the rows that were held back", "juzgando con las filas reservadas"),
    "iterate_promote": ("asking for signatures", "pidiendo firmas"),
    "iterate_judged": (
        "On rows that neither had seen: {effect:+.1f} points ({lower:+.1f} to {upper:+.1f}).",
        "En filas que ninguno había visto: {effect:+.1f} puntos ({lower:+.1f} a {upper:+.1f}).",
    ),
    "iterate_used": (
        "These rows have judged {uses} times: part of what they say is luck. Hold new ones back.",
        "Estas filas ya han juzgado {uses} veces: parte de lo que dicen es azar. Reserve otras nuevas.",
    ),
    "state_refused": ("refused", "rechazado"),
    "state_recommended": ("recommended", "recomendado"),
    "state_promoted": ("promoted", "promovido"),
    "reason_no_gain": (
        "the gain is not beyond chance; nothing changes",
        "la mejora no supera al azar; nada cambia",
    ),
    "reason_unsigned": (
        'the signatures are missing: ambos adapt sign MODEL --reason "…", then ambos adapt promote MODEL',
        'faltan las firmas: ambos adapt sign MODELO --reason "…", y después ambos adapt promote MODELO',
    ),
    "reason_signed": ("sealed experiment in its favour, signed", "experimento sellado a su favor, firmado"),
    "reason_already_promoted": ("this recipe is in service already", "esta receta ya está en servicio"),
    "reason_already_retired": ("this recipe's model was retired", "el modelo de esta receta fue retirado"),
}


def told(error: AmbosError) -> str:
    """The words for an error: of a key service in the user's language, else its own."""
    code = f"keys_{error.reason}" if isinstance(error, KeyServiceError) else ""
    return say(code) if code in WORDS else str(error)


def say(code: str, **values: object) -> str:
    """The words of `code` in the user's language."""
    english, spanish = WORDS[code]
    return (spanish if language() == "es" else english).format(**values)
