"""The failures of our own side. A student's failure is never an exception: it is a verdict.

GraderError
├── UsageError     the command line is wrong: the caller mends it (exit code 2)
├── CourseError    the assignment or a split is wrong: the instructor mends it (exit code 2)
└── SystemFault    this machine failed: the submission stays ungraded, try again (exit code 1)
"""

from __future__ import annotations


class GraderError(Exception):
    """Base of every error that the grader raises on purpose.

    Its text says what happened, where, and what to do. It is shown to a person as it is.
    """


class UsageError(GraderError):
    """The command asks for something that cannot be done."""


class CourseError(GraderError):
    """The assignment file, the images or the ground truth are at fault."""


class SystemFault(GraderError):
    """The machine, the sandbox or the disk failed; nothing is concluded about the submission."""
