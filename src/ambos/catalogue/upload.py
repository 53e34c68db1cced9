"""The process that gives files to a model hub: `python -m ambos.catalogue.upload`, one JSON order in, one JSON answer out.

The counterpart of `ambos.catalogue.hub`, and only on a person's request. A repository that is not there is made private.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import msgspec

from ambos.catalogue.order import one_order
from ambos.errors import CatalogueError


class Asked(msgspec.Struct, frozen=True):
    """Which files go where."""

    repo: str
    folder: str
    files: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True):
    """The commit that holds them, or `error` in words for the user."""

    revision: str = ""
    error: str = ""


def give_to_hub(folder: Path, files: tuple[str, ...], repo: str, environment: Mapping[str, str]) -> str:
    """The commit that the hub made of these files of a folder.

    Args:
        environment: HF_TOKEN, HF_ENDPOINT, proxies.

    Raises:
        CatalogueError: the hub's library is absent, or the hub refused or could not be reached.
    """
    if find_spec("huggingface_hub") is None:
        raise CatalogueError("giving to a hub needs an optional part: pip install 'ambos[hub]'")
    quiet = {
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "ambos.catalogue.upload"], input=msgspec.json.encode(Asked(repo, str(folder), files)),
        capture_output=True, check=False, env={**environment, **quiet},
    )  # fmt: skip
    try:
        answer = msgspec.json.decode(done.stdout.rpartition(b"\n")[2], type=Answer)
    except msgspec.MsgspecError:
        raise CatalogueError(f"the hub client ended without an answer (exit {done.returncode})") from None
    if answer.error:
        raise CatalogueError(answer.error)
    return answer.revision


def give(asked: Asked) -> Answer:
    """Make the repository if it is not there, and commit the files in one commit."""
    from huggingface_hub import CommitOperationAdd, HfApi, constants

    if constants.is_offline_mode():
        return Answer(error="HF_HUB_OFFLINE is set, so nothing is given to a hub")
    hub = HfApi()
    hub.create_repo(asked.repo, private=True, exist_ok=True)
    parts = [CommitOperationAdd(name, str(Path(asked.folder) / name)) for name in asked.files]
    return Answer(revision=str(hub.create_commit(asked.repo, parts, commit_message="Written out by Ambos").oid))


def explain(error: Exception) -> str:
    """Our words for what the library raised: its own may repeat addresses with tokens in them."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "LocalTokenNotFoundError" in kinds:
        return "giving to a hub needs a token that may write (HF_TOKEN)"
    if "HFValidationError" in kinds:
        return "this is not the name of a repository: ORG/NAME"
    status = getattr(getattr(error, "response", None), "status_code", 0)
    if status in (401, 403):
        return "the hub refused: the token (HF_TOKEN) may not write there"
    return f"the hub could not be reached or broke off ({type(error).__name__}); nothing was committed"


if __name__ == "__main__":
    sys.exit(one_order(Asked, give, lambda error: Answer(error=explain(error))))
