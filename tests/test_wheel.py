"""The wheel: built without a network, installed beside its dependencies, and serving from there."""

from __future__ import annotations

import site
import subprocess
import sys
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest
from tests.live import ROOT, launch

DATA_FILES = (
    "ambos/catalogue/pins.json",
    "ambos/engines/weights",
    "ambos/privacy/lexicons",
    "ambos/privacy/recognisers",
    "ambos/store/migrations",
    "ambos/web/console/static",
    "ambos/web/console/templates",
    "ambos_verify/receipt.py",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return next(folder.glob("ambos-*.whl"))


def test_the_wheel_holds_what_serving_reads_and_no_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for wanted in DATA_FILES:
        assert any(name.startswith(wanted) for name in names), wanted
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "scripts", "docs"))]


def test_an_installed_wheel_serves(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    packages = next((home / "lib").glob("python*/site-packages"))
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    # The dependencies are the locked ones of this environment; only Ambos itself comes from the wheel.
    (packages / "locked.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    where = [str(python), "-c", "import ambos; print(ambos.__file__)"]
    told = subprocess.run(where, check=True, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert told.stdout.startswith(str(packages))
    data = tmp_path / "data"
    data.mkdir()
    (data / "ambos.toml").write_text('[inside]\nmodel = "none"\n')
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    server = launch(data, environment, command=(str(home / "bin" / "ambos"), "serve"))
    try:
        with urllib.request.urlopen(f"{server.url}/console/", timeout=10) as page:
            assert "Ambos" in page.read().decode()
    finally:
        server.stop()
