"""The process that talks to a model hub: `python -m ambos.catalogue.hub`, one JSON order in, one JSON answer out.

Runs with the environment that `fetch` gives it (HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE are honoured by the library).
A partial download stays in the folder, and the next try goes on from there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from ambos.catalogue.beside import MOST_BYTES, NAMES
from ambos.catalogue.order import one_order

PREFERRED: Final = ("Q4_K_M", "Q4_K_S", "Q5_K_M", "Q4_0", "Q4_1", "Q8_0", "MXFP4", "F16")
"""Quantisations in the order in which we take one when no file is named: the usual balance comes first."""


class Asked(msgspec.Struct, frozen=True):
    """What to fetch, and how much room there is."""

    repo: str
    file: str
    revision: str
    folder: str
    room_bytes: int


class Answer(msgspec.Struct, frozen=True):
    """What arrived, or `error` in words for the user."""

    path: str = ""
    revision: str = ""
    sha256: str = ""
    licence: str = ""
    error: str = ""
    beside: tuple[str, ...] = ()


def choose_file(names: list[str]) -> str:
    """The file to take of a repository when none was named; "" when that is not clear."""
    files = [name for name in names if PurePosixPath(name).suffix.lower() == ".gguf" and "-of-0" not in name]
    files = [name for name in files if not PurePosixPath(name).name.lower().startswith("mmproj")]
    for quantisation in PREFERRED:
        fitting = [name for name in files if quantisation.lower() in name.lower()]
        if len(fitting) == 1:
            return fitting[0]
    return files[0] if len(files) == 1 else ""


def fetch(asked: Asked) -> Answer:
    """Resolve the revision to a commit, choose the file, download it from that commit."""
    from huggingface_hub import HfApi, constants

    if constants.is_offline_mode():
        return Answer(error="HF_HUB_OFFLINE is set, so nothing is fetched from a hub; unset it, or pull a path")
    info = HfApi().model_info(asked.repo, revision=asked.revision, files_metadata=True)
    siblings = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    file = asked.file or choose_file(list(siblings))
    if file not in siblings:
        models = [name for name in siblings if name.endswith((".gguf", ".safetensors", ".onnx"))]
        return Answer(error=f"name one file of this repository with /FILE; it has: {', '.join(models[:12]) or 'none'}")
    size = siblings[file].size or 0
    if size > asked.room_bytes:
        return Answer(
            error=f"not enough disk space: the file has {size >> 20} MiB, {asked.room_bytes >> 20} MiB are free"
        )
    Path(asked.folder, "size").write_text(str(size), encoding="ascii")
    beside = _beside(file, siblings)
    for name in beside:
        _download(asked, name, str(info.sha))
    path = _download(asked, file, str(info.sha))
    lfs: Any = siblings[file].lfs  # a dict or an object, depending on the library's version
    return Answer(
        path=str(path), revision=info.sha or "", sha256=getattr(lfs, "sha256", "") or "", licence=_licence(info),
        beside=tuple(PurePosixPath(name).name for name in beside),
    )  # fmt: skip


def _beside(file: str, siblings: Mapping[str, Any]) -> list[str]:  # the library's own type has no stubs
    if PurePosixPath(file).suffix.lower() != ".safetensors":
        return []
    names = [str(PurePosixPath(file).with_name(name)) for name in NAMES]
    return [name for name in names if name in siblings and 0 < (siblings[name].size or 0) <= MOST_BYTES]


def partial_path(folder: Path, commit: str, file: str) -> Path:
    """Where the bytes of an unfinished download lie; of another commit they would be of no use."""
    return folder / f"{commit[:16]}-{PurePosixPath(file).name}.partial"


def _download(asked: Asked, file: str, commit: str) -> Path:
    # The library's own hf_hub_download drops what it has when it fails; its http_get can go on from a size.
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.file_download import get_hf_file_metadata, http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # theirs, re-exported lazily

    constants.DOWNLOAD_CHUNK_SIZE = 1 << 20  # what a cut may cost
    url = hf_hub_url(asked.repo, file, revision=commit)
    found = get_hf_file_metadata(url)
    headers = build_hf_headers()
    if urlsplit(found.location).netloc != urlsplit(url).netloc:
        headers.pop("authorization", None)  # the token is for the hub, not for where it keeps its files
    folder = Path(asked.folder)
    partial = partial_path(folder, commit, file)
    with partial.open("ab") as unfinished:
        have = unfinished.tell()
        http_get(found.location, unfinished, resume_size=have, headers=headers, expected_size=found.size)
    return partial.rename(folder / PurePosixPath(file).name)


def _licence(info: Any) -> str:  # the library's own type has no stubs
    card = info.card_data
    licence = card.get("license") if card is not None else None
    name = card.get("license_name") if card is not None else None
    return str(name or licence or "")


def explain(error: Exception) -> str:
    """Our words for what the library raised: its own may repeat addresses with tokens in them."""
    reasons = {
        "RepositoryNotFoundError": "there is no such repository, or it needs a token (HF_TOKEN)",
        "GatedRepoError": "this repository asks for its terms to be accepted on the hub; then give HF_TOKEN",
        "RevisionNotFoundError": "the repository has no such revision",
        "EntryNotFoundError": "the repository has no such file",
        "RemoteEntryNotFoundError": "the repository has no such file",
        "HFValidationError": "this is not the name of a repository",
        "OfflineModeIsEnabled": "HF_HUB_OFFLINE is set, so nothing is fetched from a hub",
        "LocalEntryNotFoundError": "the hub could not be reached; a partial download is kept, try again",
        "OSError": "the download broke off or could not be written; a partial download is kept, try again",
    }
    for kind in type(error).__mro__:
        if kind.__name__ in reasons:
            return reasons[kind.__name__]
    return f"the hub could not be reached or broke off ({type(error).__name__}); a partial download is kept, try again"


if __name__ == "__main__":
    sys.exit(one_order(Asked, fetch, lambda error: Answer(error=explain(error))))
