"""A wall is what the kernel does: each attempt is made by a real process, behind a wall and beside it without one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.live import ROOT

from ambos.app.wall_plan import _DEVICES, _interpreter, _program
from ambos.errors import WallError
from ambos.walls import Wall, available, seccomp
from ambos.walls.__main__ import REFUSED

pytestmark = [
    pytest.mark.shell,
    pytest.mark.skipif(
        not available().is_whole, reason="this kernel lacks Landlock ABI 4 or seccomp: run on Linux 6.7 or newer"
    ),
]
LIBRARIES = ["uvloop", "ctypes", *(["libpq"] if find_spec("psycopg") else [])]


def wall(**more: Any) -> Wall:
    return Wall(**{"readable": (*_program(), str(ROOT)), **more})


def tried(behind: Wall | None, *attempts: str) -> dict[str, str]:
    """What came of each attempt: "" where it succeeded."""
    walled, line = ([], "") if behind is None else (["ambos.walls"], behind.encode() + "\n")
    done = subprocess.run(
        [sys.executable, "-m", *walled, "tests.walls.attempts", *attempts],
        input=line, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    told: dict[str, str] = json.loads(done.stdout)
    return told


@pytest.fixture
def port() -> Iterator[int]:
    """A listener that greets and goes: libpq waits for an answer otherwise."""
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            while True:
                try:
                    listener.accept()[0].close()
                except OSError:
                    return

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_port_that_no_table_lists_is_out_of_reach_of_c_code(library: str, port: int) -> None:
    attempt = f"{library}={port}"
    assert tried(None, attempt) == {library: ""}
    assert tried(wall(ports=(port,)), attempt) == {library: ""}
    assert tried(wall(ports=(1,)), attempt) == {library: "EACCES"}
    assert tried(wall(), attempt) == {library: "EPERM"}


def test_what_goes_around_landlocks_ports_is_shut(port: int) -> None:
    attempts = [f"{name}={port}" for name in ("fast_open", "mptcp", "udp", "raw")]
    assert tried(wall(ports=(1,)), *attempts, "io_uring", "vsock", "bind") == {
        "fast_open": "EPERM",
        "mptcp": "EPERM",
        "udp": "EPERM",
        "raw": "EPERM",
        "io_uring": "ENOSYS",
        "vsock": "EPERM",
        "bind": "EACCES",
    }


def test_datagrams_pass_where_a_name_server_must_be_asked(port: int) -> None:
    assert tried(wall(ports=(1,), has_names=True), f"udp={port}") == {"udp": ""}


def test_files_are_those_of_the_wall(tmp_path: Path) -> None:
    for name in ("own", "shown", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x")
    behind = wall(readable=(*wall().readable, str(tmp_path / "shown")), writable=(str(tmp_path / "own"),))
    assert tried(behind, f"write={tmp_path}/own/new", f"read={tmp_path}/shown/file") == {"write": "", "read": ""}
    assert tried(behind, f"write={tmp_path}/shown/new", f"read={tmp_path}/other/file") == {
        "write": "EACCES",
        "read": "EACCES",
    }
    assert not (tmp_path / "shown" / "new").exists()


def test_no_other_process_is_read_traced_or_signalled() -> None:
    """The supervisor holds the providers' keys in its environment."""
    me = os.getpid()
    names = ("environment_of", "memory_of", "socket_of", "trace", "signal")
    told = tried(wall(), *(f"{name}={me}" for name in names))
    assert {name: told[name] for name in names} == {
        "environment_of": "EACCES",
        "memory_of": "EPERM",
        "socket_of": "EPERM",
        "trace": "EPERM",
        "signal": "EPERM",
    }


def test_no_program_is_started_but_the_named() -> None:
    assert tried(wall(writable=_DEVICES), "run=/bin/sh") == {"run": "EPERM"}
    named = wall(writable=_DEVICES, runnable=_interpreter())
    assert tried(named, f"run={sys.executable}") == {"run": ""}
    assert tried(named, "run=/bin/sh") == {"run": "EACCES"}


def test_who_only_answers_connects_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        assert tried(wall(writable=(str(tmp_path),)), f"unix={path}") == {"unix": ""}
        assert tried(wall(writable=(str(tmp_path),), may_connect=False), f"unix={path}") == {"unix": "EPERM"}


def test_a_required_wall_that_cannot_be_raised_ends_the_process() -> None:
    script = (
        "import threading, runpy, sys; t = threading.Event(); threading.Thread(target=t.wait, daemon=True).start();"
    )
    script += "sys.argv = ['x', 'this']; runpy.run_module('ambos.walls', run_name='__main__', alter_sys=True)"
    line = wall(is_required=True).encode() + "\n"
    done = subprocess.run([sys.executable, "-c", script], input=line, capture_output=True, text=True, check=False)
    assert done.returncode == REFUSED
    assert "before there are threads" in done.stderr
    assert "Zen" not in done.stdout


@pytest.mark.parametrize("line", ["", "{}x", "[]", '{"readable": 1, "zone": 2}', "null", "[" * 9000])
def test_a_line_that_is_no_wall_ends_the_process(line: str) -> None:
    command = [sys.executable, "-m", "ambos.walls", "this"]
    done = subprocess.run(command, input=line + "\n", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (REFUSED, "")
    assert "Traceback" not in done.stderr


def test_a_wall_reads_back_as_it_was_written() -> None:
    one = wall(ports=(443,), has_names=True, is_required=True)
    assert Wall.decode(one.encode()) == one
    with pytest.raises(WallError):
        Wall.decode(b"\xff")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("has", [True, False])
def test_every_path_through_a_filter_ends_in_a_return(machine: str, has: bool) -> None:
    made = seccomp.program(seccomp.Calls(has_tcp=has, has_udp=has, may_connect=not has, may_run=has), machine)
    reached, left = set(), [0]
    while left:
        at = left.pop()
        if at in reached:
            continue
        reached.add(at)
        one = made[at]
        if one.code in (0x15, 0x35, 0x45):
            left += [at + 1 + one.then, at + 1 + one.otherwise]
        elif one.code != 0x06:
            left.append(at + 1)
    assert max(reached) < len(made) <= 4096
    assert reached == set(range(len(made)))


@pytest.mark.parametrize("is_required", [False, True])
def test_a_container_that_refuses_what_its_kernel_offers_leaves_a_gap_that_is_told(*, is_required: bool) -> None:
    program = f"""
import ctypes, errno
from ambos.walls import Wall, raise_wall, seccomp
from ambos.walls.seccomp import Instruction
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
# As a container's own filter may: landlock_restrict_self (446) is refused.
seccomp.restrict([seccomp._load(0), *seccomp._if(0x15, 446, [seccomp._fail(errno.EPERM)]), Instruction(6, 0, 0, 0x7FFF0000)])
held = raise_wall(Wall(is_required={is_required}))
print(held.landlock, held.seccomp, held.is_whole)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    if is_required:
        assert "the kernel refused a wall" in done.stderr
    else:
        assert done.stdout.split() == ["0", "True", "False"]
