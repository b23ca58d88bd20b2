"""What the student reads: feedback.md.

For a secret split `Feedback` is built from an allowlist, field by field; nothing gets in because
somebody forgot to leave it out. `Details` exist for a split that is not secret, and only there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from grader.records import CaseScore, Grade, Grading, ScoreCard, Session
from grader.report.disclosure import clean_block
from grader.report.figures import count_of, cut, duration, median_time_s
from grader.report.sentences import (
    finding_sentence,
    findings_in_order,
    next_step_sentence,
    note_sentence,
    remarks,
    verdict_sentence,
)
from grader.text import clean

FILE_NAME = "feedback.md"

_LOG_TAIL = 3000
_TRACEBACK_TAIL = 4000
_MOST_TRACEBACKS = 3


@dataclass(frozen=True, slots=True)
class Basis:
    """What the points come from; all figures are cut to 4 decimals.

    Attributes:
        mean_iou: Mean of the per-image IoUs.
        compared: What was compared with the scale, if the assignment rounds; else empty.
        interval: 95 % interval of the mean.
        span: The marks at its two ends.
        next_step: What the next mark needs; empty at the top.
    """

    mean_iou: str
    compared: str
    interval: tuple[str, str]
    span: tuple[int, int]
    next_step: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The points, with their basis if any image was asked."""

    points: int
    max_points: int
    basis: Basis | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many images have a note of one kind, and the sentence of that kind."""

    images: int
    sentence: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One image of a split that is not secret."""

    name: str
    iou: str
    dice: str
    time: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """All the rest, for a split that is not secret.

    Attributes:
        pooled_iou: Sum of intersections over sum of unions, cut.
        mean_dice: Mean Dice, cut.
        cases: Every image, the worst first.
        tracebacks: Of the failure to get ready and of exceptions in predict, the first few.
        log: The end of what the last box printed; may be empty.
        ignored: Names in the parcel that are no part of a submission.
        has_pictures: Whether worst.png was drawn.
    """

    pooled_iou: str
    mean_dice: str
    cases: tuple[CaseRow, ...]
    tracebacks: tuple[str, ...]
    log: str
    ignored: tuple[str, ...]
    has_pictures: bool


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a student may read. Everything is text or a figure ready to be shown."""

    submission: str
    title: str
    split: str
    verdict: str
    sentence: str
    stamps: tuple[str, ...]
    mark: Mark | None
    remarks: tuple[Counted, ...]
    findings: tuple[str, ...]
    timing: tuple[str, ...]
    details: Details | None


def feedback(grading: Grading) -> Feedback:
    """Choose what the student may read of ``grading``."""
    grouped = remarks(grading, closed=grading.secret)
    return Feedback(
        submission=clean(grading.submission),
        title=clean(grading.title),
        split=clean(grading.split),
        verdict=grading.verdict.value if grading.verdict else "INTERRUPTED",
        sentence=verdict_sentence(grading, closed=grading.secret),
        stamps=tuple(clean(stamp, limit=1000) for stamp in grading.stamps),
        mark=_mark(grading, grading.grade) if grading.grade else None,
        remarks=tuple(Counted(remark.count, remark.sentence) for remark in grouped),
        findings=tuple(finding_sentence(it) for it in findings_in_order(grading.findings)),
        timing=tuple(_timing(grading)),
        details=None if grading.secret else _details(grading),
    )


def as_markdown(told: Feedback) -> str:
    """Write the feedback as Markdown in which no text from outside has a meaning of its own."""
    blocks = [
        f"# {_escaped(told.title)}: {_escaped(told.submission)}",
        *(f"> **{_escaped(stamp)}**" for stamp in told.stamps),
        *_mark_blocks(told),
        _list("Notes", [f"{count_of(it.images, 'image')}: {it.sentence}" for it in told.remarks]),
        _list("Your source", told.findings),
        _list("Time", told.timing),
        *(_detail_blocks(told.details) if told.details else ()),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _mark(grading: Grading, grade: Grade) -> Mark:
    return Mark(
        points=grade.points,
        max_points=grade.max_points,
        basis=_basis(grading, grading.scores, grade) if grading.scores else None,
    )


def _basis(grading: Grading, scores: ScoreCard, grade: Grade) -> Basis:
    low, high = scores.interval
    return Basis(
        mean_iou=cut(scores.mean_iou, 4),
        compared=cut(grade.mean_iou, 4) if grade.mean_iou != scores.mean_iou else "",
        interval=(cut(low, 4), cut(high, 4)),
        span=grade.span,
        next_step=next_step_sentence(grading),
    )


def _timing(grading: Grading) -> Iterator[str]:
    yield f"{duration(grading.wall_time_s)} in all"
    if grading.session and grading.session.ready_s > 0:
        yield f"{duration(grading.session.ready_s)} until the model was loaded"
    per_image_s = median_time_s(grading.scores.cases) if grading.scores else None
    if per_image_s is not None:
        yield f"{duration(per_image_s)} per image (median)"


def _details(grading: Grading) -> Details:
    scores = grading.scores
    return Details(
        pooled_iou=cut(scores.pooled_iou, 4) if scores else "",
        mean_dice=cut(scores.mean_dice, 4) if scores else "",
        cases=_worst_first(scores) if scores else (),
        tracebacks=tuple(islice(_tracebacks(grading), _MOST_TRACEBACKS)),
        log=_log_tail(grading.session) if grading.session else "",
        ignored=tuple(clean(name) for name in grading.ignored),
        has_pictures=bool(grading.exhibits),
    )


def _worst_first(scores: ScoreCard) -> tuple[CaseRow, ...]:
    ordered = sorted(scores.cases, key=lambda case: (case.iou, case.name))
    return tuple(_row(case) for case in ordered)


def _row(case: CaseScore) -> CaseRow:
    return CaseRow(
        name=clean(case.name),
        iou=cut(case.iou, 4),
        dice=cut(case.dice, 4),
        time=duration(case.wall_time_s),
        notes=tuple(note_sentence(note) for note in case.notes),
    )


def _tracebacks(grading: Grading) -> Iterator[str]:
    """Of the failure to get ready, or of the first exceptions in predict."""
    if grading.session and grading.session.failure:
        yield _tail(grading.session.failure.traceback, _TRACEBACK_TAIL)
    notes = (note for case in grading.scores.cases for note in case.notes) if grading.scores else ()
    for note in notes:
        if traceback := str(note.facts.get("traceback", "")):
            yield _tail(traceback, _TRACEBACK_TAIL)


def _log_tail(session: Session) -> str:
    if not session.endings:
        return ""
    return _tail(session.endings[-1].log.decode("utf-8", "replace"), _LOG_TAIL)


def _tail(text: str, limit: int) -> str:
    return clean_block(text[-limit:], limit)


# --- Markdown -----------------------------------------------------------------------------------


def _mark_blocks(told: Feedback) -> Iterator[str]:
    result = f"**{told.verdict}**"
    if told.mark is not None:
        result += f": **{told.mark.points} of {told.mark.max_points} points**"
    yield f"{result} on the {_escaped(told.split)} images"
    yield _escaped(told.sentence)
    if told.mark is not None and told.mark.basis is not None:
        yield "\n".join(f"- {line}" for line in _basis_lines(told.mark.basis))


def _basis_lines(basis: Basis) -> Iterator[str]:
    low, high = basis.interval
    yield f"Mean IoU: {basis.mean_iou} (cut, not rounded)"
    if basis.compared:
        yield f"Compared with the scale, rounded as the assignment says: {basis.compared}"
    yield f"95 % interval: {low} to {high}, {span_words(basis.span)}"
    if basis.next_step:
        yield f"Next mark: {basis.next_step}"


def span_words(span: tuple[int, int]) -> str:
    """Say which marks an interval spans, e.g. ``which spans 8 to 9 points``."""
    low, high = span
    return f"all of it {high} points" if low == high else f"which spans {low} to {high} points"


def _detail_blocks(details: Details) -> Iterator[str]:
    if details.pooled_iou or details.has_pictures:
        yield "## More"
    if details.pooled_iou:
        yield (
            f"Beside the mean, not for the mark: pooled IoU {details.pooled_iou}, mean Dice"
            f" {details.mean_dice}."
        )
    if details.has_pictures:
        yield "Pictures of the worst images are in `worst.png`."
    yield _list("Files that were ignored", details.ignored)
    for traceback in details.tracebacks:
        yield _quoted("Traceback", traceback)
    yield _quoted("The end of what was printed, also by TensorFlow", details.log)
    yield _case_table(details.cases)


def _case_table(cases: tuple[CaseRow, ...]) -> str:
    if not cases:
        return ""
    head = "## All images, the worst first\n\n| image | IoU | Dice | time | notes |\n"
    head += "|---|---|---|---|---|\n"
    return head + "\n".join(
        f"| {_escaped(row.name)} | {row.iou} | {row.dice} | {row.time} |"
        f" {_escaped(' '.join(row.notes))} |"
        for row in cases
    )


def _list(title: str, lines: tuple[str, ...] | list[str]) -> str:
    if not lines:
        return ""
    return f"## {title}\n\n" + "\n".join(f"- {_escaped(line)}" for line in lines)


def _quoted(title: str, text: str) -> str:
    """Show foreign lines as an indented block: nothing inside can end it, as it could a fence."""
    if not text.strip():
        return ""
    return f"## {title}\n\n" + "\n".join(f"    {line}" for line in text.splitlines())


_MEANINGFUL = re.compile(
    r"[\\`*<>|~&]"  # anywhere
    r"|(?<!\w)_|_(?!\w)"  # a name such as img_path stays readable
    r"|\](?=[(\[:])"  # what would make a link
    r"|^[#+-]"
)


def _escaped(text: str) -> str:
    """Put a backslash before every character that Markdown, HTML or a table would act on."""
    return _MEANINGFUL.sub(r"\\\g<0>", text)
