"""What `ambos privacy` says, in Spanish and English; joined to the others in `words`."""

from __future__ import annotations

from collections.abc import Mapping

PRIVACY_WORDS: Mapping[str, tuple[str, str]] = {
    "reading": ("reading", "leyendo"),
    "usual": ("usual", "habitual"),
    "and": (" and ", " y "),
    "labelled_object": (
        "line {line}: it is no JSON object with each key once",
        "línea {line}: no es un objeto JSON con cada clave una sola vez",
    ),
    "labelled_id": (
        "line {line}: it needs an id: a text of its own of at most 200 characters",
        "línea {line}: falta un id: un texto propio de 200 caracteres como máximo",
    ),
    "labelled_group": ("line {line}: its group must be a text", "línea {line}: su group debe ser un texto"),
    "labelled_texts": (
        "line {line}: texts must be a list of objects with text and spans",
        "línea {line}: texts debe ser una lista de objetos con text y spans",
    ),
    "labelled_text": ("line {line}: it needs a text", "línea {line}: falta el texto (text)"),
    "labelled_spans": (
        "line {line}: spans must be a list of objects with start, end and label",
        "línea {line}: spans debe ser una lista de objetos con start, end y label",
    ),
    "labelled_overlap": ("line {line}: two of its spans overlap", "línea {line}: dos de sus tramos se solapan"),
    "labelled_offsets": (
        "line {line}: a span lies outside its text, or its offsets are no whole numbers with start before end",
        "línea {line}: un tramo queda fuera del texto, o sus posiciones no son enteros con start antes que end",
    ),
    "labelled_label": (
        "line {line}: label {label!r} has no kind; use one of ours (docs/spec/calibration.md)",
        "línea {line}: la etiqueta {label!r} no corresponde a ninguna clase nuestra (docs/spec/calibration.md)",
    ),
    "labelled_twice": (
        "line {line}: its id stands twice in the file",
        "línea {line}: su id aparece dos veces en el fichero",
    ),
    "labelled_empty": (
        "the file holds no labelled document",
        "el fichero no contiene ningún documento etiquetado",
    ),
    "labelled_unreadable": ("{file} cannot be read", "no se puede leer {file}"),
    "unwritable": ("{file} cannot be written", "no se puede escribir {file}"),
    "units_none": (
        "no document holds anything sensitive: nothing can be shown",
        "ningún documento contiene nada sensible: nada se puede demostrar",
    ),
    "calibrate_failed": ("the detector failed: {problem}", "el detector ha fallado: {problem}"),
    "calibrate_targets": (
        "give --leak or --direct, or both, between 0 and 1",
        "indique --leak o --direct, o ambos, entre 0 y 1",
    ),
    "calibrate_confidence": (
        "--confidence must be at least 0.5 and below 1",
        "--confidence debe ser al menos 0.5 y menor que 1",
    ),
    "calibrate_bound": (
        "--bound must be betting or hoeffding-bentkus",
        "--bound debe ser betting o hoeffding-bentkus",
    ),
    "calibrate_numbers": (
        "--label-error must be a share below 1, --days from 1 to 3660",
        "--label-error debe ser una proporción menor que 1, y --days, de 1 a 3660",
    ),
    "calibrate_seen": ("seen", "observado"),
    "calibrate_upper": ("at most", "como mucho"),
    "calibrate_most": ("asked for", "pedido"),
    "calibrate_needed": ("documents needed", "documentos necesarios"),
    "loss_leak": ("sensitive characters in clear", "caracteres sensibles a la vista"),
    "loss_direct": (
        "documents with a direct identifier in clear",
        "documentos con un identificador directo a la vista",
    ),
    "loss_scores": ("distribution of the scores", "distribución de las puntuaciones"),
    "promise_leak": (
        "on average at most {most} % of the sensitive characters are left in clear",
        "quedan a la vista de media como mucho el {most} % de los caracteres sensibles",
    ),
    "promise_direct": (
        "at most {most} % of the documents have a direct identifier left in clear",
        "como mucho el {most} % de los documentos dejan a la vista un identificador directo",
    ),
    "calibrate_met": (
        "With {confidence} % confidence, for documents like {n:this one|these #}: {promises}.",
        "Con una confianza del {confidence} %, para documentos como {n:este|estos #}: {promises}.",
    ),
    "label_error": (
        "The labels themselves miss {share} % of what is sensitive: add it.",
        "Las propias etiquetas omiten el {share} % de lo sensible: súmelo.",
    ),
    "label_error_unknown": (
        "What the labels themselves miss was not measured and comes on top (--label-error).",
        "Lo que omiten las propias etiquetas no se ha medido y se suma a esto (--label-error).",
    ),
    "calibrate_kept": (
        "Certificate kept and in the log: {hash}",
        "Certificado guardado y anotado en el registro: {hash}",
    ),
    "calibrate_not_kept": ("Certificate not kept: {hash}", "Certificado no guardado: {hash}"),
    "calibrate_not_met": (
        "Not shown with {confidence} % confidence for documents like {n:this one|these #}.",
        "No se puede demostrar con una confianza del {confidence} % para documentos como {n:este|estos #}.",
    ),
    "calibrate_lower": (
        "Shown with every threshold of [detection.thresholds] at {threshold} or below: set them, start "
        "again, calibrate "
        "with the same documents.",
        "Demostrado con todos los umbrales de [detection.thresholds] en {threshold} o menos: fíjelos, "
        "reinicie y calibre "
        "con los mismos documentos.",
    ),
    "calibrate_needs": (
        "{loss}: about {n:# document|# documents} like these would show it, losing what these do.",
        "{loss}: {n:haría falta # documento|harían falta unos # documentos} como estos, con las mismas pérdidas "
        "que estos.",
    ),
    "calibrate_never": (
        "{loss}: no number of documents like these would show it; the detector leaves more than that.",
        "{loss}: ningún número de documentos como estos lo demostraría; el detector deja más que eso.",
    ),
    "calibrate_least": (
        "From {n:# document|# documents} nothing below {least} % can be shown.",
        "Con {n:# documento|# documentos} no se puede demostrar nada por debajo del {least} %.",
    ),
    "compare_leak": ("in clear", "a la vista"),
    "compare_direct": ("documents", "documentos"),
    "compare_harmless": ("masked in vain", "enmascarado en vano"),
    "compare_speed": ("characters / CPU s", "caracteres / s de CPU"),
    "compare_failures": ("failed", "fallos"),
    "compare_n": (
        "{n:# document|# documents}; sensitive characters in clear, documents with a direct identifier in "
        "clear, harmless characters "
        "masked, with 95 % intervals over documents.",
        "{n:# documento|# documentos}; caracteres sensibles a la vista, documentos con un identificador "
        "directo a la vista, caracteres "
        "inocuos enmascarados, con intervalos del 95 % por documento.",
    ),
    "compare_failed": ("{name} failed on every document", "{name} ha fallado en todos los documentos"),
    "certificate_bad": (
        "this is no calibration certificate of version 1, or it is damaged: calibrate anew",
        "no es un certificado de calibración de la versión 1, o está dañado: calibre de nuevo",
    ),
    "certificate_other": (
        "the house runs another detector, other settings or another policy than those calibrated: start it again, have "
        "what waits approved, and calibrate anew",
        "la casa tiene en marcha otro detector, otros ajustes u otra política que los calibrados: reinicie, apruebe lo "
        "que espera y calibre de nuevo",
    ),
    "certificate_absent": (
        "there is no certificate: `ambos privacy calibrate` makes one",
        "no hay certificado: lo hace `ambos privacy calibrate`",
    ),
    "watch_bad": (
        "the state of the watch is damaged: calibrate anew",
        "el estado de la vigilancia está dañado: calibre de nuevo",
    ),
    "watch_line": (
        "{name}: evidence {capital}, suspended from {limit} on",
        "{name}: evidencia {capital}, se suspende a partir de {limit}",
    ),
    "watch_counted": (
        "{labelled:# labelled sample|# labelled samples} counted, {unlabelled:# other|# others}, {known} known already",
        "{labelled:# muestra etiquetada contada|# muestras etiquetadas contadas}, {unlabelled:# otra|# otras}, "
        "{known:# ya conocida|# ya conocidas}",
    ),
    "standing_active": ("The certificate is active.", "El certificado está activo."),
    "standing_suspended": (
        "The certificate is SUSPENDED: calibrate anew on documents of now.",
        "El certificado está SUSPENDIDO: calibre de nuevo con documentos de ahora.",
    ),
    "standing_void": (
        "The certificate is VOID: something it was made for has changed, or its time is over.",
        "El certificado es NULO: ha cambiado algo para lo que se hizo, o ha caducado.",
    ),
    "standing_absent": ("There is no certificate.", "No hay certificado."),
}
