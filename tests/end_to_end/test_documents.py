"""The documents agree with the code: nothing in them can quietly go out of date."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from grader import cli
from grader.assignment import Assignment, PolicySettings, load_assignment
from grader.guest import frames
from grader.messages import (
    IMAGES_TOO_SLOW,
    INTERRUPTED,
    NOTES,
    PARTLY_ANSWERED,
    STARTED_TOO_SLOWLY,
    VERDICTS,
)
from grader.policy import review
from grader.policy.registry import SEVERITIES
from grader.records import NoteKind
from grader.verdicts import Verdict

HOME = Path(__file__).resolve().parent.parent.parent
DOCS = HOME / "docs"
TEMPLATE = HOME / "student_template"

OPENS_WITH_ANOTHER = {Verdict.MISSING_FILE, Verdict.REJECTED_ARCHIVE}
"""Verdicts whose sentence comes from the refusal."""


# --- what belongs to the checkout ---------------------------------------------------------------

LEFT_OUT = {"reports", "build", "dist", "__pycache__"}
BINARY = {".jpg", ".png", ".hdf5", ".pyc"}


def kept_files(folder: Path = HOME) -> Iterator[Path]:
    """Files as git keeps them, found without git: a checkout may come as an archive."""
    for path in sorted(folder.iterdir()):
        if is_ignored(path):
            continue
        if path.is_dir():
            yield from kept_files(path)
        elif path.suffix not in BINARY:
            yield path


def is_ignored(path: Path) -> bool:
    """As .gitignore says, and a little more."""
    if path.parent == HOME / "hidden_sets":
        return path.name not in ("demo", "README.md")
    is_hidden_folder = path.is_dir() and path.name.startswith(".") and path.name != ".ci"
    is_made = path.name in LEFT_OUT or path.suffix == ".egg-info"
    return is_hidden_folder or is_made or path == HOME / "hidden_sets" / "demo" / "train"


def markdown_files() -> list[Path]:
    return [path for path in kept_files() if path.suffix == ".md"]


def named(paths: list[Path]) -> list[Any]:
    return [pytest.param(path, id=path.relative_to(HOME).as_posix()) for path in paths]


def rows(document: Path) -> list[list[str]]:
    """The cells of all tables, without backquotes."""
    lines = document.read_text(encoding="utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in row] for row in cells]


def second_cells(document: Path) -> dict[str, str]:
    return {row[0]: row[1] for row in rows(document) if len(row) > 1}


# --- every document -----------------------------------------------------------------------------

LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(document: Path) -> set[str]:
    """Where a link may point to, as GitHub names headings."""
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("document", named(markdown_files()))
def test_every_link_leads_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


MACHINES = ("work", "root", "tmp", "home", "Users")
INDEXES = ("py" + "pi.org", "python" + "hosted", "simple" + "/")
FOREIGN = re.compile(
    rf"(?<![\w.:}}])/(?:{'|'.join(MACHINES)})/\w"
    rf"|{'|'.join(map(re.escape, INDEXES))}|(?<!emit-)[i]ndex-url"
)


def test_no_file_names_a_machine_or_a_package_index() -> None:
    files = list(kept_files())
    found = {path: FOREIGN.findall(path.read_text("utf-8", errors="replace")) for path in files}
    assert {path: places for path, places in found.items() if places} == {}
    assert {HOME / "Makefile", HOME / "requirements.lock", HOME / ".ci" / "run"} <= set(files)


@pytest.mark.parametrize(
    "text",
    [
        *(f"cd /{machine}/anna" for machine in MACHINES),
        *(f"https://{index}" for index in INDEXES),
        "pip install --index" + "-url x",
    ],
)
def test_a_machine_or_a_package_index_would_be_found(text: str) -> None:
    assert FOREIGN.search(text)


@pytest.mark.parametrize("document", named(markdown_files()))
def test_every_command_is_understood(document: Path) -> None:
    """Lines of code blocks: our own command parses, and make has the target."""
    for block in FENCE.findall(document.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if re.match(r"make ", line):
                assert line.split()[1] in make_targets()
            elif re.match(r"\S*python run_grader.py ", line):
                parse(shlex.split(line, comments=True)[2:])


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (HOME / "Makefile").read_text(), re.MULTILINE))


def commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(cli.app)
    return dict(group.commands)


def parse(words: list[str]) -> None:
    """As the command line does; raises for an option or a value that does not exist."""
    if words == ["--help"]:
        return
    name, rest = (words[0], words[1:]) if words[0] in commands() else ("grade", words)
    commands()[name].make_context(name, rest)


# --- for students -------------------------------------------------------------------------------


def with_dots(sentence: str) -> str:
    """A sentence as the document shows it: gaps as dots, an optional place not at all."""
    return re.sub(r"\{\w+\}", "…", sentence.replace("{place}", ""))


@pytest.fixture(scope="module")
def for_students() -> str:
    text = (DOCS / "students.md").read_text(encoding="utf-8")
    return " ".join(text.replace("\n> ", " ").split())


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_explained(verdict: Verdict, for_students: str) -> None:
    assert verdict.value.lower() in anchors(DOCS / "students.md")
    if verdict not in OPENS_WITH_ANOTHER:
        assert with_dots(VERDICTS[verdict].text) in for_students


def test_the_other_sentences_of_a_verdict_are_explained(for_students: str) -> None:
    for message in (PARTLY_ANSWERED, STARTED_TOO_SLOWLY, IMAGES_TOO_SLOW, INTERRUPTED):
        assert with_dots(message.text) in for_students


@pytest.mark.parametrize("kind", list(NoteKind))
def test_every_note_is_explained(kind: NoteKind) -> None:
    explained = {row[0]: row[1:] for row in rows(DOCS / "students.md")}
    sentence, advice = explained[kind.value]
    assert sentence == with_dots(NOTES[kind].text)
    assert len(advice) > 10


def test_the_scale_in_the_statement_is_that_of_the_assignment() -> None:
    told = [
        (row[0], row[1])
        for row in rows(TEMPLATE / "README.md")
        if re.fullmatch(r"0\.\d+", row[0]) and len(row) == 2
    ]
    scale = load_assignment(TEMPLATE / "assignment.toml").grading.scale
    assert told == [(str(step.iou), str(step.points)) for step in scale]


def test_the_packages_in_the_statement_are_those_of_the_lock() -> None:
    lock = (HOME / "requirements.lock").read_text()
    locked = dict(re.findall(r"^([a-z0-9-]+)==([\w.]+)", lock, re.MULTILINE))
    told = {
        name: row for name, row in second_cells(TEMPLATE / "README.md").items() if name in locked
    }
    assert {"tensorflow-cpu", "keras", "numpy", "pillow", "h5py"} <= told.keys()
    assert told == {name: locked[name] for name in told}


def test_the_template_can_be_imported_without_keras_and_has_both_functions() -> None:
    """In a process of its own: it must work before a student has installed anything large."""
    code = (
        "import inspect, sys; import segmentation as s;"
        "print(*inspect.signature(s.predict).parameters,"
        " *inspect.signature(s.train_model).parameters, 'keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=TEMPLATE, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["model", "img_path", "train_data_path", "False"]


def test_the_template_gives_no_rule_a_reason_to_complain() -> None:
    assert review((TEMPLATE / "segmentation.py").read_bytes(), PolicySettings()) == ()


def test_both_functions_of_the_template_say_in_a_sentence_what_to_write() -> None:
    tree = ast.parse((TEMPLATE / "segmentation.py").read_text(encoding="utf-8"))
    raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    sentences = [ast.literal_eval(call.args[0]) for call in raised if isinstance(call, ast.Call)]
    assert [sentence.split()[1] for sentence in sentences] == ["train_model:", "predict:"]


# --- for instructors ----------------------------------------------------------------------------

INSTRUCTORS = DOCS / "instructors.md"


@pytest.mark.parametrize(
    ("command", "marker"),
    [(cli.grade, "of `grade`"), (cli.demo, "of `demo`"), (cli.seal, "of `seal`")],
)
def test_every_option_is_documented(command: Callable[..., None], marker: str) -> None:
    table = INSTRUCTORS.read_text(encoding="utf-8").split(marker)[1].split("\n\n")[0]
    options = [it for it in commands()[command.__name__].params if it.param_type_name == "option"]
    assert len(options) > 1
    for option in options:
        assert f"| `{option.opts[0]}` |" in table
    for kind in get_type_hints(command).values():
        for choice in get_args(kind) if get_origin(kind) is Literal else ():
            assert f"`{choice}`" in table


def keys(table: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every dotted key of the assignment's file with its default as the document writes it."""
    for name, field in table.model_fields.items():
        if prefix == "" and name in ("path", "sha256"):
            continue
        inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if is_table(kind)]
        if not is_table(field.annotation):
            yield f"{prefix}{name}", written(field.default)
        for kind in inner:
            yield from keys(kind, f"{prefix}{name}.")


def is_table(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, BaseModel)


def written(default: Any) -> str:
    if default is PydanticUndefined:
        return "required"
    if default is None or default == {}:
        return "none"
    return ", ".join(default) if isinstance(default, tuple) else str(default)


def test_every_key_of_the_assignment_is_documented_with_its_default() -> None:
    expected = dict(keys(Assignment))
    told = second_cells(INSTRUCTORS)
    assert {key: told.get(key) for key in expected} == expected
    assert len(expected) > 20


def test_every_rule_of_policy_is_documented_with_its_severity() -> None:
    told = second_cells(INSTRUCTORS)
    assert {name: told.get(name) for name in SEVERITIES} == dict(SEVERITIES)


def test_every_exit_code_is_documented() -> None:
    told = {row[0] for row in rows(INSTRUCTORS) if row[0].isdigit()}
    assert told == {str(code) for code in (cli.OK, cli.OUR_FAULT, cli.WRONG_CALL, cli.INTERRUPTED)}


# --- for developers -----------------------------------------------------------------------------


def test_the_examples_of_the_metric_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)
    done = doctest.testfile(str(DOCS / "metric.md"), module_relative=False)
    assert (done.attempted > 10, done.failed) == (True, 0)


def test_every_frame_of_the_channel_is_in_the_architecture() -> None:
    told = second_cells(DOCS / "architecture.md")
    kinds = {
        name: str(value)
        for name, value in vars(frames).items()
        if name.isupper() and type(value) is int and value < 256
    }
    assert len(kinds) == 9
    assert {name: told.get(name) for name in kinds} == kinds


def test_every_room_is_in_the_architecture() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.stem for path in (HOME / "grader").iterdir() if path.suffix == ".py"}
    rooms |= {path.parent.name for path in (HOME / "grader").glob("*/__init__.py")}
    sandbox = {path.stem for path in (HOME / "grader" / "sandbox").glob("*.py")}
    for name in (rooms | sandbox) - {"__init__"}:
        assert re.search(rf"`{name}(\.py|/)?`", text), name


def test_every_key_of_the_zoo_is_in_the_developers_page() -> None:
    told = second_cells(DOCS / "developers.md")
    animals = (HOME / "tests" / "zoo" / "submissions").glob("*/expected.toml")
    used = {key for animal in animals for key in tomllib.loads(animal.read_text())}
    assert len(used) > 5
    assert used - {"limits"} <= told.keys()
    assert "[limits]" in told
