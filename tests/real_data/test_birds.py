"""A sample submission on real photographs: ``make real-data``.

The photographs are other people's and not part of this project. They are looked for in
``../shared/data/birds`` beside the checkout, or in the folder that GRADER_REAL_DATA names: the
homework's layout, with ``test`` and ``hidden``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.boxes import sandbox

HOME = Path(__file__).parent.parent.parent
DATA = Path(os.environ.get("GRADER_REAL_DATA", HOME.parent / "shared" / "data" / "birds"))

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not DATA.is_dir(), reason=f"NOT TESTED: there is no folder {DATA}"),
]


@pytest.mark.parametrize(("split", "images"), [("public", 129), ("hidden", 137)])
def test_alice_is_graded_on_real_birds(split: str, images: int, tmp_path: Path) -> None:
    sandbox("bubblewrap")
    command = [HOME / "run_grader.py", HOME / "submissions" / "alice", "--data", DATA]
    options = ["--split", split, "--out", tmp_path]
    done = subprocess.run(
        [sys.executable, *map(str, (*command, *options))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / split / "alice" / "report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "GRADED"
    cases = report["scores"]["cases"]
    assert len(cases) == images
    assert all(case["answered"] for case in cases)  # the grey photograph too
    assert report["scores"]["mean_iou"]["value"] > 0.2  # drawn birds taught it something
