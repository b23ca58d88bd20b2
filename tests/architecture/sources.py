"""The grader's own source, parsed: what the checks of its architecture look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Import:
    """One imported module. ``at_start``: it is imported together with the importing module."""

    target: str
    line: int
    at_start: bool
    is_relative: bool

    @property
    def top_level(self) -> str:
        return self.target.partition(".")[0]


@dataclass(frozen=True)
class Module:
    """One source file. ``name`` is dotted; a package is its ``__init__.py``."""

    name: str
    text: str
    is_package: bool = False

    @property
    def room(self) -> str:
        """The first word below ``grader``; empty for the package itself."""
        return f"{self.name}..".split(".")[1]

    @property
    def is_guest(self) -> bool:
        return self.room == "guest"

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        deferred = set(_deferred(self.tree))
        return tuple(
            Import(target, node.lineno, node not in deferred, bool(getattr(node, "level", 0)))
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for target in self._targets(node)
        )

    def _targets(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            return
        parents = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
        base = parents[: len(parents) - node.level + 1] if node.level else []
        origin = ".".join([*base, *([node.module] if node.module else [])])
        for alias in node.names:  # ``from package import x`` may name a module
            inner = f"{origin}.{alias.name}"
            yield inner if inner in known_names() else origin


def _deferred(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes inside a function or below ``if TYPE_CHECKING``."""
    for node in ast.walk(tree):
        is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if is_for_types or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ast.walk(node)


def _name_of(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _paths() -> list[Path]:
    return sorted((REPOSITORY / "grader").rglob("*.py"))


@cache
def known_names() -> frozenset[str]:
    """The dotted names of all modules of the grader."""
    return frozenset(map(_name_of, _paths()))


@cache
def grader_modules() -> tuple[Module, ...]:
    """All modules of the grader, as they lie on disk."""
    return tuple(
        Module(_name_of(path), path.read_text(encoding="utf-8"), path.name == "__init__.py")
        for path in _paths()
    )
