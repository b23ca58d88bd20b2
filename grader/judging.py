"""What the boxes did becomes a verdict: the only place that says whose fault something is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.assignment import Limits
from grader.interview import describe_end
from grader.records import (
    CaseScore,
    Cause,
    Ending,
    Facts,
    GuestFailure,
    Judgement,
    NoteKind,
    Session,
)
from grader.verdicts import Verdict

_STAGES: Mapping[str, Verdict] = {
    "import": Verdict.IMPORT_ERROR,
    "signature": Verdict.BAD_SIGNATURE,
    "model": Verdict.MODEL_UNREADABLE,
}
_CAUSES: Mapping[Cause, Verdict] = {
    Cause.DEADLINE: Verdict.TIME_LIMIT,
    Cause.MEMORY: Verdict.MEMORY_LIMIT,
    Cause.LOG_FLOOD: Verdict.OUTPUT_LIMIT,
    Cause.BAD_FRAME: Verdict.PROTOCOL_VIOLATION,
}


def judge(
    session: Session, scores: Sequence[CaseScore], limits: Limits, packages: Mapping[str, str]
) -> Judgement:
    """Conclude.

    A submission is GRADED if every image was asked, whatever became of single ones. Otherwise the
    verdict names what stopped it. Once a box was ready, a later one that fails to start is no
    reason to lose the answers: then the verdict is that of the crash before it.

    Args:
        session: What the boxes did.
        scores: One for each case.
        limits: That the boxes had.
        packages: Name to version of what the boxes offer, for the sentence on failed imports.
    """
    verdict = _verdict(session, scores)
    return Judgement(verdict, _facts(verdict, session, scores, limits, packages))


def _verdict(session: Session, scores: Sequence[CaseScore]) -> Verdict:
    if any(ending.cause is Cause.BAD_FRAME for ending in session.endings):
        return Verdict.PROTOCOL_VIOLATION
    if session.failure is not None and not session.ready_s:
        return _STAGES.get(session.failure.stage, Verdict.RUNTIME_ERROR)
    if session.out_of_time:
        return Verdict.TIME_LIMIT
    if _some_were_not_asked(scores):
        return _CAUSES.get(_last_end(session).cause, Verdict.RUNTIME_ERROR)
    if not any(score.answered for score in scores):
        return Verdict.NO_PREDICTIONS
    return Verdict.GRADED


def _last_end(session: Session) -> Ending:
    """The last box that was not closed by us, if there is one."""
    ends = [ending for ending in session.endings if ending.cause is not Cause.CLOSED]
    return ends[-1] if ends else Ending(Cause.CLOSED)


def _some_were_not_asked(scores: Sequence[CaseScore]) -> bool:
    return any(note.kind is NoteKind.NOT_ASKED for score in scores for note in score.notes)


def _facts(
    verdict: Verdict,
    session: Session,
    scores: Sequence[CaseScore],
    limits: Limits,
    packages: Mapping[str, str],
) -> Facts:
    facts: dict[str, str | int | float] = {
        "cases": len(scores),
        "answered": sum(score.answered for score in scores),
        "boxes": len(session.endings),
        "limit_s": f"{_time_limit_s(session, limits):g}",
        "memory_mib": limits.memory_mib,
        "log_mib": limits.log_mib,
    }
    if verdict is Verdict.RUNTIME_ERROR:
        facts["crash"] = describe_end(_last_end(session))
    if verdict is Verdict.IMPORT_ERROR:
        facts["packages"] = ", ".join(f"{name} {number}" for name, number in packages.items())
    if session.failure is not None:
        facts |= _failure_facts(session.failure)
    return facts


def _time_limit_s(session: Session, limits: Limits) -> float:
    """The limit that was broken: on everything, on the start, or on one image."""
    if session.out_of_time:
        return limits.total_s
    return limits.image_s if session.ready_s else limits.start_s


def _failure_facts(failure: GuestFailure) -> dict[str, str | int | float]:
    place = f" (line {failure.line})" if failure.line else ""
    return {"exception": failure.exception, "problem": failure.text, "place": place}
