"""Where a model comes from: reads `pypi:NAME==VERSION[/FILE]`, `hf:ORG/REPO[/FILE][@REV]` or a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

from ambos.errors import CatalogueError

MODEL_SUFFIXES: Final = (".gguf", ".onnx", ".safetensors")
PICKLE_SUFFIXES: Final = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")

_PYPI: Final = re.compile(r"pypi:([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9][A-Za-z0-9.!+_-]*)(?:/(.+))?")
_HUB: Final = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:/([^@]+))?(?:@([\w./-]+))?")
_PART: Final = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


@dataclass(frozen=True, slots=True)
class PackageSource:
    """A model file inside a wheel of the package index; the package itself is never installed."""

    name: str
    version: str
    file: str = ""

    def __str__(self) -> str:
        return f"pypi:{self.name}=={self.version}" + (f"/{self.file}" if self.file else "")


@dataclass(frozen=True, slots=True)
class HubSource:
    """A model file in a repository of a model hub."""

    repo: str
    file: str = ""
    revision: str = "main"

    def __str__(self) -> str:
        return f"hf:{self.repo}" + (f"/{self.file}" if self.file else "") + f"@{self.revision}"


@dataclass(frozen=True, slots=True)
class PathSource:
    """A model file that is already on this machine."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


Source: TypeAlias = PackageSource | HubSource | PathSource


def read_source(text: str) -> Source:
    """The source that `text` names.

    Raises:
        CatalogueError: not one of the forms, or a file that must not be loaded (pickle) or is only a part.
    """
    scheme = text.partition(":")[0]
    if scheme == "pypi":
        return _read_package(text)
    if scheme == "hf":
        return _read_hub(text)
    if "://" in text or re.match(r"[a-z]{2,}:", text):
        raise CatalogueError(
            f"sources are pypi:NAME==VERSION, hf:ORG/REPO[/FILE][@REV] or a path; {scheme}: is not one"
        )
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # "~somebody" whom this machine does not know
        raise CatalogueError("this path begins with the home of an unknown user") from None
    except ValueError:  # a zero byte
        raise CatalogueError("this is no path: it holds a zero byte") from None
    check_file_name(path.name)
    return PathSource(path.absolute())


def _read_package(text: str) -> PackageSource:
    match = _PYPI.fullmatch(text)
    if match is None:
        raise CatalogueError("a package source names one version: pypi:NAME==VERSION, or pypi:NAME==VERSION/FILE")
    name, version, file = match.groups(default="")
    if file:
        check_file_name(file)
    return PackageSource(name, version, file)


def _read_hub(text: str) -> HubSource:
    match = _HUB.fullmatch(text)
    if match is None:
        raise CatalogueError("a hub source is hf:ORG/REPO, hf:ORG/REPO/FILE, or either with @REVISION")
    repo, file, revision = match.groups(default="")
    if file:
        check_file_name(file)
    return HubSource(repo, file, revision or "main")


def check_file_name(name: str) -> None:
    """Refuse a file that could run code when it is loaded, leaves its folder, or is no model we can load."""
    path = PurePosixPath(name)
    if ".." in path.parts or path.is_absolute():
        raise CatalogueError("the name of a model file stays inside its repository or package")
    suffix = path.suffix.lower()
    if suffix in PICKLE_SUFFIXES:
        raise CatalogueError(
            f"{suffix} files are pickles, which run code when loaded; take .gguf, .onnx or .safetensors"
        )
    if suffix not in MODEL_SUFFIXES:
        raise CatalogueError(f"a model is a .gguf, .onnx or .safetensors file; {path.name} is none")
    if _PART.search(path.name):
        raise CatalogueError("this model is split into several files; choose a quantisation that is one file")
