"""The broker: what a request costs through it, against workers that call the provider themselves.

python benchmarks/broker.py [--json FILE]

Two servers on the same upstream take turns, in blocks whose order alternates. Told are medians of the time of a request
(one at a time) and CPU per request over all processes of a server but its supervisor, with the ratio of each; the bar of
issue 4 is 1.15. The upstream speaks plain HTTP on loopback: what TLS costs falls to the worker or to the broker alike.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.live import PROVIDER, Server, free_port, launch  # noqa: E402  the same server as the tests start

BLOCKS, IN_A_BLOCK = 30, 40
MOST = 1.15
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
TEXT = "Explain in a few words how a haiku is built and why it is short. " * 15
CASES = {"whole": {}, "stream": {"stream": True}}


def started(directory: Path, upstream: int, *, has_broker: bool) -> Server:
    directory.mkdir()
    configuration = PROVIDER.format(url=f"http://127.0.0.1:{upstream}/v1", agreement="DPA-1")
    broker = f"\n[walls]\nbroker = {str(has_broker).lower()}\n"
    limits = "[identity]\nrequests_per_minute = 1000000\n"
    (directory / "ambos.toml").write_text(f'[inside]\nmodel = "none"\n{limits}{configuration}{broker}')
    environment = {**os.environ, "HOME": str(directory) + "-home", "ACME_KEY": "sk-bench"}
    server = launch(directory, environment)
    server.key = server.new_key("developer")
    return server


def cpu_s(server: Server) -> float:
    """Of the children of the supervisor: worker, and broker where there is one."""
    pid = server.process.pid
    total = 0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total * TICK_S


def block(server: Server, case: dict[str, bool]) -> list[float]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    body = json.dumps({"model": "acme/big-1", "messages": [{"role": "user", "content": TEXT}], **case})
    sent = {"authorization": f"Bearer {server.key}", "content-type": "application/json"}
    times = []
    for _ in range(IN_A_BLOCK):
        began = time.perf_counter()
        connection.request("POST", "/v1/chat/completions", body, sent)
        answer = connection.getresponse()
        said = answer.read()
        times.append(time.perf_counter() - began)
        assert answer.status == 200, said
    connection.close()
    return times


def measured(servers: dict[str, Server], case: dict[str, bool]) -> dict[str, float | bool]:
    for server in servers.values():
        block(server, case)
    times: dict[str, list[float]] = {name: [] for name in servers}
    spent = dict.fromkeys(servers, 0.0)
    for turn in range(BLOCKS):
        for name in (*servers,) if turn % 2 else reversed((*servers,)):
            before = cpu_s(servers[name])
            times[name] += block(servers[name], case)
            spent[name] += cpu_s(servers[name]) - before
    told: dict[str, float | bool] = {}
    for name in servers:
        told[f"{name}_ms"] = round(statistics.median(times[name]) * 1e3, 3)
        told[f"{name}_cpu_ms"] = round(spent[name] / len(times[name]) * 1e3, 3)
    told["time_ratio"] = round(statistics.median(times["broker"]) / statistics.median(times["direct"]), 3)
    told["cpu_ratio"] = round(spent["broker"] / spent["direct"], 3)
    told["pass"] = told["time_ratio"] <= MOST and told["cpu_ratio"] <= MOST
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    port = free_port()
    upstream = subprocess.Popen([sys.executable, str(ROOT / "benchmarks" / "upstream.py"), str(port)])
    servers: dict[str, Server] = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("direct", "broker"):
                servers[name] = started(Path(folder) / name, port, has_broker=name == "broker")
            result = {name: measured(servers, case) for name, case in CASES.items()}
            for server in servers.values():
                server.stop()
    finally:
        for server in servers.values():
            server.stop()
        upstream.kill()
        upstream.wait()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    about = {
        "commit": commit.stdout.strip(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "requests": BLOCKS * IN_A_BLOCK,
    }
    for name, told in result.items():
        print(name, told)
    if arguments.json:
        arguments.json.write_text(json.dumps({**about, **result}, indent=1) + "\n")
    return 0 if all(told["pass"] for told in result.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
