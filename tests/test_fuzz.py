"""The long forms with other people's fuzzers: atheris on every parser, schemathesis on every operation of the control socket.

`make test-long` installs both from `locks/fuzz.txt`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.web.asgi import Doorstep, doorstep

from ambos.identity import Role
from ambos.web.control import OPERATIONS

pytestmark = [pytest.mark.slow, pytest.mark.shell]
SECONDS = int(os.environ.get("AMBOS_FUZZ_S", "1800"))
ROOT = Path(__file__).resolve().parents[1]
# What operations look for in their arguments, of any kind: the socket has no schema of its own.
FIELDS = (
    "account", "action", "basis", "confirm", "erasure", "full_name", "group", "hold_until", "id", "key", "language", "limit",
    "model", "name", "new", "now", "old", "opening", "password", "plan", "port", "purpose", "reason", "record", "role", "root",
    "same_as", "scope", "second", "subject", "target", "text", "user", "way", "whole",
)  # fmt: skip
# These do what they say to the machine: they run models, knock at ports, write folders.
LEFT_OUT = frozenset({"knock", "backup"})


@pytest.mark.timeout(SECONDS + 600)
def test_atheris_finds_no_bytes_that_break_a_parser(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="`make test-long` installs it, on Linux")
    command = [sys.executable, str(ROOT / "tests/fuzzing.py"), f"-max_total_time={SECONDS}", "-timeout=30"]
    options = ["-max_len=6000", f"-artifact_prefix={tmp_path}/", str(tmp_path / "corpus")]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doorstep]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with doorstep(tmp_path / "data", "") as one:
        yield one


@pytest.mark.timeout(SECONDS + 600)
@pytest.mark.filterwarnings("ignore")  # of the tool's own imports
def test_schemathesis_finds_no_arguments_that_end_in_a_500(step: Doorstep) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="`make test-long` installs it")
    from hypothesis import HealthCheck, given, settings

    step.key(Role.OWNER)
    schema = schemathesis.openapi.from_dict(described())
    count = max(20, SECONDS // 15)
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def law(case: Any) -> None:
            told = step.ask("POST", case.path, body=json.dumps(case.body).encode(), is_control=True)
            assert told.status < 500 or told.status in (502, 503), (case.path, case.body, told.body)

        law()
    assert step.house.store.verify(deep=True).fault is None


def described() -> dict[str, Any]:
    """The operations as an OpenAPI document: each takes an object whose fields may be anything."""
    anything = {"type": ["string", "integer", "boolean", "null", "array", "object"]}
    body = {"type": "object", "properties": dict.fromkeys(FIELDS, anything)}
    post = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": {"description": "result"}},
    }
    names = sorted(OPERATIONS.keys() - LEFT_OUT)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ambos", "version": "1"},
        "paths": {f"/control/{name}": {"post": post} for name in names},
    }
