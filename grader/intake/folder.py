"""A folder as a parcel: nothing in it is followed, only ordinary files are opened."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from grader.errors import SystemFault, UsageError
from grader.intake.parcel import BLOCK_BYTES, MAX_ENTRIES, Entry, Kind, Rejected

_MAX_DEPTH = 4

_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER_ONLY = getattr(os, "O_DIRECTORY", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)  # opening a named pipe would wait for its writer
_OPENS_RELATIVE = os.open in os.supports_dir_fd
_ERRNOS_OF_A_LINK = frozenset({errno.ELOOP, errno.EMLINK, errno.ENOTDIR})


class Folder:
    """A student's folder.

    The listing only says where to look. What counts is asked of the opened file itself, so that
    nothing can be swapped between the look and the reading.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> tuple[Entry, ...]:
        """The folder's entries, breadth first, to a bounded depth and number.

        Raises:
            Rejected: The folder itself holds too many entries.
            UsageError: The folder cannot be listed.
        """
        try:
            found = self._listing(())
        except OSError as error:
            raise _cannot_read(self._path, error) from error
        if len(found) > MAX_ENTRIES:
            raise Rejected("too_many_files", limit=MAX_ENTRIES)
        for entry in found:  # grows while it is walked, which makes the walk breadth first
            room = MAX_ENTRIES - len(found)
            if entry.kind is Kind.FOLDER and len(entry.parts) < _MAX_DEPTH and room > 0:
                found.extend(self._readable_listing(entry.parts)[:room])
        return tuple(found)

    def blocks(self, entry: Entry) -> Iterator[bytes]:
        """The bytes of an ordinary file of the folder.

        Raises:
            Rejected: It is no ordinary file.
            UsageError: It cannot be opened.
            SystemFault: It cannot be read to its end.
        """
        descriptor = self._open(entry)
        try:
            _require_ordinary(descriptor, entry)
            while block := os.read(descriptor, BLOCK_BYTES):
                yield block
        except OSError as error:
            raise SystemFault(
                f"{self._path / entry.name} could not be read: {error.strerror}."
                " Check the disk, then grade the submission again."
            ) from error
        finally:
            os.close(descriptor)

    def _listing(self, parts: tuple[str, ...]) -> list[Entry]:
        with os.scandir(self._path.joinpath(*parts)) as listing:
            entries = [_entry(parts, item) for item in islice(listing, MAX_ENTRIES + 1)]
        return sorted(entries, key=lambda entry: entry.name)

    def _readable_listing(self, parts: tuple[str, ...]) -> list[Entry]:
        try:
            return self._listing(parts)
        except OSError:
            return []  # an inner folder that is closed to us can hold nothing of ours

    def _open(self, entry: Entry) -> int:
        try:
            if _OPENS_RELATIVE:
                return _open_step_by_step(self._path, entry.parts)
            return _open_plainly(self._path.joinpath(*entry.parts))
        except OSError as error:
            if error.errno in _ERRNOS_OF_A_LINK:
                raise Rejected("link", name=entry.name) from error
            raise _cannot_read(self._path / entry.name, error) from error


def _entry(parents: tuple[str, ...], item: os.DirEntry[str]) -> Entry:
    return Entry("/".join((*parents, item.name)), _kind(item))


def _kind(item: os.DirEntry[str]) -> Kind:
    if item.is_symlink():
        return Kind.LINK
    if item.is_dir(follow_symlinks=False):
        return Kind.FOLDER
    return Kind.FILE if item.is_file(follow_symlinks=False) else Kind.SPECIAL


def _open_step_by_step(path: Path, parts: tuple[str, ...]) -> int:
    """Open a file below a folder, refusing links at every step on the way down."""
    folder = os.open(path, _READ | _FOLDER_ONLY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _READ | _FOLDER_ONLY | _NO_FOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], _READ | _NO_FOLLOW | _NO_WAITING, dir_fd=folder)
    finally:
        os.close(folder)


def _open_plainly(path: Path) -> int:
    """Open a file where the system cannot open relative to a folder (Windows)."""
    if path.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return os.open(path, _READ)


def _require_ordinary(descriptor: int, entry: Entry) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise Rejected("special_file", name=entry.name)


def _cannot_read(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{path} cannot be read: {error.strerror}. Give the grader permission to read it."
    )
