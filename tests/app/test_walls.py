"""`ambos doctor --egress` says what it saw: with no wall, behind real ones, and where nothing can be told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.live import ambos, free_port, launch

from ambos.app.walls import WAYS, Knock, Listener, judge, knock

pytestmark = pytest.mark.shell
WALLED = Path(__file__).with_name("walled.py")
LOOPBACK_ONLY = """
import fcntl, os, socket, struct, sys
probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(probe, 0x8914, struct.pack("16sh14x", b"lo", 1))
os.execv(sys.executable, [sys.executable, "-m", "ambos.cli", *sys.argv[1:]])
"""


def behind(wall: str) -> list[str]:
    """The command that runs Python behind this wall."""
    if sys.platform != "linux" or subprocess.run([sys.executable, WALLED, wall, "-c", ""], check=False).returncode:
        pytest.skip(f"{wall} is not to be had here: Linux with Landlock ABI 4 or seccomp")
    return [sys.executable, str(WALLED), wall]


def report(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    assert "Traceback" not in done.stderr, done.stderr
    return {row["check"]: row for row in json.loads(done.stdout) if row["check"].startswith("egress")}


def run(command: list[str], directory: Path, environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    whole = [*command, "doctor", "--egress", "--json", "--data", str(directory)]
    return report(subprocess.run(whole, env=environment, capture_output=True, text=True, check=False, timeout=100))


def test_without_a_wall_it_says_that_nothing_holds(tmp_path: Path, environment: dict[str, str]) -> None:
    for language, words in (("en", "no wall holds"), ("es", "ninguna barrera")):
        done = ambos(
            *("doctor", "--egress", "--json", "--data", str(tmp_path)),
            environment={**environment, "AMBOS_LANG": language},
            check=False,
        )
        assert done.returncode == 1
        rows = report(done)
        for way in WAYS:
            assert (rows[f"egress {way}"]["ok"], rows[f"egress {way}"]["verdict"]) == (False, "open")
            assert words in rows[f"egress {way}"]["detail"]
        assert "IPAddressDeny" in rows["egress advice"]["detail"]


@pytest.mark.parametrize(("wall", "error"), [("landlock", "EACCES"), ("seccomp", "SIGSYS")])
def test_a_wall_that_refuses_is_told_with_its_error(
    wall: str, error: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    rows = run([*behind(wall), "-m", "ambos.cli"], tmp_path, environment)
    for way in WAYS:
        assert (rows[f"egress {way}"]["ok"], rows[f"egress {way}"]["verdict"]) == (True, "held")
        assert error in rows[f"egress {way}"]["detail"]
    assert "egress advice" not in rows


def test_the_walls_are_those_of_the_running_server(tmp_path: Path, environment: dict[str, str]) -> None:
    command = [*behind("landlock"), "-m", "ambos.cli", "serve"]
    directory = tmp_path / "data"
    directory.mkdir()
    (directory / "ambos.toml").write_text('[inside]\nmodel = "none"\n')
    server = launch(directory, environment, command=command)
    try:
        rows = run([sys.executable, "-m", "ambos.cli"], directory, environment)
    finally:
        server.stop()
    assert "inside the running server" in rows["egress"]["detail"]
    assert {rows[f"egress {way}"]["verdict"] for way in WAYS} == {"held"}


def test_an_empty_network_namespace_has_no_way_out_and_loopback_stays_open(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "--net", "true"], capture_output=True, check=False).returncode:
        pytest.skip("network namespaces are not to be had here: run as root on Linux")
    rows = run([unshare, "--net", sys.executable, "-c", LOOPBACK_ONLY], tmp_path, environment)
    assert rows["egress beyond"]["verdict"] == "held"
    assert {rows[f"egress {way}"]["verdict"] for way in WAYS} == {"open"}


@pytest.mark.parametrize("way", WAYS)
async def test_nobody_at_home_is_no_wall(way: str) -> None:
    done = await knock(way, free_port())
    assert done.error == "ECONNREFUSED"
    assert judge(done, has_arrived=False).verdict == "unclear"


async def test_the_listener_alone_knows_who_arrived() -> None:
    async with Listener() as listener:
        assert (await knock("ctypes", listener.port)).error == ""
        assert listener.arrived == 1
    assert judge(Knock("uvloop", "EPERM", {}), has_arrived=True).verdict == "open"
    assert judge(Knock("uvloop", "", {}), has_arrived=False).verdict == "unclear"
    assert judge(Knock("uvloop", "ENOPKG", {}), has_arrived=False).verdict == "absent"
