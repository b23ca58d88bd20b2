"""The three sample submissions on the drawn hidden birds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.boxes import sandbox

HOME = Path(__file__).parent.parent.parent
HIDDEN = HOME / "hidden_sets" / "demo" / "hidden"


def graded(name: str, out: Path) -> dict[str, Any]:
    sandbox("bubblewrap")
    command = [sys.executable, "run_grader.py", f"submissions/{name}", "--out", str(out)]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    path = out / "hidden" / name / "report.json"
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def notes(report: dict[str, Any]) -> Counter[str]:
    return Counter(note["kind"] for case in report["scores"]["cases"] for note in case["notes"])


def test_alice_gets_full_marks(tmp_path: Path) -> None:
    report = graded("alice", tmp_path)
    assert report["grade"]["points"] == 10
    assert report["scores"]["mean_iou"]["value"] > 0.82
    assert notes(report) == {}


def test_bob_gets_a_lower_mark(tmp_path: Path) -> None:
    report = graded("bob", tmp_path)
    assert 0.55 < report["scores"]["mean_iou"]["value"] < 0.78
    assert report["grade"]["points"] in (5, 6, 7)
    assert notes(report) == {}


def test_carol_gets_a_partial_mark_and_two_clear_notes(tmp_path: Path) -> None:
    report = graded("carol", tmp_path)
    assert 2 <= report["grade"]["points"] <= 6
    assert set(notes(report)) == {"wrong_size", "exception"}
    (feedback,) = tmp_path.rglob("feedback.md")
    text = feedback.read_text(encoding="utf-8")
    assert "Resize the map back to the image's own size" in text
    assert "ValueError (line 68)" in text
    assert not [name for name in _hidden_names() if name in text]


def _hidden_names() -> list[str]:
    return [path.stem for path in (HIDDEN / "images").rglob("*.jpg")]


@pytest.mark.parametrize("name", ["segmentation.py", "segmentation_model.hdf5"])
def test_alice_handed_in_the_reference_solution(name: str) -> None:
    handed_in = HOME / "submissions" / "alice" / name
    assert handed_in.read_bytes() == (HOME / "reference_solution" / name).read_bytes()


def test_the_committed_birds_are_small() -> None:
    demo = HOME / "hidden_sets" / "demo"
    files = [path for part in ("hidden", "public") for path in (demo / part).rglob("*")]
    assert sum(path.stat().st_size for path in files if path.is_file()) < 8_000_000
    assert (HOME / "reference_solution" / "segmentation_model.hdf5").stat().st_size < 8_000_000
