"""The real command in a real process, on real files: what a person sees, and the exit code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.boxes import sandbox
from tests.discs import draw_discs

HOME = Path(__file__).parent.parent.parent
ZOO = HOME / "tests" / "zoo"
OK, OUR_FAULT, WRONG_CALL, INTERRUPTED = 0, 1, 2, 130


@pytest.fixture(autouse=True)
def _needs_bubblewrap() -> None:
    sandbox("bubblewrap")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a space and Cyrillic letters in its name, holding both splits."""
    folder = tmp_path / "данные курса"
    for split in ("hidden", "public"):
        draw_discs(folder / split)
    return folder


@pytest.fixture
def alisa(tmp_path: Path) -> Path:
    return submission(tmp_path / "Алиса Иванова", "honest")


def submission(folder: Path, animal: str) -> Path:
    """A zoo animal as a student's folder."""
    folder.mkdir(parents=True)
    shutil.copyfile(ZOO / "submissions" / animal / "segmentation.py", folder / "segmentation.py")
    shutil.copyfile(ZOO / "models" / "tiny.hdf5", folder / "segmentation_model.hdf5")
    return folder


def command(*arguments: object, out: Path) -> list[str]:
    return [sys.executable, str(HOME / "run_grader.py"), *map(str, arguments), "--out", str(out)]


def run(*arguments: object, out: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command; whatever happens, nobody sees a traceback."""
    done = subprocess.run(
        command(*arguments, out=out), capture_output=True, text=True, check=False, **options
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def report_in(out: Path) -> dict[str, Any]:
    (path,) = out.rglob("report.json")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_a_folder_is_graded_on_the_hidden_set(data: Path, alisa: Path, tmp_path: Path) -> None:
    done = run(alisa, "--data", data, out=tmp_path / "out")
    assert done.returncode == OK, done.stderr
    assert "10 of 10" in done.stdout
    assert "Алиса Иванова" in done.stdout
    report = report_in(tmp_path / "out")
    assert report["verdict"] == "GRADED"
    assert report["grade"]["points"] == 10
    assert len(report["scores"]["cases"]) == 4


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_gets_the_same_mark(kind: str, data: Path, alisa: Path, tmp_path: Path) -> None:
    archive = tmp_path / f"alisa.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as packed:
            for file in alisa.iterdir():
                packed.write(file, f"alisa/{file.name}")
    else:
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(alisa, "alisa")
    done = run(archive, "--data", data, out=tmp_path / "out")
    assert done.returncode == OK, done.stderr
    assert report_in(tmp_path / "out")["grade"]["points"] == 10


def test_the_same_seed_gives_the_same_report(data: Path, alisa: Path, tmp_path: Path) -> None:
    reports = []
    for name in ("first", "second"):
        run(alisa, "--data", data, "--seed", 7, out=tmp_path / name)
        reports.append(report_in(tmp_path / name))
    first, second = (
        {key: report[key] for key in ("grade", "digests", "seed")} for report in reports
    )
    assert first == second


def test_the_student_learns_nothing_of_a_secret_image(data: Path, tmp_path: Path) -> None:
    folder = submission(tmp_path / "carol", "crashes_on_grey")
    run(folder, "--data", data, out=tmp_path / "out")
    (feedback,) = (tmp_path / "out").rglob("feedback.md")
    text = feedback.read_text(encoding="utf-8")
    assert "ValueError" in text
    assert "not enough values" not in text  # the exception's own text
    for name in ("a.wide", "b.tall", "c.grey", "d.long", "disc"):
        assert name not in text


def test_a_self_check_tells_everything(data: Path, tmp_path: Path) -> None:
    folder = submission(tmp_path / "carol", "crashes_on_grey")
    run(folder, "--data", data, "--split", "public", out=tmp_path / "out")
    (feedback,) = (tmp_path / "out").rglob("feedback.md")
    text = feedback.read_text(encoding="utf-8")
    assert "c.grey" in text
    assert "not enough values" in text
    (picture,) = (tmp_path / "out").rglob("worst.png")
    assert picture.stat().st_size > 1000


def test_the_host_imports_neither_tensorflow_nor_h5py(
    data: Path, alisa: Path, tmp_path: Path
) -> None:
    words = command(alisa, "--data", data, out=tmp_path / "out")
    done = subprocess.run(
        [words[0], "-X", "importtime", *words[1:]], capture_output=True, text=True, check=True
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "numpy" in imported  # so the list is a real one
    assert not {"tensorflow", "keras", "h5py", "pickle_compat", "torch"} & imported


def test_a_secret_split_needs_isolation(data: Path, alisa: Path, tmp_path: Path) -> None:
    done = run(alisa, "--data", data, "--backend", "process", out=tmp_path / "out")
    assert done.returncode == WRONG_CALL
    assert "--unsafe" in done.stderr
    assert list(tmp_path.rglob("report.json")) == []


def test_without_isolation_the_report_says_so(data: Path, alisa: Path, tmp_path: Path) -> None:
    done = run(alisa, "--data", data, "--backend", "process", "--unsafe", out=tmp_path / "out")
    assert done.returncode == OK, done.stderr
    assert "NOT ISOLATED" in done.stdout
    assert "NOT ISOLATED" in " ".join(report_in(tmp_path / "out")["stamps"])


# --- bad input -----------------------------------------------------------------------------------


def test_a_missing_folder(data: Path, tmp_path: Path) -> None:
    done = run(tmp_path / "nobody", "--data", data, out=tmp_path / "out")
    assert done.returncode == WRONG_CALL
    assert "nobody" in done.stderr


def test_one_of_two_missing_stops_before_anything_is_graded(
    data: Path, alisa: Path, tmp_path: Path
) -> None:
    done = run(alisa, tmp_path / "nobody", "--data", data, out=tmp_path / "out")
    assert done.returncode == WRONG_CALL
    assert list(tmp_path.rglob("report.json")) == []


def test_two_submissions_of_one_name_do_not_overwrite_each_other(
    data: Path, alisa: Path, tmp_path: Path
) -> None:
    other = shutil.make_archive(str(tmp_path / "other" / alisa.name), "zip", alisa)
    done = run(alisa, other, "--data", data, out=tmp_path / "out")
    assert done.returncode == WRONG_CALL
    assert "--out" in done.stderr


def test_an_empty_folder(data: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run(tmp_path / "empty", "--data", data, out=tmp_path / "out")
    assert done.returncode == OK
    assert report_in(tmp_path / "out")["verdict"] == "MISSING_FILE"


def test_a_broken_assignment(data: Path, alisa: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('name = "birds\n')
    done = run(alisa, "--data", data, "--assignment", broken, out=tmp_path / "out")
    assert done.returncode == WRONG_CALL
    assert "broken.toml is not valid TOML" in done.stderr


def test_a_manifest_that_does_not_match(data: Path, alisa: Path, tmp_path: Path) -> None:
    seal = [sys.executable, str(HOME / "run_grader.py"), "seal", str(data / "hidden")]
    sealed = subprocess.run(seal, capture_output=True, text=True, check=True)
    assert "Sealed 4 images (secret)" in sealed.stdout
    mask = data / "hidden" / "gt" / "disc" / "a.wide.png"
    mask.write_bytes(mask.read_bytes() + b"!")
    done = run(alisa, "--data", data, out=tmp_path / "out")
    assert done.returncode == WRONG_CALL
    assert "a.wide.png" in done.stderr


def test_an_unreadable_image_of_ours_is_no_zero(data: Path, alisa: Path, tmp_path: Path) -> None:
    image = data / "hidden" / "images" / "disc" / "b.tall.jpg"
    image.write_bytes(image.read_bytes()[:200])
    done = run(alisa, "--data", data, out=tmp_path / "out")
    assert done.returncode == WRONG_CALL
    assert "b.tall.jpg cannot be read" in done.stderr
    assert list(tmp_path.rglob("report.json")) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_for_the_report(data: Path, alisa: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", small], check=True)
    try:
        (small / "filler").write_bytes(bytes(4096))
        done = run(alisa, "--data", data, out=small / "out")
    finally:
        subprocess.run(["umount", small], check=True)
    assert done.returncode == OUR_FAULT
    assert "disk is full" in done.stderr.lower() or "no space left" in done.stderr.lower()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_for_the_temporary_files(data: Path, alisa: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", small], check=True)
    try:
        environment = {**os.environ, "TMPDIR": str(small)}
        done = run(alisa, "--data", data, out=tmp_path / "out", env=environment)
    finally:
        subprocess.run(["umount", small], check=True)
    assert done.returncode == OUR_FAULT
    assert report_in(tmp_path / "out")["verdict"] == "SYSTEM_ERROR"
    assert report_in(tmp_path / "out")["grade"] is None


def test_a_folder_for_reports_that_is_a_file(data: Path, alisa: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    done = run(alisa, "--data", data, out=tmp_path / "out")
    assert done.returncode == WRONG_CALL
    assert "--out" in done.stderr


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_was_done(
    ending: signal.Signals, data: Path, tmp_path: Path
) -> None:
    slow = submission(tmp_path / "slow", "slow_on_all")
    words = command(slow, "--data", data, out=tmp_path / "out")
    grader = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    family = _wait_for_an_answer(grader)
    grader.send_signal(ending)
    told, complaints = grader.communicate(timeout=30)
    assert grader.returncode == INTERRUPTED
    assert "Traceback" not in told + complaints
    report = report_in(tmp_path / "out")
    assert report["interrupted"] is True
    assert report["grade"] is None
    assert sum(case["answered"] for case in report["scores"]["cases"]) >= 1
    assert psutil.wait_procs(family, timeout=5)[1] == []


def _wait_for_an_answer(grader: subprocess.Popen[str]) -> list[psutil.Process]:
    assert grader.stdout is not None
    for line in grader.stdout:
        if "1 of 4 images" in line:
            time.sleep(0.2)
            return psutil.Process(grader.pid).children(recursive=True)
    raise AssertionError("no image was answered")
