"""`ambos adapt`: new, estimate, run, list, show, sign, promote (docs/guide/adapting.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ambos.cli.words import say

app = typer.Typer(no_args_is_help=True)
Recipe = Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe, TOML.")]
Model = Annotated[str, typer.Argument(metavar="MODEL", help="Name, artefact or its first digits.")]
Reason = Annotated[str, typer.Option(help="Why, in words.")]
Key = Annotated[
    str, typer.Option(envvar="AMBOS_KEY", help="Key of who decides; without it the person at the terminal.")
]
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def new(
    table: Annotated[
        Path, typer.Argument(metavar="TABLE", help="CSV or XLSX of text and label, or question and answer.")
    ],
    basis: Annotated[str, typer.Option(help="Basis as a code, for example GDPR-6.1.f.")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the data; `own` for the house's.")] = "own",
    origin: Annotated[str, typer.Option(help="Where the data come from, in words.")] = "",
    base: Annotated[str, typer.Option(help="Encoder on the shelf; none uses words and letters only.")] = "",
    out: Annotated[Path | None, typer.Option(help="The recipe.", show_default="TABLE with .recipe.toml")] = None,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Look at a table, say what can be learnt from it and at what cost, build its corpus and write the recipe."""
    from ambos.cli.starting import start

    told = start(table, basis, licence, origin, base, out, key, data)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in told["words"]:
        typer.echo(line)


@app.command()
def similar(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV or XLSX, as for `new`.")],
    text: Annotated[str, typer.Argument(help="The question.")],
    count: Annotated[int, typer.Option(min=1, max=50, help="How many examples.")] = 8,
    model: Annotated[str, typer.Option(help="Who answers, as for `ambos ask`.")] = "ambos/local",
    only: Annotated[bool, typer.Option("--prompt", help="Show the message and ask nobody.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Too few rows to train on: put the rows most like a question into the prompt, and ask through the whole path."""
    from ambos.cli.reach import call
    from ambos.cli.starting import message_of

    message = message_of(table, text, count)
    told: Any = {"prompt": message} if only else call(data, "ask", text=message, model=model)  # JSON of our own route
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(
            message
            if only
            else f"{told['answer']}\n\n{say('route')}: {told['route']}   {say('model')}: {told['model']}"
        )


@app.command()
def estimate(recipe: Recipe, data: Data = None, as_json: AsJson = False) -> None:
    """Time, memory and energy of a run, before it."""
    from ambos.cli.starting import cost_of

    told = cost_of(recipe, data)
    typer.echo(json.dumps(told) if as_json else say("adapt_estimate", **told))
    if "paid" in told and not as_json:
        from ambos.cli.chat_cost import paid_words

        typer.echo(paid_words(told["paid"]))


@app.command()
def run(
    recipe: Recipe,
    fresh: Annotated[bool, typer.Option("--fresh", help="Chat: begin anew, not from the last snapshot.")] = False,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Train by a recipe, measure on the same folds beside the baselines, and keep the model sealed."""
    from ambos.cli.iterating import Turn

    turn = Turn(recipe, data, key, quiet=as_json, fresh=fresh)
    turn.open_corpus()
    candidate = turn.train()
    _tell({"model": candidate.name, "artefact": candidate.artefact, **candidate.card}, as_json=as_json)


@app.command("list")
def list_models(data: Data = None, as_json: AsJson = False) -> None:
    """Every adapted model with its state."""
    from ambos.cli.reading import open_reading
    from ambos.config import load

    with open_reading(data) as store:
        found = store.registry.list(tenant=load(data).tenant)
    if as_json:
        lines = [
            {"model": one.name, "artefact": one.artefact, "state": one.state, "marked": one.marked} for one in found
        ]
        typer.echo(json.dumps(lines))
        return
    table = Table(box=None)
    for column in ("name", "family", "state", "fitness", "artefact", ""):
        table.add_column(column)
    for one in found:
        marked = say(f"corpus_{one.marked}") if one.marked else ""
        table.add_row(f"ambos/{one.name}", one.family, one.state, str(one.card["fitness"]), one.artefact[:19], marked)
    Console().print(table)


@app.command()
def show(model: Model, data: Data = None, as_json: AsJson = False) -> None:
    """The card of one model: data, figures with intervals, what it was compared with, who signed."""
    from ambos.cli.reading import open_reading
    from ambos.config import load

    with open_reading(data) as store:
        one = store.registry.find(model, tenant=load(data).tenant)
        reasons = store.registry.reasons(one.artefact, tenant=load(data).tenant)
    signed = {role: result for role, (_, result) in one.signed.items()}
    told = {
        "model": one.name,
        "artefact": one.artefact,
        **one.card,
        "state": one.state,
        "signed": signed,
        "reasons": dict(reasons),
        "marked": one.marked,
    }
    _tell(told, as_json=as_json)


@app.command()
def card(model: Model, data: Data = None) -> None:
    """The model card as a page with YAML front matter, for a catalogue or a hub."""
    from ambos.adapt.card import page
    from ambos.cli.reading import open_reading
    from ambos.config import load

    with open_reading(data) as store:
        one = store.registry.find(model, tenant=load(data).tenant)
    typer.echo(page({**one.card, "state": one.state, "artefact": one.artefact}))


@app.command()
def export(
    model: Model,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made if it is not there; must be empty.")],
    merged: Annotated[
        bool, typer.Option("--merged", help="Base and adapter as one F16 GGUF too, proven against the trained model.")
    ] = False,
    to: Annotated[str, typer.Option(help="Give it on too: hf:ORG/REPO or mlflow:URL.")] = "",
    key: Key = "",
    data: Data = None,
) -> None:
    """Write a chat model's adapter out: GGUF for llama.cpp, safetensors with their settings for vLLM or peft, the card."""
    from ambos.cli.exporting import write_out

    for line in write_out(model, folder, data, merged=merged, to=to, key=key):
        typer.echo(line)


@app.command()
def label(
    model: Model,
    recording: Annotated[Path, typer.Argument(metavar="RECORDING", help="A new recording: .npz, .edf, .fif or .bdf.")],
    subject: Annotated[str, typer.Option(help="Whose it is.", show_default="name of the file")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Label the windows of a new recording with a promoted model of signals, calibrated on it without labels."""
    from collections import Counter

    from ambos.cli.labelling import labelled

    lines = labelled(model, recording, subject, data)
    if as_json:
        for line in lines:
            typer.echo(json.dumps(line, ensure_ascii=False))
        return
    for (whose, said), count in sorted(Counter((one["subject"], one["label"] or "") for one in lines).items()):
        typer.echo(f"{whose}  {said or say('label_artefact')}  {count}")


@app.command()
def sign(
    model: Model,
    reason: Reason,
    reject: Annotated[bool, typer.Option("--reject", help="Against it.")] = False,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Sign for or against a recommended model."""
    from ambos.cli.reach import call

    told: Any = call(data, "adapt.sign", model=model, reason=reason, reject=reject, key=key)  # JSON of our own route
    typer.echo(json.dumps(told) if as_json else say("adapt_signed", **told))


@app.command()
def promote(
    model: Model,
    rollback: Annotated[bool, typer.Option("--rollback", help="Retire it and bring the one before it back.")] = False,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Let the route use a recommended and signed model, or go back to the one before it."""
    from ambos.cli.reach import call

    told: Any = call(data, "adapt.promote", model=model, rollback=rollback, key=key)  # JSON of our own route
    if as_json:
        typer.echo(json.dumps(told))
    else:
        typer.echo(say("adapt_promoted", **told) if told else say("adapt_none_left", model=model))


def _tell(told: dict[str, Any], *, as_json: bool) -> None:  # Any: JSON of our own
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    console = Console()
    console.print(f"ambos/{told['model']}  {told['artefact']}", highlight=False, markup=False)
    console.print(f"{told['purpose']}\n", highlight=False, markup=False)
    if told["family"] == "chat":
        from ambos.cli.chat_turn import lines

        for name, values in lines(told):
            console.print(say(name, **values), highlight=False, markup=False)
        return
    table = Table(box=None)
    metric = told["metric"]
    for column in (say("adapt_arm"), metric, "95 %", "macro F1", say("adapt_calibration")):
        table.add_column(column)
    for name, found in told["metrics"].items():
        one = found[metric]
        table.add_row(
            name, f"{one['estimate']:.3f}", f"{one['lower']:.3f} … {one['upper']:.3f}",
            f"{found['macro_f1']['estimate']:.3f}", f"{found['calibration_error']:.3f}",
        )  # fmt: skip
    console.print(table)
    gain = told["gain"]
    points = {name: 100 * gain["points"][name] for name in ("estimate", "lower", "upper")}
    console.print(say("adapt_gain", control=told["control"], **points), highlight=False, markup=False)
    if gain["against"] == "weak_generic":
        console.print(say("adapt_weak"), highlight=False, markup=False)
    if (found := told.get("memorisation", {})).get("audited"):
        rates = {name: 100 * found[name] for name in ("true_positive_rate", "lower", "upper")}
        console.print(say("adapt_memorised", **rates), highlight=False, markup=False)
    if spread := told.get("by_group"):
        console.print(say("adapt_by_group", **spread), highlight=False, markup=False)
    if "state" in told:
        console.print(f"{told['state']}  {told['fitness']}  {told['signed']}", highlight=False, markup=False)
        for role, reason in told.get("reasons", {}).items():
            console.print(f"{role}: {reason}", highlight=False, markup=False)
