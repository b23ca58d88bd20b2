from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.messages import NOTES
from grader.records import Note, NoteKind, Session
from grader.report.feedback import as_markdown, feedback
from grader.report.sentences import remarks
from tests.unit.test_report_samples import (
    LOADED,
    VALUE_ERROR,
    WRONG_SIZE,
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

# --- nothing of a secret split gets out ---------------------------------------------------------

ALLOWED_PATHS = {
    "submission",
    "title",
    "split",
    "stamps[0]",
    "findings[0].rule",
    "findings[0].facts[name]",
    "refusal.reason",
    "refusal.facts[file]",
}
"""Texts that a student may read even about a secret split. All are ours, or from their parcel."""


def _planted(record: Any, path: str, markers: dict[str, str]) -> Any:
    """A copy of ``record`` whose every text, path and byte string is a marker of its own."""
    if isinstance(record, Enum) or record is None:
        return record
    if isinstance(record, str | bytes | Path):
        marker = f"marker{len(markers):04d}x"
        markers[marker] = path
        return marker.encode() if isinstance(record, bytes) else type(record)(marker)
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        values = {
            field.name: _planted(
                getattr(record, field.name), f"{path}.{field.name}".lstrip("."), markers
            )
            for field in dataclasses.fields(record)
        }
        return dataclasses.replace(record, **values)
    if isinstance(record, Mapping):
        return {key: _planted(it, f"{path}[{key}]", markers) for key, it in record.items()}
    if isinstance(record, tuple):
        return tuple(_planted(it, f"{path}[{place}]", markers) for place, it in enumerate(record))
    return record


def _paths_told(text: str, markers: Mapping[str, str]) -> set[str]:
    return {markers[found] for found in re.findall(r"marker\d{4}x", text)}


@pytest.mark.parametrize("with_refusal", [True, False])
def test_a_secret_split_lets_no_text_out_but_the_allowed_ones(with_refusal: bool) -> None:
    markers: dict[str, str] = {}
    grading = _planted(everything(), "", markers)
    if not with_refusal:
        grading = dataclasses.replace(grading, refusal=None)
    assert len(markers) > 150
    told = feedback(grading)
    assert _paths_told(as_markdown(told), markers) <= ALLOWED_PATHS
    assert _paths_told(repr(told), markers) <= ALLOWED_PATHS


def test_the_planted_markers_would_be_seen_if_they_got_out() -> None:
    markers: dict[str, str] = {}
    grading = dataclasses.replace(_planted(everything(), "", markers), secret=False, refusal=None)
    told = _paths_told(as_markdown(feedback(grading)), markers)
    assert {"scores.cases[0].name", "session.endings[0].log", "session.failure.traceback"} <= told


def _numbers_in(text: str) -> set[str]:
    return set(re.findall(r"\d{7,}", text))


def test_a_note_cannot_carry_a_large_number_out() -> None:
    facts: dict[str, str | int | float] = {
        "height": 10**9 + 7,
        "width": 1234567890123,
        "shape": "(1234567, 89101112)",
        "low": -0.1234567890123,
        "high": 1234567.890123,
        "exception": "E1234567",
        "line": 12345678,
        "type": "T1234567",
        "crash": "exit code 12345678",
    }
    cases = [case_score(f"c/{kind}", Fraction(0), [Note(kind, facts)]) for kind in NoteKind]
    text = as_markdown(feedback(partial(scores=score_card(cases))))
    assert _numbers_in(text) == set()
    assert "0.123" not in text


def test_only_known_exceptions_are_named() -> None:
    own = Note(NoteKind.EXCEPTION, {"exception": "PixelsAre010110", "line": 3, "text": "x"})
    text = as_markdown(feedback(partial(scores=score_card([case_score("a", Fraction(0), [own])]))))
    assert "predict raised an exception of its own (line 3)." in text
    assert "PixelsAre" not in text


def test_of_each_kind_only_the_most_frequent_sentence_is_told() -> None:
    def raised(exception: str) -> Note:
        return Note(NoteKind.EXCEPTION, {"exception": exception, "line": 5})

    names = ["KeyError", "ValueError", "ValueError", "TypeError"]
    cases = [case_score(name, Fraction(0), [raised(name)]) for name in names]
    told = feedback(partial(scores=score_card(cases)))
    assert [(it.images, it.sentence) for it in told.remarks] == [
        (4, "predict raised ValueError (line 5).")
    ]


def test_a_remark_for_students_knows_no_name_of_an_image() -> None:
    assert {remark.example for remark in remarks(partial(), closed=True)} == {""}
    assert {remark.example for remark in remarks(partial())} == {"002.Auklet/b", "004.Crow/d"}


def test_the_order_of_the_images_does_not_choose_the_sentence() -> None:
    one = case_score("a", Fraction(0), [VALUE_ERROR])
    other = case_score(
        "b", Fraction(0), [Note(NoteKind.EXCEPTION, {"exception": "KeyError", "line": 1})]
    )
    first = feedback(partial(scores=score_card([one, other])))
    second = feedback(partial(scores=score_card([other, one])))
    assert first.remarks == second.remarks


def test_no_text_of_the_program_is_told_once_an_image_was_in_the_box() -> None:
    failure = failed_import().session
    assert failure is not None
    asked = Session(LOADED.endings, failure.failure, 8.0, {})
    text = as_markdown(feedback(failed_import(session=asked, facts={"packages": "secret9"})))
    assert "cv2" not in text
    assert "secret9" not in text
    assert "could not be imported: ModuleNotFoundError (line 3)." in text


# --- what is told -------------------------------------------------------------------------------


def test_a_failed_import_is_told_with_its_words_and_the_packages() -> None:
    text = as_markdown(feedback(failed_import()))
    assert "segmentation.py could not be imported: No module named 'cv2' (line 3)." in text
    assert "These packages are there: numpy 2.3.1, tensorflow 2.21.0." in text
    assert "Mean IoU" not in text


def test_advice_that_lacks_a_fact_is_left_out() -> None:
    text = as_markdown(feedback(failed_import(facts={})))
    assert "These packages" not in text
    assert "?" not in text


def test_the_words_of_a_failure_are_cut() -> None:
    session = failed_import().session
    assert session is not None
    assert session.failure is not None
    failure = dataclasses.replace(session.failure, text="x" * 5000)
    told = feedback(failed_import(session=dataclasses.replace(session, failure=failure)))
    assert len(told.sentence) < 400


def test_a_hidden_grading_tells_the_mark_and_the_counts() -> None:
    text = as_markdown(feedback(partial()))
    assert "**2 of 10 points** on the hidden images" in text
    assert "1 of 4 images got a valid answer." in text
    assert "- 2 images: predict returned (256, 256); the image is (375, 500)." in text
    assert "- 1 image: predict raised ValueError (line 41)." in text
    assert "Line 12: " in text


def test_a_mean_just_below_a_step_is_cut_and_what_is_missing_is_not_nothing() -> None:
    text = as_markdown(feedback(good()))
    assert "Mean IoU: 0.7999" in text
    assert "10 points need a mean IoU of 0.80: 0.0001 more." in text
    assert "95 % interval: 0.7421 to 0.8129, which spans 8 to 10 points" in text


def test_rounding_for_the_scale_is_told() -> None:
    grade = good().grade
    assert grade is not None
    rounded = dataclasses.replace(grade, mean_iou=Fraction(4, 5), points=10, next_step=None)
    text = as_markdown(feedback(good(grade=rounded)))
    assert "rounded as the assignment says: 0.8000" in text


def test_our_own_fault_is_told_without_its_cause() -> None:
    text = as_markdown(feedback(our_fault()))
    assert "Nothing is wrong with your work and no grade was recorded." in text
    assert "namespace" not in text
    assert "points" not in text


def test_an_interrupted_grading_has_no_mark() -> None:
    text = as_markdown(feedback(interrupted()))
    assert "interrupted after 3 of 120 images" in text
    assert "points" not in text


def test_a_refused_parcel_is_told_with_its_stamp() -> None:
    text = as_markdown(feedback(dataclasses.replace(refused(), stamps=("NOT ISOLATED",))))
    assert "> **NOT ISOLATED**" in text
    assert "**MISSING_FILE**: **0 of 10 points**" in text


def test_a_public_grading_tells_every_image_the_worst_first() -> None:
    told = feedback(partial(secret=False, split="public"))
    assert told.details is not None
    assert [row.name for row in told.details.cases][-1] == "001.Albatross/a"
    text = as_markdown(told)
    assert "| 004.Crow/d | 0.0000 |" in text
    assert "axes do not match" in text
    assert "    hello from predict" in text


def test_a_public_failure_tells_the_traceback() -> None:
    text = as_markdown(feedback(failed_import(secret=False)))
    assert "    Traceback: line 3" in text


@pytest.mark.parametrize("kind", list(NoteKind))
def test_every_kind_of_note_has_a_whole_sentence_from_its_facts(kind: NoteKind) -> None:
    case = next(it for it in _scored(everything()) if it.notes[0].kind is kind)
    for secret in (True, False):
        told = feedback(partial(secret=secret, scores=score_card([case])))
        assert "?" not in told.remarks[0].sentence
        assert told.remarks[0].sentence[:8] == NOTES[kind].text[:8]


def _scored(grading: Any) -> Iterator[Any]:
    return iter(grading.scores.cases)


def test_a_public_exception_in_predict_tells_its_traceback_with_the_indents() -> None:
    text = as_markdown(feedback(partial(secret=False)))
    assert "    Traceback:\n      File segmentation.py\n        x.reshape(3)\n" in text


@pytest.mark.parametrize(
    ("crash", "told"),
    [
        ("SIGSEGV", "(SIGSEGV)"),
        ("exit code 3", "(exit code 3)"),
        ("exit code -11", "(exit code -11)"),
        ("too many processes and threads", "(too many processes and threads)"),
        ("SIGPIXELS", "(it ended by itself)"),
        ("010101", "(it ended by itself)"),
    ],
)
def test_a_crash_is_told_in_words_of_ours(crash: str, told: str) -> None:
    note = Note(NoteKind.CRASH, {"crash": crash})
    card = score_card([case_score("a", Fraction(0), [note])])
    assert told in feedback(partial(scores=card)).remarks[0].sentence


@pytest.mark.parametrize(
    ("described", "told"),
    [
        ("list", "returned list;"),
        ("ndarray of object", "returned ndarray of objects;"),
        ("ndarray of <U31415", "returned ndarray of text;"),
        ("ndarray of complex64", "returned ndarray of complex numbers;"),
        ("Pixels0101", "returned an object of another type;"),
    ],
)
def test_a_type_is_told_in_words_of_ours(described: str, told: str) -> None:
    note = Note(NoteKind.WRONG_TYPE, {"type": described, "shape": ""})
    card = score_card([case_score("a", Fraction(0), [note])])
    assert told in feedback(partial(scores=card)).remarks[0].sentence


@pytest.mark.parametrize("limit_s", ["30", "0.5", 30, 30.0])
def test_a_limit_is_told_however_it_is_given(limit_s: str | float) -> None:
    note = Note(NoteKind.TIME_LIMIT, {"limit_s": limit_s})
    card = score_card([case_score("a", Fraction(0), [note])])
    assert re.search(r"within (30|0\.5) s\.", feedback(partial(scores=card)).remarks[0].sentence)


# --- Markdown -----------------------------------------------------------------------------------


def test_hostile_names_have_no_meaning_in_markdown() -> None:
    name = "<script>x</script> [a](http://x) | **b** `c`\n# d"
    case = case_score(name, Fraction(0), [WRONG_SIZE])
    text = as_markdown(feedback(partial(secret=False, submission=name, scores=score_card([case]))))
    assert "\\<script\\>" in text
    assert not re.search(r"(?<!\\)<script", text)
    assert "[a\\](http" in text
    assert "\\*\\*b\\*\\*" in text
    assert not re.search(r"^# d", text, re.MULTILINE)
    row = next(line for line in text.splitlines() if line.startswith("| \\<script"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 6


def test_a_log_cannot_end_its_block() -> None:
    endings = (dataclasses.replace(LOADED.endings[0], log=b"```\n</pre>\n# title\nend"),)
    session = dataclasses.replace(LOADED, endings=endings)
    text = as_markdown(feedback(partial(secret=False, session=session)))
    block = text.split("by TensorFlow\n\n")[1].split("\n\n")[0]
    assert block.splitlines() == ["    ```", "    </pre>", "    # title", "    end"]


def test_a_mask_never_matters_for_the_feedback() -> None:
    exhibit = everything().exhibits[0]
    seen = dataclasses.replace(exhibit, mask=np.ones((3, 3), dtype=bool))
    assert feedback(partial(exhibits=(seen,))) == feedback(partial())
