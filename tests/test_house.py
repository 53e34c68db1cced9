"""The house stands as designed: directions, sizes, and the few things that only one place may do."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
HOUSE = SOURCE / "ambos"

# Design 2. A new package needs its line there, here, in pyproject.toml, in docs/house.md, and an ADR.
LAYERS = [
    "cli",
    "web",
    "app",
    "config",
    "gateway | iteration | providers | engines | catalogue | store | adapt",
    "egress | walls",
    "ports | wire",
    "policy | corpus | governance",
    "identity | privacy | audit | evaluate | experiment",
    "messages",
    "errors",
]
ROOMS_AND_CORRIDORS = {
    "gateway", "iteration", "ports", "wire", "policy", "corpus", "governance", "identity", "privacy", "audit", "evaluate",
    "experiment", "messages", "errors",
}  # fmt: skip
IO_PACKAGES = {"sqlite3", "socket", "ssl", "subprocess", "aiohttp", "starlette", "onnxruntime", "torch"}

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
# Path below src -> why it may be longer.
LONG_FILES = {
    "ambos/gateway.py": "the corridor is one module: the order of steps is read from top to bottom",
}
LONG_FUNCTIONS = {
    "ambos/store/migrations/versions/v0001_first.py:upgrade": "a migration is a list of tables, frozen once released",
}

CONNECTING_NAMES = {
    "ClientSession", "TCPConnector", "UnixConnector", "open_connection", "open_unix_connection", "create_connection",
    "create_unix_connection", "create_datagram_endpoint", "sock_connect", "urlopen", "HTTPConnection", "HTTPSConnection",
}  # fmt: skip
CONNECTING_MODULES = {
    "urllib.request",
    "http.client",
    "requests",
    "httpx",
    "urllib3",
    "websockets",
    "smtplib",
    "ftplib",
}
# Path below src -> why it may connect beside egress.
CONNECTING_FILES = {
    "ambos/egress/gate.py": "the only package that opens an outbound connection",
    "ambos/egress/line.py": "the same, by a client library",
    "ambos/app/knock.py": "`ambos doctor --egress` tries the walls at a listener of its own on loopback",
}
# The hub's own client opens its connections itself; `serve` never imports the catalogue.
HUB = "huggingface_hub"

ENVIRONMENT_READERS = {
    "ambos/config.py": "reads it once, for everybody",
    "ambos/app/supervisor.py": "names the folder of shared counters for the workers",
    "ambos/cli/__init__.py": "bounds the threads of numpy before it is loaded, writes only",
    "ambos/cli/corpus.py": "hands proxies and HF_* to Git and the hub's client",
    "ambos/cli/exporting.py": "hands HF_* to the hub's client, and MLFLOW_TRACKING_TOKEN as its own client reads it",
    "ambos/cli/models.py": "hands HF_* to the hub's client",
    "ambos/cli/serving.py": "shows the data directory in the commands to paste",
}

UNWANTED_IN_A_WORKER = (
    "ambos.catalogue", "ambos.adapt", "ambos.cli", "scipy", "statsmodels", "torch", "sklearn", "typer", "huggingface_hub",
)  # fmt: skip


def sources() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sources():
        yield str(path.relative_to(SOURCE)), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """The last part of the name of everything that is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id, node
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr, node


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def callers(name: str) -> set[str]:
    return {path for path, tree in trees() if any(called == name for called, _ in calls(tree))}


def contracts() -> list[dict[str, object]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return list(project["tool"]["importlinter"]["contracts"])


def test_import_contract_is_the_design() -> None:
    layers = next(one for one in contracts() if one["type"] == "layers")
    assert layers["layers"] == LAYERS
    assert layers["exhaustive"] is True
    assert layers["containers"] == ["ambos"]
    assert "ignore_imports" not in layers


def test_every_package_has_its_place_in_the_contract() -> None:
    named = {name.strip() for line in LAYERS for name in line.split("|")}
    there = {path.stem if path.is_file() else path.name for path in HOUSE.iterdir() if is_module(path)}
    assert there == named


def is_module(path: Path) -> bool:
    if path.is_dir():
        return (path / "__init__.py").exists()
    return path.suffix == ".py" and path.stem != "__init__"


def test_rooms_and_corridors_are_kept_from_the_world() -> None:
    for contract in contracts():
        if contract["type"] == "forbidden" and "ambos.gateway" in list(contract["source_modules"]):  # type: ignore[call-overload]
            assert {f"ambos.{name}" for name in ROOMS_AND_CORRIDORS} <= set(contract["source_modules"])  # type: ignore[call-overload]
            assert set(contract["forbidden_modules"]) >= IO_PACKAGES  # type: ignore[call-overload]
            return
    pytest.fail("the contract that keeps rooms from I/O is gone")


def test_proofs_and_statistics_never_see_text() -> None:
    found = [one for one in contracts() if one.get("source_modules") == ["ambos.audit", "ambos.experiment"]]
    assert [one["forbidden_modules"] for one in found] == [["ambos.messages", "ambos.privacy"]]


def test_files_are_short_or_have_a_reason() -> None:
    lengths = {str(path.relative_to(SOURCE)): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    too_long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}
    assert too_long.keys() <= LONG_FILES.keys(), too_long
    assert LONG_FILES.keys() <= lengths.keys()


def test_functions_are_short_or_have_a_reason() -> None:
    too_long = {
        f"{path}:{node.name}": node.end_lineno - node.lineno + 1
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    }
    assert too_long.keys() <= LONG_FUNCTIONS.keys(), too_long


def test_every_module_says_what_it_knows() -> None:
    assert [path for path, tree in trees() if not ast.get_docstring(tree)] == []


def test_only_privacy_makes_what_goes_out() -> None:
    assert callers("Outbound") == {"ambos/privacy/outbound.py"}


def test_only_the_store_makes_a_dispatch() -> None:
    assert {str(Path(path).parent) for path in callers("Dispatch")} == {"ambos/store"}


def test_only_egress_opens_connections() -> None:
    found = {
        f"{path}: {name}"
        for path, tree in trees()
        if path not in CONNECTING_FILES
        for name in connecting(path, tree)
    }  # fmt: skip
    assert found == set()


def connecting(path: str, tree: ast.AST) -> Iterator[str]:
    yield from (name for name, _ in calls(tree) if name in CONNECTING_NAMES)
    for name in imported(tree):
        last = name.rpartition(".")[2]
        if name in CONNECTING_MODULES or (name.startswith("aiohttp") and last in CONNECTING_NAMES):
            yield name
        if name.split(".")[0] == HUB and not path.startswith("ambos/catalogue/"):
            yield name


def test_no_code_comes_out_of_data() -> None:
    banned = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
    found = set()
    for path, tree in trees():
        found |= {f"{path}: {name}" for name in imported(tree) if name.split(".")[0] in banned}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec", "compile", "__import__"}:
                    found.add(f"{path}: {node.func.id}")
                found |= {
                    f"{path}: {word.arg}" for word in node.keywords if word.arg == "allow_pickle" and not is_false(word)
                }
    assert found == set()


def is_false(word: ast.keyword) -> bool:
    return isinstance(word.value, ast.Constant) and word.value.value is False


def test_the_environment_is_read_in_few_places() -> None:
    readers = {
        path
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert readers <= ENVIRONMENT_READERS.keys()


def test_the_verifier_stands_alone() -> None:
    verifier = {path: set(imported(tree)) for path, tree in trees() if path.startswith("ambos_verify/")}
    assert verifier
    for path, names in verifier.items():
        assert not {name for name in names if name.split(".")[0] == "ambos"}, path
        foreign = (
            {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {"ambos_verify", "cryptography"}
        )
        assert foreign == set(), path


def test_a_worker_loads_nothing_it_does_not_serve_with() -> None:
    script = "import json, sys, ambos.web.worker; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    loaded = json.loads(done.stdout)
    unwanted = [
        name for name in loaded if any(name == bad or name.startswith(f"{bad}.") for bad in UNWANTED_IN_A_WORKER)
    ]
    assert unwanted == []


def test_decisions_are_numbered_listed_and_whole() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = sorted(folder.glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert f"]({page.name})" in index, f"{page.name} is not listed"
        assert [line for line in text.splitlines() if line.startswith("## ")] == [
            "## Context",
            "## Options",
            "## Decision",
            "## Consequences",
        ], page.name
        assert len(text.splitlines()) <= 60, f"{page.name} is longer than a page"


def test_every_package_is_explained() -> None:
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    named = {name.strip() for line in LAYERS for name in line.split("|")}
    assert [name for name in sorted(named) if f"`{name}`" not in page] == []


LATE_DOORS = ("app", "corpus", "egress", "engines", "experiment", "privacy", "providers", "store")


@pytest.mark.parametrize("room", LATE_DOORS)
def test_what_a_late_door_promises_is_there(room: str) -> None:
    """Types see the imports, the interpreter the table: a name in one and not in the other fails at its first use only."""
    file = HOUSE / room / "__init__.py"
    imports = [
        node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)
    ]
    declared = {one.name for node in imports if str(node.module).startswith(f"ambos.{room}") for one in node.names}
    door = importlib.import_module(f"ambos.{room}")
    for name in (*declared, *door.__all__):
        exec(f"from ambos.{room} import {name}", {})  # as a caller does: a name that is a module too is found so


def test_every_late_door_is_looked_at() -> None:
    late = {path.parent.name for path in SOURCE.glob("ambos/*/__init__.py") if "late(" in path.read_text("utf-8")}
    assert late == set(LATE_DOORS)
