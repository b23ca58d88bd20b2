"""Draws docs/images/console.svg: what the console shows when alice is graded.

``python docs/draw_console.py`` grades her for real, so the figures are those of this machine. The
picture uses the fonts of whoever looks at it: rich's own template would fetch one from outside.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME))

from grader.assignment import load_assignment  # noqa: E402
from grader.datasets.splits import open_split  # noqa: E402
from grader.pipeline import Task, grade_submission  # noqa: E402
from grader.progress import Silence  # noqa: E402
from grader.report.console import show  # noqa: E402
from grader.sandbox.choice import choose_sandbox  # noqa: E402


def main() -> None:
    """Grade and draw."""
    split = open_split(HOME / "hidden_sets" / "demo", "hidden")
    assignment = load_assignment(HOME / "student_template" / "assignment.toml")
    sandbox = choose_sandbox("auto", secret=split.secret, unsafe=False)
    task = Task(HOME / "submissions" / "alice", assignment, split, sandbox, seed=1)
    grading = grade_submission(task, Silence())
    console = Console(record=True, width=84, file=io.StringIO(), force_terminal=True)
    console.print("$ python run_grader.py submissions/alice", highlight=False)
    folder = Path("reports/hidden/alice")
    show(
        grading,
        console,
        report_path=folder / "report.json",
        feedback_path=folder / "feedback.md",
        worst_path=folder / "worst.png",
    )
    drawn = console.export_svg(
        title="segmentation grader",
        theme=MONOKAI,
        code_format=re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL),
    )
    (HOME / "docs" / "images" / "console.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
