"""The story of one grading: a parcel comes in, a mark goes out."""

from __future__ import annotations

import hashlib
import heapq
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from grader.assignment import Assignment
from grader.datasets.truths import read_truth
from grader.environment import environment_sha256, host_facts, offered_packages
from grader.errors import CourseError, SystemFault
from grader.grading import grade_card, no_points
from grader.intake import receive, student_name
from grader.interview import Interview
from grader.judging import judge
from grader.policy import review
from grader.progress import Progress
from grader.records import (
    SOURCE_NAME,
    Answer,
    Case,
    CaseScore,
    Digests,
    Exhibit,
    Finding,
    Grading,
    Note,
    NoteKind,
    Refusal,
    Severity,
    Split,
    Submission,
)
from grader.sandbox.base import BoxPlan, Sandbox
from grader.scoring import make_card, score_case
from grader.verdicts import Verdict

_BOOTSTRAP_SEED = 0
_EXHIBITS = 8
_NOT_ISOLATED = "NOT ISOLATED: the submission ran with the rights of whoever started the grader."
_NO_MANIFEST = "NO MANIFEST: nothing vouches for the images and masks of this split."


@dataclass(frozen=True, slots=True)
class Task:
    """One grading to be done.

    Attributes:
        parcel: The student's folder or archive.
        assignment: The published task.
        split: The images to grade on.
        sandbox: Where the submission runs.
        seed: Of the order in which the images are asked.
        draws: Whether the worst answers are kept, to be drawn.
    """

    parcel: Path
    assignment: Assignment
    split: Split
    sandbox: Sandbox
    seed: int
    draws: bool = False


def grade_submission(task: Task, progress: Progress) -> Grading:
    """Grade one submission.

    Whatever the submission does becomes a verdict. Whatever fails on our side becomes
    COURSE_ERROR or SYSTEM_ERROR without a grade; Ctrl-C leaves what was done so far.

    Raises:
        UsageError: There is no such parcel.
    """
    started = time.monotonic()
    grading = _blank(task)
    try:
        with _workplace() as folder:
            grading = _grade_in(folder, task, grading, progress)
    except CourseError as error:
        grading = replace(grading, verdict=Verdict.COURSE_ERROR, fault=str(error))
    except SystemFault as error:
        grading = replace(grading, verdict=Verdict.SYSTEM_ERROR, fault=str(error))
    return replace(grading, wall_time_s=time.monotonic() - started)


def _grade_in(folder: Path, task: Task, grading: Grading, progress: Progress) -> Grading:
    progress.stage("Checking the files")
    submission = receive(task.parcel, folder, task.assignment.submission)
    if isinstance(submission, Refusal):
        return _refused(grading, submission, task)
    findings = _review(submission, task.assignment)
    grading = replace(
        grading,
        submission=submission.name,
        ignored=submission.ignored,
        findings=findings,
        digests=_digests(submission, task),
    )
    if any(finding.severity is Severity.REFUSE for finding in findings):
        return replace(grading, verdict=Verdict.POLICY, grade=no_points(task.assignment.grading))
    return _Examination(task, submission, progress).conduct(grading)


class _Examination:
    """Runs one submission on all cases; keeps the scores, never all the masks."""

    def __init__(self, task: Task, submission: Submission, progress: Progress) -> None:
        self._task = task
        self._progress = progress
        plan = BoxPlan(submission.folder, task.assignment.limits, secrets=(task.split.folder,))
        self._interview = Interview(task.sandbox, plan, task.assignment, progress)
        self._scores: dict[str, CaseScore] = {}
        self._exhibits: list[tuple[float, str, Exhibit]] = []  # a heap, the best answer on top

    def conduct(self, grading: Grading) -> Grading:
        """Ask, measure, judge, grade."""
        answers = self._interview.answers(_shuffled(self._task.split.cases, self._task.seed))
        try:
            for case, answer in answers:
                self._measure(case, answer)
        except KeyboardInterrupt:
            return self._interrupted(grading)
        finally:
            answers.close()
        return self._concluded(grading)

    def _measure(self, case: Case, answer: Answer) -> None:
        settings = self._task.assignment.metric
        score = score_case(case, answer, read_truth(case.truth), settings)
        self._scores[case.name] = score
        if self._task.draws:
            self._keep_if_bad(Exhibit(case, score, answer.mask))
        self._progress.answered(len(self._scores), len(self._task.split.cases))

    def _keep_if_bad(self, exhibit: Exhibit) -> None:
        entry = (-float(exhibit.score.iou), exhibit.case.name, exhibit)
        if len(self._exhibits) < _EXHIBITS:
            heapq.heappush(self._exhibits, entry)
        else:
            heapq.heappushpop(self._exhibits, entry)

    def _concluded(self, grading: Grading) -> Grading:
        assignment = self._task.assignment
        scores = [self._scores[case.name] for case in self._task.split.cases]
        session = self._interview.session()
        judgement = judge(session, scores, assignment.limits, offered_packages())
        card = make_card(scores, seed=_BOOTSTRAP_SEED) if session.ready_s else None
        grade = no_points(assignment.grading)
        if card is not None and judgement.verdict.counts_answers:
            grade = grade_card(card, assignment.grading)
        return replace(
            grading,
            verdict=judgement.verdict,
            facts=judgement.facts,
            session=session,
            scores=card,
            grade=grade,
            exhibits=tuple(exhibit for *_, exhibit in sorted(self._exhibits, reverse=True)),
        )

    def _interrupted(self, grading: Grading) -> Grading:
        """What was done, without a verdict: the other cases count as not asked."""
        not_asked = (Note(NoteKind.NOT_ASKED),)
        scores = [
            self._scores.get(case.name)
            or CaseScore(case.name, 0, 0, Fraction(0), Fraction(0), False, not_asked, 0.0)
            for case in self._task.split.cases
        ]
        return replace(
            grading,
            interrupted=True,
            session=self._interview.session(),
            scores=make_card(scores, seed=_BOOTSTRAP_SEED) if self._scores else None,
        )


@contextmanager
def _workplace() -> Iterator[Path]:
    """A temporary folder for the submission's two files, and for nothing else."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="grader-", ignore_cleanup_errors=True)
    except OSError as error:
        raise SystemFault(f"No temporary folder can be made: {error}.") from error
    with folder as name:
        yield Path(name)


def _blank(task: Task) -> Grading:
    stamps = [] if task.sandbox.isolates else [_NOT_ISOLATED]
    stamps += [] if task.split.has_manifest else [_NO_MANIFEST]
    return Grading(
        submission=student_name(task.parcel),
        assignment=task.assignment.name,
        title=task.assignment.title,
        split=task.split.name,
        secret=task.split.secret or task.split.name == "hidden",
        verdict=None,
        grade=None,
        scores=None,
        stamps=tuple(stamps),
        backend=task.sandbox.name,
        seed=task.seed,
        case_count=len(task.split.cases),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        host=host_facts(),
    )


def _refused(grading: Grading, refusal: Refusal, task: Task) -> Grading:
    return replace(
        grading,
        submission=refusal.name,
        verdict=refusal.verdict,
        refusal=refusal,
        grade=no_points(task.assignment.grading),
    )


def _review(submission: Submission, assignment: Assignment) -> tuple[Finding, ...]:
    return review((submission.folder / SOURCE_NAME).read_bytes(), assignment.policy)


def _digests(submission: Submission, task: Task) -> Digests:
    both = f"{submission.source_sha256}\n{submission.model_sha256}\n"
    return Digests(
        submission=hashlib.sha256(both.encode()).hexdigest(),
        assignment=task.assignment.sha256,
        split=task.split.digest,
        environment=environment_sha256(),
    )


def _shuffled(cases: Sequence[Case], seed: int) -> list[Case]:
    order = list(cases)
    random.Random(seed).shuffle(order)  # noqa: S311 - the seed is in the report on purpose
    return order
