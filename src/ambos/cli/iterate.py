"""`ambos iterate RECIPE`: one whole turn; ends in refused, recommended or promoted, with the reason."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Annotated

import typer

from ambos.cli.words import WORDS, say

Recipe = Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe, TOML.")]
Key = Annotated[
    str, typer.Option(envvar="AMBOS_KEY", help="Key of who runs it; without it the person at the terminal.")
]
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


def iterate(recipe: Recipe, key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """Corpus, training, sealed experiment, recommendation, promotion: whatever of it may be done."""
    from ambos.cli.iterating import Turn
    from ambos.iteration import WARN_AT
    from ambos.iteration import iterate as turn

    def told(step: str) -> None:
        if not as_json:
            typer.echo(say(f"iterate_{step}"), err=True)

    outcome = turn(Turn(recipe, data, key, quiet=as_json), told)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(outcome), ensure_ascii=False))
    else:
        name = f"reason_{outcome.reason}"
        reason = say(name) if name in WORDS else outcome.reason
        if (judged := outcome.judged) is not None and not math.isnan(judged.lower):
            typer.echo(
                say("iterate_judged", effect=100 * judged.effect, lower=100 * judged.lower, upper=100 * judged.upper)
            )
        if outcome.uses >= WARN_AT:
            typer.echo(say("iterate_used", uses=outcome.uses))
        typer.echo(f"{say('state_' + outcome.state)}: {reason}")
    if outcome.state == "refused":
        raise typer.Exit(1)
