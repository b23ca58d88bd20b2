"""Asks one submission for every image, through as many boxes as that takes.

A crash or a time-out costs the image on which it happened. The box is opened again, a few times
at most, and the rest goes on.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from grader.assignment import Assignment
from grader.datasets.photographs import read_photograph
from grader.errors import SystemFault
from grader.progress import Progress
from grader.records import (
    MODEL_NAME,
    SOURCE_NAME,
    Answer,
    Case,
    Cause,
    Ending,
    GuestFailure,
    Note,
    NoteKind,
    Session,
)
from grader.sandbox.base import Box, BoxGone, BoxPlan, Sandbox
from grader.sandbox.channel import Channel, Talk
from grader.text import clean

_REASONS = frozenset(
    {
        NoteKind.EXCEPTION,
        NoteKind.WRONG_SIZE,
        NoteKind.WRONG_DIMENSIONS,
        NoteKind.EMPTY,
        NoteKind.WRONG_TYPE,
    }
)
_ENVIRONMENT = ("python", "tensorflow", "keras", "numpy", "device")
_WORD_LIMIT = 500
_TRACEBACK_LIMIT = 8000


class Interview:
    """One submission's boxes, one after the other.

    Args:
        sandbox: Opens the boxes.
        plan: What each box is made from.
        assignment: For the limits and the threshold.
        progress: Hears of every stage.
    """

    def __init__(
        self, sandbox: Sandbox, plan: BoxPlan, assignment: Assignment, progress: Progress
    ) -> None:
        self._sandbox = sandbox
        self._plan = plan
        self._limits = assignment.limits
        self._threshold = np.float32(assignment.metric.threshold)
        self._progress = progress
        self._endings: list[Ending] = []
        self._failure: GuestFailure | None = None
        self._environment: dict[str, str] = {}
        self._ready_s = 0.0
        self._out_of_time = False
        self._tracebacks_kept: set[tuple[str, int]] = set()

    def answers(self, cases: Sequence[Case]) -> Generator[tuple[Case, Answer]]:
        """Ask for every case, in the given order; yields each with its answer.

        Raises:
            CourseError: One of our own images cannot be read.
            SystemFault: The box failed before any code of the student's ran.
        """
        self._total_deadline = time.monotonic() + self._limits.total_s
        waiting = deque(cases)
        for _ in range(1 + self._limits.restarts):
            if not waiting or not self._may_go_on():
                break
            yield from self._one_box(waiting)
        for case in waiting:
            yield case, Answer(None, (Note(NoteKind.NOT_ASKED),), 0.0)

    def session(self) -> Session:
        """What the boxes did so far."""
        return Session(
            endings=tuple(self._endings),
            failure=self._failure,
            ready_s=self._ready_s,
            environment=dict(self._environment),
            out_of_time=self._out_of_time,
        )

    # --- one box --------------------------------------------------------------------------------

    def _one_box(self, waiting: deque[Case]) -> Iterator[tuple[Case, Answer]]:
        """Ask until nothing waits or the box is gone; the case it died on is answered then."""
        self._progress.stage("Starting the box")
        started = time.monotonic()
        self._is_alive = self._is_asking = False
        box = self._sandbox.open(self._plan)
        try:
            channel = Channel(box)
            if not self._make_ready(channel, started):
                self._close(box, Cause.CLOSED)
                return
            while waiting:
                answer = self._ask(channel, waiting[0])
                yield waiting.popleft(), answer
            self._close(box, Cause.CLOSED)
        except BoxGone as gone:
            ending = self._close(box, gone.cause, gone.detail)
            if not self._is_alive:
                raise SystemFault(_no_sign_of_life(ending)) from gone
            is_late = time.monotonic() >= self._total_deadline
            self._out_of_time = is_late and ending.cause is Cause.DEADLINE
            if self._is_asking and not self._out_of_time and ending.cause is not Cause.BAD_FRAME:
                seconds = time.monotonic() - self._asked_at
                yield waiting.popleft(), Answer(None, (self._note_on(ending),), seconds)
        finally:
            box.close(Cause.CLOSED)

    def _make_ready(self, channel: Channel, started: float) -> bool:
        start_deadline = started + self._limits.start_s
        channel.await_hello(start_deadline)
        self._is_alive = True
        self._progress.stage("Importing segmentation.py and loading the model")
        deadline = min(start_deadline, self._total_deadline)
        is_ready, talk = channel.open(SOURCE_NAME, MODEL_NAME, deadline)
        if not is_ready:
            self._failure = _guest_failure(talk)
            return False
        self._environment = {key: _word(talk, key) for key in _ENVIRONMENT}
        self._ready_s = self._ready_s or time.monotonic() - started
        self._progress.stage("Asking for the images")
        return True

    def _ask(self, channel: Channel, case: Case) -> Answer:
        photograph = read_photograph(case)
        self._asked_at = time.monotonic()
        deadline = min(self._asked_at + self._limits.image_s, self._total_deadline)
        self._is_asking = True
        reply = channel.ask(photograph, deadline)
        self._is_asking = False
        seconds = time.monotonic() - self._asked_at
        if isinstance(reply, dict):
            expected = {
                "expected_height": photograph.height,
                "expected_width": photograph.width,
            }
            return Answer(None, (self._note_from(reply, expected),), seconds)
        values, squeezed = reply
        mask, notes = self._validate(values)
        if squeezed:
            notes = (*notes, Note(NoteKind.SQUEEZED))
        return Answer(mask, notes, seconds)

    def _validate(
        self, values: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.bool_] | None, tuple[Note, ...]]:
        """Threshold an answer (H, W); NaN or infinity anywhere makes it invalid."""
        low, high = float(values.min()), float(values.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            return None, (Note(NoteKind.NOT_FINITE),)
        mask = values > self._threshold
        if low < 0 or high > 1:
            return mask, (Note(NoteKind.OUT_OF_RANGE, {"low": low, "high": high}),)
        return mask, ()

    def _close(self, box: Box, cause: Cause, detail: str = "") -> Ending:
        ending = box.close(cause, detail)
        self._endings.append(ending)
        return ending

    def _may_go_on(self) -> bool:
        if self._failure is not None or self._out_of_time:
            return False
        if not self._endings:
            return True
        return self._ready_s > 0 and self._endings[-1].cause is not Cause.BAD_FRAME

    # --- remarks --------------------------------------------------------------------------------

    def _note_on(self, ending: Ending) -> Note:
        """The note of the image on which a box ended."""
        if ending.cause is Cause.DEADLINE:
            return Note(NoteKind.TIME_LIMIT, {"limit_s": f"{self._limits.image_s:g}"})
        if ending.cause is Cause.MEMORY:
            return Note(NoteKind.MEMORY_LIMIT, {"memory_mib": self._limits.memory_mib})
        if ending.cause is Cause.LOG_FLOOD:
            return Note(NoteKind.OUTPUT_LIMIT, {"log_mib": self._limits.log_mib})
        return Note(NoteKind.CRASH, {"crash": describe_end(ending)})

    def _note_from(self, talk: Talk, expected: dict[str, int]) -> Note:
        """The note that the guest asks for; an unknown one becomes a wrong type."""
        kind = next((kind for kind in _REASONS if kind == talk.get("kind")), NoteKind.WRONG_TYPE)
        if kind is NoteKind.WRONG_SIZE:
            size = {"height": _number(talk, "height"), "width": _number(talk, "width")}
            return Note(kind, {**size, **expected})
        if kind is not NoteKind.EXCEPTION:
            return Note(kind, {"shape": _word(talk, "shape"), "type": _word(talk, "type")})
        exception, line = _word(talk, "exception"), _number(talk, "line")
        facts: dict[str, str | int] = {
            "exception": exception,
            "line": line,
            "text": _word(talk, "text"),
        }
        if (exception, line) not in self._tracebacks_kept:
            self._tracebacks_kept.add((exception, line))
            facts["traceback"] = _word(talk, "traceback", _TRACEBACK_LIMIT)
        return Note(kind, facts)


def describe_end(ending: Ending) -> str:
    """How a program ended by itself, in a few words."""
    if ending.cause is Cause.PROCESSES:
        return "too many processes and threads"
    if ending.signal:
        return ending.signal
    return f"exit code {ending.exit_code}" if ending.exit_code is not None else "it ended itself"


def _guest_failure(talk: Talk) -> GuestFailure:
    return GuestFailure(
        stage=_word(talk, "stage"),
        exception=_word(talk, "exception"),
        text=_word(talk, "text"),
        line=_number(talk, "line"),
        traceback=_word(talk, "traceback", _TRACEBACK_LIMIT),
    )


def _no_sign_of_life(ending: Ending) -> str:
    last_words = clean(ending.log.decode(errors="replace").strip().rpartition("\n")[2], 300)
    return (
        "The box ended before any of the submission's code ran"
        f" ({ending.detail or ending.cause}). Its last words: {last_words or 'none'}"
    )


def _word(talk: Talk, key: str, limit: int = _WORD_LIMIT) -> str:
    return str(talk.get(key, ""))[:limit]


def _number(talk: Talk, key: str) -> int:
    value = talk.get(key)
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0
