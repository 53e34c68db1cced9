"""What the commands say of records, permissions and copies, in English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RECORD_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "no_records": ("no record is joined to this subject", "ningún registro está unido a esta persona"),
    "exported": (
        "{count:# record|# records} written to {path}",
        "{count:# registro escrito|# registros escritos} en {path}",
    ),
    "blocked": (
        "{count:# record|# records} blocked, order {erasure}",
        "{count:# registro bloqueado|# registros bloqueados}, orden {erasure}",
    ),
    "lifted": (
        "{count:# record|# records} open again, order {erasure}",
        "{count:# registro desbloqueado|# registros desbloqueados}, orden {erasure}",
    ),
    "erase_due": (
        "{count:# record|# records} blocked, destroyed on {due}, order {erasure}",
        "{count:# registro bloqueado, se destruirá|# registros bloqueados, se destruirán} el {due}, orden {erasure}",
    ),
    "erased": (
        "{destroyed:# record|# records} destroyed, {resealed} sealed again without the subject, order {erasure}",
        "{destroyed:# registro destruido|# registros destruidos}, {resealed:# sellado|# sellados} de nuevo sin "
        "la persona, orden {erasure}",
    ),
    "rectified": ("{count:# record|# records} put right", "{count:# registro rectificado|# registros rectificados}"),
    "granted": ("permission {id}: {scope} {target}, {purpose}", "permiso {id}: {scope} {target}, {purpose}"),
    "withdrawn": ("{count:# permission|# permissions} withdrawn", "{count:# permiso retirado|# permisos retirados}"),
    "backed_up": ("content in {content}, key ring in {ring}", "contenido en {content}, llavero en {ring}"),
    "recovered": (
        "recovered: {count:# order|# orders} of erasure and {revoked:# revocation|# revocations} done again; "
        "{size:# entry|# entries} verified",
        "recuperado: {count:# orden|# órdenes} de supresión y {revoked:# revocación|# revocaciones}, otra vez; "
        "{size:# entrada verificada|# entradas verificadas}",
    ),
    "unknown_content": (
        "cannot be known: what happened after {since}, but for erasures and what was taken away; roles and passwords are "
        "those of then (`ambos users list`), and how many entries are missing only a witness or an anchor tells",
        "no se puede saber: lo ocurrido después de {since}, salvo supresiones y retiradas; papeles y contraseñas son los de "
        "entonces (`ambos users list`), y cuántas entradas faltan solo lo dice un testigo o un ancla",
    ),
    "unknown_ring": (
        "cannot be known: erasures, blocks and withdrawals since the copy of the key ring; ask whoever ordered them",
        "no se puede saber: supresiones, bloqueos y retiradas desde la copia del llavero; pregunte a quien las ordenó",
    ),
    "unknown_outcome": (
        "cannot be known: whether {count:# call to the outside was|# calls to the outside were} answered; the "
        "log has the beginning and no end",
        "no se puede saber: si {count:# llamada al exterior tuvo|# llamadas al exterior tuvieron} respuesta; el "
        "registro tiene el principio y no el final",
    ),
}
