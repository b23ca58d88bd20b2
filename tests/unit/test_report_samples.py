"""Gradings to be told: the samples that the other tests of the report use."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from grader.records import (
    Case,
    CaseScore,
    Cause,
    Digests,
    Ending,
    Exhibit,
    Finding,
    Grade,
    Grading,
    GuestFailure,
    NextStep,
    Note,
    NoteKind,
    Refusal,
    ScoreCard,
    Session,
    Severity,
)
from grader.verdicts import Verdict

TRACEBACK = "Traceback:\n  File segmentation.py\n    x.reshape(3)\n"
WRONG_SIZE = Note(
    NoteKind.WRONG_SIZE,
    {"height": 256, "width": 256, "expected_height": 375, "expected_width": 500},
)
VALUE_ERROR = Note(
    NoteKind.EXCEPTION,
    {"exception": "ValueError", "text": "axes do not match", "line": 41, "traceback": TRACEBACK},
)
SQUEEZED = Note(NoteKind.SQUEEZED)

DIGESTS = Digests("a1" * 32, "b2" * 32, "c3" * 32, "d4" * 32)
ENVIRONMENT = {"device": "CPU, 2 cores", "tensorflow": "2.21.0", "numpy": "2.3.1"}
LOADED = Session(
    endings=(Ending(Cause.CLOSED, 0, None, 38.4, 70.2, 640.5, b"hello from predict\n"),),
    failure=None,
    ready_s=8.123,
    environment=ENVIRONMENT,
)


def case_score(
    name: str,
    iou: Fraction,
    notes: Sequence[Note] = (),
    *,
    answered: bool = True,
    wall_time_s: float = 0.112,
) -> CaseScore:
    return CaseScore(
        name=name,
        intersection=iou.numerator,
        union=iou.denominator,
        iou=iou,
        dice=2 * iou / (1 + iou),
        answered=answered,
        notes=tuple(notes),
        wall_time_s=wall_time_s,
    )


def score_card(cases: Sequence[CaseScore]) -> ScoreCard:
    mean = sum((case.iou for case in cases), Fraction(0)) / len(cases)
    return ScoreCard(tuple(cases), mean, 0.80129, 0.85337, (0.74217, 0.81299))


GOOD_CASES = (
    case_score("001.Albatross/a", Fraction(9, 10)),
    case_score("002.Auklet/b", Fraction(8, 10), [SQUEEZED]),
    case_score("003.Bunting/c", Fraction(69985, 100000)),
)
PARTIAL_CASES = (
    case_score("001.Albatross/a", Fraction(9, 10)),
    case_score("002.Auklet/b", Fraction(0), [WRONG_SIZE], answered=False),
    case_score("003.Bunting/c", Fraction(0), [WRONG_SIZE], answered=False),
    case_score("004.Crow/d", Fraction(0), [VALUE_ERROR], answered=False),
)


def good(**changes: object) -> Grading:
    """A hidden-set grading just below a step: the mean is 0.79995."""
    card = score_card(GOOD_CASES)
    grading = Grading(
        submission="alice",
        assignment="birds",
        title="Bird segmentation",
        split="hidden",
        secret=True,
        verdict=Verdict.GRADED,
        grade=Grade(
            points=9,
            max_points=10,
            mean_iou=card.mean_iou,
            next_step=NextStep(10, Fraction(4, 5), Fraction(4, 5) - card.mean_iou),
            span=(8, 10),
        ),
        scores=card,
        facts={"cases": 3, "answered": 3},
        session=LOADED,
        digests=DIGESTS,
        backend="bubblewrap",
        seed=7,
        case_count=3,
        started_at="2026-01-31T12:00:00+00:00",
        wall_time_s=41.24,
        host={"grader": "0.1.0", "python": "3.11.9"},
    )
    return dataclasses.replace(grading, **changes)  # type: ignore[arg-type]


def partial(**changes: object) -> Grading:
    """Three of four answers are not valid."""
    card = score_card(PARTIAL_CASES)
    step = NextStep(3, Fraction(3, 10), Fraction(3, 10) - card.mean_iou)
    warning = Finding("pass_through_sample", Severity.WARNING, 12, {"name": "torchvision"})
    return good(
        **{
            "submission": "carol",
            "scores": card,
            "grade": Grade(2, 10, card.mean_iou, step, (0, 4)),
            "case_count": 4,
            "facts": {"cases": 4, "answered": 1},
            "findings": (warning,),
            "ignored": ("notes.txt",),
            **changes,
        }
    )


def failed_import(**changes: object) -> Grading:
    """The module that it wants is not there."""
    failure = GuestFailure(
        "import", "ModuleNotFoundError", "No module named 'cv2'", 3, "Traceback: line 3"
    )
    ending = Ending(Cause.EXITED, 1, None, 5.0, 4.0, 300.0, b"before the import\n")
    return good(
        **{
            "submission": "dave",
            "verdict": Verdict.IMPORT_ERROR,
            "scores": None,
            "grade": Grade(0, 10, Fraction(0), NextStep(2, Fraction(1, 5), Fraction(1, 5)), (0, 0)),
            "facts": {"packages": "numpy 2.3.1, tensorflow 2.21.0"},
            "session": Session((ending,), failure, 0.0, {}),
            **changes,
        }
    )


def refused() -> Grading:
    """The parcel has no model."""
    refusal = Refusal("erin", Verdict.MISSING_FILE, "no_such_reason", {"file": "x.hdf5"})
    return good(
        submission="erin",
        verdict=Verdict.MISSING_FILE,
        scores=None,
        grade=Grade(0, 10, Fraction(0), NextStep(2, Fraction(1, 5), Fraction(1, 5)), (0, 0)),
        session=None,
        refusal=refusal,
        facts={},
    )


def our_fault() -> Grading:
    """The sandbox did not start."""
    return good(
        verdict=Verdict.SYSTEM_ERROR,
        scores=None,
        grade=None,
        session=None,
        facts={},
        fault="bubblewrap cannot make a network namespace. Allow user namespaces.",
    )


def interrupted(**changes: object) -> Grading:
    """Ctrl-C after three images."""
    fixed = {"verdict": None, "grade": None, "facts": {}, "interrupted": True, "case_count": 120}
    return good(**{**fixed, **changes})


def everything() -> Grading:
    """A grading in which every field holds something."""
    failure = GuestFailure("import", "SomeError", "some text", 5, "some traceback")
    endings = (Ending(Cause.SIGNALLED, 3, "SIGSEGV", 1.0, 2.0, 3.0, b"some log", "some detail"),)
    cases = tuple(
        case_score(
            f"case/{kind}",
            Fraction(1, 2),
            [Note(kind, {**WRONG_SIZE.facts, **VALUE_ERROR.facts, **_MORE_FACTS})],
        )
        for kind in NoteKind
    )
    case = Case(
        "case/a", Path("some/image.jpg"), Path("some/truth.png"), 3, 3, "e5" * 32, "f6" * 32
    )
    return partial(
        scores=score_card(cases),
        facts={**WRONG_SIZE.facts, **VALUE_ERROR.facts, **_MORE_FACTS, "packages": "some"},
        refusal=Refusal("some", Verdict.MISSING_FILE, "some_reason", {"file": "some"}),
        session=dataclasses.replace(LOADED, endings=endings, failure=failure),
        stamps=("NOT ISOLATED",),
        exhibits=(Exhibit(case, cases[0], None),),
        fault="some fault",
    )


_MORE_FACTS: dict[str, str | int | float] = {
    "type": "list",
    "shape": "(3, 4)",
    "crash": "SIGSEGV",
    "problem": "some problem",
    "low": -0.123456,
    "high": 1.123456,
    "limit_s": 30,
    "memory_mib": 4096,
    "log_mib": 16,
}


def test_the_sample_with_everything_leaves_no_field_empty() -> None:
    grading = everything()
    empty = [
        field.name
        for field in dataclasses.fields(grading)
        if getattr(grading, field.name) in ("", (), None)
    ]
    assert empty == []
