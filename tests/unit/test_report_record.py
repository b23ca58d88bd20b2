from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from grader.errors import SystemFault
from grader.records import Cause, Ending, Grading, Note, NoteKind, Session
from grader.report import tell
from grader.report.record import to_document, write_report
from grader.report.writing import write_whole
from tests.unit.test_report_samples import (
    LOADED,
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

HOSTILE = "\x1b[31mred\x1b[0m \u202e[bold]<b>\nnext"

ALL_KINDS = [good, partial, failed_import, refused, our_fault, interrupted, everything]


@pytest.mark.parametrize("make", ALL_KINDS)
def test_a_report_comes_back_from_json_as_it_was(make: type[Grading], tmp_path: Path) -> None:
    path = write_report(make(), tmp_path)
    assert json.loads(path.read_text(encoding="utf-8")) == to_document(make())


def test_the_order_of_keys_is_the_same_for_every_grading() -> None:
    assert list(to_document(good())) == list(to_document(our_fault()))


def test_scores_stand_in_the_report_exactly() -> None:
    document = to_document(good())
    cases = document["scores"]["cases"]
    ious = [Fraction(case["iou"]["numerator"], case["iou"]["denominator"]) for case in cases]
    assert sum(ious) / len(ious) == Fraction(79995, 100000)
    assert document["scores"]["mean_iou"]["decimals"] == "0.79995000000000000000"
    assert document["grade"]["points"] == 9


def test_a_mean_with_a_huge_denominator_can_be_written(tmp_path: Path) -> None:
    primes = [it for it in range(40_000, 70_000) if all(it % d for d in range(2, 265))]
    card = score_card([case_score(f"c{it}", Fraction(it - 1, it)) for it in primes[:1500]])
    assert card.mean_iou.denominator.bit_length() > 4300 * 4
    write_report(good(scores=card), tmp_path)


def test_figures_that_json_does_not_know_become_null() -> None:
    ending = Ending(Cause.CLOSED, wall_time_s=float("nan"), peak_memory_mib=float("inf"))
    note = Note(NoteKind.OUT_OF_RANGE, {"low": float("-inf"), "high": 2.0})
    document = to_document(
        good(
            session=Session((ending,), None, 1.0, {}),
            scores=score_card([case_score("a", Fraction(1), [note])]),
        )
    )
    json.dumps(document, allow_nan=False)
    assert document["session"]["endings"][0]["wall_time_s"] is None
    assert document["scores"]["cases"][0]["notes"][0]["facts"] == {"high": 2.0, "low": None}


def test_hostile_text_is_cleaned_before_it_is_written() -> None:
    ending = Ending(Cause.EXITED, log=HOSTILE.encode() + b"\xff\x00")
    document = to_document(
        partial(
            submission=HOSTILE,
            scores=score_card([case_score(HOSTILE, Fraction(1))]),
            session=Session((ending,), None, 1.0, {"device": HOSTILE}),
            ignored=(HOSTILE,),
        )
    )
    text = json.dumps(document, ensure_ascii=False)
    assert "\x1b" not in text
    assert "\\u001b" not in text
    assert "\u202e" not in text
    assert document["submission"] == "red [bold]<b> next"
    assert document["session"]["endings"][0]["log"]["first"].startswith("red [bold]<b>\nnext")


def test_a_long_log_keeps_its_beginning_and_its_end() -> None:
    ending = Ending(Cause.LOG_FLOOD, log=b"first" + b"x" * 100_000 + b"last")
    document = to_document(good(session=Session((ending,), None, 1.0, {})))
    log = document["session"]["endings"][0]["log"]
    assert log["first"].startswith("first")
    assert log["last"].endswith("last")
    assert len(log["first"]) + len(log["last"]) <= 8000


def test_a_name_that_is_no_text_can_be_written(tmp_path: Path) -> None:
    path = write_report(good(title="b\udcffird", assignment="b\udcff"), tmp_path)
    assert json.loads(path.read_bytes())["assignment"]["name"] == "b\udcff"


def test_an_old_report_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_report(partial(), tmp_path)
    write_report(good(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert json.loads((tmp_path / "report.json").read_text())["submission"] == "alice"


def test_a_folder_that_is_a_file_is_a_fault_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemFault, match="is a file, not a folder"):
        write_report(good(), tmp_path / "file")
    with pytest.raises(SystemFault, match="is a file, not a folder"):
        write_report(good(), tmp_path / "file" / "deeper")


def test_a_folder_in_the_place_of_the_report_is_a_fault_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "report.json" / "x").mkdir(parents=True)
    with pytest.raises(SystemFault, match="there is a folder of that name"):
        write_report(good(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_full_disk_is_a_fault_of_the_system_and_keeps_the_old_report(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if not _mount_small_disk(disk):
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        write_report(good(), disk)
        with pytest.raises(SystemFault, match="the disk is full"):
            write_whole(disk / "report.json", os.urandom(1 << 20))
        assert [path.name for path in disk.iterdir()] == ["report.json"]
        assert json.loads((disk / "report.json").read_text())["submission"] == "alice"
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_without_permission_is_a_fault_of_the_system(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with _as_an_ordinary_user(), pytest.raises(SystemFault, match="no permission"):
        write_report(good(), tmp_path)


def test_telling_writes_the_files_and_takes_away_an_old_picture(tmp_path: Path) -> None:
    (tmp_path / "worst.png").write_bytes(b"of an earlier grading")
    told = tell(partial(), tmp_path / ".." / tmp_path.name)
    assert told.worst is None
    assert {path.name for path in tmp_path.iterdir()} == {"report.json", "feedback.md"}
    assert "2 of 10 points" in told.feedback.read_text(encoding="utf-8")


def test_the_environment_of_the_box_is_in_the_report() -> None:
    assert to_document(good(session=LOADED))["session"]["environment"]["tensorflow"] == "2.21.0"


@contextmanager
def _as_an_ordinary_user() -> Iterator[None]:
    """Root may write everywhere, so it gives up its rights for a moment."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def _mount_small_disk(folder: Path) -> bool:
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
