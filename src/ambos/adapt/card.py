"""The model card as a page: YAML front matter that machines read, then what people ask. Pure: a card in, a page out."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ambos.messages import Json


def page(card: Mapping[str, Json]) -> str:
    """The card of one model in Markdown."""
    front = {
        "license": " ".join(str(one) for one in _list(card, "licences")) or "own",
        "base_model": card.get("base") or "none",
        "pipeline_tag": "text-classification" if card.get("family") == "text" else "other",
        "tags": ["ambos", str(card.get("family"))],
        "corpus": card.get("corpus"),
        "recipe": card.get("recipe"),
        "artefact": card.get("artefact"),
        "fitness": card.get("fitness"),
        "state": card.get("state"),
    }
    # JSON is YAML: no value can break out of its place.
    lines = ["---", *(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front.items()), "---", ""]
    lines += [f"# {card['name']}", "", str(card["purpose"]), "", "## Figures", ""]
    metric = str(card["metric"])
    lines += [f"| arm | {metric} | 95 % |", "| --- | --- | --- |"]
    metrics = card["metrics"]
    for name, found in metrics.items() if isinstance(metrics, dict) else ():
        one = found[metric] if isinstance(found, dict) else None
        if isinstance(one, dict):
            lines.append(f"| {name} | {one['estimate']} | {one['lower']} … {one['upper']} |")
    lines += [
        "",
        f"Cross-validated in {card['folds']} folds on {card['rows']} rows; the control is `{card['control']}`.",
        "",
    ]
    lines += ["## Labels", "", ", ".join(f"`{one}`" for one in _list(card, "labels")), ""]
    return "\n".join(lines)


def _list(card: Mapping[str, Json], name: str) -> list[Json]:
    found = card.get(name)
    return found if isinstance(found, list) else []
