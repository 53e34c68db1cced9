"""`ambos corpus`: build, check, show, list (docs/guide/adapting.md). Rows are read here, sealed, and never shown."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ambos.cli.words import say

if TYPE_CHECKING:
    from ambos.corpus import Corpus, Order
    from ambos.corpus.recordings import Recording

app = typer.Typer(no_args_is_help=True)
Sources = Annotated[
    Path, typer.Argument(metavar="ORDER", help="The order (TOML), or one file of rows with the options below.")
]
Basis = Annotated[str, typer.Option(help="Basis as a code, for example GDPR-6.1.f.")]
Licence = Annotated[str, typer.Option(help="Licence of the data; `own` for the house's.")]
Origin = Annotated[str, typer.Option(help="Where the data come from, in words.")]
Name = Annotated[str, typer.Option(help="Name of the corpus.", show_default="name of the file")]
Mask = Annotated[bool, typer.Option("--mask", help="Replace what is sensitive by its kind.")]
Key = Annotated[str, typer.Option(envvar="AMBOS_KEY", help="Key of who builds: in an organisation a data steward's.")]
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]
Corpora = Annotated[str, typer.Argument(metavar="CORPUS", help="Name, hash or its first digits.")]


@app.command()
def build(
    source: Sources,
    name: Name = "",
    basis: Basis = "",
    licence: Licence = "",
    origin: Origin = "",
    mask: Mask = False,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Read the sources, clean, mask by choice, split, check, and keep the corpus sealed."""
    from ambos.cli.reach import call
    from ambos.cli.spooling import spooled

    order = _order(source, name, basis, licence, origin, mask=mask)
    corpus, permissions, records = _made(order, source, data)
    sealed, secret = spooled(data, corpus.content())
    call(
        data, "corpus.keep", name=sealed, secret=secret, manifest=dict(corpus.manifest), key=key,
        permissions=[*permissions], records=[*records],
    )  # fmt: skip
    _tell(corpus.hash, corpus.manifest, as_json=as_json)


@app.command()
def check(
    source: Sources,
    name: Name = "",
    basis: Basis = "",
    licence: Licence = "",
    origin: Origin = "",
    mask: Mask = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The same without keeping anything: what would be removed, found, masked and split."""
    corpus, *_ = _made(_order(source, name, basis, licence, origin, mask=mask), source, data)
    _tell(corpus.hash, corpus.manifest, as_json=as_json)


@app.command()
def show(corpus: Corpora, data: Data = None, as_json: AsJson = False) -> None:
    """The manifest of one corpus: sources, basis, counts. No row is shown."""
    from ambos.cli.reading import open_reading
    from ambos.config import load

    with open_reading(data) as store:
        kept = store.corpora.find(corpus, tenant=load(data).tenant)
    told = {**kept.manifest, "marked": kept.marked} if kept.marked else dict(kept.manifest)
    _tell(kept.hash, told, as_json=as_json)
    if kept.marked and not as_json:
        typer.echo(say(f"corpus_{kept.marked}"))


@app.command("list")
def list_corpora(data: Data = None, as_json: AsJson = False) -> None:
    """Every corpus, with what was withdrawn or erased since."""
    from ambos.cli.reading import open_reading
    from ambos.config import load

    with open_reading(data) as store:
        found = store.corpora.list(tenant=load(data).tenant)
    if as_json:
        lines = [
            {"corpus": one.hash, "name": one.name, "marked": one.marked, "rows": one.manifest["rows"]} for one in found
        ]
        typer.echo(json.dumps(lines))
        return
    table = Table(box=None)
    for column in ("name", "family", "train", "evaluate", "hash", ""):
        table.add_column(column)
    for one in found:
        rows: Any = one.manifest["rows"]  # JSON of our own
        state = say(f"corpus_{one.marked}") if one.marked else ""
        table.add_row(
            one.name, str(one.manifest["family"]), str(rows["train"]), str(rows["evaluate"]), one.hash[:19], state
        )
    Console().print(table)


def _order(source: Path, name: str, basis: str, licence: str, origin: str, *, mask: bool) -> Order:
    from ambos.corpus import Source, read_order
    from ambos.corpus.order import order_of
    from ambos.errors import CorpusError

    if source.suffix == ".toml":
        try:
            return read_order(source.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            raise CorpusError(f"cannot read {source.name[:80]} as text") from None
    family = "signal" if source.suffix.lower() in (".npz", ".edf", ".fif", ".bdf") else "text"
    one = Source(path=source.name, basis=basis, licence=licence, origin=origin)
    return order_of(name or _name(source.stem), [one], family=family, mask=mask)


def _name(stem: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in stem.lower()).strip("-")[:64]


def _made(order: Order, source: Path, data: Path | None) -> tuple[Corpus, list[str], list[str]]:
    """The corpus, the permissions that it stands on, and the sealed records that are in it."""
    import numpy as np

    from ambos.catalogue.sources import read_recordings, read_source
    from ambos.corpus import Row, build
    from ambos.corpus.recordings import joined
    from ambos.errors import CorpusError

    folder, rows, origins = source.resolve().parent, [], []
    recordings: list[Recording] = []
    permissions: set[str] = set()
    for number, one in enumerate(order.sources):
        if one.path == "records":
            from ambos.cli.permitted import read_permitted

            read, used = read_permitted(one, number, data)
            permissions |= used
        elif order.wish.family == "signal":
            read, recording = read_recordings(one, number, dict(os.environ), folder=folder)  # noqa: TID251  for Git
            if recordings:
                _same_device(one.path, recording, recordings[0])
            begin = sum(other.x_NCT.shape[0] for other in recordings)
            moved = [Row(r.id, "", r.labels, "", r.group, r.split, r.source, "", r.signal + begin) for r in read.rows]
            rows += moved
            origins.append(read.origin)
            recordings.append(recording)
            continue
        else:
            read = read_source(one, number, dict(os.environ), folder=folder)  # noqa: TID251  for Git and the hub
        rows += read.rows
        origins.append(read.origin)
    if order.wish.family == "signal":
        if not recordings:
            raise CorpusError("a corpus of signals comes from NPZ, EDF, FIF or BDF files")
        whole = joined(recordings)
        arrays: dict[str, Any] = {  # arrays of several types
            "x": whole.x_NCT,
            "rate_hz": np.array([whole.rate_hz]),
            "channels": np.frombuffer("\n".join(whole.channels).encode(), dtype=np.uint8),
        }
        return build(rows, origins, order.wish, None, arrays), [], []
    from ambos.cli.scanning import Scanner

    corpus = build(rows, origins, order.wish, Scanner(data).find, {})
    return corpus, sorted(permissions), sorted({row.record for row in corpus.rows if row.record})


def _same_device(path: str, one: Recording, first: Recording) -> None:
    """Of many files, the one that does not go with the first is named."""
    from ambos.corpus import signals
    from ambos.errors import CorpusError

    try:
        signals.same_device(one.channels, one.rate_hz, first.channels, first.rate_hz)
    except CorpusError as error:
        raise CorpusError(f"{path[:80]}: {error}") from None


def _tell(hash_: str, manifest: Any, *, as_json: bool) -> None:  # Any: JSON of our own
    if as_json:
        typer.echo(json.dumps({"corpus": hash_, **manifest}, ensure_ascii=False))
        return
    console = Console()
    console.print(f"{manifest['name']}  {hash_}", highlight=False, markup=False)
    table = Table(box=None, show_header=False)
    rows, removed, privacy = manifest["rows"], manifest["removed"], manifest["privacy"]
    table.add_row(say("corpus_rows"), f"{rows['train']} + {rows['evaluate']}")
    table.add_row(say("corpus_labels"), str(len(manifest["labels"])))
    table.add_row(
        say("corpus_split"),
        say("corpus_grouped", count=manifest["groups"]) if manifest["groups"] else say("corpus_by_row"),
    )
    table.add_row(say("corpus_removed"), ", ".join(f"{say('corpus_' + name)} {n}" for name, n in removed.items()))
    kinds = ", ".join(f"{kind} {n}" for kind, n in privacy["kinds"].items()) or say("nothing_found")
    table.add_row(say("corpus_sensitive"), kinds + (f" ({say('corpus_masked')})" if privacy["masked"] else ""))
    for one in manifest["sources"]:
        table.add_row(say("corpus_source"), f"{one['name']}: {one['origin']} ({one['basis']}, {one['licence']})")
    console.print(table)
