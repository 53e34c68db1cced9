"""Who witnesses the log: `DIR/witness.policy`, a C2SP tlog-policy, and where each is reached."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from ambos.audit.quorum import Party, Quorum
from ambos.egress import Destination
from ambos.errors import ConfigError, ProofError
from ambos.messages import Zone


def policy_path(directory: Path) -> Path:
    """Where the policy of a data directory stands."""
    return directory / "witness.policy"


def published_key(path: Path) -> str:
    """The public key of a log, as its house gives it to others.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return path.read_text("ascii").strip()
    except (OSError, ValueError):
        raise ConfigError("log.vkey cannot be read: run `ambos audit verify`") from None


def read_quorum(directory: Path) -> Quorum:
    """The policy; an empty one where there is none.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return Quorum.parse(policy_path(directory).read_bytes())
    except FileNotFoundError:
        return Quorum()
    except (OSError, ProofError) as error:
        raise ConfigError(f"witness.policy cannot be read: {error}") from None


def add_witness(directory: Path, witness: Party) -> Quorum:
    """The policy with one more witness, written.

    Raises:
        ConfigError: it is there already, its address cannot be one, or the file cannot be written.
    """
    destination_of(witness)
    try:
        quorum = read_quorum(directory).with_witness(witness)
    except ProofError as error:
        raise ConfigError(str(error)) from None
    path = policy_path(directory)
    new = path.with_suffix(".new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(quorum.write())
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise ConfigError(f"witness.policy cannot be written: {error.strerror}") from None
    return quorum


def destination_of(party: Party) -> Destination:
    """The row of a witness. An address that the owner wrote as a private number is meant so; a name never is."""
    host = urlsplit(party.url).hostname or ""
    is_number = host == "localhost" or host.replace(".", "").isdigit() or ":" in host
    return Destination.of_url("witness", party.name, party.url, zone=Zone.OUTSIDE, allow_private=is_number)
