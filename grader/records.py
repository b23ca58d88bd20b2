"""The records that travel between the stages, in order of appearance.

All are frozen: a stage makes its record and no later stage changes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from grader.verdicts import Verdict

Facts = Mapping[str, str | int | float]
"""Named values that fill the gaps of a sentence in `grader.messages`."""


SOURCE_NAME = "segmentation.py"
MODEL_NAME = "segmentation_model.hdf5"


# --- intake -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submission:
    """One student's files, copied into a folder of ours that holds nothing else.

    Attributes:
        name: The student's folder or archive name, cleaned for display.
        folder: Our folder with exactly the two files under their constant names.
        source_sha256: Digest of ``segmentation.py`` (hex).
        model_sha256: Digest of the HDF5 file (hex). Nothing on the host looks inside that file.
        model_bytes: Size of the HDF5 file in bytes.
        ignored: Names in the parcel that are no part of a submission, cleaned for display.
    """

    name: str
    folder: Path
    source_sha256: str
    model_sha256: str
    model_bytes: int
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a parcel never became a submission. ``reason`` is a key of `messages.REFUSALS`."""

    name: str
    verdict: Verdict
    reason: str
    facts: Facts = field(default_factory=dict)


# --- policy -------------------------------------------------------------------------------------


class Severity(StrEnum):
    """How much a finding weighs."""

    NOTE = "note"
    WARNING = "warning"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule saw in the source text. ``rule`` is a key of `messages.RULES`."""

    rule: str
    severity: Severity
    line: int
    facts: Facts = field(default_factory=dict)


# --- images and ground truth --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """One image with its ground truth, still on disk.

    Attributes:
        name: ``<class>/<stem>``, unique within its split.
        image: The photograph.
        truth: The mask. It never leaves the host.
        height: Of both, in pixels.
        width: Of both, in pixels.
        image_sha256: Digest of the image file (hex).
        truth_sha256: Digest of the mask's file (hex).
    """

    name: str
    image: Path
    truth: Path
    height: int
    width: int
    image_sha256: str
    truth_sha256: str


@dataclass(frozen=True, slots=True)
class Split:
    """A named set of cases.

    Attributes:
        name: ``train``, ``public`` or ``hidden``.
        folder: Where it lies.
        secret: Whether students must not learn anything about it.
        cases: In the manifest's order.
        digest: SHA-256 (hex) over the names and digests of all files.
        has_manifest: False if the folder was merely listed, so that nothing vouches for its files.
    """

    name: str
    folder: Path
    secret: bool
    cases: tuple[Case, ...]
    digest: str
    has_manifest: bool


# --- what the box did ---------------------------------------------------------------------------


class Cause(StrEnum):
    """Why a box ended. Facts only; `grader.judging` says whose fault it is."""

    CLOSED = "closed"  # by us, with nothing left to ask
    EXITED = "exited"  # by itself, with an exit code
    SIGNALLED = "signalled"  # by a signal that we did not send
    DEADLINE = "deadline"
    MEMORY = "memory"
    PROCESSES = "processes"
    LOG_FLOOD = "log flood"
    BAD_FRAME = "bad frame"  # bytes on the channel that are not the protocol


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of one box.

    Attributes:
        cause: Why it ended.
        exit_code: Of its first process, if it exited by itself.
        signal: The signal's name, e.g. ``SIGSEGV``, if one ended it.
        wall_time_s: From the start of the box to its end.
        cpu_time_s: Processor time of all its processes, as far as the backend can tell.
        peak_memory_mib: Largest resident memory seen.
        log: What it printed: the beginning and the end, undecoded.
        detail: For the instructor: what exactly was wrong (e.g. which bytes).
    """

    cause: Cause
    exit_code: int | None = None
    signal: str | None = None
    wall_time_s: float = 0.0
    cpu_time_s: float = 0.0
    peak_memory_mib: float = 0.0
    log: bytes = b""
    detail: str = ""


class NoteKind(StrEnum):
    """What was remarkable about one answer. A key of `messages.NOTES`."""

    EXCEPTION = "exception"
    WRONG_SIZE = "wrong_size"
    WRONG_DIMENSIONS = "wrong_dimensions"
    EMPTY = "empty"
    WRONG_TYPE = "wrong_type"
    NOT_FINITE = "not_finite"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    CRASH = "crash"
    NOT_ASKED = "not_asked"
    OUT_OF_RANGE = "out_of_range"
    SQUEEZED = "squeezed"

    @property
    def is_advice(self) -> bool:
        """Whether the answer still counts."""
        return self in (NoteKind.OUT_OF_RANGE, NoteKind.SQUEEZED)


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on one answer, with the values for its sentence."""

    kind: NoteKind
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one case.

    Attributes:
        mask: bool array (H, W), True where the prediction is above the threshold; None if there
            is no valid answer, which counts as IoU 0.
        notes: Remarks, the worst first.
        wall_time_s: From sending the image to having the answer.
    """

    mask: npt.NDArray[np.bool_] | None
    notes: tuple[Note, ...]
    wall_time_s: float


@dataclass(frozen=True, slots=True)
class GuestFailure:
    """Why the guest could not get ready, in its own words: talk, used for wording only.

    Attributes:
        stage: ``import``, ``signature`` or ``model``.
        exception: Name of the exception's type.
        text: Its text, cut. For the instructor.
        line: Line in ``segmentation.py``, 0 if unknown.
        traceback: For the instructor.
    """

    stage: str
    exception: str
    text: str
    line: int = 0
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """All that one submission's boxes did, in the order in which the cases were asked.

    Attributes:
        endings: One for each box that was opened.
        failure: Set if the guest never got ready.
        ready_s: Time from opening the first box to a loaded model; 0 if it never got there.
        environment: What the guest said of its environment (versions, device).
        out_of_time: Whether the deadline for the whole submission stopped it.
    """

    endings: tuple[Ending, ...]
    failure: GuestFailure | None
    ready_s: float
    environment: Mapping[str, str]
    out_of_time: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the facts that fill its sentence in `messages.VERDICTS`."""

    verdict: Verdict
    facts: Facts = field(default_factory=dict)


# --- scores and grade ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseScore:
    """The score of one case.

    Attributes:
        name: The case's name.
        intersection: Numerator of the IoU: a pixel count, or with soft truth the sum of grey
            levels (0..255).
        union: Its denominator, in the same unit; 0 means empty against empty.
        iou: In [0, 1].
        dice: In [0, 1]: 2 intersection / (intersection + union).
        answered: Whether a valid answer came.
        notes: Remarks on the answer.
        wall_time_s: Time of the answer.
    """

    name: str
    intersection: int
    union: int
    iou: Fraction
    dice: Fraction
    answered: bool
    notes: tuple[Note, ...]
    wall_time_s: float


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """The scores of one submission on one split.

    Attributes:
        cases: In the split's order.
        mean_iou: Mean of the per-case IoUs, exact. The mark comes from this and nothing else.
        pooled_iou: Sum of intersections over sum of unions, in [0, 1].
        mean_dice: In [0, 1].
        interval: Bootstrap 95 % interval of the mean IoU.
    """

    cases: tuple[CaseScore, ...]
    mean_iou: Fraction
    pooled_iou: float
    mean_dice: float
    interval: tuple[float, float]

    @property
    def answered(self) -> int:
        """Number of cases with a valid answer."""
        return sum(case.answered for case in self.cases)


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the next higher mark needs."""

    points: int
    iou: Fraction
    missing: Fraction


@dataclass(frozen=True, slots=True)
class Grade:
    """Points with their basis.

    Attributes:
        points: 0, or a mark of the scale.
        max_points: The scale's highest mark.
        mean_iou: The mean that was compared with the scale (after ``rounding``, if any is set).
        next_step: None at the top.
        span: The marks at the two ends of the score's 95 % interval.
    """

    points: int
    max_points: int
    mean_iou: Fraction
    next_step: NextStep | None
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A case worth looking at, with its answer: for pictures only.

    Attributes:
        case: The image and its ground truth.
        score: Its score.
        mask: bool array (H, W), or None if there was no valid answer.
    """

    case: Case
    score: CaseScore
    mask: npt.NDArray[np.bool_] | None


# --- the whole ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 digests (hex) of all that a mark depends on."""

    submission: str
    assignment: str
    split: str
    environment: str


@dataclass(frozen=True, slots=True)
class Grading:
    """Everything about one grading; `grader.report` tells it.

    Attributes:
        submission: The student's name as `intake` cleaned it.
        assignment: The assignment's short name.
        title: Its title.
        split: ``public`` or ``hidden``.
        secret: Whether the student may learn nothing of the images: those of a secret split, and
            of every hidden one.
        verdict: None only if the grading was interrupted before there was one.
        facts: What fills the gaps of the verdict's sentence in `messages.VERDICTS`.
        grade: None where there is none: our side failed, or the grading was interrupted.
        scores: None if no case was asked.
        refusal: Set if the parcel was refused before anything ran.
        findings: What the policy rules saw.
        session: What the boxes did, if any was opened.
        digests: All that the mark depends on.
        ignored: Names in the parcel that are no part of a submission.
        stamps: Sentences that every view of this report carries, e.g. that nothing isolated it.
        backend: Name of the sandbox.
        seed: Of the order in which the images were asked.
        case_count: Number of cases of the split.
        started_at: UTC, ISO 8601.
        wall_time_s: Of the whole grading.
        host: Versions of the grader's own side.
        exhibits: The worst answers, for pictures; never part of report.json.
        interrupted: Whether Ctrl-C ended it; the answers so far are in ``scores``.
        fault: For COURSE_ERROR and SYSTEM_ERROR: what failed and what to do (instructor only).
    """

    submission: str
    assignment: str
    title: str
    split: str
    secret: bool
    verdict: Verdict | None
    grade: Grade | None
    scores: ScoreCard | None
    facts: Facts = field(default_factory=dict)
    refusal: Refusal | None = None
    findings: Sequence[Finding] = ()
    session: Session | None = None
    digests: Digests | None = None
    ignored: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    backend: str = ""
    seed: int = 0
    case_count: int = 0
    started_at: str = ""
    wall_time_s: float = 0.0
    host: Mapping[str, str] = field(default_factory=dict)
    exhibits: tuple[Exhibit, ...] = ()
    interrupted: bool = False
    fault: str = ""
