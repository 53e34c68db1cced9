"""Nothing is reached at import, at start, or by a request that stays inside."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from tests.live import ROOT

pytestmark = pytest.mark.shell

IMPORTS = """
import sys
seen = []
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname", "urllib.Request"):
        seen.append((event, str(arguments[1:])))
sys.addaudithook(hook)
import ambos.web.front, ambos.web.worker, ambos.cli.commands, ambos.catalogue, ambos.app, ambos.egress
from ambos.engines.tagger import Tagger
Tagger.load()
assert not seen, seen
"""

# An empty network namespace: loopback alone, and that only once it is brought up (SIOCSIFFLAGS of netdevice(7)).
ALONE = """
import fcntl, os, socket, struct, sys
probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(probe, 0x8914, struct.pack("16sh14x", b"lo", 1))
try:
    socket.create_connection(("192.0.2.1", 80), 1)
    raise SystemExit("there is a network here")
except OSError:
    pass
os.execv(sys.executable, [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider",
    "tests/gateway/test_requests.py::test_patient_stays_inside",
    "tests/gateway/test_requests.py::test_calls_to_the_outside_equal_egress_entries"])
"""


def test_imports_open_no_connection() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_start_and_requests_work_in_an_empty_network_namespace() -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "--net", "true"], capture_output=True, check=False).returncode:
        pytest.skip("network namespaces are not to be had here: run as root on Linux")
    done = subprocess.run(
        [unshare, "--net", sys.executable, "-c", ALONE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
