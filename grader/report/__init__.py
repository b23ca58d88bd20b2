"""How a grading is told: report.json, the console, feedback for the student, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.records import Grading
from grader.report import feedback as feedback_view
from grader.report import pictures
from grader.report.record import write_report
from grader.report.writing import write_whole


@dataclass(frozen=True, slots=True)
class Told:
    """The files that tell one grading.

    Attributes:
        report: ``report.json``, for the instructor.
        feedback: ``feedback.md``, for the student.
        worst: ``worst.png``, or None if there was nothing to draw.
    """

    report: Path
    feedback: Path
    worst: Path | None


def tell(grading: Grading, folder: Path) -> Told:
    """Write all files that tell ``grading`` into ``folder``.

    The report comes first: it is the one that cannot be made again without grading again.

    Raises:
        SystemFault: A file cannot be written.
        CourseError: An image for worst.png cannot be read.
    """
    report = write_report(grading, folder)
    text = feedback_view.as_markdown(feedback_view.feedback(grading))
    feedback = write_whole(
        folder / feedback_view.FILE_NAME, text.encode("utf-8", "backslashreplace")
    )
    return Told(report, feedback, _draw(grading, folder))


def _draw(grading: Grading, folder: Path) -> Path | None:
    path = folder / pictures.FILE_NAME
    if not grading.exhibits:
        path.unlink(missing_ok=True)  # of an earlier grading
        return None
    pictures.draw_worst(grading.exhibits, path)
    return path
