"""What the grader concludes about one submission: a closed list."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """The conclusion of one grading.

    Every value but the last two says something about the submission. ``COURSE_ERROR`` and
    ``SYSTEM_ERROR`` say that our side failed: such a submission has no grade, which is not a zero.
    """

    GRADED = "GRADED"
    MISSING_FILE = "MISSING_FILE"
    REJECTED_ARCHIVE = "REJECTED_ARCHIVE"
    POLICY = "POLICY"
    IMPORT_ERROR = "IMPORT_ERROR"
    MODEL_UNREADABLE = "MODEL_UNREADABLE"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    RUNTIME_ERROR = "RUNTIME_ERROR"
    TIME_LIMIT = "TIME_LIMIT"
    MEMORY_LIMIT = "MEMORY_LIMIT"
    OUTPUT_LIMIT = "OUTPUT_LIMIT"
    PROTOCOL_VIOLATION = "PROTOCOL_VIOLATION"
    NO_PREDICTIONS = "NO_PREDICTIONS"
    NOT_REPRODUCIBLE = "NOT_REPRODUCIBLE"
    COURSE_ERROR = "COURSE_ERROR"
    SYSTEM_ERROR = "SYSTEM_ERROR"

    @property
    def is_ours(self) -> bool:
        """Whether the fault lies with the course or the machine, so that there is no grade."""
        return self in (Verdict.COURSE_ERROR, Verdict.SYSTEM_ERROR)

    @property
    def counts_answers(self) -> bool:
        """Whether the answers that did come are counted (a missing one counts as 0)."""
        return self in _COUNTS_ANSWERS


_COUNTS_ANSWERS = frozenset(
    {
        Verdict.GRADED,
        Verdict.RUNTIME_ERROR,
        Verdict.TIME_LIMIT,
        Verdict.MEMORY_LIMIT,
        Verdict.OUTPUT_LIMIT,
        Verdict.NO_PREDICTIONS,
    }
)
