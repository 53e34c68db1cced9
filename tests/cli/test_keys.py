"""`ambos keys` as scripts use it, without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.live import ambos

pytestmark = pytest.mark.shell


def test_create_makes_the_installation_where_there_is_none(tmp_path: Path, environment: dict[str, str]) -> None:
    data = ("--data", str(tmp_path / "fresh"))
    done = ambos("keys", "create", "--role", "user", "--json", *data, environment=environment)
    made = json.loads(done.stdout)
    assert set(made) == {"id", "key", "role"}
    assert "amb_" in done.stderr
    rows = json.loads(ambos("keys", "list", "--json", *data, environment=environment).stdout)
    assert [row["role"] for row in rows][-1] == "user"
    assert made["key"] not in json.dumps(rows)
    ambos("keys", "revoke", made["id"], *data, environment=environment)
    assert ambos("audit", "verify", *data, environment=environment).returncode == 0


def test_unknown_role_is_named(tmp_path: Path, environment: dict[str, str]) -> None:
    done = ambos(
        "keys", "create", "--role", "wizard", "--data", str(tmp_path / "d"), environment=environment, check=False
    )
    assert done.returncode == 1
    assert "data_steward" in done.stderr
