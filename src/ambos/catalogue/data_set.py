"""The process that fetches a data set of a hub: an order on standard input, one line of JSON on standard output.

Its own process, since the hub's library takes its settings (HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE) from the environment
when it is imported. Files of data only: a loading script is never fetched, let alone run.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

import msgspec

_DATA: Final = ("*.jsonl", "*.ndjson", "*.csv", "*.tsv", "*.parquet")


class _Asked(msgspec.Struct, frozen=True):
    repo: str
    revision: str
    folder: str
    glob: str = ""


def main() -> None:
    """Fetch, then answer with the revision or what stood in the way."""
    told: dict[str, str]
    try:
        told = {"revision": fetch(msgspec.json.decode(sys.stdin.buffer.read(), type=_Asked))}
    except Exception as error:  # noqa: BLE001  the client's errors are told by class: their words may hold addresses
        told = {"error": f"the hub gave no such data set ({type(error).__name__}): name, revision, token or network?"}
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


def fetch(asked: _Asked) -> str:
    """The files into the folder; the commit they are of."""
    from huggingface_hub import constants, snapshot_download

    patterns = [asked.glob] if asked.glob else list(_DATA)
    every = [*patterns, *(f"**/{one}" for one in patterns)]
    if constants.is_offline_mode():
        # What the user keeps in the hub's cache is taken from there; its folder is called after the commit.
        kept = Path(
            snapshot_download(
                asked.repo, repo_type="dataset", revision=asked.revision, allow_patterns=every, local_files_only=True
            )
        )
        shutil.copytree(kept, asked.folder, dirs_exist_ok=True)
        return kept.name
    folder = Path(
        snapshot_download(
            asked.repo, repo_type="dataset", revision=asked.revision, allow_patterns=every, local_dir=asked.folder
        )
    )
    # The client notes beside each file the commit that it is of.
    notes = sorted(folder.glob(".cache/huggingface/download/**/*.metadata"))
    return notes[0].read_text(encoding="utf-8").splitlines()[0] if notes else asked.revision


if __name__ == "__main__":
    main()
