"""The assignment file: read strictly, its mistakes named all at once."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.errors import CourseError
from grader.policy import RULE_NAMES
from grader.records import Severity

GOOD = """\
name = "birds"
title = "Segment the bird"
[grading]
scale = [{ iou = 0.80, points = 10 }, { iou = 0.5, points = 5 }]
"""


def load(tmp_path: Path, text: str) -> Assignment:
    path = tmp_path / "assignment.toml"
    path.write_text(text, encoding="utf-8")
    return load_assignment(path)


def mistakes(tmp_path: Path, text: str) -> str:
    with pytest.raises(CourseError) as caught:
        load(tmp_path, text)
    assert "assignment.toml" in str(caught.value)
    return str(caught.value)


def test_the_students_template_loads_with_nothing_but_its_own_words(repository: Path) -> None:
    path = repository / "student_template" / "assignment.toml"
    assignment = load_assignment(path)
    assert assignment.path == path
    assert assignment.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert assignment.name == "birds"
    assert assignment.metric.truth == "binary"


def test_what_is_left_out_has_the_value_of_the_template(
    tmp_path: Path, assignment: Assignment
) -> None:
    short = load(tmp_path, GOOD)
    assert short.metric == assignment.metric
    assert short.limits == assignment.limits
    assert short.submission == assignment.submission
    assert short.policy == assignment.policy


def test_a_step_keeps_the_decimals_of_the_file(tmp_path: Path) -> None:
    scale = load(tmp_path, GOOD).grading.scale
    assert scale[0].iou == Decimal("0.80")
    assert str(scale[0].iou) == "0.80"
    long = load(tmp_path, GOOD.replace("0.80", "0.7999999999999999999999"))
    assert long.grading.scale[0].iou < Decimal("0.8")


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = mistakes(
        tmp_path,
        """\
        name = "No Blanks"
        [metric]
        treshold = 0.5
        truth = "fuzzy"
        truth_level = 255
        [grading]
        scale = [{ iou = 1.5, points = 10 }, { iou = 0.5 }]
        [limits]
        image_s = 0
        [policy.severity]
        network = "fatal"
        """,
    )
    for key in (
        "name:",
        "title: is missing.",
        "metric.treshold: there is no such key. Did you mean threshold?",
        "metric.truth: input should be 'binary' or 'soft' (it is 'fuzzy').",
        "metric.truth_level:",
        "grading.scale[1].iou:",
        "grading.scale[2].points: is missing.",
        "limits.image_s: input should be greater than 0 (it is '0').",
        "policy.severity.network:",
    ):
        assert f"\n  {key}" in text
    assert text.count("\n") == 9


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("[limit]\n", "limit: there is no such key. Did you mean limits?"),
        ("[limits]\nmemory_mb = 1", "limits.memory_mb: there is no such key. Did you mean memory_"),
        ("[submission]\nmax_model = 1", "Did you mean max_model_mib?"),
        ("[policy]\nweights = []", "Did you mean allowed_weights?"),
        ("[metric]\nxyzzy = 1", "There are: empty_against_empty, threshold, truth, truth_level."),
    ],
)
def test_an_unknown_key_has_a_suggestion(tmp_path: Path, table: str, sentence: str) -> None:
    assert sentence in mistakes(tmp_path, GOOD + table)


def test_an_unknown_key_in_a_step_has_a_suggestion(tmp_path: Path) -> None:
    text = mistakes(tmp_path, GOOD.replace("iou = 0.5", "iuo = 0.5"))
    assert "grading.scale[2].iuo: there is no such key. Did you mean iou?" in text


@pytest.mark.parametrize("key", ["path", "sha256"])
def test_what_the_grader_fills_in_itself_is_no_key(tmp_path: Path, key: str) -> None:
    assert f"unknown key: {key}" in mistakes(tmp_path, f'{key} = "x"\n' + GOOD)


@pytest.mark.parametrize(
    "scale",
    [
        "[{ iou = 0.5, points = 5 }, { iou = 0.8, points = 10 }]",
        "[{ iou = 0.8, points = 5 }, { iou = 0.5, points = 10 }]",
        "[{ iou = 0.8, points = 5 }, { iou = 0.80, points = 4 }]",
    ],
)
def test_the_steps_of_a_scale_must_go_down(tmp_path: Path, scale: str) -> None:
    text = mistakes(tmp_path, f'name = "a"\ntitle = "A"\n[grading]\nscale = {scale}\n')
    assert "grading: steps must go down:" in text


@pytest.mark.parametrize(
    "table",
    [
        "[limits]\nimage_s = inf",
        "[limits]\ntotal_s = nan",
        "[limits]\nrestarts = 11",
        "[metric]\nthreshold = 1.0",
        "[metric]\nthreshold = nan",
        "[grading]\nscale = []",
        "[grading]\nscale = [{ iou = nan, points = 1 }]",
        "[grading]\nscale = [{ iou = 0.5, points = 1.5 }]",
        "metric = 5",
    ],
)
def test_a_value_that_makes_no_sense_is_refused(tmp_path: Path, table: str) -> None:
    base = 'name = "a"\ntitle = "A"\n' if "[grading]" in table else GOOD
    text = f"{table}\n{base}" if table.startswith("metric") else f"{base}{table}\n"
    assert "has mistakes" in mistakes(tmp_path, text)


@pytest.mark.parametrize("name", sorted(RULE_NAMES))
def test_every_rule_can_be_given_a_severity(tmp_path: Path, name: str) -> None:
    assignment = load(tmp_path, GOOD + f'[policy.severity]\n{name} = "refuse"\n')
    assert assignment.policy.severity == {name: Severity.REFUSE}


def test_an_unknown_rule_is_a_mistake_with_a_suggestion(tmp_path: Path) -> None:
    text = mistakes(tmp_path, GOOD + '[policy.severity]\nforbiden_library = "refuse"\nx = "note"\n')
    assert "policy.severity: there is no rule forbiden_library. Did you mean forbidden_" in text
    assert "there is no rule x. There are: " in text
    assert not text.endswith("..")


def test_broken_toml_is_named_with_its_line(tmp_path: Path) -> None:
    text = mistakes(tmp_path, 'name = "birds"\ntitle = \n')
    assert "is not valid TOML" in text
    assert "line 2" in text


def test_a_file_in_another_encoding_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "assignment.toml"
    path.write_bytes('title = "Vögel"'.encode("latin-1"))
    with pytest.raises(CourseError, match="is not valid TOML"):
        load_assignment(path)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"There is no assignment file .*--assignment"):
        load_assignment(tmp_path / "assignment.toml")


def test_a_folder_is_no_assignment_file(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="cannot be read"):
        load_assignment(tmp_path)


def test_an_assignment_does_not_change_once_it_is_read(assignment: Assignment) -> None:
    with pytest.raises(ValueError, match="frozen"):
        assignment.metric.threshold = 0.1  # type: ignore[misc]
