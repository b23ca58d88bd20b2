"""Who may import whom. Every check is also shown a module that breaks its rule."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.architecture.sources import REPOSITORY, Module, grader_modules, known_names

# Imports go downward only: a room knows the rooms below it and none above.
ROOMS = (
    "cli",  # the front door
    "report",  # how a result is told
    "pipeline",  # the story of one grading
    "judging",  # facts become blame
    "interview",  # one submission's boxes
    "intake",
    "policy",
    "sandbox",
    "scoring",
    "grading",
    "environment",
    "datasets",
    "metrics",
    "guest",  # the host knows its frames, the words of the channel
    "assignment",
    "messages",
    "records",
    "text",
    "progress",
    "verdicts",
    "errors",
    "",  # grader itself: the version number
)

# Knowing each other would be downward, but these two must not.
STRANGERS = {("report", "pipeline"), ("report", "sandbox"), ("report", "interview")}

HOST_LIBRARIES = {"numpy", "PIL", "psutil", "pydantic", "pydantic_core", "pyseccomp", "rich"}
ONLY_IN = {"typer": {"cli"}, "rich": {"cli", "report"}, "pyseccomp": {"sandbox"}}
GUEST_LIBRARIES = {"numpy", "tensorflow", "keras"}
NEVER_ON_THE_HOST = {"tensorflow", "keras", "tf_keras", "h5py", "torch", "scipy"}
READS_CODE = {"pickle", "_pickle", "marshal", "shelve", "dill", "joblib", "imp", "runpy"}
RUNS_CODE = {"eval", "exec", "compile", "__import__"}
LOADS = {("np", "load"), ("numpy", "load"), ("importlib", "import_module")}

Check = Callable[[Sequence[Module]], Iterator[str]]


def imports_that_go_up(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        if module.room not in ROOMS:
            yield f"{module.name} is in a room that ROOMS does not name"
            continue
        for found in module.imports:
            room = Module(found.target, "").room
            if found.top_level != "grader" or room == module.room:
                continue
            is_upward = room not in ROOMS or ROOMS.index(room) < ROOMS.index(module.room)
            if is_upward or (module.room, room) in STRANGERS:
                yield f"{module.name}:{found.line} imports {found.target}"


def rings_of_imports(modules: Sequence[Module]) -> Iterator[str]:
    """Modules that need each other while they are imported, also within one room."""
    names = {module.name for module in modules}
    needs = {
        module.name: {found.target for found in module.imports if found.at_start} & names
        for module in modules
    }
    while free := {name for name, needed in needs.items() if needed <= {name}}:
        needs = {name: needed - free for name, needed in needs.items() if name not in free}
    if needs:
        yield f"these import each other: {', '.join(sorted(needs))}"


def foreign_code_on_the_host(modules: Sequence[Module]) -> Iterator[str]:
    """Libraries that only a box may have, and whatever reads or runs a student's bytes as code."""
    for module in modules:
        if module.is_guest:
            continue
        for found in module.imports:
            if found.top_level in NEVER_ON_THE_HOST | READS_CODE:
                yield f"{module.name}:{found.line} imports {found.target}"
            if found.target.startswith("grader.guest.") and found.target != "grader.guest.frames":
                yield f"{module.name}:{found.line} imports {found.target}"
        for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            if _runs_code(call):
                yield f"{module.name}:{call.lineno} calls {ast.unparse(call.func)}"


def _runs_code(call: ast.Call) -> bool:
    if any(keyword.arg == "allow_pickle" for keyword in call.keywords):
        return True
    if isinstance(call.func, ast.Name):
        return call.func.id in RUNS_CODE
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        return (call.func.value.id, call.func.attr) in LOADS
    return False


def unexpected_libraries(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        libraries = GUEST_LIBRARIES if module.is_guest else HOST_LIBRARIES | ONLY_IN.keys()
        for found in module.imports:
            name = found.top_level
            is_at_home = module.is_guest or module.room in ONLY_IN.get(name, {module.room})
            known = sys.stdlib_module_names | libraries | {"grader"}
            if name not in known or not is_at_home:
                yield f"{module.name}:{found.line} imports {found.target}"


def guests_that_know_the_host(modules: Sequence[Module]) -> Iterator[str]:
    """The guest's folder alone is shown to a box: it imports its own modules, and relatively."""
    for module in modules:
        for found in module.imports:
            is_ours = found.top_level == "grader"
            is_inside = found.is_relative and found.target.startswith("grader.guest")
            if module.is_guest and is_ours and not is_inside:
                yield f"{module.name}:{found.line} imports {found.target}"


BAD: list[tuple[Check, Module]] = [
    (imports_that_go_up, Module("grader.records", "from grader.pipeline import Task")),
    (imports_that_go_up, Module("grader.scoring", "def f():\n    from grader import judging")),
    (imports_that_go_up, Module("grader.report.html", "import grader.pipeline")),
    (imports_that_go_up, Module("grader.errors", "from grader.nowhere import x")),
    (imports_that_go_up, Module("grader.cellar", "")),
    (foreign_code_on_the_host, Module("grader.pipeline", "import tensorflow as tf")),
    (foreign_code_on_the_host, Module("grader.pipeline", "def f():\n    from keras import x")),
    (foreign_code_on_the_host, Module("grader.intake.hdf5", "import h5py")),
    (foreign_code_on_the_host, Module("grader.report.cache", "from pickle import loads")),
    (foreign_code_on_the_host, Module("grader.sandbox.x", "import numpy as np\nnp.load('a')")),
    (foreign_code_on_the_host, Module("grader.sandbox.x", "f(1, allow_pickle=True)")),
    (foreign_code_on_the_host, Module("grader.policy", "eval('1')", is_package=True)),
    (foreign_code_on_the_host, Module("grader.policy.x", "exec(source)")),
    (foreign_code_on_the_host, Module("grader.policy.x", "import importlib as i\n__import__('a')")),
    (foreign_code_on_the_host, Module("grader.cli", "from grader.guest.solution import Solution")),
    (unexpected_libraries, Module("grader.metrics.x", "import requests")),
    (unexpected_libraries, Module("grader.records", "from rich.console import Console")),
    (unexpected_libraries, Module("grader.guest.x", "import cv2")),
    (guests_that_know_the_host, Module("grader.guest.x", "from grader.records import Case")),
    (guests_that_know_the_host, Module("grader.guest.x", "from grader.guest import frames")),
    (guests_that_know_the_host, Module("grader.guest.x", "from ..records import Case")),
]
CHECKS = list(dict.fromkeys(check for check, _ in BAD)) + [rings_of_imports]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_grader_keeps_the_rule(check: Check) -> None:
    assert list(check(grader_modules())) == []


@pytest.mark.parametrize(("check", "module"), BAD)
def test_the_check_sees_a_module_that_breaks_the_rule(check: Check, module: Module) -> None:
    assert list(check([module])) != []


def test_the_check_sees_a_ring() -> None:
    first = Module("grader.metrics.iou", "from grader.metrics.bootstrap import x")
    back = Module("grader.metrics.bootstrap", "import grader.metrics.iou")
    later = Module("grader.metrics.bootstrap", "def f():\n    import grader.metrics.iou")
    assert list(rings_of_imports([first, back, Module("grader.errors", "")])) == [
        "these import each other: grader.metrics.bootstrap, grader.metrics.iou"
    ]
    assert list(rings_of_imports([first, later])) == []


def test_relative_imports_are_resolved() -> None:
    module = Module("grader.guest.main", "from . import frames\nfrom .frames import Header")
    assert [found.target for found in module.imports] == ["grader.guest.frames"] * 2


def in_a_fresh_python(code: str, *arguments: str, folder: Path = REPOSITORY) -> set[str]:
    """Run ``code`` and return the names of all modules that were imported then."""
    epilogue = "\nimport json, sys\nsys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code + epilogue, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_importing_the_whole_host_imports_no_tensorflow() -> None:
    inside = {"grader.guest.solution", "grader.guest.main", "grader.guest.answer"}
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    names = sorted(known_names() - inside)
    loaded = in_a_fresh_python(code, *names)
    assert set(names) <= loaded
    assert not loaded & (NEVER_ON_THE_HOST - {"scipy"})
    assert not loaded & inside


def test_the_fresh_python_would_see_a_heavy_import() -> None:
    assert "h5py" in in_a_fresh_python("import h5py")


def test_help_answers_without_anything_heavy(tmp_path: Path) -> None:
    code = """
import runpy, sys
sys.argv = [sys.argv[1], "--help"]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as exit:
    assert not exit.code
"""
    sys_path = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})"
    loaded = in_a_fresh_python(sys_path + code, str(REPOSITORY / "run_grader.py"), folder=tmp_path)
    heavy = {"numpy", "PIL", "pydantic", "pydantic_core", "psutil", "multiprocessing", "asyncio"}
    assert "typer" in loaded
    assert not loaded & (heavy | NEVER_ON_THE_HOST)
    assert {name for name in loaded if name.startswith("grader")} <= {
        "grader",
        "grader.cli",
        "grader.errors",
    }


def test_help_is_shown_from_any_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "run_grader.py"), "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "submissions/alice" in done.stdout
    assert done.stderr == ""
