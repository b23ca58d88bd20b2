"""What the front door prints: the result of one grading.

Foreign text only ever becomes a `Text`, so that nothing in it is taken for markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from grader.records import Finding, Grade, Grading, ScoreCard, Severity
from grader.report.feedback import span_words
from grader.report.figures import count_of, cut, duration, median_time_s
from grader.report.sentences import (
    Remark,
    finding_sentence,
    findings_in_order,
    instructor_sentence,
    next_step_sentence,
    remarks,
    verdict_sentence,
)
from grader.text import clean

_WIDEST = 100
_LABEL_WIDTH = 15
_LONGEST_BAR = 20
_SEVERITY_STYLE = {
    Severity.NOTE: "dim",
    Severity.WARNING: "not dim yellow",
    Severity.REFUSE: "not dim bold red",
}


def show(
    grading: Grading,
    console: Console,
    *,
    report_path: Path,
    feedback_path: Path,
    worst_path: Path | None = None,
) -> None:
    """Print a grading: the mark first, then why, then where the files are.

    Args:
        grading: What to tell.
        console: Where to print.
        report_path: The report that was written.
        feedback_path: The student's feedback that was written.
        worst_path: The pictures, if some were drawn.
    """
    width = min(console.width, _WIDEST)
    console.print(Group(*_blocks(grading, console)), width=width)
    for label, path in _paths(grading, report_path, feedback_path, worst_path):
        # A path in one piece, however long: it is there to be copied.
        line = Text(f"  {label:{_LABEL_WIDTH}}", style="dim").append(str(path), style="not dim")
        console.print(line, soft_wrap=True)
    if grading.secret and not _is_ours(grading):
        hint = "Send the student feedback.md only; the other files tell of hidden images."
        console.print(_indented(Text(hint, style="dim")), width=width)


def _blocks(grading: Grading, console: Console) -> Iterator[RenderableType]:
    yield Rule(Text(_heading(grading), style="bold"), style="dim", align="left")
    yield Text()
    for stamp in grading.stamps:
        yield _indented(Text(f" {clean(stamp, limit=1000)} ", style="bold white on red"))
    if grading.stamps:
        yield Text()
    yield _indented(_headline(grading, console))
    for style, sentence in _sentences(grading):
        yield _indented(Text(sentence, style=style))
    yield Text()
    yield from _section("", _score_rows(grading))
    yield from _section("Notes", _remark_rows(remarks(grading)))
    yield from _section("Source", _finding_rows(grading))
    yield from _section("", _circumstances(grading))


def _heading(grading: Grading) -> str:
    split = f"{clean(grading.split)} images"
    return f"{clean(grading.submission)} | {clean(grading.title)} | {split}"


def _headline(grading: Grading, console: Console) -> Text:
    if grading.verdict is None or grading.interrupted:
        return Text("INTERRUPTED", style="bold yellow").append("  no grade", style="bold")
    if grading.grade is None:
        return Text(grading.verdict.value, style="bold yellow").append("  no grade", style="bold")
    grade = grading.grade
    headline = Text(f"{grading.verdict.value}  ", style=_style_of(grade))
    headline.append(f"{grade.points} of {grade.max_points} points  ", style="bold default")
    return headline.append_text(_bar(grade, console))


def _bar(grade: Grade, console: Console) -> Text:
    """Draw the points as a bar: one square for each, or fewer if the scale is long."""
    squares = min(grade.max_points, _LONGEST_BAR)
    full = grade.points * squares // grade.max_points
    solid, hollow = ("#", "-") if _is_plain(console) else ("■", "□")
    return Text(solid * full, style=_style_of(grade)).append(hollow * (squares - full), style="dim")


def _is_plain(console: Console) -> bool:
    return not console.encoding.lower().startswith("utf")


def _style_of(grade: Grade) -> str:
    share = grade.points / grade.max_points
    return "bold green" if share >= 0.7 else "bold yellow" if share >= 0.2 else "bold red"


def _is_ours(grading: Grading) -> bool:
    return grading.verdict is None or grading.interrupted or grading.verdict.is_ours


def _sentences(grading: Grading) -> Iterator[tuple[str, str]]:
    yield "", verdict_sentence(grading)
    if grading.fault:
        yield "bold", clean(grading.fault, limit=2000, lines=True)
    if grading.interrupted:
        yield "dim", "What was done is kept in the report. Run the same command to grade again."
    elif advice := instructor_sentence(grading):
        yield "dim", advice


def _indented(content: RenderableType) -> Padding:
    return Padding(content, (0, 0, 0, 2), expand=False)


# --- rows of a label and what it labels ---------------------------------------------------------

Row = tuple[str | Text, str | Text]


def _section(title: str, rows: Iterable[Row]) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=_LABEL_WIDTH - 2, style="dim")
    table.add_column()
    for label, content in rows:
        table.add_row(_as_text(label), _as_text(content))
    if not table.row_count:
        return
    if title:
        yield _indented(Text(title, style="bold"))
    yield _indented(table)
    yield Text()


def _as_text(content: str | Text) -> Text:
    return content if isinstance(content, Text) else Text(content)


def _score_rows(grading: Grading) -> Iterator[Row]:
    scores, grade = grading.scores, grading.grade
    if scores is None or grade is None:
        return
    yield from _mean_rows(scores, grade)
    if step := next_step_sentence(grading):
        yield "Next mark", step
    pooled, dice = cut(scores.pooled_iou, 4), cut(scores.mean_dice, 4)
    yield (
        "Beside it",
        Text(f"pooled IoU {pooled}, Dice {dice} ").append("(not for the mark)", "dim"),
    )


def _mean_rows(scores: ScoreCard, grade: Grade) -> Iterator[Row]:
    low, high = (cut(bound, 4) for bound in scores.interval)
    mean = Text(cut(scores.mean_iou, 4), style="bold")
    if grade.mean_iou != scores.mean_iou:
        mean.append(f" (rounded for the scale: {cut(grade.mean_iou, 4)})", style="not bold")
    yield "Mean IoU", mean
    yield "95 % interval", f"{low} to {high}, {span_words(grade.span)}"


def _remark_rows(told: Iterable[Remark]) -> Iterator[Row]:
    for remark in told:
        sentence = Text(remark.sentence)
        if remark.example:
            sentence.append(f" e.g. {remark.example}", style="dim")
        yield Text(count_of(remark.count, "image"), style="default"), sentence


def _finding_rows(grading: Grading) -> Iterator[Row]:
    for finding in findings_in_order(grading.findings):
        yield _severity(finding), finding_sentence(finding)


def _severity(finding: Finding) -> Text:
    return Text(finding.severity.value, style=_SEVERITY_STYLE[finding.severity])


def _circumstances(grading: Grading) -> Iterator[Row]:
    yield "Time", ", ".join(_times(grading))
    if place := _ran_on(grading):
        yield "Ran on", place
    if grading.ignored:
        yield "Ignored", ", ".join(clean(name) for name in grading.ignored)


def _times(grading: Grading) -> Iterator[str]:
    yield f"{duration(grading.wall_time_s)} in all"
    if grading.session and grading.session.ready_s > 0:
        yield f"{duration(grading.session.ready_s)} to get ready"
    per_image_s = median_time_s(grading.scores.cases) if grading.scores else None
    if per_image_s is not None:
        yield f"{duration(per_image_s)} per image (median)"


def _ran_on(grading: Grading) -> str:
    if grading.session is None:
        return ""
    said = grading.session.environment
    parts = [grading.backend, said.get("device", "")]
    if version := said.get("tensorflow"):
        parts.append(f"TensorFlow {version}")
    return ", ".join(clean(part) for part in parts if part)


def _paths(
    grading: Grading, report_path: Path, feedback_path: Path, worst_path: Path | None
) -> Iterator[tuple[str, Path]]:
    yield "Report", report_path
    yield ("For student" if grading.secret else "Feedback"), feedback_path
    if worst_path is not None:
        yield "Pictures", worst_path
