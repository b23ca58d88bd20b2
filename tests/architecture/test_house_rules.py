"""Rules of the house. Every check is also shown a piece of code that breaks its rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.architecture.sources import Module, grader_modules

LONGEST_MODULE = 450  # lines
LONGEST_FUNCTION = 70  # lines

MAY_EXIT = {
    "grader.cli",  # the front door
    "grader.guest.main",  # leaves its box when the host has hung up
}
MAY_READ_THE_ENVIRONMENT = {
    "grader.cli",
    "grader.sandbox.process",  # SYSTEMROOT, without which Windows starts no program
}
EXITS = {"sys.exit", "os._exit", "os.abort", "exit", "quit", "SystemExit"}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv"}
FOLDER_CHANGES = {"os.chdir", "os.fchdir", "contextlib.chdir", "chdir"}
NO_NAMES = re.compile(r"(?:^|_)(utils?|helpers?|manager|runner|models?)(?:_|$)")

Check = Callable[[Sequence[Module]], Iterator[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def dotted_names(module: Module) -> Iterator[tuple[str, int]]:
    """Every ``a`` and ``a.b`` of the module, with ``from a import b`` spelled out."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            yield ast.unparse(node), node.lineno
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def uses(modules: Sequence[Module], names: set[str], allowed: set[str]) -> Iterator[str]:
    for module in modules:
        for name, line in dotted_names(module):
            if name in names and module.name not in allowed:
                yield f"{module.name}:{line} uses {name}"


def prints(modules: Sequence[Module]) -> Iterator[str]:
    return uses(modules, {"print", "typer.echo", "builtins.print"}, {"grader.cli"})


def exits(modules: Sequence[Module]) -> Iterator[str]:
    return uses(modules, EXITS, MAY_EXIT)


def reads_of_the_environment(modules: Sequence[Module]) -> Iterator[str]:
    return uses(modules, ENVIRONMENT, MAY_READ_THE_ENVIRONMENT)


def changes_of_the_folder(modules: Sequence[Module]) -> Iterator[str]:
    return uses(modules, FOLDER_CHANGES, set())


def state_in_globals(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Global):
                yield f"{module.name}:{node.lineno} rebinds {', '.join(node.names)}"


def public_things_without_a_docstring(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        if ast.get_docstring(module.tree) is None:
            yield module.name
        for name, node in _public_definitions(module.tree.body, module.name):
            if ast.get_docstring(node) is None:
                yield f"{name} (line {node.lineno})"


def _public_definitions(
    body: Sequence[ast.stmt], place: str
) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield f"{place}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public_definitions(node.body, f"{place}.{node.name}")


def things_that_are_too_long(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        if (lines := len(module.text.splitlines())) > LONGEST_MODULE:
            yield f"{module.name} has {lines} lines"
        for node in ast.walk(module.tree):
            if isinstance(node, Function):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    yield f"{module.name}.{node.name} has {lines} lines"


def names_that_say_nothing(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        words = [module.name.rpartition(".")[2]]
        classes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
        words += [re.sub(r"(?<!^)(?=[A-Z])", "_", node.name).lower() for node in classes]
        yield from (f"{module.name}: {word}" for word in words if NO_NAMES.search(word))


LONG_FUNCTION = "def f():\n" + "    pass\n" * LONGEST_FUNCTION

BAD: list[tuple[Check, str]] = [
    (prints, "print('x')"),
    (prints, "def f():\n    show = print"),
    (exits, "import sys\nsys.exit(1)"),
    (exits, "import os\nos._exit(1)"),
    (exits, "from sys import exit"),
    (exits, "raise SystemExit"),
    (exits, "quit()"),
    (reads_of_the_environment, "import os\nos.environ['HOME']"),
    (reads_of_the_environment, "import os\nx = os.getenv('HOME')"),
    (reads_of_the_environment, "from os import environ"),
    (changes_of_the_folder, "import os\nos.chdir('x')"),
    (changes_of_the_folder, "from contextlib import chdir"),
    (state_in_globals, "X = 1\ndef f():\n    global X\n    X = 2"),
    (public_things_without_a_docstring, "'''Yes.'''\ndef f(): pass"),
    (public_things_without_a_docstring, "'''Yes.'''\nclass A:\n    '''Yes.'''\n    def f(self): 1"),
    (public_things_without_a_docstring, "x = 1"),
    (things_that_are_too_long, "x = 1\n" * (LONGEST_MODULE + 1)),
    (things_that_are_too_long, LONG_FUNCTION),
    (names_that_say_nothing, "class TaskRunner:\n    pass"),
    (names_that_say_nothing, "class HelperOfAll:\n    pass"),
]
CHECKS = list(dict.fromkeys(check for check, _ in BAD))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_grader_keeps_the_rule(check: Check) -> None:
    assert list(check(grader_modules())) == []


@pytest.mark.parametrize(("check", "text"), BAD)
def test_the_check_sees_code_that_breaks_the_rule(check: Check, text: str) -> None:
    assert list(check([Module("grader.metrics.bad", text)])) != []


def test_the_check_sees_a_module_with_a_name_that_says_nothing() -> None:
    assert list(names_that_say_nothing([Module("grader.report.utils", "")])) != []
    assert list(names_that_say_nothing([Module("grader.records", "class Submission: 1")])) == []


def test_private_things_and_short_ones_need_nothing() -> None:
    text = "'''A module.'''\ndef _f(): pass\nclass _A:\n    def g(self): pass"
    assert list(public_things_without_a_docstring([Module("grader.text", text)])) == []
    assert list(things_that_are_too_long([Module("grader.text", LONG_FUNCTION[:-9])])) == []


def test_every_exception_from_a_rule_is_still_needed() -> None:
    """A module that no longer exits or reads the environment loses its permission."""
    modules = grader_modules()
    exiting = {found.partition(":")[0] for found in uses(modules, EXITS, set())}
    reading = {found.partition(":")[0] for found in uses(modules, ENVIRONMENT, set())}
    assert exiting == MAY_EXIT
    assert reading <= MAY_READ_THE_ENVIRONMENT
    assert "grader.sandbox.process" in reading
