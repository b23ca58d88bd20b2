"""The manifest of a split: which files belong to it, with their digests.

``manifest.json`` stands beside ``images/`` and ``gt/``. It is what makes a mark reproducible: a
file that was changed, lost or added after the manifest was written stops the grading.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from grader.datasets.photographs import check_photograph
from grader.datasets.truths import read_truth
from grader.errors import CourseError, SystemFault
from grader.progress import OnProgress, say_nothing

MANIFEST_NAME = "manifest.json"
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})

SplitName = Literal["train", "public", "hidden"]


def _inside(path: str) -> str:
    inner = PurePosixPath(path)
    is_foreign = inner.is_absolute() or PureWindowsPath(path).drive or {"\\", "\0"} & set(path)
    if is_foreign or ".." in inner.parts or inner.as_posix() != path or not inner.name:
        raise ValueError("must be a path inside the split's folder")
    return path


InnerPath = Annotated[str, AfterValidator(_inside)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Entry(BaseModel):
    """One case. Paths are relative to the manifest, with ``/``; sizes are in pixels.

    ``image_pixels`` and ``truth_pixels`` are digests of the arrays before they were encoded, where
    they are known (a drawn set), so that a drawing can be proved the same whatever encoder wrote
    the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str
    image: InnerPath
    truth: InnerPath
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    image_sha256: Sha256
    truth_sha256: Sha256
    image_pixels: Sha256 | None = None
    truth_pixels: Sha256 | None = None

    @model_validator(mode="after")
    def _files_must_lie_where_the_name_says(self) -> Entry:
        """So that a mask is never taken for an image and sent into a box."""
        image = PurePosixPath(self.image)
        is_named_so = image.with_suffix("").as_posix() == f"images/{self.name}"
        if not is_named_so or image.suffix.lower() not in IMAGE_SUFFIXES:
            raise ValueError(f"the image of {self.name} must be images/{self.name}.jpg or .png")
        if self.truth != f"gt/{self.name}.png":
            raise ValueError(f"the mask of {self.name} must be gt/{self.name}.png")
        return self


class Manifest(BaseModel):
    """The content of ``manifest.json``."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    split: SplitName
    secret: bool
    cases: Annotated[tuple[Entry, ...], Field(min_length=1)]

    @field_validator("cases")
    @classmethod
    def _names_must_differ(cls, cases: tuple[Entry, ...]) -> tuple[Entry, ...]:
        seen: set[str] = set()
        for case in cases:
            if case.name in seen:
                raise ValueError(f"two cases have the name {case.name}")
            seen.add(case.name)
        return cases


def write_manifest(
    folder: Path,
    *,
    split: SplitName,
    secret: bool,
    pixel_digests: Mapping[str, str] | None = None,
    on_progress: OnProgress = say_nothing,
) -> Path:
    """Write the manifest of ``folder/images`` and ``folder/gt`` and return its path.

    Args:
        folder: The split's folder.
        split: Its name.
        secret: Whether students must not learn anything about it.
        pixel_digests: Inner path to the digest of its decoded pixels, where known.
        on_progress: Hears of every pair.

    Raises:
        CourseError: An image has no mask, or one of the two is damaged or has another size.
        SystemFault: The manifest cannot be written.
    """
    manifest = make_manifest(
        folder, split=split, secret=secret, pixel_digests=pixel_digests, on_progress=on_progress
    )
    text = json.dumps(manifest.model_dump(by_alias=True, exclude_none=True), indent=1)
    target = folder / MANIFEST_NAME
    temporary = target.with_suffix(".part")
    try:
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        raise SystemFault(f"{target} cannot be written: {error.strerror}.") from error
    return target


def make_manifest(
    folder: Path,
    *,
    split: SplitName,
    secret: bool,
    pixel_digests: Mapping[str, str] | None = None,
    on_progress: OnProgress = say_nothing,
) -> Manifest:
    """Look at every pair below ``folder``: decode both, compare their sizes, take their digests.

    Raises:
        CourseError: An image has no mask or another size than it, or a file cannot be decoded.
    """
    digests = pixel_digests or {}
    pairs = list(list_pairs(folder))
    cases = []
    for image, truth in pairs:
        cases.append(_entry(folder, image, truth, digests))
        on_progress(len(cases), len(pairs))
    return Manifest(split=split, secret=secret, cases=tuple(cases))


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        CourseError: It is damaged; the text names the first mistake.
    """
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CourseError(f"The manifest {path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        what = first["msg"].removeprefix("Value error, ")
        raise CourseError(f"The manifest {path} is damaged: {where}: {what}.") from None


def list_pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Pairs of image and mask below ``folder``, sorted by name.

    Raises:
        CourseError: There are no images, one has no mask, or two have the same name.
    """
    images = sorted(
        path for path in (folder / "images").rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES
    )
    if not images:
        raise CourseError(f"There are no .jpg or .png images below {folder / 'images'}.")
    seen: dict[str, Path] = {}
    for image in images:
        name = case_name(folder, image)
        if name in seen:
            raise CourseError(f"Two images have the name {name}: {seen[name]} and {image}.")
        seen[name] = image
        truth = folder / "gt" / f"{name}.png"
        if not truth.is_file():
            raise CourseError(f"The image {image} has no mask; expected {truth}.")
        yield image, truth


def case_name(folder: Path, image: Path) -> str:
    """``<class>/<stem>``: unlike the bare file name it is unique.

    Raises:
        CourseError: The name is not UTF-8.
    """
    name = image.relative_to(folder / "images").with_suffix("").as_posix()
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise CourseError(
            f"The name of the image {str(image)!r} is not UTF-8. Rename the file."
        ) from error
    return name


def file_sha256(path: Path) -> str:
    """Digest of a file of the course (hex).

    Raises:
        CourseError: It is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from error


def _entry(folder: Path, image: Path, truth: Path, digests: Mapping[str, str]) -> Entry:
    image_path = image.relative_to(folder).as_posix()
    truth_path = truth.relative_to(folder).as_posix()
    photograph, mask = check_photograph(image), read_truth(truth)
    size = (photograph.height, photograph.width)
    if mask.shape != size:
        raise CourseError(
            f"The mask {truth} has the height and width {mask.shape}; its image has {size}."
        )
    if mask.max() == 1:
        raise CourseError(
            f"The mask {truth} has the grey levels 0 and 1; 0 and 255 are wanted. Multiply it by"
            " 255."
        )
    try:
        return Entry(
            name=case_name(folder, image),
            image=image_path,
            truth=truth_path,
            width=photograph.width,
            height=photograph.height,
            image_sha256=file_sha256(image),
            truth_sha256=file_sha256(truth),
            image_pixels=digests.get(image_path),
            truth_pixels=digests.get(truth_path),
        )
    except ValidationError as error:
        raise CourseError(f"The image {image} has a name with a backslash. Rename it.") from error
