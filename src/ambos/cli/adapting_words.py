"""What `ambos corpus`, `ambos adapt` and `ambos iterate` say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ADAPTING_WORDS: Final[Mapping[str, tuple[str, str]]] = {
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
    "adapt_memorised": (
        "Remembered rows: {true_positive_rate:.0f} % of canaries stand out at 1 % false alarms ({lower:.0f} to {upper:.0f} %).",
        "Filas recordadas: destaca el {true_positive_rate:.0f} % de los canarios con un 1 % de falsas alarmas ({lower:.0f} a "
        "{upper:.0f} %).",
    ),
    "adapt_by_group": (
        "By group ({groups}): right in {median:.3f} of the rows of the median group, {worst:.3f} of the worst.",
        "Por grupo ({groups}): acierta en {median:.3f} de las filas del grupo mediano y en {worst:.3f} del peor.",
    ),
    "adapt_estimate": (
        "About {minutes} min on this machine, {memory_mib} MiB, {watt_hours} Wh (declared, not measured), {euros} EUR of power.",
        "Unos {minutes} min en esta máquina, {memory_mib} MiB, {watt_hours} Wh (declarados, no medidos), {euros} EUR de luz.",
    ),
    "adapt_signed": ("{model} {artefact}: {state}, signed {signed}", "{model} {artefact}: {state}, firmas {signed}"),
    "adapt_promoted": (
        "{model} is served: model ambos/{model}, at /v1/classify or, a chat model, at /v1/chat/completions",
        "{model} está en servicio: model ambos/{model}, en /v1/classify o, si es de conversación, en /v1/chat/completions",
    ),
    "adapt_none_left": (
        "{model} is retired, and nothing stood before it",
        "{model} queda retirado, y antes no había otro",
    ),
    "label_artefact": ("artefacts, left out", "artefactos, descartados"),
    "new_chat": (
        "{rows} rows of question and answer: a chat model is adapted (LoRA on {base}).",
        "{rows} filas de pregunta y respuesta: se adapta un modelo de conversación (LoRA sobre {base}).",
    ),
    "new_chat_few": (
        "{rows} rows of question and answer are too few to adapt a chat model: at least {least}. Until then put the most "
        "similar examples into the prompt of the model at home instead.",
        "{rows} filas de pregunta y respuesta son muy pocas para adaptar un modelo de conversación: al menos {least}. Mientras "
        "tanto, ponga los ejemplos más parecidos en el mensaje al modelo de casa.",
    ),
    "chat_run": (
        "Trained on {rows} rows, {tokens} tokens, in {seconds:.0f} s; the loss of the last step was {loss:.3f}.",
        "Entrenado con {rows} filas, {tokens} tokens, en {seconds:.0f} s; la pérdida del último paso fue {loss:.3f}.",
    ),
    "chat_parity": (
        "Served as trained: {adapted:.1%} of {positions} positions agree (the base: {base:.1%}); where training changed a "
        "prompt, serving does on {differs:.0%}.",
        "Se sirve lo entrenado: coincide el {adapted:.1%} de {positions} posiciones (la base: {base:.1%}); donde entrenar "
        "cambió una respuesta, servir la cambia en el {differs:.0%}.",
    ),
    "chat_unserved": (
        "It was never served here: its base is safetensors. `ambos adapt export` writes it out for vLLM.",
        "Nunca se ha servido aquí: su base es safetensors. `ambos adapt export` lo escribe para vLLM.",
    ),
    "chat_against": (
        "Against {control}: {effect:+.1f} points ({lower:+.1f} to {upper:+.1f}) on {items} rows held back, {verdict}.",
        "Frente a {control}: {effect:+.1f} puntos ({lower:+.1f} a {upper:+.1f}) en {items} filas reservadas, {verdict}.",
    ),
    "chat_against_shown": (
        "Compared with {control}, which has no say: {effect:+.1f} points ({lower:+.1f} to {upper:+.1f}) on {items} rows, "
        "{verdict}.",
        "Comparado con {control}, que no decide: {effect:+.1f} puntos ({lower:+.1f} a {upper:+.1f}) en {items} filas, "
        "{verdict}.",
    ),
    "chat_paid": (
        "{model} is asked {questions} questions, outside: about {amount} {currency} at list price, more if it answers at greater "
        "length than your rows.",
        "A {model} se le hacen {questions} preguntas, fuera: unos {amount} {currency} a precio de lista, más si responde más "
        "largo que sus filas.",
    ),
    "chat_paid_unpriced": (
        "{model} is asked {questions} questions, outside; its price is not known here.",
        "A {model} se le hacen {questions} preguntas, fuera; aquí no se conoce su precio.",
    ),
    "chat_unanswered": (
        "{control} answered too few of the rows held back: it was not compared.",
        "{control} respondió a muy pocas filas reservadas: no se comparó.",
    ),
    "iterate_gate": ("reading the card: proofs, audit, licences", "leyendo la ficha: pruebas, auditoría, licencias"),
    "chat_forgetting": (
        "General answers, log-probability a token against the base: {effect:+.2f} ({ci_lower:+.2f} to {ci_upper:+.2f}); "
        "{verdict} at {margin}.",
        "Respuestas generales, log-probabilidad por token frente a la base: {effect:+.2f} ({ci_lower:+.2f} a {ci_upper:+.2f}); "
        "{verdict} con {margin}.",
    ),
    "chat_memorisation": (
        "What it gives away of rows seen once an epoch: {true_positives:.0%} found at 1 % false alarms ({lower:.0%} to "
        "{upper:.0%}; {canaries} canaries, {controls} controls).",
        "Lo que revela de filas vistas una vez por época: se encuentra el {true_positives:.0%} con un 1 % de falsas alarmas "
        "({lower:.0%} a {upper:.0%}; {canaries} canarios, {controls} controles).",
    ),
    "chat_unaudited": (
        "What it gives away of its rows was not measured: `canaries = 100` in the recipe does.",
        "No se midió lo que revela de sus filas: lo hace `canaries = 100` en la receta.",
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
        "Too few rows to learn from: each label needs at least {least}. Until then `ambos adapt similar TABLE TEXT` puts "
        "similar examples into the prompt of the model at home.",
        "Muy pocas filas para aprender: cada etiqueta necesita al menos {least}. Mientras tanto, `ambos adapt similar "
        "TABLA TEXTO` pone ejemplos parecidos en el mensaje al modelo de casa.",
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
    "new_purpose_chat": ("answers of {name}", "respuestas de {name}"),
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
