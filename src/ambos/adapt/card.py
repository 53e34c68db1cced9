"""The model card as a page: YAML front matter that machines read, then what people ask. Pure: a card in, a page out."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ambos.messages import Json

_TAGS = {"text": "text-classification", "chat": "text-generation"}


def page(card: Mapping[str, Json]) -> str:
    """The card of one model in Markdown."""
    front = {
        "license": " ".join(str(one) for one in _list(card, "licences")) or "own",
        "base_model": card.get("base") or "none",
        "pipeline_tag": _TAGS.get(str(card.get("family")), "other"),
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
    if card.get("family") == "chat":
        return "\n".join([*lines, *_chat(card), ""])
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


def _chat(card: Mapping[str, Json]) -> list[str]:
    found = {
        name: part
        for name in ("parity", "forgetting", "memorisation", "run")
        if isinstance(part := card.get(name), dict)
    }
    lines = ["| figure | value |", "| --- | --- |"]
    lines += [f"| {name}: {key} | {value} |" for name, part in found.items() for key, value in part.items()]
    lines += [f"| tokens read | {card.get('tokens')} |", f"| base, SHA-256 | `{card.get('base_sha256')}` |"]
    lines += [f"| chat template | `{card.get('template')}` |", f"| tokens and loss mask | `{card.get('mask')}` |", ""]
    gain = "The gain on rows held back stands in the log, with the sealed experiment that this model was judged by."
    return [*lines, gain, f"LoRA on `{card.get('base')}`, {card.get('rows')} rows that trained."]


def _list(card: Mapping[str, Json], name: str) -> list[Json]:
    found = card.get(name)
    return found if isinstance(found, list) else []
