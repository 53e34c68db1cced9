"""The report as one HTML page without scripts or foreign parts, with its forest plot as SVG. Escapes every name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from ambos.experiment.analysis import Analysis
from ambos.experiment.checklist import checklist
from ambos.experiment.disclosure import SPANISH
from ambos.experiment.rank_figure import critical_difference

STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".first{border-left:.4rem solid #a33;padding:.5rem 1rem;background:#fbeeee}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}.verdict{font-size:1.4rem}svg{width:100%;height:auto}"
)
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "verdict": ("Verdict", "Veredicto"),
    "peeks": ("after {k} earlier looks", "tras {k} miradas anteriores"),
    "figures": ("Figures", "Cifras"),
    "plot": ("Effect and interval", "Efecto e intervalo"),
    "several": ("All treatments", "Todos los tratamientos"),
    "strata": ("By stratum", "Por estrato"),
    "flow": ("Flow of units", "Flujo de unidades"),
    "seal": ("Seal", "Sello"),
    "experiment": ("experiment", "experimento"),
    "status": ("status", "estado"),
    "provenance": ("provenance of the outcomes", "procedencia de los resultados"),
    "beacon": ("the seed holds a foreign value", "la semilla contiene un valor ajeno"),
    "looks": ("earlier looks", "miradas anteriores"),
    "departures": ("departures from the plan", "desviaciones del plan"),
    "none": ("none", "ninguna"),
    "expires": ("the verdict holds until", "el veredicto vale hasta"),
    "yes": ("yes", "sí"),
    "no": ("no", "no"),
    "validity": ("Who scored", "Quién puntuó"),
    "raters": ("people who scored", "personas que puntuaron"),
    "agreement": ("agreement (kappa)", "acuerdo (kappa)"),
    "left": ("left answer chosen", "se eligió la izquierda"),
    "unsure": ("could not say", "no supo decir"),
    "null": ("mean score of a constant text", "puntuación media de un texto constante"),
    "swap": ("change by the order of the parts", "cambio por el orden de las partes"),
    "checked": ("answers checked", "respuestas comprobadas"),
    "others": ("Other sealed plans of this question", "Otros planes sellados de esta pregunta"),
    "sealed": ("sealed", "sellado"),
    "fate": ("what became of it", "qué fue de él"),
    "checklist": ("CONSORT-AI", "CONSORT-AI"),
    "item": ("item", "punto"),
    "says": ("said in the plan or by the log", "dicho en el plan o por el registro"),
    "absent": ("absent", "ausente"),
    "randomised": ("given to an arm", "dadas a un brazo"),
    "left_out": ("left out", "excluidas"),
    "other": ("Other tests", "Otras pruebas"),
    "also": ("Further analyses, which decide nothing", "Otros análisis, que no deciden nada"),
    "analysis": ("analysis", "análisis"),
    "critical": ("critical difference", "diferencia crítica"),
    "said": ("What must be said", "Lo que hay que decir"),
    "plan": ("The plan", "El plan"),
    "deciding": ("decides", "decide"),
    "method": ("method", "método"),
    "effect": ("effect", "efecto"),
    "interval": ("interval", "intervalo"),
    "assessed": ("units considered", "unidades consideradas"),
    "ineligible": ("not every arm might have them", "no todos los brazos podían recibirlas"),
    "units": ("units in the scores", "unidades en las puntuaciones"),
    "lost_control": ("control's answer missing", "falta la respuesta del control"),
    "lost_treatment": ("treatment's answer missing", "falta la respuesta del tratamiento"),
    "lost_both": ("both missing", "faltan ambas"),
    "filled": ("of these, filled by the plan", "de ellas, completadas según el plan"),
    "analysed": ("analysed", "analizadas"),
    "allocated": ("allocated", "asignadas"),
    "scored": ("scored", "puntuadas"),
    "missing": ("missing", "ausentes"),
    "arm": ("arm", "brazo"),
    "margin": ("margin", "margen"),
    "worst": ("worst case", "peor caso"),
    "best": ("best case", "mejor caso"),
    "stratum": ("stratum", "estrato"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the forest plot."""

    name: str
    effect: float
    lower: float
    upper: float


def render(found: Analysis, *, language: str = "en") -> str:
    """The page. The same analysis gives the same bytes."""
    told = found.to_json()
    words = {name: pair[language == "es"] for name, pair in WORDS.items()}
    verdict = SPANISH.get(told["verdict"], told["verdict"]) if language == "es" else told["verdict"]
    said = [escape(one.text(language)) for one in found.disclosures]
    parts = [
        f"<!doctype html><html lang={language}><meta charset=utf-8><title>{escape(found.plan.question)}</title>",
        f"<style>{STYLE}</style><h1>{escape(found.plan.question)}</h1><p class=first>{said[0]}</p>",
        f"<p class=verdict>{words['verdict']}: <strong>{escape(verdict)}</strong> ({_basis(told, words)})</p>",
        f"<p>{escape(told['arms']['treatment'])} − {escape(told['arms']['control'])}</p>",
        f"<h2>{words['plot']}</h2>{forest(rows_of(told), margin=_margin(found), words=words)}",
        f"<h2>{words['figures']}</h2>{_figures(told, words)}",
        f"<h2>{words['several']}</h2>{_several(told['comparisons'], words, language)}" if told["comparisons"] else "",
        f"<h2>{words['strata']}</h2>{_strata(told['strata'], words)}" if told["strata"] else "",
        f"<h2>{words['flow']}</h2>{diagram(told['flow'], words)}{_flow(told['flow'], words)}",
        f"<h2>{words['seal']}</h2>{_seal(told, words, language)}" if told["seal"] else "",
        f"<h2>{words['validity']}</h2>{_validity(told['validity'], words)}" if told["validity"] else "",
        f"<h2>{words['other']}</h2>{_others(told['sensitivity'], words)}" if told["sensitivity"] else "",
        f"<h2>{words['also']}</h2>{_also(told['also'], words)}" if told["also"] else "",
        f"<h2>{words['said']}</h2><ul>{''.join(f'<li>{one}</li>' for one in said)}</ul>",
        f"<h2>{words['checklist']}</h2>{_checklist(found, told, words, language)}",
        f"<h2>{words['plan']}</h2><p><code>{told['plan']}</code><br><code>{told['scores']}</code></p>",
        f"<pre>{escape(found.plan.canonical().decode())}</pre></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _basis(told: Mapping[str, Any], words: Mapping[str, str]) -> str:
    peeks = words["peeks"].format(k=told["peeks"]) if told["peeks"] else ""
    return "; ".join(filter(None, (str(told["verdict_basis"]), peeks)))


def rows_of(told: Mapping[str, Any]) -> list[Row]:
    """Lines of the plot: the main figures, clustered, by stratum, and the bounds of missing answers."""
    rows = [("iid", told["effect"], told)]
    if told["clustered"]:
        rows.append(("clustered", told["effect"], told["clustered"]))
    if told["deciding"] and told["deciding"]["ci_lower"] not in [at["ci_lower"] for _, _, at in rows]:
        rows.append(("deciding", told["effect"], told["deciding"]))
    if told["n_missing"]:
        rows += [
            (name, told["missing"]["bounds"][name]["effect"], told["missing"]["bounds"][name])
            for name in ("worst", "best")
        ]
    rows += [(one["stratum"], one["effect"], one) for one in told["strata"] if "effect" in one]
    return [
        Row(name, effect, at["ci_lower"], at["ci_upper"]) for name, effect, at in rows if at["ci_lower"] is not None
    ]


def forest(rows: Sequence[Row], *, margin: float | None, words: Mapping[str, str]) -> str:
    """The plot; `margin` is where the line of non-inferiority stands, signed, in units of the score."""
    if not rows:
        return ""
    marks = [0.0, *([margin] if margin is not None else [])]
    low, high = min(*(one.lower for one in rows), *marks, 0.0), max(*(one.upper for one in rows), *marks, 0.0)
    room = (high - low) * 0.05 or 1.0
    low, high, left, width, step = low - room, high + room, 190.0, 560.0, 24

    def x(value: float) -> str:
        return f"{left + width * (value - low) / (high - low):.1f}"

    height = step * len(rows) + 40
    lines = [f'<line x1="{x(0)}" x2="{x(0)}" y1="5" y2="{height - 25}" stroke="#444"/>']
    if margin is not None:
        lines.append(
            f'<line x1="{x(margin)}" x2="{x(margin)}" y1="5" y2="{height - 25}" stroke="#a33" stroke-dasharray="4"/>'
        )
        lines.append(
            f'<text x="{x(margin)}" y="{height - 8}" text-anchor="middle" fill="#a33">{words["margin"]} {margin:.4g}</text>'
        )
    for at, row in enumerate(rows):
        y = 18 + at * step
        lines.append(f'<text x="0" y="{y + 4}">{escape(words.get(row.name, row.name)[:26])}</text>')
        lines.append(
            f'<line x1="{x(row.lower)}" x2="{x(row.upper)}" y1="{y}" y2="{y}" stroke="#124" stroke-width="2"/>'
        )
        lines.append(f'<rect x="{float(x(row.effect)) - 4:.1f}" y="{y - 4}" width="8" height="8" fill="#124"/>')
        lines.append(f'<text x="760" y="{y + 4}">{row.effect:.4g} [{row.lower:.4g}; {row.upper:.4g}]</text>')
    return f'<svg viewBox="0 0 1000 {height}" font-size="13" role="img" aria-label="{words["plot"]}">{"".join(lines)}</svg>'


def _margin(found: Analysis) -> float | None:
    if found.plan.margin is None:
        return None
    return -found.plan.margin if found.plan.is_higher_better else found.plan.margin


def _figures(told: Mapping[str, Any], words: Mapping[str, str]) -> str:
    rows = [[told["method"], told["n"], told["effect"], _interval(told), told["pvalue"]]]
    if told["clustered"]:
        at = told["clustered"]
        rows.append([at["method"], at["n_clusters"], told["effect"], _interval(at), at["pvalue"]])
    return _table([words["method"], "n", words["effect"], words["interval"], "p"], rows)


def _several(rows: Sequence[Mapping[str, Any]], words: Mapping[str, str], language: str) -> str:
    told = []
    for one in rows:
        deciding = one["deciding"] or one["clustered"] or one
        verdict = SPANISH.get(one["verdict"], one["verdict"]) if language == "es" else one["verdict"]
        told.append([one["treatment_arm"], one["n"], one["effect"], _interval(deciding), one["pvalue_holm"], verdict])
    return _table([words["arm"], "n", words["effect"], words["interval"], "p (Holm)", words["verdict"]], told)


def _strata(strata: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    rows = [[one["stratum"], one["n"], one.get("effect"), _interval(one)] for one in strata]
    return _table([words["stratum"], "n", words["effect"], words["interval"]], rows)


def _flow(flow: Mapping[str, Any], words: Mapping[str, str]) -> str:
    names = (
        *(("assessed", "ineligible") if flow["ineligible"] else ()),
        "units",
        "lost_control",
        "lost_treatment",
        "lost_both",
        "filled",
        "analysed",
    )
    arms = [[one["arm"], one["allocated"], one["scored"], one["missing"]] for one in flow["arms"]]
    head = [words[name] for name in ("arm", "allocated", "scored", "missing")]
    return _table(["", "n"], [[words[name], flow[name]] for name in names]) + _table(head, arms)


def diagram(flow: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """The flow as CONSORT draws it: considered, given to arms, analysed; what was left out stands beside."""
    dropped = flow["units"] - flow["analysed"]
    boxes = [(250, 10, f"{words['assessed']}: {flow['assessed']}")]
    if flow["ineligible"]:
        boxes.append((560, 50, f"{words['ineligible']}: {flow['ineligible']}"))
    boxes.append((250, 90, f"{words['randomised']}: {flow['units']}"))
    for at, arm in enumerate(flow["arms"]):
        told = f"{arm['arm'][:24]}: {arm['allocated']}; {words['scored']} {arm['scored']}, {words['missing']} {arm['missing']}"
        boxes.append((60 + 390 * at, 150, told))
    if dropped:
        boxes.append((560, 195, f"{words['left_out']}: {dropped}"))
    boxes.append((250, 240, f"{words['analysed']}: {flow['analysed']}"))
    width = max(x for x, _, _ in boxes) + 400
    drawn = "".join(
        f'<rect x="{x}" y="{y}" width="370" height="30" fill="none" stroke="#444"/>'
        f'<text x="{x + 8}" y="{y + 20}">{escape(text)}</text>'
        for x, y, text in boxes
    )
    return f'<svg viewBox="0 0 {width} 280" font-size="13" role="img" aria-label="{words["flow"]}">{drawn}</svg>'


def _seal(told: Mapping[str, Any], words: Mapping[str, str], language: str) -> str:
    one, fates = told["seal"], SPANISH if language == "es" else {}
    rows = [
        [words["experiment"], one["experiment"]],
        [words["status"], fates.get(told["status"], told["status"])],
        [words["provenance"], fates.get(told["provenance"], told["provenance"])],
        [words["beacon"], words["yes" if one["has_beacon"] else "no"]],
        [words["looks"], one["looks"]],
        [words["departures"], "; ".join(one["departures"]) or words["none"]],
        [words["expires"], one["expires"]],
    ]
    page = _table(["", ""], rows)
    if one["others"]:
        plans = [[row["experiment"], row["sealed"], fates.get(row["fate"], row["fate"])] for row in one["others"]]
        head = [words[name] for name in ("experiment", "sealed", "fate")]
        page += f"<h3>{words['others']}</h3>{_table(head, plans)}"
    return page


def _validity(one: Mapping[str, Any], words: Mapping[str, str]) -> str:
    kappa = one["agreement"]
    names = ("raters", "left", "unsure") if one["kind"] == "rating" else ("raters", "checked", "null", "swap")
    value = "–" if kappa["value"] is None else f"{kappa['value']:.4g}"
    bounds = "" if kappa["lower"] is None else f" [{kappa['lower']:.4g}; {kappa['upper']:.4g}]"
    rows = [*([words[name], one[name]] for name in names), [words["agreement"], f"{value}{bounds}, n = {kappa['n']}"]]
    return _table(["", ""], rows)


def _checklist(found: Analysis, told: Mapping[str, Any], words: Mapping[str, str], language: str) -> str:
    lines = checklist(found.plan, told, language=language)
    return _table(
        ["", words["item"], words["says"]], [[one.code, one.asks, one.says or words["absent"]] for one in lines]
    )


def _others(results: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    rows = [[one["method"], one["estimate"], _interval(one), one["pvalue"]] for one in results]
    return _table([words["method"], words["effect"], words["interval"], "p"], rows)


def _also(results: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    rows = [
        [
            one["analysis"],
            one["method"],
            _of_what(one["detail"]),
            one["n"],
            one["estimate"],
            _interval(one),
            one["pvalue"],
        ]
        for one in results
    ]
    page = _table([words["analysis"], words["method"], "", "n", words["effect"], words["interval"], "p"], rows)
    for one in results:
        if "ranks" in (at := one["detail"]):
            page += critical_difference(at["ranks"], at["critical"], at["groups"], name=words["critical"])
    return page


def _of_what(detail: Mapping[str, Any]) -> str:
    return ", ".join(str(detail[name]) for name in ("arm", "is") if name in detail)


def _interval(at: Mapping[str, Any]) -> str:
    return "–" if at.get("ci_lower") is None else f"{at['ci_lower']:.4g} … {at['ci_upper']:.4g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(one)}</th>" for one in head)
    body = "".join("<tr>" + "".join(_cell(one) for one in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def _cell(value: Any) -> str:
    if value is None:
        return "<td class=n>–</td>"
    if isinstance(value, float):
        return f"<td class=n>{value:.4g}</td>"
    return f"<td class=n>{value}</td>" if isinstance(value, int) else f"<td>{escape(str(value))}</td>"
