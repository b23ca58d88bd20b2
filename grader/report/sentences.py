"""Puts the sentences of `grader.messages` together for one grading.

Every function takes the facts through `disclosure` first; ``closed`` says through which door.
"""

from __future__ import annotations

import string
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from grader.messages import (
    IMAGES_TOO_SLOW,
    INSTRUCTOR,
    INTERRUPTED,
    NOTES,
    PARTLY_ANSWERED,
    REFUSALS,
    RULES,
    STARTED_TOO_SLOWLY,
    VERDICTS,
    Message,
)
from grader.records import CaseScore, Facts, Finding, Grading, Note, NoteKind, Refusal, Severity
from grader.report.disclosure import (
    Fact,
    closed_facts,
    known_exception,
    open_facts,
    place,
    with_text,
)
from grader.report.figures import raised, step_of, times
from grader.text import clean
from grader.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Remark:
    """All notes of one kind, told once.

    Attributes:
        kind: The kind.
        count: How many images have such a note.
        sentence: The most frequent sentence among them.
        example: Name of the first case with that sentence; empty where names are secret.
    """

    kind: NoteKind
    count: int
    sentence: str
    example: str = ""


def verdict_sentence(grading: Grading, *, closed: bool = False) -> str:
    """What happened and what to do about it.

    Args:
        grading: The grading.
        closed: Whether the reader may learn nothing of the images. What went wrong before the
            first image was in the box is told to every reader.
    """
    if grading.refusal is not None:
        return refusal_sentence(grading.refusal)
    facts = _verdict_facts(grading, closed=closed and not _ended_before_images(grading))
    return _fill(_verdict_message(grading), facts)


def instructor_sentence(grading: Grading) -> str:
    """Where an instructor finds more and what to do; empty if there is nothing to add."""
    return INSTRUCTOR.get(grading.verdict, "") if grading.verdict is not None else ""


def refusal_sentence(refusal: Refusal) -> str:
    """Why a parcel was refused. It never ran, so its names may be told, cleaned."""
    message = REFUSALS.get(refusal.reason, Message("The parcel was refused: {reason}."))
    return _fill(message, {"reason": refusal.reason, **open_facts(refusal.facts)})


def finding_sentence(finding: Finding) -> str:
    """What a rule saw, with the line. The source was only read, so its words may be told."""
    message = RULES.get(finding.rule, Message("The rule {rule} found something."))
    sentence = _fill(message, {"rule": finding.rule, **open_facts(finding.facts)})
    return f"Line {finding.line}: {sentence}" if finding.line > 0 else sentence


def note_sentence(note: Note, *, closed: bool = False) -> str:
    """What was remarkable about one answer."""
    facts = closed_facts(note.facts) if closed else open_facts(note.facts)
    return _fill(NOTES[note.kind], {"place": "", **facts})


def next_step_sentence(grading: Grading) -> str:
    """What the next mark needs; empty without a grade or at the top."""
    step = grading.grade.next_step if grading.grade else None
    if step is None:
        return ""
    return (
        f"{step.points} points need a mean IoU of {step_of(step.iou)}:"
        f" {raised(step.missing, 4)} more."
    )


def remarks(grading: Grading, *, closed: bool = False) -> tuple[Remark, ...]:
    """Notes grouped by kind: what cost images first, then advice, the frequent before the rare."""
    told: dict[NoteKind, list[tuple[str, str]]] = defaultdict(list)
    for case in grading.scores.cases if grading.scores else ():
        if grading.interrupted and _was_not_asked(case):
            continue  # the sentence above says how far it came
        name = "" if closed else clean(case.name)
        for note in case.notes:
            told[note.kind].append((note_sentence(note, closed=closed), name))
    grouped = [_remark(kind, pairs) for kind, pairs in told.items()]
    return tuple(sorted(grouped, key=lambda it: (it.kind.is_advice, -it.count, it.kind)))


def findings_in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings with the gravest first, then by line."""
    weight = list(Severity)
    return sorted(findings, key=lambda it: (-weight.index(it.severity), it.line, it.rule))


def _remark(kind: NoteKind, pairs: list[tuple[str, str]]) -> Remark:
    counts = Counter(sentence for sentence, _ in pairs)
    # Sentences of the same count are ordered by their letters: the order of images stays secret.
    sentence = min(counts, key=lambda it: (-counts[it], it))
    example = next(name for said, name in pairs if said == sentence)
    return Remark(kind, len(pairs), sentence, example)


def _verdict_message(grading: Grading) -> Message:
    if grading.verdict is None or grading.interrupted:
        return INTERRUPTED
    if grading.verdict is Verdict.GRADED and grading.scores is not None:
        is_whole = grading.scores.answered == len(grading.scores.cases)
        return VERDICTS[Verdict.GRADED] if is_whole else PARTLY_ANSWERED
    session = grading.session
    if grading.verdict is Verdict.TIME_LIMIT and session is not None and not session.out_of_time:
        return IMAGES_TOO_SLOW if session.ready_s else STARTED_TOO_SLOWLY
    return VERDICTS.get(grading.verdict, Message("{verdict}."))


def _verdict_facts(grading: Grading, *, closed: bool) -> dict[str, Fact]:
    facts = closed_facts(grading.facts) if closed else open_facts(grading.facts)
    defaults: dict[str, Fact] = {
        "verdict": str(grading.verdict),
        "cases": grading.case_count,
        "answered": _answered(grading),
        "place": "",
    }
    boxes = grading.facts.get("boxes")
    often: dict[str, Fact] = {"times": times(boxes)} if isinstance(boxes, int) else {}
    return {**defaults, **facts, **often, **_failure_facts(grading, closed=closed)}


def _answered(grading: Grading) -> int:
    """Count the valid answers; of an interrupted grading, all images that were asked."""
    if grading.scores is None:
        return 0
    if not grading.interrupted:
        return grading.scores.answered
    return sum(not _was_not_asked(case) for case in grading.scores.cases)


def _was_not_asked(case: CaseScore) -> bool:
    return any(note.kind is NoteKind.NOT_ASKED for note in case.notes)


def _failure_facts(grading: Grading, *, closed: bool) -> dict[str, Fact]:
    failure = grading.session.failure if grading.session else None
    if failure is None:
        return {}
    if closed:
        known = known_exception(failure.exception)
        return {"exception": known, "place": place(failure.line), "problem": known}
    problem = clean(failure.text).rstrip(" .") or clean(failure.exception)
    return {
        "exception": with_text(failure.exception, failure.text),
        "place": place(failure.line),
        "problem": problem,
    }


def _ended_before_images(grading: Grading) -> bool:
    """Whether no image was ever in a box, so that no text can carry one."""
    never_ready = grading.session is None or grading.session.ready_s == 0
    return never_ready and (grading.scores is None or grading.scores.answered == 0)


def _fill(message: Message, facts: Facts) -> str:
    """Fill a sentence; its advice is left out if a fact for it is not known."""
    gaps = {gap for _, gap, _, _ in string.Formatter().parse(message.help) if gap}
    return (message if gaps <= facts.keys() else Message(message.text)).fill(facts)
