"""What a report says unasked, in English and Spanish. A code never changes its meaning; texts may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "exploratory": (
        "Exploratory: the scores were imported and no seal proves that the plan is older than they are; this "
        "cannot promote a model.",
        "Exploratorio: las puntuaciones se han importado y ningún sello prueba que el plan sea anterior; no "
        "puede promover un modelo.",
    ),
    "confirmatory": (
        "Confirmatory: the plan was sealed on {day} as {experiment}, before any outcome; every outcome is in the log "
        "({provenance}).",
        "Confirmatorio: el plan se selló el {day} como {experiment}, antes de cualquier resultado; cada resultado consta en "
        "el registro ({provenance}).",
    ),
    "interim": (
        "Interim look: the plan was sealed on {day} as {experiment}, and outcomes are still to come ({provenance}); this cannot "
        "promote a model, and the log counts it as a look.",
        "Mirada intermedia: el plan se selló el {day} como {experiment} y aún faltan resultados ({provenance}); esto no puede "
        "promover un modelo, y el registro la cuenta como mirada.",
    ),
    "operator_could_choose": (
        "The operator could have chosen the assignment: the plan names no foreign value for its seed.",
        "El operador pudo haber elegido la asignación: el plan no nombra ningún valor ajeno para su semilla.",
    ),
    "beacon_given": (
        "The seed holds the value that was given for {beacon}. Ambos asked nobody for it and did not check its signature: "
        "compare its SHA-256, which the log has, with the beacon's.",
        "La semilla contiene el valor que se dio para {beacon}. Ambos no lo pidió a nadie ni comprobó su firma: compare su "
        "SHA-256, que consta en el registro, con el del faro.",
    ),
    "no_looks": ("The log has no earlier look at these outcomes.", "El registro no tiene miradas anteriores a estos resultados."),
    "looks_logged": (
        "Earlier looks at these outcomes, by the log: {k}. A fixed interval does not allow for them.",
        "Miradas anteriores a estos resultados, según el registro: {k}. Un intervalo fijo no las tiene en cuenta.",
    ),
    "looks_planned": (
        "Looks before this one, by the log: {k}. The plan names {of}; the house told no other, and each has its own bound.",
        "Miradas anteriores a esta, según el registro: {k}. El plan nombra {of}; la casa no mostró otras y cada una tiene su "
        "propia cota.",
    ),
    "other_plans": (
        "Other sealed plans of this question, by the log: {k}. {plans}.",
        "Otros planes sellados de esta pregunta, según el registro: {k}. {plans}.",
    ),
    "no_other_plans": (
        "The log has no other sealed plan of this question.",
        "El registro no tiene otro plan sellado de esta pregunta.",
    ),
    "uses": (
        "Earlier experiments scored these arms on some of these items: {uses}.",
        "Experimentos anteriores puntuaron estos brazos con algunos de estos ítems: {uses}.",
    ),
    "evaluations": (
        "Evaluations of these arms on some of these items outside sealed experiments, by the log: {k}. {evaluations}.",
        "Evaluaciones de estos brazos con algunos de estos ítems fuera de experimentos sellados, según el registro: {k}. "
        "{evaluations}.",
    ),
    "lineage_unknown": (
        "Nothing is known of what these arms were trained, tuned or selected on: {arms}. They may have seen the items.",
        "No se sabe con qué se entrenaron, ajustaron o eligieron estos brazos: {arms}. Pueden haber visto los ítems.",
    ),
    "ineligible": (
        "{k} units were considered and given to no arm, since not every arm might have them: the result does not speak for them.",
        "{k} unidades se consideraron y no se dieron a ningún brazo, porque no todos podían recibirlas: el resultado no habla "
        "de ellas.",
    ),
    "departure": ("Departure from the plan: {what}.", "Desviación del plan: {what}."),
    "fewer_units": (
        "Departure from the plan: {k} units of the {of} that it names.",
        "Desviación del plan: {k} unidades de las {of} que nombra.",
    ),
    "expires": (
        "The verdict holds until {day}; after it, look again.",
        "El veredicto vale hasta el {day}; después, vuelva a mirar.",
    ),
    "population": ("It speaks for: {population}.", "Habla de: {population}."),
    "population_not_stated": (
        "The plan does not state the population: the result speaks for {n} units like these ({unit}), and for no others.",
        "El plan no indica la población: el resultado habla de {n} unidades como estas ({unit}), y de ninguna otra.",
    ),
    "clustered_decides": (
        "Units come in {g} sampled clusters: only the clustered interval decides; the iid one is what a "
        "naive report would say.",
        "Las unidades vienen en {g} conglomerados muestreados: solo decide el intervalo por conglomerados; "
        "el iid es lo que diría un informe ingenuo.",
    ),
    "clustered_differs": (
        "Ignoring the clusters would have said “{iid}” instead of “{verdict}”.",
        "Sin tener en cuenta los conglomerados se habría dicho «{iid}» en vez de «{verdict}».",
    ),
    "clusters_unequal": (
        "The clusters are of unequal size, so the interval that decides is made for that (CR2, {df} degrees of freedom): the "
        "usual one of “clustered” covers less than it says; by it the verdict would be “{verdict}”.",
        "Los conglomerados tienen tamaños desiguales, así que el intervalo que decide está hecho para ello (CR2, {df} grados "
        "de libertad): el habitual de «clustered» cubre menos de lo que dice; con él el veredicto sería «{verdict}».",
    ),
    "few_clusters": (
        "{g} clusters are few: a t with {df} degrees of freedom is approximate below about 30, and below 6 "
        "gives no verdict.",
        "{g} conglomerados son pocos: una t con {df} grados de libertad es aproximada por debajo de unos 30 "
        "y por debajo de 6 no da veredicto.",
    ),
    "clusters_not_planned": (
        "The scores have {g} clusters that the plan does not name; the verdict ignores them. Clustered it "
        "would be “{verdict}”.",
        "Las puntuaciones tienen {g} conglomerados que el plan no nombra; el veredicto no los tiene en "
        "cuenta. Con ellos sería «{verdict}».",
    ),
    "clusters_fixed": (
        "The clusters are all there are: they are strata, and the iid interval decides.",
        "Los conglomerados son todos los que hay: son estratos y decide el intervalo iid.",
    ),
    "no_clusters": (
        "No clusters are known: units that hang together (one text, one author) would make the interval too narrow.",
        "No se conocen conglomerados: unidades relacionadas (un texto, un autor) harían el intervalo demasiado estrecho.",
    ),
    "missing": (
        "Missing answers: {by_arm}; treated as “{how}”. Worst case for the treatment: “{worst}”; best case: “{best}”.",
        "Respuestas ausentes: {by_arm}; tratadas como «{how}». Peor caso para el tratamiento: «{worst}»; "
        "mejor caso: «{best}».",
    ),
    "none_missing": ("No answer is missing.", "No falta ninguna respuesta."),
    "missing_decides": (
        "The verdict depends on the missing answers: worst and best case disagree.",
        "El veredicto depende de las respuestas ausentes: el peor caso y el mejor no coinciden.",
    ),
    "range_assumed": (
        "The plan gives no range of the score; the extremes seen, {low} and {high}, bound the missing answers.",
        "El plan no da el rango de la puntuación; los extremos vistos, {low} y {high}, acotan las respuestas ausentes.",
    ),
    "trials": (
        "Repeated trials: up to {k} of one unit in one arm were averaged; the unit is counted once.",
        "Repeticiones: se promediaron hasta {k} de una unidad en un brazo; la unidad cuenta una vez.",
    ),
    "one_trial": (
        "One trial of each unit: variation between repeated answers is not separated.",
        "Una repetición por unidad: no se separa la variación entre respuestas repetidas.",
    ),
    "duplicates": (
        "{k} duplicate rows with equal scores were counted once.",
        "{k} filas duplicadas con igual puntuación se contaron una vez.",
    ),
    "no_duplicates": ("No duplicate rows.", "No hay filas duplicadas."),
    "judge": (
        "Scores come from a judge: its agreement with people, a swap of positions and a null answer were not given here.",
        "Las puntuaciones son de un juez: aquí no consta su acuerdo con personas, el cambio de posiciones ni "
        "una respuesta nula.",
    ),
    "judge_failed": (
        "The judge failed its controls ({which}): its scores are not what they seem, and this verdict is not confirmatory.",
        "El juez no superó sus controles ({which}): sus puntuaciones no son lo que parecen y este veredicto no es "
        "confirmatorio.",
    ),
    "judge_controls": (
        "The judge's controls on {n} answers: a constant text earned {null} on average; the order of the parts moved its score "
        "by {swap} (with sign {shift}).",
        "Controles del juez en {n} respuestas: un texto constante obtuvo {null} de media; el orden de las partes movió la "
        "puntuación {swap} (con signo {shift}).",
    ),
    "judge_people": (
        "Judge and people agree on {n} answers with a kappa of {kappa} [{lower}; {upper}].",
        "El juez y las personas coinciden en {n} respuestas con kappa {kappa} [{lower}; {upper}].",
    ),
    "judge_alone": (
        "People graded {n} of the judge's answers: too few to say how far it agrees with them.",
        "Las personas puntuaron {n} respuestas del juez: muy pocas para decir cuánto coincide con ellas.",
    ),
    "raters": (
        "{k} people compared the answers without knowing whose they were; the left one was chosen in {left} % of the choices, "
        "and {unsure} % could not say.",
        "{k} personas compararon las respuestas sin saber de quién eran; se eligió la izquierda en el {left} % de las "
        "elecciones, y el {unsure} % no supo decir.",
    ),
    "raters_agree": (
        "Raters agree on {n} pairs with a kappa (Fleiss) of {kappa} [{lower}; {upper}].",
        "Quienes valoran coinciden en {n} parejas con kappa (Fleiss) {kappa} [{lower}; {upper}].",
    ),
    "raters_alone": (
        "Too few pairs were judged by several people to say how far they agree.",
        "Muy pocas parejas fueron valoradas por varias personas para decir cuánto coinciden.",
    ),
    "scorer_not_stated": (
        "The plan does not say who scored; if a judge did, its validity (agreement with people, position, "
        "null answer) is unknown.",
        "El plan no dice quién puntuó; si fue un juez, su validez (acuerdo con personas, posición, respuesta "
        "nula) no se conoce.",
    ),
    "other_tests_agree": (
        "Other tests say the same at this alpha: {names}.",
        "Otras pruebas dicen lo mismo con este alfa: {names}.",
    ),
    "other_tests_differ": (
        "Another test would have said otherwise at this alpha: {names}.",
        "Otra prueba habría dicho otra cosa con este alfa: {names}.",
    ),
    "skewed": (
        "The values are skewed ({skew}): with {n} units the t interval covers less than it says.",
        "Los valores son asimétricos ({skew}): con {n} unidades el intervalo t cubre menos de lo que dice.",
    ),
    "zero_variance": (
        "Every difference is the same: there is no variance, hence no t, no interval and no p-value.",
        "Todas las diferencias son iguales: no hay varianza y, por tanto, ni t, ni intervalo, ni valor p.",
    ),
    "no_margin": (
        "The plan has no margin: nothing is said on non-inferiority.",
        "El plan no tiene margen: no se dice nada de no inferioridad.",
    ),
    "multiplicity": (
        "{k} treatments against one control: intervals at alpha/{k}, p-values also by Holm.",
        "{k} tratamientos frente a un control: intervalos con alfa/{k}, valores p también por Holm.",
    ),
    "one_comparison": ("One comparison; no correction for several.", "Una comparación; sin corrección por varias."),
    "peeks": (
        "No log was read: earlier looks at these scores and other plans of the question are not known.",
        "No se leyó ningún registro: no se conocen miradas anteriores a estas puntuaciones ni otros planes de la pregunta.",
    ),
    "arms_left_out": ("{k} arms of the scores are not in the plan.", "{k} brazos de las puntuaciones no están en el plan."),
    "columns_left_out": ("Columns that were not used: {names}.", "Columnas que no se usaron: {names}."),
    "plan_keys_unknown": ("Keys of the plan that were not used: {names}.", "Claves del plan que no se usaron: {names}."),
    "few_discordant": (
        "Only {k} pairs differ: the t interval then covers less than it says, and every other one more.",
        "Solo difieren {k} parejas: el intervalo t cubre entonces menos de lo que dice, y cualquier otro más.",
    ),
    "score_decides": (
        "Answers are yes or no on the same units, so the interval that decides is {interval} ({method}); by the t interval it "
        "would be “{verdict}”.",
        "Las respuestas son sí o no en las mismas unidades, así que decide el intervalo {interval} ({method}); con el intervalo "
        "t sería «{verdict}».",
    ),
    "margin_not_shown": (
        "The interval stays above the margin, but the exact test there does not find it (one-sided p = {p}): non-inferiority "
        "is not shown, because the interval alone would say so a little too often.",
        "El intervalo queda por encima del margen, pero la prueba exacta en él no lo confirma (p unilateral = {p}): no se "
        "demuestra la no inferioridad, porque el intervalo por sí solo la daría algo más de lo debido.",
    ),
    "look_bound": (
        "Look {k} of {of}, at {share} % of the planned units: the interval that decides has a level of {level} % "
        "(|z| {bound}), so that all looks together keep alpha.",
        "Mirada {k} de {of}, al {share} % de las unidades previstas: el intervalo que decide tiene un nivel del {level} % "
        "(|z| {bound}), para que todas las miradas juntas conserven alfa.",
    ),
    "always_valid": (
        "The interval that decides holds at every look at once; it is narrowest at {n} units and claims nothing below {least}.",
        "El intervalo que decide vale en todas las miradas a la vez; es más estrecho con {n} unidades y no afirma nada por "
        "debajo de {least}.",
    ),
    "crossover": (
        "Crossover: period and carry-over effects are not separated; balance the order of the arms.",
        "Diseño cruzado: no se separan los efectos de periodo ni de arrastre; equilibre el orden de los brazos.",
    ),
    "weights": ("Units have weights; other tests were not run.", "Las unidades tienen pesos; no se hicieron otras pruebas."),
    "allocation": (
        "The arms have {a} and {b} units: under equal allocation this has p = {p}; look for what removed units.",
        "Los brazos tienen {a} y {b} unidades: con asignación igual esto tiene p = {p}; busque qué quitó unidades.",
    ),
    "size_unknown": (
        "The plan gives neither sd nor baseline (with discordant, where units are paired): no size can be computed.",
        "El plan no da ni sd ni baseline (con discordant, si las unidades van por pares): no se puede calcular el tamaño.",
    ),
    "too_small": (
        "{n} {unit} are planned; finding an effect of {effect} takes {need}.",
        "Se planean {n} ({unit}); encontrar un efecto de {effect} exige {need}.",
    ),
    "low_power": (
        "A true effect of {effect} would be found with probability {power} only.",
        "Un efecto real de {effect} se encontraría solo con probabilidad {power}.",
    ),
    "too_small_for_margin": (
        "Showing non-inferiority at this margin takes {need} {unit} when the arms are equal.",
        "Mostrar no inferioridad con este margen exige {need} ({unit}) si los brazos son iguales.",
    ),
    "too_small_for_strata": (
        "Finding the effect in every stratum by itself takes {need} {unit}.",
        "Encontrar el efecto en cada estrato por separado exige {need} ({unit}).",
    ),
    "simulation_differs": (
        "Simulated experiments find the effect with probability {power}, where the formula says {formula}: trust the simulation.",
        "Los experimentos simulados encuentran el efecto con probabilidad {power}, donde la fórmula dice {formula}: confíe en la "
        "simulación.",
    ),
    "looks": (
        "Looking at 1.96 each time would give {naive} % false alarms; the bounds on |z| that keep alpha are {bounds}.",
        "Mirar con 1,96 cada vez daría {naive} % de falsas alarmas; los límites de |z| que conservan alfa son {bounds}.",
    ),
    "population_missing": ("The plan does not state the population.", "El plan no indica la población."),
    "no_ethics": (
        "Participants are assigned, and the plan has no [ethics] block (information, basis, right to leave, stop rule).",
        "Se asignan participantes y el plan no tiene bloque [ethics] (información, base, derecho a dejarlo, regla de parada).",
    ),
    "change": (
        "What would change the verdict: an effect shifted by {shift} ({errors} standard errors).",
        "Qué cambiaría el veredicto: un efecto desplazado en {shift} ({errors} errores típicos).",
    ),
}  # fmt: skip

SPANISH: Final[Mapping[str, str]] = {
    "pairs": "parejas",
    "units an arm": "unidades por brazo",
    "superior": "superior",
    "non-inferior": "no inferior",
    "non-inferior, lower": "no inferior, aunque más bajo",
    "inferior": "inferior",
    "inconclusive": "no concluyente",
    "inconclusive: missing answers decide": "no concluyente: deciden las respuestas ausentes",
    "inconclusive: fewer than 6 clusters": "no concluyente: menos de 6 conglomerados",
    "inconclusive: zero variance": "no concluyente: varianza cero",
    "non-inferior:lower": "no inferior, aunque más bajo",
    "inconclusive:missing_answers_decide": "no concluyente: deciden las respuestas ausentes",
    "inconclusive:fewer_than_6_clusters": "no concluyente: menos de 6 conglomerados",
    "inconclusive:zero_variance": "no concluyente: varianza cero",
    "looked at, no verdict": "mirado, sin veredicto",
    "begun, no verdict": "empezado, sin veredicto",
    "sealed, nothing yet": "sellado, nada aún",
    "judge_failed": "el juez no superó sus controles",
    "control_unchecked": "no se hicieron",
    "control_null": "un texto constante puntúa",
    "control_swap": "el orden de las partes decide",
    "control_people": "no coincide con las personas",
    "exploratory": "exploratorio",
    "confirmatory": "confirmatorio",
    "interim": "mirada intermedia",
    "run": "ejecutados por Ambos",
    "recorded": "recibidos por API",
}


CONTROLS: Final[Mapping[str, str]] = {
    "control_unchecked": "they were not run",
    "control_null": "a constant text scores",
    "control_swap": "the order of the parts decides",
    "control_people": "it does not agree with people",
}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One thing said unasked."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str = "en") -> str:
        """In "en" or "es"."""
        english, spanish = TEXTS[self.code]
        if language != "es":
            return english.format(**{name: _told(value, {}) for name, value in self.values.items()})
        return spanish.format(**{name: _told(value, SPANISH) for name, value in self.values.items()})


def _told(value: object, words: Mapping[str, str]) -> object:
    """A value in a language; rows of plans one after another."""
    if not isinstance(value, tuple):
        return words.get(str(value), value)
    if any("control" in row for row in value):
        return "; ".join(words.get(row["control"], CONTROLS[row["control"]]) for row in value)
    return "; ".join(f"{row['experiment']} ({row['sealed']}): {words.get(row['fate'], row['fate'])}" for row in value)
