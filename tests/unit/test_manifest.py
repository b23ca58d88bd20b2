"""The manifest says which files belong to a split, and vouches for each."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from grader.datasets.manifest import (
    MANIFEST_NAME,
    case_name,
    file_sha256,
    list_pairs,
    make_manifest,
    read_manifest,
    write_manifest,
)
from grader.errors import CourseError, SystemFault

Edit = Callable[[dict[str, Any]], object]
WriteSplit = Callable[..., Path]


@pytest.fixture
def folder(write_split: WriteSplit) -> Path:
    """A split of two images with its manifest."""
    folder = write_split()
    write_manifest(folder, split="public", secret=False)
    return folder


def edited(folder: Path, edit: Edit) -> Path:
    path = folder / MANIFEST_NAME
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_manifest_names_every_case_with_size_and_digests(folder: Path) -> None:
    manifest = read_manifest(folder / MANIFEST_NAME)
    assert (manifest.split, manifest.secret) == ("public", False)
    assert [case.name for case in manifest.cases] == ["001.Albatross/a", "002.Auklet/b"]
    first = manifest.cases[0]
    assert (first.image, first.truth) == ("images/001.Albatross/a.jpg", "gt/001.Albatross/a.png")
    assert (first.width, first.height) == (16, 12)
    assert first.image_sha256 == file_sha256(folder / first.image)
    assert first.truth_sha256 == file_sha256(folder / first.truth)
    assert first.image_pixels is None


def test_the_same_files_give_the_same_manifest(folder: Path) -> None:
    before = (folder / MANIFEST_NAME).read_bytes()
    write_manifest(folder, split="public", secret=False)
    assert (folder / MANIFEST_NAME).read_bytes() == before
    assert sorted(item.name for item in folder.iterdir()) == ["gt", "images", MANIFEST_NAME]


def test_digests_of_drawn_pixels_are_kept_where_they_are_known(folder: Path) -> None:
    known = {"gt/001.Albatross/a.png": "a" * 64}
    path = write_manifest(folder, split="hidden", secret=True, pixel_digests=known)
    first, second = read_manifest(path).cases
    assert (first.truth_pixels, first.image_pixels, second.truth_pixels) == ("a" * 64, None, None)


@pytest.mark.parametrize(
    "image",
    [
        "/etc/passwd",
        "../public/images/001.Albatross/a.jpg",
        "images/../../secret.jpg",
        "images\\001.Albatross\\a.jpg",
        "C:/images/a.jpg",
        "C:a.jpg",
        "images/./001.Albatross/a.jpg",
        "images//001.Albatross/a.jpg",
        "images/001.Albatross/a\0.jpg",
        "",
        ".",
    ],
)
@pytest.mark.parametrize("key", ["image", "truth"])
def test_a_path_that_could_lead_out_of_the_folder_is_refused(
    folder: Path, key: str, image: str
) -> None:
    path = edited(folder, lambda content: content["cases"][0].update({key: image}))
    with pytest.raises(CourseError, match=rf"cases\.0\.{key}: .*inside the split's folder"):
        read_manifest(path)


@pytest.mark.parametrize(
    "change",
    [
        {"image": "gt/001.Albatross/a.png"},
        {"image": "images/002.Auklet/b.png"},
        {"truth": "gt/002.Auklet/b.png"},
        {"truth": "images/001.Albatross/a.jpg"},
        {"image": "images/001.Albatross/a"},
        {"image": "images/001.Albatross/a.gif"},
        {"name": "x"},
        {"name": "../a", "image": "images/a.jpg"},
    ],
)
def test_a_mask_can_never_be_taken_for_an_image(folder: Path, change: dict[str, str]) -> None:
    path = edited(folder, lambda content: content["cases"][0].update(change))
    with pytest.raises(CourseError, match=r"must be (images|gt)/"):
        read_manifest(path)


@pytest.mark.parametrize(
    ("edit", "where"),
    [
        (lambda content: content.update(schema=2), "schema"),
        (lambda content: content.update(split="secret"), "split"),
        (lambda content: content.update(cases=[]), "cases"),
        (lambda content: content.update(author="me"), "author"),
        (lambda content: content.pop("secret"), "secret"),
        (lambda content: content["cases"].append(content["cases"][0]), "two cases have the name"),
        (lambda content: content["cases"][1].pop("truth"), r"cases\.1\.truth"),
        (lambda content: content["cases"][0].update(width=0), r"cases\.0\.width"),
        (lambda content: content["cases"][0].update(note="x"), r"cases\.0\.note"),
        (lambda content: content["cases"][0].update(image_sha256="A" * 64), "image_sha256"),
        (lambda content: content["cases"][0].update(truth_sha256="a" * 63), "truth_sha256"),
        (lambda content: content["cases"][0].update(truth_sha256=None), "truth_sha256"),
        (lambda content: content["cases"][0].update(name="\ud800"), r"."),
    ],
)
def test_a_damaged_manifest_is_refused_with_the_place(folder: Path, edit: Edit, where: str) -> None:
    with pytest.raises(CourseError, match=f"is damaged: .*{where}"):
        read_manifest(edited(folder, edit))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[]", b'{"split": "public"', b"\xff\xfe", b"[" * 100_000]
)
def test_a_manifest_that_is_no_json_object_is_refused(folder: Path, content: bytes) -> None:
    (folder / MANIFEST_NAME).write_bytes(content)
    with pytest.raises(CourseError, match="is damaged"):
        read_manifest(folder / MANIFEST_NAME)


def test_a_manifest_that_is_lost_or_a_folder_cannot_be_read(folder: Path) -> None:
    for path in (folder / "lost.json", folder):
        with pytest.raises(CourseError, match="cannot be read"):
            read_manifest(path)


def test_without_images_there_is_nothing_to_list(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"no \.jpg or \.png images"):
        list(list_pairs(tmp_path))
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "readme.txt").write_text("none")
    with pytest.raises(CourseError, match=r"no \.jpg or \.png images"):
        list(list_pairs(tmp_path))


def test_the_same_stem_as_jpg_and_png_would_have_one_mask_for_two_images(
    write_split: WriteSplit,
) -> None:
    folder = write_split(images=["001.Albatross/a.jpg", "001.Albatross/a.png"])
    with pytest.raises(CourseError, match=r"Two images have the name 001\.Albatross/a"):
        list(list_pairs(folder))


def test_the_same_base_name_in_two_classes_is_two_cases(write_split: WriteSplit) -> None:
    folder = write_split(images=["001.Albatross/a.jpg", "002.Auklet/a.jpg"])
    names = [case_name(folder, image) for image, _ in list_pairs(folder)]
    assert names == ["001.Albatross/a", "002.Auklet/a"]


@pytest.mark.parametrize(
    "name",
    [
        "005.Crested Auklet/my bird (1).jpg",
        "Чайка/птица № 1.png",
        "001.a/b.c.d.jpg",
        "flat.JPG",
        "a/b/c/d.jpeg",
        "'quotes' \"and\" <brackets>/a.png",
    ],
)
def test_names_may_have_blanks_dots_and_any_letters(write_split: WriteSplit, name: str) -> None:
    folder = write_split(images=[name])
    manifest = read_manifest(write_manifest(folder, split="train", secret=False))
    assert manifest.cases[0].image == f"images/{name}"
    assert manifest.cases[0].name == name.rpartition(".")[0]
    assert (folder / manifest.cases[0].truth).is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_a_name_that_is_not_utf_8_is_named(write_split: WriteSplit) -> None:
    folder = write_split(images=["001.Albatross/a.jpg"])
    latin = os.fsdecode("Möwe".encode("latin-1"))
    (folder / "images" / "001.Albatross" / "a.jpg").rename(folder / "images" / f"{latin}.jpg")
    with pytest.raises(CourseError, match=r"M\\udcf6we.* is not UTF-8"):
        list(list_pairs(folder))


def test_an_image_without_a_mask_is_named(write_split: WriteSplit) -> None:
    folder = write_split()
    (folder / "gt" / "002.Auklet" / "b.png").unlink()
    with pytest.raises(CourseError, match=r"b\.png has no mask; expected .*gt"):
        write_manifest(folder, split="public", secret=False)


@pytest.mark.parametrize("victim", ["images/001.Albatross/a.jpg", "gt/001.Albatross/a.png"])
@pytest.mark.parametrize("left", [0.0, 0.6])
def test_a_damaged_file_gets_no_manifest(folder: Path, victim: str, left: float) -> None:
    content = (folder / victim).read_bytes()
    (folder / victim).write_bytes(content[: int(left * len(content))])
    with pytest.raises(CourseError, match=r"a\.(jpg|png) cannot be read"):
        write_manifest(folder, split="public", secret=False)


def test_a_folder_that_is_called_like_an_image_gets_no_manifest(folder: Path) -> None:
    (folder / "images" / "001.Albatross" / "c.jpg").mkdir()
    shutil.copy(folder / "gt" / "002.Auklet" / "b.png", folder / "gt" / "001.Albatross" / "c.png")
    with pytest.raises(CourseError, match=r"c\.jpg cannot be read"):
        write_manifest(folder, split="public", secret=False)


def test_a_mask_of_another_size_gets_no_manifest(write_split: WriteSplit) -> None:
    turned = np.zeros((16, 12), dtype=np.uint8)
    folder = write_split(images=["c/a.jpg"], masks={"c/a.jpg": turned})
    with pytest.raises(CourseError, match=r"\(16, 12\); its image has \(12, 16\)"):
        write_manifest(folder, split="public", secret=False)


def test_a_coloured_mask_gets_no_manifest(folder: Path) -> None:
    Image.new("RGB", (16, 12), (128, 0, 0)).save(folder / "gt" / "001.Albatross" / "a.png")
    with pytest.raises(CourseError, match="has colours"):
        write_manifest(folder, split="public", secret=False)


def test_a_manifest_that_cannot_be_written_is_the_machines_fault(folder: Path) -> None:
    (folder / "manifest.part").mkdir()
    with pytest.raises(SystemFault, match="cannot be written"):
        write_manifest(folder, split="public", secret=False)


def test_a_mask_of_zeros_and_ones_is_the_courses_fault(write_split: WriteSplit) -> None:
    folder = write_split()
    mask = next((folder / "gt").rglob("*.png"))
    Image.fromarray((np.asarray(Image.open(mask)) > 127).astype(np.uint8)).save(mask)
    with pytest.raises(CourseError, match="0 and 255 are wanted"):
        make_manifest(folder, split="public", secret=False)
