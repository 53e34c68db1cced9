"""Why an adaptation was refused, in Spanish; the English is the error's own message (`ambos.errors.AdaptError`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SPANISH_REFUSALS: Final[Mapping[str, str]] = {
    "architecture": "{name} es un {kind}; aquí se entrenan: {known}",
    "base_absent": "falta el archivo de {name}: `ambos models pull`",
    "base_changed": "el archivo de {name} no es el que se descargó (difiere su SHA-256)",
    "base_copy": "no se puede leer la copia de {name} que se entrena: elimine {folder}",
    "base_unread": "no se puede leer el archivo de {name} para entrenar: {why}",
    "budget": "tardaría unos {minutes} minutos; la receta permite {allowed}",
    "disk_base": "el disco no admite los pesos de {name}: {why}",
    "disk_full": (
        "el disco está lleno: no se guardó ningún punto de reanudación; haga sitio y repita la orden, seguirá desde el último"
    ),
    "disk_refuses": (
        "el disco no lo admite ({why}): no se guardó ningún punto de reanudación; haga sitio y repita la orden, seguirá desde "
        "el último"
    ),
    "diverged": "la pérdida ha dejado de ser un número: baje `rate`; el último punto de reanudación sigue en pie",
    "forgetting_unproven": "su ficha no demuestra que conserve las respuestas generales",
    "forgotten": (
        "el modelo puede haber olvidado lo que sabía: las respuestas generales perdieron hasta {lost} nats por token y se "
        "permiten {margin}; baje `rate` o `epochs`"
    ),
    "licence": (
        "la licencia de {part} ({licence}) no permite el uso «{use}»; permite: {known}. Declare otro `use` en la receta o, si "
        "ha leído sus condiciones, nómbrela en `accepted`"
    ),
    "marked": "aquello con que se entrenó se retiró o se suprimió: ya no se entrega",
    "merged_differs": (
        "el archivo unido no responde como el modelo entrenado: coinciden en el {share} de las posiciones y hace falta el {least}"
    ),
    "mlflow_away": "no se llegó al servidor de MLflow o se interrumpió",
    "mlflow_no_files": "este servidor de MLflow no admite archivos: inícielo con --serve-artifacts",
    "mlflow_refused": "el servidor de MLflow se negó ({status})",
    "no_effect": "el adaptador servido no hace nada: donde entrenar cambió una respuesta, solo la cambia en el {differs}",
    "no_gguf": "{base} no es ni GGUF ni safetensors: no se entrena otra cosa",
    "no_judges": "ninguna fila de este corpus juzga: constrúyalo con una parte reservada",
    "no_memory": "la memoria no alcanza: baje `length` o `rank`; el último punto de reanudación sigue en pie",
    "no_rows": "ninguna fila de este corpus entrena",
    "no_template": "{name} no tiene plantilla de conversación: no es un modelo de conversación",
    "not_empty": "{name} no está vacía",
    "not_moved": "la ejecución no entrenó: {still} de {all} matrices no se han movido o no son números",
    "not_on_shelf": "el modelo de conversación {base} no está instalado: `ambos models pull`",
    "nothing_to_learn": "una fila no tiene nada que aprender: su respuesta está vacía",
    "one_answer": "todas las filas tienen la misma respuesta: no hay nada que aprender",
    "only_chat": "solo se exportan adaptadores de modelos de conversación; un clasificador se sirve aquí",
    "other_base": "este adaptador es de otro archivo que el {base} instalado: entrénelo de nuevo",
    "other_family": "la familia de la receta no es la del corpus",
    "other_weights": "estos pesos son de otra base o de otro rango",
    "packages": (
        "los modelos de conversación necesitan los paquetes de entrenamiento: `make adapt` o `pip install 'ambos[adapt]'`"
    ),
    "parity": (
        "el adaptador servido no responde como el entrenado: coinciden en el {adapted} de las posiciones, la base en el {base}"
    ),
    "projections": "la base tiene otras proyecciones que las conocidas aquí: no se entrenó nada",
    "recipe_unread": "no se puede leer {name} como texto",
    "remembered": (
        "revela demasiado: el {rate} de los canarios destaca con un 1 % de falsas alarmas (hasta el {upper}; se permite el "
        "{most}); baje `epochs` o `rate`, o suba `remembered` si solo pueden preguntarle quienes están en los datos"
    ),
    "snapshot": "el punto de reanudación de esta ejecución está dañado: repítala con `--fresh`",
    "template": "la plantilla de conversación no vale: una conversación no continúa su pregunta o no tiene fin",
    "too_long": "{rows} filas tienen más de {length} tokens (hasta {longest}): suba `length` o acórtelas",
    "unaudited": "no se midió lo que revela de sus filas: `canaries` debe ser al menos {least} en la receta",
    "unknown_place": "--to admite hf:ORG/REPO o mlflow:URL",
    "unserved": (
        "nunca se ha servido aquí, así que nada demuestra lo que responde: una base en safetensors se entrena y se exporta "
        "(`ambos adapt export`), no se pone en servicio"
    ),
    "unwritable": "no se puede escribir en {name}: {why}",
}
