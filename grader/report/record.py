"""report.json: the full record of one grading, from which everything else can be made again.

For instructors only: it names every case and holds what the student's program printed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from fractions import Fraction
from numbers import Integral
from pathlib import Path
from typing import Any

from grader.records import (
    CaseScore,
    Digests,
    Ending,
    Facts,
    Finding,
    Grade,
    Grading,
    GuestFailure,
    Note,
    Refusal,
    ScoreCard,
    Session,
)
from grader.report.disclosure import clean_block
from grader.report.figures import cut
from grader.report.sentences import (
    finding_sentence,
    note_sentence,
    refusal_sentence,
    verdict_sentence,
)
from grader.report.writing import write_whole
from grader.text import clean

SCHEMA = 1
FILE_NAME = "report.json"

_LOG_PART = 4000
"""Characters of a log that are kept from its beginning, and as many from its end."""


def to_document(grading: Grading) -> dict[str, Any]:
    """Turn a grading into plain types: dicts, lists, strings, ints, finite floats, None.

    Keys always come in the same order. Times are seconds, shares are in [0, 1]. A case's IoU and
    Dice stand there exactly, as numerator and denominator; the exact mean follows from them (its
    own denominator can have thousands of digits) and is given with 20 decimals, cut. Every text
    from outside is cleaned.
    """
    return {
        "schema": SCHEMA,
        "submission": clean(grading.submission),
        "assignment": {"name": grading.assignment, "title": clean(grading.title)},
        "split": {
            "name": grading.split,
            "secret": grading.secret,
            "cases": grading.case_count,
        },
        "verdict": grading.verdict.value if grading.verdict else None,
        "sentence": verdict_sentence(grading),
        "facts": _facts(grading.facts),
        "interrupted": grading.interrupted,
        "fault": clean(grading.fault, limit=4000, lines=True),
        "stamps": [clean(stamp, limit=1000) for stamp in grading.stamps],
        "grade": _grade(grading.grade) if grading.grade else None,
        "scores": _scores(grading.scores) if grading.scores else None,
        "refusal": _refusal(grading.refusal) if grading.refusal else None,
        "findings": [_finding(finding) for finding in grading.findings],
        "ignored": [clean(name) for name in grading.ignored],
        "session": _session(grading.session) if grading.session else None,
        "digests": _digests(grading.digests) if grading.digests else None,
        "backend": grading.backend,
        "seed": grading.seed,
        "started_at": grading.started_at,
        "wall_time_s": _finite(grading.wall_time_s),
        "host": _texts(grading.host),
    }


def write_report(grading: Grading, folder: Path) -> Path:
    """Write ``report.json`` into ``folder`` as a whole or not at all, and return its path.

    Raises:
        SystemFault: It cannot be written; the text says why and what to do.
    """
    text = json.dumps(to_document(grading), ensure_ascii=False, allow_nan=False, indent=1)
    # A lone surrogate (from a file name that is no UTF-8) becomes \udcXX, which JSON can read.
    return write_whole(folder / FILE_NAME, f"{text}\n".encode("utf-8", "backslashreplace"))


def _grade(grade: Grade) -> dict[str, Any]:
    step = grade.next_step
    return {
        "points": grade.points,
        "max_points": grade.max_points,
        "mean_iou": _long(grade.mean_iou),
        "next_step": {
            "points": step.points,
            "iou": _exact(step.iou),
            "missing": _long(step.missing),
        }
        if step
        else None,
        "span": list(grade.span),
    }


def _scores(scores: ScoreCard) -> dict[str, Any]:
    return {
        "mean_iou": _long(scores.mean_iou),
        "interval": [_finite(bound) for bound in scores.interval],
        "pooled_iou": _finite(scores.pooled_iou),
        "mean_dice": _finite(scores.mean_dice),
        "answered": scores.answered,
        "cases": [_case(case) for case in scores.cases],
    }


def _case(case: CaseScore) -> dict[str, Any]:
    return {
        "name": clean(case.name, limit=500),
        "intersection": int(case.intersection),
        "union": int(case.union),
        "iou": _exact(case.iou),
        "dice": _exact(case.dice),
        "answered": case.answered,
        "notes": [_note(note) for note in case.notes],
        "wall_time_s": _finite(case.wall_time_s),
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "kind": note.kind.value,
        "sentence": note_sentence(note),
        "facts": _facts(note.facts),
    }


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "name": clean(refusal.name),
        "verdict": refusal.verdict.value,
        "reason": refusal.reason,
        "sentence": refusal_sentence(refusal),
        "facts": _facts(refusal.facts),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "line": finding.line,
        "sentence": finding_sentence(finding),
        "facts": _facts(finding.facts),
    }


def _session(session: Session) -> dict[str, Any]:
    return {
        "endings": [_ending(ending) for ending in session.endings],
        "failure": _failure(session.failure) if session.failure else None,
        "ready_s": _finite(session.ready_s),
        "out_of_time": session.out_of_time,
        "environment": _texts(session.environment),
    }


def _ending(ending: Ending) -> dict[str, Any]:
    return {
        "cause": ending.cause.value,
        "exit_code": ending.exit_code,
        "signal": clean(ending.signal) if ending.signal else None,
        "wall_time_s": _finite(ending.wall_time_s),
        "cpu_time_s": _finite(ending.cpu_time_s),
        "peak_memory_mib": _finite(ending.peak_memory_mib),
        "detail": clean(ending.detail, limit=2000),
        "log": _log(ending.log),
    }


def _log(log: bytes) -> dict[str, str]:
    """The first and the last part of what a box printed; ``last`` is empty for a short log."""
    text = log.decode("utf-8", "replace")
    first, last = text[:_LOG_PART], text[_LOG_PART:][-_LOG_PART:]
    return {
        "first": clean_block(first, _LOG_PART),
        "last": clean_block(last, _LOG_PART),
    }


def _failure(failure: GuestFailure) -> dict[str, Any]:
    return {
        "stage": clean(failure.stage),
        "exception": clean(failure.exception),
        "text": clean_block(failure.text, 2000),
        "line": failure.line,
        "traceback": clean_block(failure.traceback, 8000),
    }


def _digests(digests: Digests) -> dict[str, str]:
    return {
        "submission": digests.submission,
        "assignment": digests.assignment,
        "split": digests.split,
        "environment": digests.environment,
    }


def _exact(fraction: Fraction) -> dict[str, int | float]:
    return {
        "numerator": fraction.numerator,
        "denominator": fraction.denominator,
        "value": float(fraction),
    }


def _long(fraction: Fraction) -> dict[str, str | float]:
    return {"decimals": cut(fraction, 20), "value": float(fraction)}


def _facts(facts: Facts) -> dict[str, str | int | float | None]:
    return {clean(name): _plain(facts[name]) for name in sorted(facts)}


def _plain(value: str | int | float) -> str | int | float | None:
    if isinstance(value, str):
        return clean_block(value, 8000)
    return int(value) if isinstance(value, Integral) else _finite(value)


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {clean(name): clean(texts[name]) for name in sorted(texts)}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
