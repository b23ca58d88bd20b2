"""From a folder or an archive to a submission: two files of ours, or a reason why not."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grader.assignment import SubmissionSettings
from grader.errors import UsageError
from grader.intake.archive import open_archive
from grader.intake.choice import Choice, choose
from grader.intake.contents import check_model, check_source
from grader.intake.copying import Copy, Limit, copy, discard
from grader.intake.folder import Folder
from grader.intake.parcel import (
    MODEL_NAME,
    SOURCE_NAME,
    Parcel,
    Rejected,
    TurnedAway,
)
from grader.records import Refusal, Submission
from grader.text import clean_name

_ARCHIVE_SUFFIX = re.compile(r"(?<=.)(?:\.tar)?\.(?:zip|tar|gz|tgz|bz2|tbz2?|xz|txz)$", re.I)
_READ_WITHOUT_WAITING = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def receive(path: Path, into: Path, settings: SubmissionSettings) -> Submission | Refusal:
    """Copy the two files of a submission into a folder of ours.

    Args:
        path: A folder, or a zip, tar, tar.gz, tar.bz2 or tar.xz archive (its content says which).
            The path itself comes from us and may be a link; nothing inside is ever followed.
        into: An empty folder. Afterwards it holds ``segmentation.py`` and
            ``segmentation_model.hdf5``, mode 0o444; after a refusal it is empty again.
        settings: How large the parcel and its files may be.

    Raises:
        UsageError: The path does not exist or cannot be read.
        SystemFault: The copies cannot be written, or the disk failed.
    """
    student = student_name(path)
    try:
        with _open_parcel(path, settings) as parcel:
            choice = choose(parcel.entries())
            source, model = _bring_over(parcel, choice, into, settings)
    except TurnedAway as refusal:
        return Refusal(student, refusal.verdict, refusal.reason, refusal.facts)
    return Submission(
        name=student,
        folder=into,
        source_sha256=source.sha256,
        model_sha256=model.sha256,
        model_bytes=model.size,
        ignored=choice.ignored,
    )


def _bring_over(
    parcel: Parcel, choice: Choice, into: Path, settings: SubmissionSettings
) -> tuple[Copy, Copy]:
    with ExitStack() as undo:
        source = copy(parcel.blocks(choice.source), into / SOURCE_NAME, _source_limit(settings))
        undo.callback(discard, source.path)
        check_source(source)
        model = copy(parcel.blocks(choice.model), into / MODEL_NAME, _model_limit(settings))
        undo.callback(discard, model.path)
        check_model(model)
        undo.pop_all()
    return source, model


def _source_limit(settings: SubmissionSettings) -> Limit:
    kib = settings.max_source_kib
    return Limit(kib << 10, Rejected("source_too_large", limit_kib=kib))


def _model_limit(settings: SubmissionSettings) -> Limit:
    mib = settings.max_model_mib
    return Limit(mib << 20, Rejected("model_too_large", limit_mib=mib))


@contextmanager
def _open_parcel(path: Path, settings: SubmissionSettings) -> Iterator[Parcel]:
    if _is_folder(path):
        yield Folder(path)
        return
    with _open_file(path) as file:
        if os.fstat(file.fileno()).st_size > settings.max_archive_mib << 20:
            raise Rejected("archive_too_large", limit_mib=settings.max_archive_mib)
        yield open_archive(file, settings.max_archive_mib)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # e.g. the name is too long; opening it will say so
        return False


def _open_file(path: Path) -> io.BufferedReader:
    try:
        file = os.fdopen(os.open(path, _READ_WITHOUT_WAITING), "rb")
    except FileNotFoundError:
        raise UsageError(f"There is no submission {path}. Give a folder or an archive.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{path} cannot be read: {reason}. Give the grader permission to read it."
        ) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise UsageError(f"{path} is neither a folder nor a file. Give a folder or an archive.")
    return file


def student_name(path: Path) -> str:
    """The folder's or archive's own name without an archive's suffix, cleaned for display."""
    named = path if path.name not in ("", "..") else path.resolve()
    return clean_name(named.name if _is_folder(path) else _ARCHIVE_SUFFIX.sub("", named.name))
