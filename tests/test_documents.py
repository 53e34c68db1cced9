"""Documents that cannot rot: what is generated is in step, what is named exists, what exists is named."""

from __future__ import annotations

import ast
import gettext
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po
from scripts import make_docs

from ambos.config import SETTINGS
from ambos.messages import Kind

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HAND_WRITTEN = (
    "README.md",
    "docs/guide/first-steps.md",
    "docs/guide/gateway.md",
    "docs/guide/console.md",
    "docs/guide/witnesses.md",
    "docs/guide/experiments.md",
    "docs/guide/operations.md",
    "docs/guide/rights.md",
    "docs/guide/calibration.md",
    "docs/guide/plug-ins.md",
    "docs/guide/access.md",
    "docs/guide/adapting.md",
)
FRAGMENT = re.compile(r"[a-z0-9-]+\.(security|removed|deprecated|added|changed|fixed)\.md")

# Machine paths, and hosts of packages that are not the public ones a user would fetch from.
MACHINE = re.compile(
    r"(?<![\w.<>{}$-])/(?:work|root|home/\w+|Users/\w+)/[\w.-]+"
    r"|^\s*--(?:extra-)?index-url|--trusted-host|\b(?:artifactory|nexus|devpi)\b",
    re.IGNORECASE | re.MULTILINE,
)
# Files that must name what the rule looks for.
MAY_NAME = {"tests/test_documents.py"}


@cache
def tracked() -> tuple[Path, ...]:
    """Files that git keeps or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("needs the git repository: clone it instead of copying it")
    names = {name for name in done.stdout.decode().split("\0") if name}
    return tuple(sorted(path for name in names if (path := ROOT / name).is_file()))


def pages() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# --- generated parts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [make_docs.CONFIG, make_docs.COMMANDS, make_docs.RECOGNISERS], ids=lambda path: path.name
)
def test_generated_pages_are_in_step(path: Path) -> None:
    assert path.read_bytes() == make_docs.generated()[path], "run `make docs` and read the diff"


def test_spanish_catalogue_is_in_step_with_the_templates() -> None:
    assert make_docs.PO.read_bytes() == make_docs.generated()[make_docs.PO], "run `make docs` and read the diff"


def test_spanish_catalogue_is_complete() -> None:
    catalogue = [message for message in make_docs.spanish_catalogue() if message.id]
    assert len(catalogue) > 50
    assert [message.id for message in catalogue if not message.string or message.fuzzy] == []
    names = re.compile(r"%\(\w+\)s")
    for message in catalogue:
        assert sorted(names.findall(str(message.id))) == sorted(names.findall(str(message.string))), message.id


def test_compiled_catalogue_says_what_the_source_says() -> None:
    with make_docs.PO.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in make_docs.spanish_catalogue():
        if message.id:
            assert compiled.gettext(str(message.id)) == message.string
    assert compiled.gettext("restricted") == "restringido"


def test_nearly_every_text_of_an_error_has_spanish_words() -> None:
    # Not all at any time: who adds an error runs `make docs`, which names it, and `make check` counts what is left.
    texts = [message for message in make_docs.spanish_errors() if message.id]
    assert len(texts) > 1000
    lacking = [message.id for message in texts if not message.string or message.fuzzy]
    assert len(lacking) <= 0.05 * len(texts), lacking
    hole = re.compile(r"\{\d\}")
    for message in texts:
        if message.string:
            assert set(hole.findall(str(message.id))) == set(hole.findall(str(message.string))), message.id


def test_the_compiled_errors_say_what_their_source_says() -> None:
    with make_docs.ERRORS.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    with make_docs.ERRORS.open("rb") as file:
        for message in read_po(file, locale="es"):
            if message.id and message.string:
                assert compiled.gettext(str(message.id)) == message.string


# --- the two READMEs -------------------------------------------------------------------------------------------------


def outline(text: str) -> list[int]:
    bare = FENCE.sub("", text)
    return [len(line) - len(line.lstrip("#")) for line in bare.splitlines() if line.startswith("#")]


def table_rows(text: str) -> int:
    return sum(line.startswith("|") for line in FENCE.sub("", text).splitlines())


def test_readmes_have_the_same_shape() -> None:
    english, spanish = read("README.md"), read("README.es.md")
    assert outline(english) == outline(spanish)
    assert table_rows(english) == table_rows(spanish)
    assert {link for link in LINK.findall(english) if "README" not in link} == {
        link for link in LINK.findall(spanish) if "README" not in link
    }


def test_readmes_have_the_same_commands() -> None:
    english, spanish = FENCE.findall(read("README.md")), FENCE.findall(read("README.es.md"))
    assert english == spanish
    assert len([body for language, body in english if language == "sh"]) >= 3


def test_each_readme_leads_to_the_other() -> None:
    assert "(README.es.md)" in read("README.md")
    assert "(README.md)" in read("README.es.md")


# --- what is named exists --------------------------------------------------------------------------------------------


def shell_lines() -> Iterator[tuple[str, str]]:
    """Every command of the documents' shell blocks, a continued line as one."""
    for page in pages():
        for language, body in FENCE.findall(page.read_text(encoding="utf-8")):
            if language == "sh":
                for line in body.replace("\\\n", " ").splitlines():
                    if line.strip() and not line.lstrip().startswith("#"):
                        yield str(page.relative_to(ROOT)), line.strip()


def test_ambos_commands_in_the_documents_exist() -> None:
    seen = 0
    for page, line in shell_lines():
        words = shlex.split(line, comments=True)
        # Variables before the command and what stands before a pipe are the shell's business.
        start = next((i for i, word in enumerate(words) if word.rpartition("/")[2] == "ambos"), None)
        if start is None:
            continue
        seen += 1
        command: click.Command = make_docs.tree()
        rest = words[start + 1 :]
        while isinstance(command, click.Group):
            assert rest, f"{page}: {line}"
            assert rest[0] in command.commands, f"{page}: {line}"
            command = command.commands[rest.pop(0)]
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
        used = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert used <= known, f"{page}: {line}"
    assert seen >= 10


def test_make_targets_in_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    for page in pages():
        text = page.read_text(encoding="utf-8")
        in_prose = re.findall(r"`make ([a-z-]+)`", text)
        in_blocks = [
            line.split()[1]
            for where, line in shell_lines()
            if where == str(page.relative_to(ROOT)) and line.startswith("make ")
        ]
        assert {*in_prose, *in_blocks} <= targets, page.name


def test_links_between_documents_resolve() -> None:
    broken = []
    for page in pages():
        for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
            target, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            path = (page.parent / target).resolve() if target else page
            if not path.exists() or (anchor and anchor not in anchors(path)):
                broken.append(f"{page.relative_to(ROOT)} -> {link}")
    assert not broken, "\n".join(broken)


def anchors(path: Path) -> set[str]:
    """Heading anchors as the usual forges make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_pages_that_the_code_cites_exist() -> None:
    cited = {
        (str(path.relative_to(ROOT)), page)
        for path in tracked()
        if path.suffix == ".py" or path.name == "NOTICE"
        for page in re.findall(r"docs/(?:adr|cards|guide|reference|spec)/[\w-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert ("NOTICE", "docs/cards/tagger.md") in cited
    missing = sorted(f"{path} -> {page}" for path, page in cited if not (ROOT / page).exists())
    assert not missing, "\n".join(missing)


# --- what exists is named --------------------------------------------------------------------------------------------


def test_every_command_is_shown_in_a_hand_written_page() -> None:
    told = "\n".join(read(name) for name in HAND_WRITTEN)
    assert [name for name, _ in make_docs.commands() if f"{name}`" not in told and f"{name} " not in told] == []


def test_every_setting_is_named() -> None:
    page = read("docs/spec/config.md")
    assert [one.path for one in SETTINGS if f"`{one.path}`" not in page] == []


def test_every_kind_of_finding_is_named() -> None:
    page = read("docs/guide/gateway.md")
    assert [kind.value for kind in Kind if kind.value not in page] == []


def test_every_address_is_named() -> None:
    gateway, console = read("docs/guide/gateway.md"), read("docs/guide/console.md")
    # Rows `Route("POST", "/v1/...", ...)` of the front, and `Path_("/console/...", ...)` of the console.
    front = strings_of_calls("src/ambos/web/front.py", "Route", 1)
    assert "/v1/chat/completions" in front
    assert [
        path for path in {*front, "/healthz", "/readyz"} if not re.search(rf"{path.rstrip('/')}[`/]", gateway)
    ] == []
    pages_of_console = strings_of_calls("src/ambos/web/console/pages.py", "Path_", 0) - {
        "/console",
        "/console/language",
    }
    assert "/console/playground" in pages_of_console
    assert [path for path in pages_of_console if f"`{path}`" not in console] == []


def strings_of_calls(path: str, name: str, place: int) -> set[str]:
    tree = ast.parse(read(path))
    return {
        node.args[place].value  # type: ignore[attr-defined]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == name
        and len(node.args) > place
        and isinstance(node.args[place], ast.Constant)
    }


def test_every_document_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or not page.is_file() or page.suffix != ".md":
            continue
        seen.add(page)
        links = LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
        waiting += [
            (page.parent / link.partition("#")[0]).resolve() for link in links if not re.match(r"[a-z]+:", link)
        ]
    documents = [page for page in pages() if page.is_relative_to(ROOT / "docs")]
    lost = [str(page.relative_to(ROOT)) for page in documents if page not in seen]
    assert not lost, "\n".join(lost)


# --- what no file may hold -------------------------------------------------------------------------------------------


def test_no_file_names_a_machine() -> None:
    found = []
    for path in tracked():
        name = str(path.relative_to(ROOT))
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if name not in MAY_NAME and (hit := MACHINE.search(text)):
            found.append(f"{name}: {hit[0]}")
    assert not found, "\n".join(found)


def test_change_fragments_are_one_sentence_each() -> None:
    fragments = [path for path in (ROOT / "changes").iterdir() if path.name != "README.md"]
    for path in fragments:
        assert FRAGMENT.fullmatch(path.name), path.name
        text = path.read_text(encoding="utf-8").strip()
        assert text.endswith("."), path.name
        assert "\n" not in text, path.name
        assert ". " not in text, path.name
