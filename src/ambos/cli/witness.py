"""`ambos audit witness`: who witnesses this log, having it witnessed, and being a witness for others."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ambos.cli.words import say

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
NEW_WORKER_S: Final = 30.0  # a worker ends what it answers before it makes way
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def add(
    vkey: Annotated[str, typer.Argument(help="The witness's key, as its owner gave it.")],
    url: Annotated[str, typer.Argument(help="Where it takes checkpoints.")],
    name: Annotated[str, typer.Option(help="Name in the policy.", show_default="that of the key")] = "",
    data: Data = None,
) -> None:
    """Ask one more witness from now on."""
    from ambos.app.witnesses import add_witness, destination_of, published_key
    from ambos.audit import Verifier
    from ambos.audit.quorum import Party
    from ambos.config import load

    key = Verifier.parse(vkey)
    config = load(data)
    party = Party(key, name or key.name, url)
    add_witness(config.directory, party)
    await_port(data, config.directory, destination_of(party).port)
    typer.echo(say("witness_added", vkey=published_key(config.store.vkey_path)))


def await_port(data: Path | None, directory: Path, port: int) -> None:
    """Return when a running server reaches the witness: its workers start anew, since a wall is never widened."""
    from ambos.app import control_socket
    from ambos.cli.reach import call
    from ambos.walls import TCP_ABI

    until = time.monotonic() + NEW_WORKER_S
    while control_socket(directory).exists() and time.monotonic() < until:
        with contextlib.suppress(OSError):  # the worker that was asked is the one that ends
            status: Any = call(data, "status")
            if status["walls"]["landlock"] < TCP_ABI or port in status["walls"]["ports"]:
                return
        time.sleep(0.2)


@app.command("list")
def list_(data: Data = None, as_json: AsJson = False) -> None:
    """The witnesses of the policy, and the quorum that receipts are made for."""
    from ambos.app.witnesses import read_quorum
    from ambos.config import load

    quorum = read_quorum(load(data).directory)
    if as_json:
        rows = [{"name": one.name, "vkey": one.key.vkey, "url": one.url} for one in quorum.witnesses]
        typer.echo(json.dumps({"witnesses": rows, "quorum": quorum.quorum}))
        return
    typer.echo(quorum.write().decode().rstrip())


@app.command()
def ask(data: Data = None, as_json: AsJson = False) -> None:
    """Have the newest head cosigned now; exit 1 if a witness did not."""
    from ambos.cli.reach import call

    told = call(data, "witness.ask")
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    elif not rows:
        typer.echo(say("witness_none"))
    for row in [] if as_json else rows:
        name, size, problem = row["name"], row["size"], row["problem"]
        code = "witness_alarm" if row["is_alarm"] else "witness_silent" if problem else "witness_signed"
        typer.echo(say(code, name=name, size=size, problem=f"{name}: {problem}"))
    raise typer.Exit(1 if any(row["problem"] for row in rows) or not rows else 0)


@app.command()
def serve(
    directory: Annotated[Path, typer.Option(help="What this witness remembers; never the data directory of a log.")],
    log: Annotated[list[str], typer.Option(help="Key of a log to cosign for (its log.vkey); may be repeated.")],
    name: Annotated[str, typer.Option(help="Name of a new witness, a URL without scheme.")] = "",
    algorithm: Annotated[
        str, typer.Option(help="Of a new witness: ed25519 or ml-dsa-44.", show_default="ed25519")
    ] = "",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8811,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate chain in PEM, for an address that is not loopback.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key in PEM.")] = None,
) -> None:
    """Be a witness for the logs of others, until Ctrl-C; needs no installation of Ambos."""
    from ambos.app.system import SystemClock, SystemRandom
    from ambos.audit import Verifier
    from ambos.errors import ConfigError
    from ambos.store.witness import WitnessState, witness_signer
    from ambos.web.witness import serve_witness

    if (directory / "installation").exists():
        raise ConfigError("a witness beside the log that it watches is restored and rewritten with it: elsewhere")
    if (tls_cert is None) is not (tls_key is None):
        raise ConfigError("--tls-cert and --tls-key go together")
    logs = [Verifier.parse(one) for one in log]
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = WitnessState(directory, witness_signer(directory, name, SystemRandom(), algorithm=algorithm), logs)
    tls = (tls_cert, tls_key) if tls_cert is not None and tls_key is not None else None

    def told() -> None:
        scheme = "https" if tls else "http"
        typer.echo(say("witness_serving", url=f"{scheme}://{host}:{port}", vkey=state.key.vkey))

    serve_witness(state, SystemClock(), host=host, port=port, tls=tls, told=told)
