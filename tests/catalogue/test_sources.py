"""Rows come from files, folders, repositories and a hub's data sets; nothing of what is fetched is run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ambos.catalogue.sources import clone, read_source, read_table
from ambos.corpus import Source
from ambos.errors import CatalogueError, CorpusError

ROWS = "text,label\nmy card,a\nmy loan,b\n"


def source(path: str, **more: Any) -> Source:
    return Source(path, "GDPR-6.1.f", "own", "desk", **more)


def test_a_file_is_read_by_its_ending_or_its_form(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    read = read_source(source("a.csv"), 3, {}, folder=tmp_path)
    assert [(row.id, row.text, row.labels, row.source) for row in read.rows] == [
        ("3/0", "my card", ("a",), 3),
        ("3/1", "my loan", ("b",), 3),
    ]
    assert (read.origin.name, read.origin.rows, len(read.origin.sha256)) == ("a.csv", 2, 71)
    (tmp_path / "b.dat").write_text(ROWS)
    with pytest.raises(CorpusError, match="say which `form`"):
        read_source(source("b.dat"), 0, {}, folder=tmp_path)
    assert len(read_source(source("b.dat", form="csv", split="evaluate"), 0, {}, folder=tmp_path).rows) == 2
    with pytest.raises(CorpusError, match="cannot read"):
        read_source(source("none.csv"), 0, {}, folder=tmp_path)


def test_parquet_and_what_only_looks_like_it(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a", "b"], "label": ["x", "y"]}), tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet") == [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no PAR1")
    with pytest.raises(CorpusError, match="not a Parquet file"):
        read_table(tmp_path / "bad.parquet")


def test_a_folder_gives_its_files_and_no_link_leads_out(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "a.csv").write_text(ROWS)
    (outside / "secret.csv").write_text(ROWS)
    (inside / "link.csv").symlink_to(outside / "secret.csv")
    read = read_source(source("in", glob="*.csv"), 0, {}, folder=tmp_path)
    assert [row.id for row in read.rows] == ["0/0", "0/1"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "repo"
    path.mkdir()
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
                   "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}  # fmt: skip

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=path, env=environment, check=True, capture_output=True)

    git("init", "-q")
    (path / "rows.jsonl").write_text('{"text":"old","label":"a"}\n')
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "v1")
    (path / "rows.jsonl").write_text('{"text":"new","label":"a"}\n')
    git("commit", "-qam", "two")
    hook = path / ".git/hooks/post-checkout"
    hook.write_text("#!/bin/sh\ntouch /tmp/adapt-hook-ran\n")
    hook.chmod(0o755)
    return path


@pytest.mark.shell
def test_a_repository_gives_the_files_of_one_commit(repository: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    for revision, text in (("", "new"), ("@v1", "old")):
        read = read_source(source(f"git:{repository}{revision}", glob="*.jsonl"), 0, environment, folder=tmp_path)
        assert [row.text for row in read.rows] == [text]
        assert len(read.origin.name.rpartition("@")[2]) == 40
    assert not Path("/tmp/adapt-hook-ran").exists()
    with pytest.raises(CatalogueError, match="could not fetch"):
        clone(f"{repository}@none", tmp_path / "x", environment)
    with pytest.raises(CatalogueError, match="folder or an https"):
        clone("ext::sh -c true", tmp_path / "y", environment)


@pytest.mark.shell
def test_a_data_set_gives_its_data_files_and_no_script(hub: Any, tmp_path: Path) -> None:
    hub.files["org/rows"] = {"data/train.csv": ROWS.encode(), "rows.py": b"raise SystemExit", "README.md": b"#"}
    environment = {**os.environ, **hub.environment(), "HF_HOME": str(tmp_path / "hf")}
    read = read_source(source("hf:org/rows"), 0, environment, folder=tmp_path)
    assert [row.text for row in read.rows] == ["my card", "my loan"]
    assert not [path for _, path, _ in hub.requests if path.endswith("rows.py")]
    with pytest.raises(CatalogueError, match="no such data set"):
        read_source(source("hf:org/none"), 0, environment, folder=tmp_path)


@pytest.mark.shell
def test_offline_the_cache_of_the_hub_is_used(tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    kept = tmp_path / "hf/hub/datasets--org--rows"
    (kept / "snapshots" / commit).mkdir(parents=True)
    (kept / "refs").mkdir()
    (kept / "refs/main").write_text(commit)
    (kept / "snapshots" / commit / "train.csv").write_text(ROWS)
    environment = {**os.environ, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"}
    read = read_source(source("hf:org/rows"), 0, environment, folder=tmp_path)
    assert len(read.rows) == 2
    assert read.origin.name == f"hf:org/rows@{commit}"
