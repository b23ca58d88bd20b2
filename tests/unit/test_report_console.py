from __future__ import annotations

import dataclasses
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grader.records import Grading, Note, NoteKind, Session
from grader.report.console import show
from grader.verdicts import Verdict
from tests.unit.test_report_samples import (
    GOOD_CASES,
    LOADED,
    VALUE_ERROR,
    case_score,
    everything,
    failed_import,
    good,
    interrupted,
    our_fault,
    partial,
    refused,
    score_card,
)

REPORT = Path("reports/alice/report.json")
FEEDBACK = Path("reports/alice/feedback.md")

GOOD = """\
alice | Bird segmentation | hidden images ──────────────────────────────────────

  GRADED  9 of 10 points  ■■■■■■■■■□
  All 3 images were answered.

  Mean IoU       0.7999
  95 % interval  0.7421 to 0.8129, which spans 8 to 10 points
  Next mark      10 points need a mean IoU of 0.80: 0.0001 more.
  Beside it      pooled IoU 0.8012, Dice 0.8533 (not for the mark)

  Notes
  1 image        predict returned an array with an extra axis of length 1, which
                 was dropped. e.g. 002.Auklet/b

  Time           41.2 s in all, 8.1 s to get ready, 112 ms per image (median)
  Ran on         bubblewrap, CPU, 2 cores, TensorFlow 2.21.0

  Report         reports/alice/report.json
  For student    reports/alice/feedback.md
  Send the student feedback.md only; the other files tell of hidden images.
"""

OUR_FAULT = """\
alice | Bird segmentation | hidden images ──────────────────────────────────────

  SYSTEM_ERROR  no grade
  Grading could not be completed. Nothing is wrong with your work and no grade
  was recorded.
  bubblewrap cannot make a network namespace. Allow user namespaces.
  Mend what is named above, then grade again. The submission is not to blame.

  Time           41.2 s in all

  Report         reports/alice/report.json
  For student    reports/alice/feedback.md
"""


def printed(grading: Grading, **settings: Any) -> str:
    """What a file or pipe gets, without the blanks at the ends of lines."""
    file = io.StringIO()
    console = Console(file=file, width=settings.pop("width", 80), **settings)
    show(grading, console, report_path=REPORT, feedback_path=FEEDBACK)
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def test_a_good_grading_is_printed_like_this() -> None:
    assert printed(good()) == GOOD


def test_a_fault_of_ours_is_printed_like_this() -> None:
    assert printed(our_fault()) == OUR_FAULT


def test_an_interrupted_grading_has_no_grade_and_says_what_to_do() -> None:
    text = printed(interrupted())
    assert "INTERRUPTED  no grade" in text
    assert "interrupted after 3 of 120 images. No grade was recorded." in text
    assert "Run the same command to grade again." in text
    assert "points" not in text


def test_notes_are_grouped_and_each_has_an_example() -> None:
    text = printed(partial(), width=200)
    assert "2 images       predict returned (256, 256)" in text
    assert "own size. e.g. 002.Auklet/b" in text
    assert "1 image        predict raised ValueError: axes do not match (line 41)." in text
    assert "warning        Line 12: " in text
    assert "Ignored        notes.txt" in text


def test_a_failed_import_is_not_told_what_the_next_mark_needs() -> None:
    text = printed(failed_import())
    assert "IMPORT_ERROR  0 of 10 points" in text
    assert "No module named 'cv2' (line 3)" in text
    assert "Next mark" not in text


def test_nothing_ran_where_the_parcel_was_refused() -> None:
    assert "Ran on" not in printed(refused())


def test_a_stamp_stands_above_the_result() -> None:
    text = printed(good(stamps=("NOT ISOLATED: graded without a sandbox.",)))
    assert text.index("NOT ISOLATED") < text.index("9 of 10")


def test_a_public_grading_has_no_hint_about_the_student() -> None:
    text = printed(good(secret=False, split="public"))
    assert "Send the student" not in text
    assert "Feedback       reports/alice/feedback.md" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_path_is_printed_in_one_piece(width: int) -> None:
    long = Path("reports") / ("x" * 150) / "report.json"
    file = io.StringIO()
    console = Console(file=file, width=width)
    show(good(), console, report_path=long, feedback_path=FEEDBACK, worst_path=Path("worst.png"))
    assert str(long) in file.getvalue()
    assert "Pictures       worst.png" in file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_but_a_path_is_wider_than_the_terminal(width: int) -> None:
    lines = printed(everything(), width=width).splitlines()
    assert [line for line in lines if len(line) > width and "reports/" not in line] == []


def test_markup_in_foreign_text_is_printed_as_it_is() -> None:
    name = "[bold]x[/] [link=http://x]"
    case = case_score(name, Fraction(0), [VALUE_ERROR])
    grading = partial(submission=name, ignored=(name,), scores=score_card([case]))
    text = " ".join(printed(grading, width=200, color_system=None).split())
    assert text.count(name) == 3


def test_escape_sequences_and_direction_marks_do_not_reach_the_terminal() -> None:
    name = "\x1b]0;title\x07\x1b[2Jx\u202egnp\r\nnext"
    case = case_score(name, Fraction(0), [VALUE_ERROR])
    grading = partial(
        submission=name, title=name, ignored=(name,), stamps=(name,), scores=score_card([case])
    )
    text = printed(grading, width=200)
    assert not set("\x1b\x07\u202e\r") & set(text)


def test_without_unicode_the_bar_is_drawn_in_ascii() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    show(good(), Console(file=file, width=80), report_path=REPORT, feedback_path=FEEDBACK)
    file.flush()
    assert "9 of 10 points  #########-" in raw.getvalue().decode("ascii")


def test_images_that_were_not_reached_are_no_note_of_an_interrupted_grading() -> None:
    not_asked = [
        case_score(f"n{it}", Fraction(0), [Note(NoteKind.NOT_ASKED)], answered=False)
        for it in range(117)
    ]
    wrong = case_score("w", Fraction(0), [VALUE_ERROR], answered=False)
    text = printed(interrupted(scores=score_card([*GOOD_CASES[:2], wrong, *not_asked])))
    assert "after 3 of 120 images" in text
    assert "117" not in text
    assert "1 image        predict raised ValueError" in text


@pytest.mark.parametrize(
    ("session", "said"),
    [
        (dataclasses.replace(LOADED, out_of_time=True), "Stopped after 300 s;"),
        (LOADED, "predict took longer than 300 s for an image more than once;"),
        (dataclasses.replace(LOADED, ready_s=0.0), "the model not loaded after 300 s."),
    ],
)
def test_a_time_limit_is_told_by_the_limit_that_was_broken(session: Session, said: str) -> None:
    facts = {"limit_s": "300", "answered": 1, "cases": 3}
    grading = good(verdict=Verdict.TIME_LIMIT, session=session, facts=facts)
    assert said in " ".join(printed(grading).split())


def test_a_crash_is_told_with_how_often_it_happened() -> None:
    facts = {"boxes": 3, "crash": "SIGSEGV", "answered": 1, "cases": 3}
    text = " ".join(printed(good(verdict=Verdict.RUNTIME_ERROR, facts=facts)).split())
    assert "The program crashed 3 times (SIGSEGV); 1 of 3 images" in text
