"""Brings the sources of a corpus as rows: files, folders, Git repositories, data sets of a hub. Never imported by `serve`.

Git and the hub run in processes of their own: their network is theirs, with what the user configured for it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ambos.catalogue.mne_files import FORMS, Cut, read_mne
from ambos.corpus import Origin, Row, Source, rows_of, signals
from ambos.corpus.recordings import Recording, at_rate, in_unit, joined, read_edf, read_npz
from ambos.corpus.tables import Table, names_of, read_csv, read_jsonl, read_text, read_xlsx
from ambos.errors import CatalogueError, CorpusError

MAX_FILE_BYTES: Final = 4 << 30
_PAGES: Final = ("*.md", "*.txt", "*.rst")  # of a repository, when no glob is told
_READERS: Final[Mapping[str, Callable[[bytes], Table]]] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".xlsx": read_xlsx,
    ".txt": read_text,
    ".md": read_text,
    ".rst": read_text,
}
SUFFIXES: Final = (*_READERS, ".parquet")
SIGNALS: Final = (".npz", ".edf", *FORMS)


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of one source and where they came from."""

    rows: list[Row]
    origin: Origin


def read_source(source: Source, number: int, environment: Mapping[str, str], *, folder: Path) -> Read:
    """The rows of source `number`.

    Args:
        environment: for Git and the hub: proxies, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE.
        folder: what a relative path starts from.

    Raises:
        CorpusError: a file that cannot be read as rows.
        CatalogueError: a repository or data set that cannot be fetched.
    """
    with _files(source, environment, folder) as (files, address):
        digest = hashlib.sha256()
        rows: list[Row] = []
        for path in files:
            content = content_of(path)
            digest.update(hashlib.sha256(content).digest())
            table = _table(path.name, content, source)
            if table:
                columns = source.columns().found(names_of(table))
                prefix = f"{number}" if len(files) == 1 else f"{number}/{path.name}"
                rows += rows_of(table, columns, source=number, prefix=prefix)
    if source.split:
        rows = [row.with_split(source.split) for row in rows]
    origin = Origin(address, source.origin, source.basis, source.licence, f"sha256:{digest.hexdigest()}", len(rows))
    return Read(rows, origin)


def read_recordings(
    source: Source, number: int, environment: Mapping[str, str], *, folder: Path
) -> tuple[Read, Recording]:
    """The windows of a source of signals; except of an NPZ file `label` and `group` are the values themselves.

    Raises:
        CorpusError: a file that cannot be read as recordings, or whose numbers cannot be what they are said to be.
    """
    with _files(source, environment, folder, tuple(f"*{suffix}" for suffix in SIGNALS)) as (files, address):
        contents = [content_of(path) for path in files]
    digest = hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in contents)).hexdigest()
    found = joined([_recording(path, one, source) for path, one in zip(files, contents, strict=True)])
    try:
        signals.check(found.x_NCT, found.rate_hz, found.channels, "uV")
    except CorpusError as error:
        raise CorpusError(f"{address[:80]}: {error}") from None
    clean = ~signals.is_artefact(found.x_NCT)
    rows = [
        Row(f"{number}/{at}", labels=(label,), group=group, source=number, split=source.split or "train", signal=at)
        for at, (label, group, is_clean) in enumerate(zip(found.labels, found.groups, clean, strict=True))
        if is_clean
    ]
    origin = Origin(address, source.origin, source.basis, source.licence, f"sha256:{digest}", len(rows))
    return Read(rows, origin), found


def _recording(path: Path, content: bytes, source: Source) -> Recording:
    form = f".{source.form}" if source.form else path.suffix.lower()
    if form not in SIGNALS:
        raise CorpusError(f"{path.name[:80]}: signals are read from {', '.join(SIGNALS)}")
    try:
        return at_rate(_windows(path, form, content, source), source.rate_hz)
    except CorpusError as error:
        raise CorpusError(f"{path.name[:80]}: {error}") from None


def _windows(path: Path, form: str, content: bytes, source: Source) -> Recording:
    if form == ".npz":
        return in_unit(read_npz(content, window_s=source.window_s, wanted=source.channels), source.unit)
    if not source.group:
        raise CorpusError("a source of this form says its `group`: the subject")
    if form in FORMS:
        return read_mne(path, Cut(source.label, source.group, source.window_s, tuple(source.channels)))
    if not source.label or source.window_s <= 0:
        raise CorpusError("an EDF source says its `label`, its `group` (the subject) and `window_s`")
    return read_edf(content, label=source.label, group=source.group, window_s=source.window_s, wanted=source.channels)


def read_table(path: Path) -> Table:
    """The rows of one file as they are, for whoever first wants to look at them.

    Raises:
        CorpusError: it cannot be read as rows.
    """
    return table_of(path.name, content_of(path))


def table_of(name: str, content: bytes) -> Table:
    """The rows of a file with this name and content.

    Raises:
        CorpusError: it cannot be read as rows.
    """
    return _table(name, content, Source(name, "", "", ""))


def _table(name: str, content: bytes, source: Source) -> Table:
    suffix = f".{source.form}" if source.form else Path(name).suffix.lower()
    if suffix == ".parquet":
        return _parquet(content)
    if suffix not in _READERS:
        raise CorpusError(f"{name[:80]}: rows are read from {', '.join(SUFFIXES)}; say which `form` it is")
    try:
        return _READERS[suffix](content)
    except CorpusError as error:
        raise CorpusError(f"{name[:80]}: {error}") from None


def _parquet(content: bytes) -> Table:
    if importlib.util.find_spec("pyarrow") is None:
        raise CorpusError("Parquet needs an optional part: pip install 'ambos[prove]'")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: Table = pq.read_table(io.BytesIO(content)).to_pylist()
    except (pa.ArrowException, OSError, ValueError):
        raise CorpusError("this is not a Parquet file that can be read") from None
    return rows


def content_of(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        CorpusError: too large, or it cannot be read.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise CorpusError(f"{path.name[:80]} is larger than {MAX_FILE_BYTES >> 30} GiB: cut it into parts")
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(f"cannot read {path.name[:80]}: {error.strerror}") from None


@contextmanager
def _files(
    source: Source, environment: Mapping[str, str], folder: Path, forms: tuple[str, ...] = ()
) -> Iterator[tuple[list[Path], str]]:
    if source.path.startswith("git:"):
        with tempfile.TemporaryDirectory(prefix="ambos-") as scratch:
            revision = clone(source.path.removeprefix("git:"), Path(scratch), environment)
            yield (
                _found(Path(scratch) / "tree", source.glob, forms or _PAGES),
                f"{source.path.partition('@')[0]}@{revision}",
            )
        return
    if source.path.startswith("hf:"):
        with tempfile.TemporaryDirectory(prefix="ambos-") as scratch:
            revision = fetch_data_set(source.path.removeprefix("hf:"), Path(scratch), source.glob, environment)
            forms = tuple(f"*{suffix}" for suffix in SUFFIXES if suffix not in (".md", ".txt", ".rst"))
            yield _found(Path(scratch), source.glob, forms), f"{source.path.partition('@')[0]}@{revision}"
        return
    path = (folder / Path(source.path).expanduser()).resolve()
    if path.is_dir():
        yield _found(path, source.glob, forms or tuple(f"*{suffix}" for suffix in SUFFIXES)), path.name
        return
    yield [path], path.name


def _found(folder: Path, glob: str, forms: tuple[str, ...]) -> list[Path]:
    root = folder.resolve()
    patterns = (glob,) if glob else forms
    found = {
        path for pattern in patterns for path in root.rglob(pattern) if path.is_file() and ".git" not in path.parts
    }
    inside = sorted(path for path in found if path.resolve().is_relative_to(root))  # a link must not lead out
    if not inside:
        raise CorpusError(f"no file fits {', '.join(patterns)[:120]}")
    return inside


def clone(address: str, scratch: Path, environment: Mapping[str, str]) -> str:
    """One commit of a repository into `scratch/tree`; its hash. No hook, filter or submodule of it runs.

    Raises:
        CatalogueError: there is no Git, an address of another kind, or nothing to be had there.
    """
    place, _, revision = address.partition("@") if "://" not in address else _split_url(address)
    is_local = Path(place).expanduser().is_dir()
    if not (is_local or place.startswith("https://")):
        raise CatalogueError("a repository is a folder or an https:// address")
    if shutil.which("git") is None:
        raise CatalogueError("git is not installed")
    tree = scratch / "tree"
    quiet = {**environment, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "GIT_LFS_SKIP_SMUDGE": "1"}
    where = str(Path(place).expanduser().resolve()) if is_local else place
    safe = ["-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "-c", "core.symlinks=false"]
    _git([*safe, "clone", "--quiet", "--no-local", "--no-checkout", "--", where, str(tree)], quiet)
    _git([*safe, "-C", str(tree), "checkout", "--quiet", "--detach", revision or "HEAD", "--"], quiet)
    return _git(["-C", str(tree), "rev-parse", "HEAD"], quiet).strip()


def _split_url(address: str) -> tuple[str, str, str]:
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    body, mark, revision = path.partition("@")
    return f"{scheme}://{host}{slash}{body}", mark, revision


def _git(arguments: list[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(  # noqa: S603  a fixed program and our own arguments
        ["git", *arguments],  # noqa: S607  whichever git the user has
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise CatalogueError("git could not fetch this repository or revision")
    return done.stdout


def fetch_data_set(named: str, folder: Path, glob: str, environment: Mapping[str, str]) -> str:
    """The files of a hub's data set at one commit into `folder`; the commit. Nothing of it is run.

    Raises:
        CatalogueError: the hub client is not installed, or it could not fetch.
    """
    if importlib.util.find_spec("huggingface_hub") is None:
        raise CatalogueError("data sets of a hub need an optional part: pip install 'ambos[hub]'")
    repo, _, revision = named.partition("@")
    asked = {"repo": repo, "revision": revision or "main", "folder": str(folder), "glob": glob}
    quiet = {**environment, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "ambos.catalogue.data_set"],
        input=msgspec.json.encode(asked),
        env=quiet,
        capture_output=True,
        check=False,
    )
    try:
        told = msgspec.json.decode(done.stdout.rstrip().rpartition(b"\n")[2], type=dict[str, str])
    except msgspec.MsgspecError:
        raise CatalogueError("the hub client ended without an answer") from None
    if "error" in told:
        raise CatalogueError(told["error"])
    return told["revision"]
