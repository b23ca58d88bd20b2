"""What the boxes did becomes a verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import pytest

from grader.assignment import Limits
from grader.judging import judge
from grader.messages import VERDICTS
from grader.records import (
    CaseScore,
    Cause,
    Ending,
    GuestFailure,
    Judgement,
    Note,
    NoteKind,
    Session,
)
from grader.verdicts import Verdict

LIMITS = Limits(start_s=120, image_s=30, total_s=1800, memory_mib=4096, log_mib=16)
PACKAGES = {"numpy": "2.4.6", "keras": "3.15.1"}

CLOSED = Ending(Cause.CLOSED)
CRASHED = Ending(Cause.SIGNALLED, signal="SIGSEGV")
EXITED = Ending(Cause.EXITED, exit_code=0)
SLOW = Ending(Cause.DEADLINE)
GREEDY = Ending(Cause.MEMORY)
FORKED = Ending(Cause.PROCESSES)
LOUD = Ending(Cause.LOG_FLOOD)
FORGED = Ending(Cause.BAD_FRAME, detail="a wrong nonce")


def scored(kind: NoteKind | None = None) -> CaseScore:
    answered = kind is None or kind.is_advice
    iou = Fraction(int(answered))
    notes = (Note(kind),) if kind else ()
    return CaseScore("a/b", 1, 1, iou, iou, answered, notes, 0.1)


GOOD = scored()
RAISED = scored(NoteKind.EXCEPTION)
CRASH = scored(NoteKind.CRASH)
LATE = scored(NoteKind.TIME_LIMIT)
NOT_ASKED = scored(NoteKind.NOT_ASKED)


def failed(stage: str) -> GuestFailure:
    return GuestFailure(stage, "ModuleNotFoundError", "No module named 'cv3'", line=3)


class Trial(NamedTuple):
    endings: Sequence[Ending]
    scores: Sequence[CaseScore]
    verdict: Verdict
    failed_stage: str = ""
    ready_s: float = 5.0
    out_of_time: bool = False

    def judgement(self) -> Judgement:
        failure = failed(self.failed_stage) if self.failed_stage else None
        session = Session(tuple(self.endings), failure, self.ready_s, {}, self.out_of_time)
        return judge(session, self.scores, LIMITS, PACKAGES)


TRIALS = {
    "every image is answered": Trial([CLOSED], [GOOD, GOOD], Verdict.GRADED),
    "advice alone": Trial([CLOSED], [scored(NoteKind.OUT_OF_RANGE)], Verdict.GRADED),
    "one image raises": Trial([CLOSED], [GOOD, RAISED], Verdict.GRADED),
    "one image crashes, the rest goes on": Trial([CRASHED, CLOSED], [CRASH, GOOD], Verdict.GRADED),
    "one image is slow, the rest goes on": Trial([SLOW, CLOSED], [GOOD, LATE], Verdict.GRADED),
    "the last image crashes": Trial([CRASHED], [GOOD, CRASH], Verdict.GRADED),
    "every image raises": Trial([CLOSED], [RAISED, RAISED], Verdict.NO_PREDICTIONS),
    "every image crashes and all were asked": Trial(
        [CRASHED, CRASHED], [CRASH, CRASH], Verdict.NO_PREDICTIONS
    ),
    "too many crashes": Trial([CRASHED] * 3, [GOOD, CRASH, NOT_ASKED], Verdict.RUNTIME_ERROR),
    "it exits": Trial([EXITED] * 3, [CRASH, NOT_ASKED], Verdict.RUNTIME_ERROR),
    "it forks too much": Trial([FORKED] * 3, [CRASH, NOT_ASKED], Verdict.RUNTIME_ERROR),
    "too many slow images": Trial([SLOW] * 3, [LATE, NOT_ASKED], Verdict.TIME_LIMIT),
    "the last of several ends decides": Trial(
        [CRASHED, SLOW, GREEDY], [CRASH, LATE, NOT_ASKED], Verdict.MEMORY_LIMIT
    ),
    "too much memory": Trial([GREEDY] * 3, [GOOD, NOT_ASKED], Verdict.MEMORY_LIMIT),
    "too much printed": Trial([LOUD] * 3, [GOOD, NOT_ASKED], Verdict.OUTPUT_LIMIT),
    "out of time altogether": Trial(
        [SLOW], [GOOD, NOT_ASKED], Verdict.TIME_LIMIT, out_of_time=True
    ),
    "out of time between two images": Trial(
        [CLOSED], [GOOD, NOT_ASKED], Verdict.TIME_LIMIT, out_of_time=True
    ),
    "a forged frame": Trial([FORGED], [GOOD, NOT_ASKED], Verdict.PROTOCOL_VIOLATION),
    "a forged frame before a good box": Trial(
        [FORGED, CLOSED], [GOOD, GOOD], Verdict.PROTOCOL_VIOLATION
    ),
    "a forged frame instead of a failure": Trial(
        [FORGED], [NOT_ASKED], Verdict.PROTOCOL_VIOLATION, "import", ready_s=0
    ),
    "the import fails": Trial([CLOSED], [NOT_ASKED], Verdict.IMPORT_ERROR, "import", ready_s=0),
    "there is no predict": Trial(
        [CLOSED], [NOT_ASKED], Verdict.BAD_SIGNATURE, "signature", ready_s=0
    ),
    "the model does not load": Trial(
        [CLOSED], [NOT_ASKED], Verdict.MODEL_UNREADABLE, "model", ready_s=0
    ),
    "a stage that the guest made up": Trial(
        [CLOSED], [NOT_ASKED], Verdict.RUNTIME_ERROR, "lunch", ready_s=0
    ),
    "the start is slow": Trial([SLOW], [NOT_ASKED], Verdict.TIME_LIMIT, ready_s=0),
    "the start needs too much memory": Trial(
        [GREEDY], [NOT_ASKED], Verdict.MEMORY_LIMIT, ready_s=0
    ),
    "the import crashes": Trial([CRASHED], [NOT_ASKED], Verdict.RUNTIME_ERROR, ready_s=0),
    "after a crash the next box does not get ready": Trial(
        [CRASHED, CLOSED], [GOOD, CRASH, NOT_ASKED], Verdict.RUNTIME_ERROR, "model"
    ),
    "after a slow image the next box does not get ready": Trial(
        [SLOW, CLOSED], [GOOD, LATE, NOT_ASKED], Verdict.TIME_LIMIT, "import"
    ),
}


@pytest.mark.parametrize("trial", TRIALS.values(), ids=TRIALS)
def test_what_happened_gives_the_verdict(trial: Trial) -> None:
    assert trial.judgement().verdict is trial.verdict


def test_every_verdict_that_a_session_can_lead_to_occurs_above() -> None:
    elsewhere = {  # intake, policy, the reproduction; and our own failures
        Verdict.MISSING_FILE,
        Verdict.REJECTED_ARCHIVE,
        Verdict.POLICY,
        Verdict.NOT_REPRODUCIBLE,
        Verdict.COURSE_ERROR,
        Verdict.SYSTEM_ERROR,
    }
    assert {trial.verdict for trial in TRIALS.values()} == set(Verdict) - elsewhere


@pytest.mark.parametrize("trial", TRIALS.values(), ids=TRIALS)
def test_the_facts_fill_every_gap_of_the_sentence(trial: Trial) -> None:
    judgement = trial.judgement()
    message = VERDICTS[judgement.verdict]
    gaps = set(re.findall(r"{(\w+)}", message.text + message.help))
    assert gaps - {"times"} <= judgement.facts.keys()  # the report makes "twice" of ``boxes``


@pytest.mark.parametrize("trial", TRIALS.values(), ids=TRIALS)
def test_a_session_is_never_judged_to_be_our_failure(trial: Trial) -> None:
    assert not trial.judgement().verdict.is_ours


@pytest.mark.parametrize(
    ("trial", "limit_s"),
    [
        ("the start is slow", "120"),
        ("too many slow images", "30"),
        ("out of time altogether", "1800"),
    ],
)
def test_the_limit_in_the_sentence_is_the_one_that_was_broken(trial: str, limit_s: str) -> None:
    assert TRIALS[trial].judgement().facts["limit_s"] == limit_s


def test_answers_crashes_and_packages_are_counted_and_named() -> None:
    facts = TRIALS["too many crashes"].judgement().facts
    assert (facts["cases"], facts["answered"], facts["boxes"]) == (3, 1, 3)
    assert facts["crash"] == "SIGSEGV"
    facts = TRIALS["the import fails"].judgement().facts
    assert facts["packages"] == "numpy 2.4.6, keras 3.15.1"
    assert facts["place"] == " (line 3)"


def test_the_crash_is_named_even_if_a_closed_box_came_after_it() -> None:
    trial = TRIALS["after a crash the next box does not get ready"]
    assert trial.judgement().facts["crash"] == "SIGSEGV"


@pytest.mark.parametrize("stage", ["GRADED", "ready", "", "import"])
def test_what_the_guest_says_of_its_failure_never_makes_a_grade(stage: str) -> None:
    session = Session((CLOSED,), failed(stage), 0.0, {})
    assert judge(session, [NOT_ASKED], LIMITS, PACKAGES).verdict is not Verdict.GRADED


def test_a_session_without_any_box_is_judged_too() -> None:
    judgement = judge(Session((), None, 0.0, {}), [NOT_ASKED], LIMITS, PACKAGES)
    assert judgement.verdict is Verdict.RUNTIME_ERROR
