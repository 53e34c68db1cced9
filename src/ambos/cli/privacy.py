"""`ambos privacy`: thresholds, calibration with its certificate, and the watch over it."""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

from ambos.cli import words
from ambos.cli.words import say
from ambos.errors import CalibrationError

if TYPE_CHECKING:
    from ambos.cli.calibrating import Calibrated, Tick
    from ambos.cli.watching import Audited
    from ambos.config import Config
    from ambos.privacy.certificate import Certificate, InForce

app = typer.Typer(no_args_is_help=True)
Labelled = Annotated[
    Path, typer.Option("--data", metavar="FILE", help="Labelled JSON lines (docs/spec/calibration.md).")
]
House = Annotated[
    Path | None, typer.Option("--house", help="Data directory of the house.", show_default="XDG data home")
]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]
_P = ParamSpec("_P")


def spoken(command: Callable[_P, None]) -> Callable[_P, None]:
    """Errors about the user's data, in the user's language."""

    @functools.wraps(command)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except CalibrationError as error:
            message = say(error.word, **error.values) if error.word else words.told(error)
            sys.stderr.write(say("error", message=message) + "\n")
            raise typer.Exit(1) from None

    return run


@contextmanager
def progress(total: int | None) -> Iterator[Tick]:
    """A bar on a terminal's standard error, or a sign of life where the total is not known; nothing elsewhere."""
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(say("reading"), total=total)
        yield lambda: bar.advance(task)


@app.command()
@spoken
def thresholds(house: House = None, as_json: AsJson = False) -> None:
    """How likely a doubtful stretch must be to count, by kind, and what is usual."""
    from ambos.config import load
    from ambos.privacy.thresholds import USUAL

    least = {kind.value: value for kind, value in load(house).privacy.least().items()}
    if as_json:
        typer.echo(json.dumps({"usual": USUAL, "thresholds": least}))
        return
    table = Table(box=None, show_header=False)
    for kind, value in least.items():
        table.add_row(kind, f"{value:g}", "" if value < USUAL else say("usual"))
    Console().print(table)


@app.command()
@spoken
def calibrate(  # noqa: PLR0913, PLR0917  each is an option of the command
    data: Labelled,
    leak: Annotated[
        float | None, typer.Option(help="At most this share of sensitive characters in clear, on average.")
    ] = None,
    direct: Annotated[
        float | None, typer.Option(help="At most this share of documents with a direct identifier in clear.")
    ] = None,
    confidence: Annotated[float, typer.Option(help="Of all bounds together.")] = 0.95,
    bound: Annotated[str, typer.Option(help="betting or hoeffding-bentkus, chosen before looking.")] = "betting",
    domain: Annotated[str, typer.Option(help="Whose documents these are, in your words.")] = "",
    language: Annotated[str, typer.Option(help="es, en or es+en.")] = "es",
    label_error: Annotated[
        float | None, typer.Option(help="Share of sensitive characters that the labels miss, as you measured it.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long the certificate holds.")] = 180,
    curve: Annotated[Path | None, typer.Option(help="Draw leak against harmless masked (SVG).")] = None,
    only_tell: Annotated[bool, typer.Option("--only-tell", help="Keep no certificate.")] = False,
    house: House = None,
    as_json: AsJson = False,
) -> None:
    """Bound what the detector leaves in clear, for documents like those labelled; exit 1 if it cannot be shown."""
    from ambos.cli import calibrating
    from ambos.config import load
    from ambos.privacy.thresholds import GRID

    _check(leak, direct, confidence, bound, label_error, days)
    config = load(house)
    documents = calibrating.read_file(data)
    with progress(len(documents) * (len(GRID) + 1)) as tick:
        measured = calibrating.measure(config.privacy, documents, tick)
    targets = {name: most for name, most in (("leak", leak), ("direct", direct)) if most is not None}
    found = calibrating.calibrate(measured, targets, confidence=confidence, bound=bound)
    told = _told(found, len(documents))
    if curve is not None:
        _draw(curve, found)
    if found.is_met:
        about = {"domain": domain or data.stem, "language": language, "label_error": label_error}
        made, is_kept = _certified(config, found, len(documents), about, days, house, only_tell=only_tell)
        told |= {"certificate": made.hash, "expires": made.expires, "kept": is_kept}
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))
    else:
        _show(found, told, label_error)
    if not found.is_met:
        raise typer.Exit(1)


def _check(
    leak: float | None, direct: float | None, confidence: float, bound: str, label_error: float | None, days: int
) -> None:
    shares = [one for one in (leak, direct) if one is not None]
    if not shares or not all(0 < one < 1 for one in shares):
        raise CalibrationError("give --leak or --direct, or both, between 0 and 1", word="calibrate_targets")
    if not 0.5 <= confidence < 1:
        raise CalibrationError("--confidence must be from 0.5 up to 1", word="calibrate_confidence")
    if bound not in ("betting", "hoeffding-bentkus"):
        raise CalibrationError("--bound must be betting or hoeffding-bentkus", word="calibrate_bound")
    if (label_error is not None and not 0 <= label_error < 1) or not 0 < days <= 3660:
        raise CalibrationError("--label-error must be a share, --days from 1 to 3660", word="calibrate_numbers")


def _told(found: Calibrated, documents: int) -> dict[str, Any]:
    return {
        "met": found.is_met,
        "units": found.n,
        "documents": documents,
        "confidence": found.confidence,
        "threshold": found.measured.grid[-1],
        "mildest": found.mildest,
        "least": found.least,
        "targets": [
            {
                "loss": one.loss,
                "most": one.most,
                "bound": one.bound,
                "seen": one.seen,
                "upper": one.upper,
                "needed": found.needed[one.loss],
            }
            for one in found.shown
        ],
        "curve": [
            {"threshold": one.threshold, "leak": one.leak, "direct": one.direct, "harmless": one.harmless}
            for one in found.measured.curve()
        ],
        "certificate": None,
        "kept": False,
    }


def _draw(path: Path, found: Calibrated) -> None:
    from ambos.config import language
    from ambos.privacy.curve import draw

    try:
        path.write_text(draw(found.measured.curve(), language=language()), encoding="utf-8")
    except OSError as error:
        raise CalibrationError(
            f"cannot write {path.name}: {error.strerror}", word="unwritable", file=path.name
        ) from None


def _certified(
    config: Config,
    found: Calibrated,
    documents: int,
    about: dict[str, Any],
    days: int,
    house: Path | None,
    *,
    only_tell: bool,
) -> tuple[Certificate, bool]:
    """The certificate, and whether the house keeps it; one that has other settings in force does not."""
    from ambos.cli.calibrating import certificate
    from ambos.cli.reach import call

    now = _in_force(config, found.measured.detector, house)
    made = certificate(
        found, documents, now, about=about, now_ms=time.time_ns() // 1_000_000, days=days, salt=os.urandom(16)
    )
    is_kept = not only_tell and _is_installed(config)
    if is_kept:
        call(house, "calibration.keep", certificate=made.encode().decode())
    return made, is_kept


def _is_installed(config: Config) -> bool:
    return (config.directory / "installation").exists() or config.store.is_postgres


def _in_force(config: Config, detector: str, house: Path | None) -> InForce:
    """Of the house, where there is one: what its file says may wait for approval."""
    from ambos import policy
    from ambos.cli.reach import call
    from ambos.privacy.certificate import InForce, settings_hash

    own = settings_hash(config.privacy)
    if not _is_installed(config):
        return InForce(detector, own, policy.load(config.policy).hash)
    state: Any = call(house, "calibration.state")
    now = state["in_force"]
    if (detector, own) != (now["detector"], now["settings"]):
        raise CalibrationError(
            "the house runs another detector or other settings than ambos.toml says: start it again, or have them approved",
            word="certificate_other",
        )
    return InForce(detector, own, now["policy"])


def _show(found: Calibrated, told: dict[str, Any], label_error: float | None) -> None:
    console = Console()
    table = Table(box=None)
    for column in ("", say("calibrate_seen"), say("calibrate_upper"), say("calibrate_most"), say("calibrate_needed")):
        table.add_column(column)
    for one in told["targets"]:
        n = "–" if one["needed"] is None else str(one["needed"])
        table.add_row(say(f"loss_{one['loss']}"), *(f"{100 * one[k]:.2f} %" for k in ("seen", "upper", "most")), n)
    console.print(table)
    at = f"{100 * found.confidence:g}"
    if found.is_met:
        promises = say("and").join(say(f"promise_{one.loss}", most=f"{100 * one.most:g}") for one in found.shown)
        console.print(say("calibrate_met", confidence=at, n=found.n, promises=promises), style="bold", highlight=False)
        error = (
            say("label_error_unknown") if label_error is None else say("label_error", share=f"{100 * label_error:g}")
        )
        console.print(error, highlight=False)
        console.print(say("calibrate_kept" if told["kept"] else "calibrate_not_kept", hash=told["certificate"]))
        return
    console.print(say("calibrate_not_met", confidence=at, n=found.n), style="bold", highlight=False)
    if found.mildest is not None:
        console.print(say("calibrate_lower", threshold=found.mildest), highlight=False, markup=False)
    for one in found.shown:
        if one.upper > one.most:
            needed = found.needed[one.loss]
            words = "calibrate_never" if needed is None else "calibrate_needs"
            console.print(say(words, loss=say(f"loss_{one.loss}"), n=needed), highlight=False)
    console.print(say("calibrate_least", n=found.n, least=f"{100 * found.least:.2g}"), highlight=False)


@app.command()
@spoken
def compare(
    data: Labelled,
    others: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME", help="A plug-in (docs/guide/plug-ins.md); may be repeated."),
    ] = None,
    house: House = None,
    as_json: AsJson = False,
) -> None:
    """Compare our detector with others on labelled documents: what each leaves in clear, masks in vain, and costs."""
    from ambos.cli import calibrating, comparing
    from ambos.config import load

    config = load(house)
    documents = calibrating.read_file(data)
    names = others or []
    with progress(len(documents) * (1 + 2 * len(names))) as tick:
        rows = comparing.compare(config.privacy, names, documents, tick)
    if as_json:
        typer.echo(json.dumps([row.told() for row in rows]))
        return
    table = Table(box=None)
    for column in ("", "compare_leak", "compare_direct", "compare_harmless", "compare_speed", "compare_failures"):
        table.add_column(say(column) if column else "", justify="left" if not column else "right")
    for row in rows:
        shares = (row.leak, row.direct, row.harmless)
        cells = [f"{100 * one.value:.2f} % ({100 * one.lower:.2f}-{100 * one.upper:.2f})" for one in shares]
        table.add_row(row.name, *cells, f"{row.characters_per_cpu_s:,}", str(row.failed))
    console = Console()
    console.print(table)
    console.print(say("compare_n", n=len(documents)), highlight=False)
    for row in rows:
        if row.version.startswith("sha256:"):
            console.print(f"{row.name}: {row.version.partition('/')[0]}", highlight=False, markup=False, soft_wrap=True)


@app.command()
@spoken
def audit(
    data: Annotated[
        Path, typer.Option("--data", metavar="FILE", help="Samples: JSON lines, with spans where labelled.")
    ],
    house: House = None,
    as_json: AsJson = False,
) -> None:
    """Count audit samples against the certificate; exit 1 if it is, or now becomes, suspended."""
    from ambos.cli import calibrating, watching
    from ambos.cli.reach import call
    from ambos.config import load

    config = load(house)
    samples = calibrating.read_file(data, need_spans=False)
    state: Any = call(house, "calibration.state")
    made = _certificate_of(state)
    detector = _detector_of(config, made)
    watch = watching.load(config.directory, made)
    ties = [int.from_bytes(os.urandom(6), "big") / 2**48 for _ in samples]
    with progress(len(samples)) as tick:
        found = watching.audit(watch, made, detector, samples, ties, tick)
    if found.suspends:  # first: a crash between the two must not leave it active
        call(house, "calibration.suspend", certificate=made.hash, reason=found.suspends)
    watching.save(config.directory, watch)
    standing = "suspended" if found.suspends else state["standing"]
    _show_audit(found, standing, as_json=as_json)
    if standing != "active":
        raise typer.Exit(1)


def _certificate_of(state: Any) -> Certificate:
    from ambos.privacy.certificate import decode

    if state["certificate"] is None and state["standing"] != "absent":
        raise CalibrationError("the certificate of this house is damaged: calibrate anew", word="certificate_bad")
    if state["certificate"] is None:
        raise CalibrationError(
            "there is no certificate: `ambos privacy calibrate` makes one", word="certificate_absent"
        )
    return decode(state["certificate"].encode())


def _detector_of(config: Config, made: Certificate) -> Any:
    from ambos.app.house import build_detector

    detector = build_detector(config.privacy)
    if detector.version != made.in_force.detector:
        raise CalibrationError(
            "the detector is not the one that was calibrated: calibrate anew", word="certificate_other"
        )
    return detector


def _show_audit(found: Audited, standing: str, *, as_json: bool) -> None:
    told = {
        "standing": standing,
        "labelled": found.labelled,
        "unlabelled": found.unlabelled,
        "known": found.known,
        "capitals": found.capitals,
        "limits": found.limits,
        "suspends": found.suspends,
    }
    if as_json:
        typer.echo(json.dumps(told))
        return
    console = Console()
    for name, capital in found.capitals.items():
        console.print(
            say("watch_line", name=say(f"loss_{name}"), capital=f"{capital:.3g}", limit=f"{found.limits[name]:g}"),
            highlight=False,
        )
    console.print(say("watch_counted", labelled=found.labelled, unlabelled=found.unlabelled, known=found.known))
    console.print(say(f"standing_{standing}"), style="bold")
