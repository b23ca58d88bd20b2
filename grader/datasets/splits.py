"""Opens a split on disk: with its manifest if it has one, else by listing the folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from grader.datasets.manifest import (
    IMAGE_SUFFIXES,
    MANIFEST_NAME,
    Entry,
    Manifest,
    SplitName,
    file_sha256,
    make_manifest,
    read_manifest,
)
from grader.errors import CourseError, UsageError
from grader.progress import OnProgress, say_nothing
from grader.records import Case, Split

_FOLDER_NAMES: dict[SplitName, tuple[str, ...]] = {
    "train": ("train",),
    "public": ("public", "test"),  # the course's archive calls the public split "test"
    "hidden": ("hidden",),
}


def open_split(data: Path, name: SplitName, on_progress: OnProgress = say_nothing) -> Split:
    """Find the split ``name`` in ``data``, or take ``data`` itself if it holds ``images/``.

    Every file is compared with the manifest before the first image is used. A folder without a
    manifest is taken as it is, and its hidden split is secret.

    Args:
        data: Folder of the splits, or of one.
        name: Which split.
        on_progress: Hears of every case that was looked at.

    Raises:
        UsageError: There is no such folder.
        CourseError: The manifest and the files do not match, or an image has no mask.
    """
    folder = _find(data, name)
    manifest_path = folder / MANIFEST_NAME
    has_manifest = manifest_path.is_file()
    if has_manifest:
        manifest = read_manifest(manifest_path)
    else:
        manifest = make_manifest(
            folder, split=name, secret=name == "hidden", on_progress=on_progress
        )
    if manifest.split != name:
        raise CourseError(
            f"{manifest_path} describes the {manifest.split} split; the {name} split was asked"
            " for. Give the right folder with --data or the right name with --split."
        )
    cases = tuple(_case(folder, entry) for entry in manifest.cases)
    if has_manifest:
        _check_no_strangers(folder, manifest)
        for done, case in enumerate(cases, start=1):
            _check_digests(case, manifest_path)
            on_progress(done, len(cases))
    return Split(name, folder, manifest.secret, cases, _digest(cases), has_manifest)


def _find(data: Path, name: SplitName) -> Path:
    candidates = [data / folder for folder in _FOLDER_NAMES[name]]
    for folder in (*candidates, data):
        if (folder / "images").is_dir():
            return folder
    if not data.is_dir():
        raise UsageError(f"There is no data folder {data}. Give one with --data DIR.")
    raise UsageError(
        f"{data} holds no {name} split: neither {candidates[0]} nor {data} itself has a folder"
        " images/. Give the right folder with --data DIR."
    )


def _case(folder: Path, entry: Entry) -> Case:
    return Case(
        name=entry.name,
        image=folder / entry.image,
        truth=folder / entry.truth,
        height=entry.height,
        width=entry.width,
        image_sha256=entry.image_sha256,
        truth_sha256=entry.truth_sha256,
    )


def _check_no_strangers(folder: Path, manifest: Manifest) -> None:
    listed = {entry.image for entry in manifest.cases}
    present = {
        path.relative_to(folder).as_posix()
        for path in (folder / "images").rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES
    }
    if strangers := sorted(present - listed):
        raise CourseError(
            f"{folder} holds images that its manifest does not name: {strangers[0]}"
            f"{f' and {len(strangers) - 1} more' if strangers[1:] else ''}."
            " Remove them or write the manifest again."
        )


def _check_digests(case: Case, manifest_path: Path) -> None:
    for path, expected in ((case.image, case.image_sha256), (case.truth, case.truth_sha256)):
        if file_sha256(path) != expected:
            raise CourseError(
                f"{path} is not the file that {manifest_path} describes (its SHA-256 differs)."
                " Restore the file or write the manifest again."
            )


def _digest(cases: Iterable[Case]) -> str:
    digest = hashlib.sha256()
    for case in cases:
        digest.update(f"{case.name}\0{case.image_sha256}\0{case.truth_sha256}\n".encode())
    return digest.hexdigest()
