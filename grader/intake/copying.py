"""Brings one file over, block by block, into a file that did not exist before."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SystemFault
from grader.intake.parcel import TurnedAway

_NEW_FILE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of ours: where it is, its SHA-256 (hex), its size in bytes."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Limit:
    """How many bytes a file may have, and how it is turned away if it has more."""

    size: int
    excess: TurnedAway


def copy(blocks: Iterator[bytes], target: Path, limit: Limit) -> Copy:
    """Write the blocks to a new read-only file.

    Raises:
        TurnedAway: There are more bytes than allowed, or the blocks themselves end so.
        SystemFault: The file cannot be made or written.
    """
    digest = hashlib.sha256()
    size = 0
    with _new_file(target) as descriptor:
        for block in blocks:
            size += len(block)
            if size > limit.size:
                raise limit.excess
            digest.update(block)
            _write(descriptor, block, target)
    return Copy(target, digest.hexdigest(), size)


@contextmanager
def _new_file(target: Path) -> Iterator[int]:
    with _faults_are_ours(target):
        descriptor = os.open(target, _NEW_FILE, 0o600)
    try:
        yield descriptor
    except BaseException:
        os.close(descriptor)
        discard(target)
        raise
    with _faults_are_ours(target):
        os.close(descriptor)
        target.chmod(_READ_ONLY)  # not through os.open, where the umask would take the rights away


def discard(target: Path) -> None:
    """Remove a file that `copy` made."""
    with _faults_are_ours(target):
        target.chmod(0o600)  # Windows does not remove what is read-only
        target.unlink()


def _write(descriptor: int, block: bytes, target: Path) -> None:
    rest = memoryview(block)
    with _faults_are_ours(target):
        while rest:
            rest = rest[os.write(descriptor, rest) :]


@contextmanager
def _faults_are_ours(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SystemFault(
            f"{target} could not be written: {error.strerror}."
            " Make room or give permission, then grade the submission again."
        ) from error
