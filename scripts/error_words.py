"""What errors say, read from the source: each text or f-string given to an error, with its values numbered.

`f"no column {name!r} in {file}"` becomes `no column {0} in {1}`, which is what the Spanish catalogue is keyed by. Raise sites
stay plain Python; ambos.web.spoken finds the template again from the text of an error. Texts that stand in a constant, a
table of constants or an enumeration are found by its name.
"""

from __future__ import annotations

import ast
import errno
import os
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent / "src/ambos"
# Where the text, or a phrase that goes into one, stands among the arguments of what is not called an error.
PLACED = {
    "Wrong": 1, "Fault": 1, "_found": 1, "from_base64": 1, "parse_decimal": 1, "_known": 2, "_number": 4, "_columns": 2,
    "count": 2, "timed_out": 0, "wrong": 1, "refused": 1,
}  # fmt: skip
# What the system says of files (`OSError.strerror`), which stands within texts of ours.
SYSTEM = tuple(
    os.strerror(one)
    for one in (
        errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOSPC, errno.EROFS,
        errno.ENAMETOOLONG, errno.ECONNREFUSED,
    )
)  # fmt: skip
MOST_FORMS = 16  # of one text with several choices in it: more is no text but a list

Named = Mapping[str, list[str]]


def templates() -> dict[str, None]:
    """Every template, in the order of the files."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SRC.rglob("*.py"))}
    own = {path: _constants(tree) for path, tree in trees.items()}
    public = {name: texts for named in own.values() for name, texts in named.items() if not name.startswith("_")}
    found: dict[str, None] = dict.fromkeys(SYSTEM)
    for path, tree in trees.items():
        named = {**public, **own[path]}
        for node in ast.walk(tree):
            found |= dict.fromkeys(text for text in _said(node, named) if _is_sentence(text))
    return found


def _constants(tree: ast.Module) -> Named:
    """Names of a module and of its functions, and `Class.NAME`, with the texts they hold."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        inner = [(f"{node.name}.", one) for one in node.body] if isinstance(node, ast.ClassDef) else []
        for before, one in [("", node), *inner]:
            for name, texts in _assigned(one, before):
                found.setdefault(name, []).extend(texts)
    return found


def _assigned(node: ast.AST, before: str) -> Iterator[tuple[str, list[str]]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    texts = list(_texts(value)) if value is not None else []
    for target in targets:
        if texts and isinstance(target, ast.Name):
            yield before + target.id, texts


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant | ast.JoinedStr | ast.BinOp | ast.IfExp):
        yield from map(_numbered, _parts(value))
    elif isinstance(value, ast.Dict) and not any(getattr(key, "value", None) == "es" for key in value.keys):
        for one in value.values:  # what has its Spanish beside it needs no catalogue
            yield from _texts(one)


def _said(node: ast.AST, named: Named) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    name = _name(node.func)
    at = PLACED.get(name, 0 if name.endswith("Error") else len(node.args))
    for one in node.args[at : at + 1]:
        for parts in _parts(one):
            yield _numbered(parts)
        for inner in ast.walk(one):
            yield from named.get(_reference(inner), ())


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _reference(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _parts(node: ast.expr) -> Iterator[list[str | None]]:
    """The forms of a text: literal parts, and None for each value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield [node.value]
    elif isinstance(node, ast.JoinedStr):
        forms = list(product(*(list(_parts(part)) for part in node.values)))
        for chosen in forms[:MOST_FORMS]:
            yield [one for parts in chosen for one in parts]
    elif isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.IfExp) and node.conversion < 0:
        yield from _parts(node.value)
    elif isinstance(node, ast.IfExp):
        yield from _parts(node.body)
        yield from _parts(node.orelse)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        for left, right in product(_parts(node.left), _parts(node.right)):
            yield [*left, *right]
    else:
        yield [None]


def _numbered(parts: list[str | None]) -> str:
    text, at = "", 0
    for part in parts:
        if part is None:
            text, at = f"{text}{{{at}}}", at + 1
        else:
            text += _escaped(part)
    return text


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _is_sentence(text: str) -> bool:
    """Whether there is more to translate than a word, which is a code for programs."""
    return any(one.isalpha() for one in text) and " " in text.strip()


if __name__ == "__main__":
    print(*templates(), sep="\n")
