"""Reads ``assignment.toml``: the one file that says how an assignment is graded.

Students and instructors have the same file. Only the pixels of the hidden split are secret.
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Collection, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from grader.errors import CourseError
from grader.messages import RULES
from grader.records import Severity


class _Table(BaseModel):
    """A table of the file: every key is checked, an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


Share = Annotated[Decimal, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class MetricSettings(_Table):
    """How an answer is compared with the ground truth. See `grader.metrics.iou`."""

    threshold: Annotated[float, Field(ge=0, lt=1)] = 0.5
    truth: Literal["binary", "soft"] = "binary"
    truth_level: Annotated[int, Field(ge=0, le=254)] = 127
    empty_against_empty: Literal["one", "zero"] = "one"


class ScaleStep(_Table):
    """A mark and the mean IoU that it needs."""

    iou: Share
    points: Annotated[int, Field(gt=0)]


class GradingSettings(_Table):
    """How the mean IoU becomes points.

    ``rounding`` is the number of decimals to which the mean is rounded before it is compared with
    the scale, as old graders did; without it nothing is rounded.
    """

    scale: tuple[ScaleStep, ...]
    rounding: Annotated[int, Field(ge=1, le=12)] | None = None

    @model_validator(mode="after")
    def _steps_must_descend(self) -> GradingSettings:
        if not self.scale:
            raise ValueError("the scale needs at least one step")
        for higher, lower in zip(self.scale, self.scale[1:], strict=False):
            if lower.iou >= higher.iou or lower.points >= higher.points:
                raise ValueError(
                    f"steps must go down: {lower.points} points at {lower.iou} comes after"
                    f" {higher.points} points at {higher.iou}"
                )
        return self


class Limits(_Table):
    """What a box may use. Times are wall-clock seconds."""

    start_s: Positive = 120
    image_s: Positive = 30
    total_s: Positive = 1800
    memory_mib: Annotated[int, Field(ge=256)] = 4096
    processes: Annotated[int, Field(ge=16)] = 256
    disk_mib: Annotated[int, Field(ge=1)] = 256
    log_mib: Annotated[int, Field(ge=1)] = 16
    restarts: Annotated[int, Field(ge=0, le=10)] = 2


class SubmissionSettings(_Table):
    """How large a parcel may be."""

    max_source_kib: Annotated[int, Field(ge=1)] = 1024
    max_model_mib: Annotated[int, Field(ge=1)] = 512
    max_archive_mib: Annotated[int, Field(ge=1)] = 600


class PolicySettings(_Table):
    """Rules over the source text.

    Attributes:
        severity: Rule name to ``note``, ``warning`` or ``refuse``; the others keep their own.
        forbidden_libraries: Top-level packages that a solution must not import.
        allowed_weights: Values of ``weights=`` that a solution may use.
    """

    severity: dict[str, Severity] = {}
    forbidden_libraries: tuple[str, ...] = (
        "segmentation_models",
        "segmentation_models_pytorch",
        "keras_segmentation",
        "keras_unet",
        "keras_unet_collection",
        "keras_hub",
        "keras_cv",
        "transformers",
        "ultralytics",
        "segment_anything",
        "torchvision",
        "mmseg",
    )
    allowed_weights: tuple[str, ...] = ("imagenet",)

    @field_validator("severity")
    @classmethod
    def _rules_must_exist(cls, severity: dict[str, Severity]) -> dict[str, Severity]:
        unknown = [name for name in severity if name not in RULES]
        if unknown:
            raise ValueError(
                " ".join(
                    f"there is no rule {name}.{_did_you_mean(name, RULES)}" for name in unknown
                )
            )
        return severity


class Assignment(_Table):
    """The published task.

    Attributes:
        path: The file it was read from.
        sha256: Digest of that file (hex).
    """

    path: Path
    sha256: str
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    metric: MetricSettings = MetricSettings()
    grading: GradingSettings
    limits: Limits = Limits()
    submission: SubmissionSettings = SubmissionSettings()
    policy: PolicySettings = PolicySettings()


def load_assignment(path: Path) -> Assignment:
    """Read and check an assignment file.

    Raises:
        CourseError: The file is missing or wrong; the text names every mistake with its key.
    """
    content = _read(path)
    table = _parse(path, content)
    if clash := {"path", "sha256"} & table.keys():
        raise CourseError(f"{path}: unknown key: {', '.join(sorted(clash))}.")
    try:
        return Assignment(path=path, sha256=hashlib.sha256(content).hexdigest(), **table)
    except ValidationError as error:
        mistakes = "\n".join(f"  {line}" for line in _mistakes(error))
        raise CourseError(f"{path} has mistakes:\n{mistakes}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CourseError(
            f"There is no assignment file {path}. Give one with --assignment FILE."
        ) from None
    except OSError as error:
        raise CourseError(
            f"The assignment file {path} cannot be read: {error.strerror}."
        ) from error


def _parse(path: Path, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} is not valid TOML: {error}.") from None


def _mistakes(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        key = _dotted(detail["loc"])
        if detail["type"] == "extra_forbidden":
            yield f"{key}: there is no such key.{_key_meant(detail)}"
        elif detail["type"] == "missing":
            yield f"{key}: is missing."
        else:
            text = detail["msg"].removeprefix("Value error, ")
            given = "" if isinstance(detail["input"], dict | BaseModel) else _given(detail)
            sentence = f"{key}: {text[:1].lower()}{text[1:]}{given}"
            yield sentence if sentence.endswith((".", "?")) else f"{sentence}."


def _given(detail: ErrorDetails) -> str:
    return f" (it is {str(detail['input'])[:60]!r})"


def _dotted(location: tuple[int | str, ...]) -> str:
    dotted = ""
    for part in location:
        dotted += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return dotted.removeprefix(".")


def _key_meant(detail: ErrorDetails) -> str:
    table: Any = Assignment
    for part in detail["loc"][:-1]:
        table = _inner_table(table, part)
    names = set(table.model_fields) - {"path", "sha256"}
    return _did_you_mean(str(detail["loc"][-1]), names)


def _did_you_mean(word: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean {close[0]}?" if close else f" There are: {', '.join(sorted(known))}."


def _inner_table(table: Any, part: int | str) -> Any:
    if isinstance(part, int):
        return table
    annotation = table.model_fields[part].annotation
    inner = [kind for kind in getattr(annotation, "__args__", ()) if isinstance(kind, type)]
    tables = [kind for kind in (annotation, *inner) if _is_table(kind)]
    return tables[0] if tables else ScaleStep


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, _Table)
