"""A split is opened only if its files are those of its manifest."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from grader.datasets.manifest import MANIFEST_NAME, SplitName, write_manifest
from grader.datasets.splits import open_split
from grader.errors import CourseError, UsageError

WriteSplit = Callable[..., Path]

IMAGE = Path("images", "001.Albatross", "a.jpg")
TRUTH = Path("gt", "001.Albatross", "a.png")


@pytest.fixture
def folder(write_split: WriteSplit) -> Path:
    """A secret hidden split of two images with its manifest."""
    folder = write_split("hidden")
    write_manifest(folder, split="hidden", secret=True)
    return folder


def test_a_split_with_a_manifest_has_its_cases_in_order(folder: Path) -> None:
    split = open_split(folder.parent, "hidden")
    assert (split.name, split.folder, split.secret) == ("hidden", folder, True)
    assert split.has_manifest
    assert [case.name for case in split.cases] == ["001.Albatross/a", "002.Auklet/b"]
    assert (split.cases[0].image, split.cases[0].truth) == (folder / IMAGE, folder / TRUTH)


def test_the_folder_of_the_split_itself_can_be_given(folder: Path) -> None:
    assert open_split(folder, "hidden") == open_split(folder.parent, "hidden")


def test_the_manifest_says_whether_a_split_is_secret(folder: Path) -> None:
    write_manifest(folder, split="hidden", secret=False)
    assert not open_split(folder, "hidden").secret


@pytest.mark.parametrize(
    ("name", "secret"), [("train", False), ("public", False), ("hidden", True)]
)
def test_without_a_manifest_only_the_hidden_split_is_secret(
    write_split: WriteSplit, name: SplitName, secret: bool
) -> None:
    split = open_split(write_split(name).parent, name)
    assert (split.secret, split.has_manifest) == (secret, False)
    assert [case.name for case in split.cases] == ["001.Albatross/a", "002.Auklet/b"]


def test_the_digest_does_not_depend_on_the_manifest(folder: Path) -> None:
    with_manifest = open_split(folder, "hidden").digest
    (folder / MANIFEST_NAME).unlink()
    assert open_split(folder, "hidden").digest == with_manifest


def test_the_folder_test_is_the_public_split(write_split: WriteSplit) -> None:
    folder = write_split("test")
    assert open_split(folder.parent, "public").folder == folder
    with pytest.raises(UsageError):
        open_split(folder.parent, "hidden")


def test_the_folder_public_goes_before_test(write_split: WriteSplit) -> None:
    write_split("test")
    folder = write_split("public")
    assert open_split(folder.parent, "public").folder == folder


@pytest.mark.parametrize("victim", [IMAGE, TRUTH])
def test_a_changed_file_stops_the_grading(folder: Path, victim: Path) -> None:
    content = bytearray((folder / victim).read_bytes())
    content[-1] ^= 1
    (folder / victim).write_bytes(content)
    with pytest.raises(CourseError, match=rf"{victim.name} is not the file that"):
        open_split(folder, "hidden")


@pytest.mark.parametrize("victim", [IMAGE, TRUTH])
def test_a_lost_file_stops_the_grading(folder: Path, victim: Path) -> None:
    (folder / victim).unlink()
    with pytest.raises(CourseError, match=rf"{victim.name} cannot be read"):
        open_split(folder, "hidden")


def test_an_image_more_stops_the_grading(folder: Path) -> None:
    shutil.copy(folder / IMAGE, folder / "images" / "b.jpg")
    with pytest.raises(CourseError, match=r"does not name: images/b\.jpg\."):
        open_split(folder, "hidden")
    shutil.copy(folder / IMAGE, folder / "images" / "c.PNG")
    with pytest.raises(CourseError, match=r"does not name: images/b\.jpg and 1 more\."):
        open_split(folder, "hidden")


def test_a_note_beside_the_images_stops_nothing(folder: Path) -> None:
    (folder / "README.txt").write_text("birds")
    (folder / "images" / "Thumbs.db").write_text("thumbs")
    assert open_split(folder, "hidden").has_manifest


def test_swapped_masks_stop_the_grading(folder: Path) -> None:
    first, second = folder / TRUTH, folder / "gt" / "002.Auklet" / "b.png"
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)
    with pytest.raises(CourseError, match="SHA-256 differs"):
        open_split(folder, "hidden")


def test_the_manifest_of_another_split_stops_the_grading(folder: Path) -> None:
    with pytest.raises(CourseError, match="describes the hidden split; the public split was asked"):
        open_split(folder, "public")


def test_a_damaged_manifest_stops_the_grading_and_is_not_taken_for_none(folder: Path) -> None:
    (folder / MANIFEST_NAME).write_text("{")
    with pytest.raises(CourseError, match="is damaged"):
        open_split(folder, "hidden")


def test_a_folder_without_images_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no data folder"):
        open_split(tmp_path / "nowhere", "hidden")
    with pytest.raises(UsageError, match="holds no hidden split"):
        open_split(tmp_path, "hidden")


def test_an_image_without_a_mask_stops_the_grading_also_without_a_manifest(
    write_split: WriteSplit,
) -> None:
    folder = write_split()
    (folder / TRUTH).unlink()
    with pytest.raises(CourseError, match="has no mask"):
        open_split(folder, "public")


def test_a_mask_of_another_size_stops_the_grading_also_without_a_manifest(
    write_split: WriteSplit,
) -> None:
    turned = np.zeros((16, 12), dtype=np.uint8)
    folder = write_split(images=["c/a.jpg"], masks={"c/a.jpg": turned})
    with pytest.raises(CourseError, match="its image has"):
        open_split(folder, "public")


@pytest.mark.skipif(sys.platform == "win32", reason="there a backslash is never part of a name")
def test_a_backslash_in_a_name_stops_the_grading_also_without_a_manifest(
    write_split: WriteSplit,
) -> None:
    folder = write_split(images=["c/images\\a.jpg"])
    with pytest.raises(CourseError, match="has a name with a backslash"):
        open_split(folder, "public")


def test_any_byte_of_any_file_and_any_name_changes_the_digest(write_split: WriteSplit) -> None:
    folder = write_split()
    digests = [open_split(folder, "public").digest]
    for victim in (IMAGE, TRUTH):
        with (folder / victim).open("ab") as file:
            file.write(b"\0")
        digests.append(open_split(folder, "public").digest)
    (folder / IMAGE).rename(folder / IMAGE.with_name("c.jpg"))
    (folder / TRUTH).rename(folder / TRUTH.with_name("c.png"))
    digests.append(open_split(folder, "public").digest)
    assert len(set(digests)) == 4


def test_the_digest_is_about_the_files_not_about_where_they_lie(
    write_split: WriteSplit, tmp_path: Path
) -> None:
    folder = write_split()
    moved = shutil.copytree(folder, tmp_path / "elsewhere" / "data")
    assert open_split(moved, "public").digest == open_split(folder, "public").digest


@pytest.mark.parametrize("name", ["Чайка/птица № 1.png", "005.Crested Auklet/my bird.jpg"])
def test_names_with_blanks_and_cyrillic_letters_are_opened(
    write_split: WriteSplit, name: str
) -> None:
    folder = write_split(images=[name])
    listed = open_split(folder, "public")
    write_manifest(folder, split="public", secret=False)
    opened = open_split(folder, "public")
    assert opened.cases == listed.cases
    assert opened.cases[0].image.read_bytes() == (folder / "images" / name).read_bytes()
