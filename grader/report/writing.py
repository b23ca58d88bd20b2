"""Puts a file on the disk as a whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from grader.errors import SystemFault

_ADVICE = {
    errno.ENOSPC: "the disk is full. Make room, then grade again",
    errno.EDQUOT: "your disk quota is used up. Make room, then grade again",
    errno.EACCES: "you have no permission to write there. Choose another folder",
    errno.EPERM: "you have no permission to write there. Choose another folder",
    errno.EROFS: "that disk is read-only. Choose another folder",
    errno.ENOTDIR: "a part of that path is a file, not a folder. Choose another folder",
    errno.EEXIST: "a part of that path is a file, not a folder. Choose another folder",
    errno.EISDIR: "there is a folder of that name. Move it away",
}


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file atomically: a reader, or a crash, sees the old file or the new one.

    Folders on the way are made. The content is on the disk when this returns.

    Raises:
        SystemFault: It cannot be written; the text says why and what to do.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_synced(temporary, content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        reason = _ADVICE.get(error.errno or 0, error.strerror or str(error))
        raise SystemFault(f"{path} could not be written: {reason}.") from error
    return path


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name itself last; Windows neither can nor needs to."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
