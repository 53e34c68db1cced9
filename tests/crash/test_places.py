"""Places that are not as a house needs them: a clear word in both languages, nothing lost, and no false alarm."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.live import ambos

pytestmark = pytest.mark.shell
WORDS = {
    "read-only": {
        "en": "a disk that is read-only; nothing was changed",
        "es": "un disco de solo lectura; no se ha cambiado",
    },
    "unfinished": {
        "en": "unfinished writes and its disk is read-only",
        "es": "escrituras sin terminar y su disco es de solo",
    },
}
# A disk of its own for one process: no rights are needed where user namespaces are allowed.
MOUNT = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


def frozen(house: Path, language: str, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """A command that sees the directory on a read-only disk."""
    command = [sys.executable, "-m", "ambos.cli", *words, "--data", str(house)]
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNT, str(house), *command],
        env={**environment, "AMBOS_LANG": language},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def house(tmp_path: Path, environment: dict[str, str]) -> Path:
    directory = tmp_path / "data"
    ambos("keys", "create", "--role", "user", "--data", str(directory), environment=environment)
    return directory


@pytest.fixture
def freezing(house: Path, environment: dict[str, str]) -> None:
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            ["unshare", "-rm", "sh", "-c", MOUNT, str(house), "true"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("needs a kernel that lets a user mount for itself (unshare -rm)")


@pytest.mark.usefixtures("freezing")
@pytest.mark.timeout(300)
def test_a_read_only_disk_is_told_and_a_right_log_on_it_is_right(house: Path, environment: dict[str, str]) -> None:
    before = {path.name: path.read_bytes() for path in house.iterdir() if path.is_file()}
    for language in ("en", "es"):
        for words in (("keys", "create", "--role", "user"), ("serve", "--port", "0")):
            done = frozen(house, language, environment, *words)
            assert done.returncode == 1
            assert WORDS["read-only"][language] in done.stderr, done.stderr[-600:]
            assert "Traceback" not in done.stderr
    done = frozen(house, "en", environment, "audit", "verify", "--deep")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name: path.read_bytes() for path in house.iterdir() if path.is_file()} == before


@pytest.mark.usefixtures("freezing")
@pytest.mark.timeout(300)
def test_a_log_that_a_crash_left_on_a_read_only_disk_is_no_alarm(
    house: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    (house / "ambos.db-wal").write_bytes(b"frames that were not yet taken in")
    for language in ("en", "es"):
        done = frozen(house, language, environment, "audit", "verify")
        assert done.returncode == 1
        assert WORDS["unfinished"][language] in done.stdout + done.stderr, done.stdout + done.stderr
        assert "NOT whole" not in done.stdout
        assert "NO está" not in done.stdout


@pytest.mark.timeout(300)
def test_foreign_files_in_the_data_directory_change_nothing(house: Path, environment: dict[str, str]) -> None:
    (house / "ambos.db.old").write_bytes(b"\0" * 4096)
    (house / "holiday.jpg").write_bytes(os.urandom(2000))
    (house / "Ñandú").mkdir()
    (house / "dangling").symlink_to("nowhere")
    assert ambos("audit", "verify", "--data", str(house), environment=environment).returncode == 0
    assert (house / "holiday.jpg").stat().st_size == 2000


@pytest.mark.timeout(300)
def test_a_foreign_file_under_one_of_our_names_is_named(house: Path, environment: dict[str, str]) -> None:
    for name in ("keyring.db", "ambos.db", "installation", "log.vkey"):
        kept = (house / name).read_bytes()
        (house / name).write_bytes(b"this is a recipe for soup\n" * 400)
        done = ambos("audit", "verify", "--data", str(house), environment=environment, check=False)
        assert done.returncode == 1
        assert name in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert "soup" not in done.stdout + done.stderr
        (house / name).write_bytes(kept)
    assert ambos("audit", "verify", "--data", str(house), environment=environment).returncode == 0


@pytest.mark.timeout(300)
def test_a_wrong_passphrase_opens_nothing_and_says_so(tmp_path: Path, environment: dict[str, str]) -> None:
    directory = tmp_path / "data"
    sealed = {**environment, "AMBOS_ROOT_PASSPHRASE": "a long and right passphrase"}
    directory.mkdir()
    (directory / "ambos.toml").write_text('[keys]\nservice = "passphrase"\n', encoding="utf-8")
    ambos("keys", "create", "--role", "user", "--data", str(directory), environment=sealed)
    for language, words in (("en", "passphrase"), ("es", "frase")):
        wrong = {**sealed, "AMBOS_ROOT_PASSPHRASE": "a long and wrong passphrase", "AMBOS_LANG": language}
        done = ambos("keys", "list", "--data", str(directory), environment=wrong, check=False)
        assert done.returncode == 1
        assert words in done.stderr
        assert "long and wrong" not in done.stderr
        assert "Traceback" not in done.stderr
    assert ambos("audit", "verify", "--data", str(directory), environment=sealed).returncode == 0
