"""Every submission of the zoo gets the verdict that stands beside it."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from grader.assignment import load_assignment
from grader.pipeline import Task, grade_submission
from grader.progress import Silence
from grader.records import Grading, Split
from grader.sandbox.base import Sandbox
from grader.sandbox.process import PlainProcess
from tests.boxes import sandbox

HERE = Path(__file__).parent
TEMPLATE = HERE.parent.parent / "student_template" / "assignment.toml"
NAMES = sorted(folder.parent.name for folder in (HERE / "submissions").glob("*/expected.toml"))
LIMITS = {"start_s": 60, "image_s": 20, "memory_mib": 2048}


@dataclass(frozen=True)
class Animal:
    name: str
    folder: Path
    expected: dict[str, Any]


def _animal(name: str) -> Animal:
    folder = HERE / "submissions" / name
    return Animal(name, folder, tomllib.loads((folder / "expected.toml").read_text()))


def _pairs() -> list[Any]:
    return [
        pytest.param(name, backend, id=f"{name}-{backend}")
        for name in NAMES
        for backend in _animal(name).expected.get("backends", ["bubblewrap"])
    ]


def grade_animal(animal: Animal, sandbox: Sandbox, split: Split, parcel: Path) -> Grading:
    """Grade one animal on the discs, with the limits that it asks for."""
    parcel.mkdir()
    shutil.copyfile(animal.folder / "segmentation.py", parcel / "segmentation.py")
    model = HERE / "models" / animal.expected.get("model", "tiny.hdf5")
    shutil.copyfile(model, parcel / "segmentation_model.hdf5")
    assignment = load_assignment(TEMPLATE)
    limits = {**LIMITS, **animal.expected.get("limits", {})}
    assignment = assignment.model_copy(
        update={"limits": assignment.limits.model_copy(update=limits)}
    )
    return grade_submission(Task(parcel, assignment, split, sandbox, seed=1), Silence())


@pytest.mark.parametrize(("name", "backend"), _pairs())
def test_verdict(name: str, backend: str, discs: Split, tmp_path: Path) -> None:
    animal = _animal(name)
    grading = grade_animal(animal, sandbox(backend), discs, tmp_path / "parcel")
    assert _differences(grading, animal.expected) == {}, grading
    assert _left_running() == []


def _differences(grading: Grading, expected: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Name to (expected, found) of everything that is not as written in expected.toml."""
    wanted = {key: expected[key] for key in expected.keys() & _FOUND.keys()}
    found = {key: _FOUND[key](grading) for key in wanted}
    different = {
        key: (wanted[key], found[key]) for key in wanted if not _fits(key, wanted[key], found[key])
    }
    unknown = expected.keys() - _FOUND.keys() - {"backends", "limits", "model"}
    return different | dict.fromkeys(unknown, ("a known key", "unknown"))


def _fits(key: str, wanted: Any, found: Any) -> bool:
    if key == "verdict":
        return found in ([wanted] if isinstance(wanted, str) else wanted)
    if key == "points_at_most":
        return bool(found <= wanted)
    if key == "log_contains":
        return all(text in found for text in wanted)
    if key == "rules":
        return set(wanted) <= set(found)
    return bool(wanted == found)


def _notes(grading: Grading) -> list[str]:
    cases = grading.scores.cases if grading.scores else ()
    return sorted({str(note.kind) for case in cases for note in case.notes})


def _exception(grading: Grading, key: str) -> Any:
    if grading.session and grading.session.failure:
        return getattr(grading.session.failure, key)
    cases = grading.scores.cases if grading.scores else ()
    return next((note.facts.get(key) for case in cases for note in case.notes if note.facts), None)


def _points(grading: Grading) -> int:
    assert grading.grade is not None
    return grading.grade.points


def _log(grading: Grading) -> str:
    endings = grading.session.endings if grading.session else ()
    return "".join(ending.log.decode(errors="replace") for ending in endings)


_FOUND = {
    "verdict": lambda grading: str(grading.verdict),
    "points": _points,
    "points_at_most": _points,
    "answered": lambda grading: grading.scores.answered if grading.scores else 0,
    "boxes": lambda grading: len(grading.session.endings) if grading.session else 0,
    "notes": _notes,
    "exception": lambda grading: _exception(grading, "exception"),
    "line": lambda grading: _exception(grading, "line"),
    "crash": lambda grading: grading.facts.get("crash"),
    "rules": lambda grading: [finding.rule for finding in grading.findings],
    "log_contains": _log,
}


def _left_running() -> list[str]:
    """Guests, or what they started, that outlived their box."""
    left = []
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        if "guest.main" in words or "zoo-daemon-marker" in words:
            left.append(words)
    return left


@pytest.mark.parametrize("name", ["looks_for_the_truth", "calls_home", "leaves_a_daemon"])
def test_the_attack_works_without_isolation(name: str, discs: Split, tmp_path: Path) -> None:
    """So the tests above are known to be able to fail."""
    animal = _animal(name)
    grading = grade_animal(animal, PlainProcess(), discs, tmp_path / "parcel")
    if name == "leaves_a_daemon":
        left = [line for line in _left_running() if "zoo-daemon-marker" in line]
        for process in psutil.process_iter(["cmdline"]):
            if "zoo-daemon-marker" in " ".join(process.info["cmdline"] or []):
                process.kill()
        assert left != []
    else:
        assert grading.scores is not None
        assert grading.scores.answered == 0


def test_the_zoo_is_large_enough() -> None:
    assert len(NAMES) >= 25
