"""`ambos scan`, `explain`, `ask`: what is found, what would be done, and one question through the whole path."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ambos.cli.words import say

if TYPE_CHECKING:
    from ambos.cli.scanning import Scanner

Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


def scan(
    file: Annotated[Path | None, typer.Argument(help="A text file; standard input when left out.")] = None,
    lang: Annotated[str, typer.Option(help="es or en: a hint; both are always looked for.")] = "",
    jsonl: Annotated[
        bool, typer.Option(help='JSON lines {"id","text","lang"} in, {"id","spans","level"} out.')
    ] = False,
    realistic: Annotated[
        bool,
        typer.Option("--realistic", help="Print the text with invented values, to hand on; nothing brings them back."),
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Find what is sensitive; nothing leaves this process and nothing is kept."""
    from ambos.cli.privacy import progress
    from ambos.cli.scanning import Scanner
    from ambos.cli.texts import line_of, read_text, rows

    del lang  # every recogniser looks for both languages: a wrong hint must not hide anything
    scanner = Scanner(data)
    if jsonl:
        for row in rows(file):
            told = {**row, "text": scanner.invented(row["text"])} if realistic else _scanned(scanner, row)
            sys.stdout.write(line_of(told))
        return
    text = read_text(file)
    if realistic:
        typer.echo(scanner.invented(text), nl=False)
        return
    with progress(None) as tick:
        found = scanner.scan(text, tick)
    typer.echo(json.dumps(found, ensure_ascii=False)) if as_json else _show_scan(text, found)


def _scanned(scanner: Scanner, row: dict[str, Any]) -> dict[str, Any]:  # Any: an id is any JSON
    return {"id": row.get("id"), **scanner.scan(row["text"])}


def _show_scan(text: str, found: dict[str, Any]) -> None:  # JSON of the scanner
    console = Console()
    shown = Text(text)
    for span in found["spans"]:
        shown.stylize("bold reverse", span["start"], span["end"])
    console.print(shown)
    for span in found["spans"]:
        words = text[span["start"] : span["end"]]
        console.print(f"  {span['label']:<13} {span['detail']:<26} {span['score']:.2f}  {words}", markup=False)
    if not found["spans"]:
        console.print(say("nothing_found"))
    console.print(f"{say('level')}: [bold]{found['level']}[/]")


def explain(
    text: Annotated[str, typer.Argument(help="The text of a request; - reads standard input.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Level, findings, treatment per model, and the rules that made it; nothing is sent."""
    from ambos.cli.reach import call

    told: Any = call(data, "explain", text=_given(text))  # JSON of our own control route
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    console = Console()
    console.print(f"{say('level')}: [bold]{told['level']}[/]")
    for reason in told["reasons"]:
        console.print(f"  {reason['rule']}  {' '.join(reason['kinds'])}", markup=False)
    table = Table(box=None)
    table.add_column(say("model"))
    table.add_column(say("treatment"))
    for model, treatment in told["treatments"].items():
        table.add_row(model, treatment)
    console.print(table)
    for one in told["findings"]:
        console.print(f"  {one['kind']:<13} {one['detail']:<26} {one['score']:.2f}  {one['text']}", markup=False)


def ask(
    text: Annotated[str, typer.Argument(help="The question; - reads standard input.")],
    model: Annotated[str, typer.Option(help="ambos/auto, ambos/local, ambos/external or a name.")] = "",
    show: Annotated[bool, typer.Option(help="Show what left, beside what stayed.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """One question through the whole path."""
    from ambos.cli.reach import call

    given = _given(text)
    # With --show and no model named, the stand-in shows what would leave where no provider is configured.
    told: Any = call(data, "ask", text=given, model=model or _shown_model(data, show=show))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    console = Console()
    console.print(told["answer"], markup=False)
    console.print(
        f"\n{say('route')}: [bold]{told['route']}[/]   {say('level')}: {told['level']}   {say('model')}: {told['model']}"
    )
    if show:
        console.print(f"{say('why')}: {', '.join(told['reasons']) or '-'}", markup=False)
        sent = say("stayed") if told["route"] == "local" else told["sent"]
        console.print(f"{say('sent')}: {sent}", markup=False, soft_wrap=True)


def _shown_model(data: Path | None, *, show: bool) -> str:
    from ambos.cli.reach import call

    if not show:
        return "ambos/auto"
    status: Any = call(data, "status")
    return next((model["name"] for model in status["models"] if model["zone"] == "outside"), "ambos/auto")


def _given(text: str) -> str:
    return sys.stdin.read() if text == "-" else text
