"""Mutants of a module: each with one of its checks taken out, so that tests can show that they would notice.

A check is a condition under which code refuses: an `if` that raises, calls a refusing function or returns a finding, a
conditional expression with such a call as its other branch, and an `if` that returns before such a call. Of a condition
joined by `or` each part is a check.
"""

from __future__ import annotations

import ast
import copy
import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

REFUSING = frozenset({"_refuse", "_found", "Wrong"})


@dataclass(frozen=True)
class Mutant:
    """A module without one check: where the check stood, what it was, and the source that lacks it."""

    line: int
    check: str
    source: str

    def __str__(self) -> str:
        return f"{self.line}: {self.check}"


def mutants(path: Path) -> Iterator[Mutant]:
    """Every mutant of the module at `path`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    escapes = _escapes(tree)
    for number, node in enumerate(ast.walk(tree)):
        if not isinstance(node, ast.If | ast.IfExp) or not (node in escapes or _refuses(node)):
            continue
        is_inverse = node in escapes or (isinstance(node, ast.IfExp) and _calls(node.orelse))
        for part, without in _without_each(node.test, is_inverse=is_inverse):
            changed = copy.deepcopy(tree)
            target = next(one for at, one in enumerate(ast.walk(changed)) if at == number)
            assert isinstance(target, ast.If | ast.IfExp)
            target.test = without
            yield Mutant(part.lineno, ast.unparse(part), ast.unparse(ast.fix_missing_locations(changed)))


def _without_each(test: ast.expr, *, is_inverse: bool) -> Iterator[tuple[ast.expr, ast.expr]]:
    joins = ast.And if is_inverse else ast.Or
    if isinstance(test, ast.BoolOp) and isinstance(test.op, joins):
        for at, part in enumerate(test.values):
            left = [one for other, one in enumerate(test.values) if other != at]
            yield part, ast.BoolOp(op=joins(), values=left) if len(left) > 1 else left[0]
    else:
        yield test, ast.Constant(value=is_inverse)


def _escapes(tree: ast.Module) -> set[ast.AST]:
    """Each `if` that returns nothing, right before a refusal."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        block = getattr(node, "body", None)
        for one, following in pairwise(block) if isinstance(block, list) else ():
            if isinstance(one, ast.If) and len(one.body) == 1 and isinstance(one.body[0], ast.Return):
                value = one.body[0].value
                is_bare = value is None or _is_none(value)
                is_refusal = isinstance(following, ast.Raise) or (
                    isinstance(following, ast.Return | ast.Expr)
                    and following.value is not None
                    and (_calls(following.value) or isinstance(following.value, ast.JoinedStr))
                )
                found |= {one} if is_bare and is_refusal else set()
    return found


def _refuses(node: ast.If | ast.IfExp) -> bool:
    if isinstance(node, ast.IfExp):
        return _calls(node.orelse)
    last = node.body[-1]
    # A finding may be told as its words.
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Constant | ast.JoinedStr):
        return not isinstance(last.value, ast.Constant) or isinstance(last.value.value, str)
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple):
        first = next(iter(last.value.elts), None)
        return isinstance(first, ast.JoinedStr | ast.Constant) and not _is_none(first)
    return isinstance(last, ast.Raise) or any(
        isinstance(one, ast.Expr | ast.Return) and one.value is not None and _calls(one.value) for one in node.body
    )


def _calls(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in REFUSING


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


# --- a package with one changed module, and the tests of it ------------------------------------------------------------


class _Loader(importlib.abc.InspectLoader):
    def __init__(self, source: str) -> None:
        self._source = source

    def get_source(self, fullname: str) -> str:
        return self._source


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, name: str, source: str) -> None:
        self._name, self._source = name, source

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, _Loader(self._source))


@contextmanager
def changed(package: str, module: str, source: str) -> Iterator[None]:
    """Inside the block the package is imported anew, with this source for one of its modules."""
    kept = {name: one for name, one in sys.modules.items() if name == package or name.startswith(f"{package}.")}
    parent, _, child = package.rpartition(".")
    finder = _Finder(module, source)
    for name in kept:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
            del sys.modules[name]
        sys.modules.update(kept)
        setattr(sys.modules[parent], child, kept[package])


def first_failure(test_module: str) -> str:
    """The first test of this module that fails when it is imported anew; "" when none does.

    Tests that need a fixture are left out, and those of properties: they would take minutes.
    """
    kept = sys.modules.pop(test_module, None)
    try:
        module = importlib.import_module(test_module)
        tests = [(name, one) for name, one in vars(module).items() if name.startswith("test_")]
        calls = [(name, one, row) for name, one in tests if not hasattr(one, "hypothesis") for row in _calls_of(one)]
        return next((name for name, test, row in calls if _fails(test, row)), "")
    finally:
        sys.modules.pop(test_module, None)
        if kept is not None:
            sys.modules[test_module] = kept


def _fails(test: Callable[..., None], values: dict[str, Any]) -> bool:
    try:
        test(**values)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  pytest's own failure is no Exception
        return type(error).__name__ != "Skipped"
    return False


def _calls_of(test: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """Arguments of each call of a test, by its `parametrize`; none where it takes something else."""
    wanted = set(test.__code__.co_varnames[: test.__code__.co_argcount])
    marks = [one for one in getattr(test, "pytestmark", []) if one.name == "parametrize"]
    rows: list[dict[str, Any]] = [{}]
    for mark in marks:
        names = (
            [one.strip() for one in mark.args[0].split(",")] if isinstance(mark.args[0], str) else list(mark.args[0])
        )
        more = [dict(zip(names, _values(one, len(names)), strict=True)) for one in mark.args[1]]
        rows = [{**row, **one} for row in rows for one in more]
    yield from (row for row in rows if row.keys() == wanted)


def _values(one: Any, count: int) -> tuple[Any, ...]:
    if hasattr(one, "marks"):  # pytest.param
        return tuple(one.values)
    return (one,) if count == 1 else tuple(one)
