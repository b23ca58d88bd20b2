"""A zip archive as a parcel."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator

from grader.intake.member_names import vetted
from grader.intake.parcel import (
    BLOCK_BYTES,
    MAX_ENTRIES,
    Entry,
    Kind,
    Rejected,
    damage_is_a_refusal,
)

_ENCRYPTED = 0x0001 | 0x0040 | 0x2000  # a member; strongly; even the list of names
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_MAX_READ = 1 << 20


class ZipArchive:
    """A zip archive. Sizes that it declares are not believed: bytes are counted by who copies."""

    def __init__(self, file: io.BufferedReader) -> None:
        """Read the list of contents.

        Raises:
            Rejected: The archive is damaged or its list is too long.
        """
        with damage_is_a_refusal():
            self._zip = zipfile.ZipFile(_NoLongReads(file))

    def entries(self) -> tuple[Entry, ...]:
        """All members. Raises `Rejected` for a trick or a password."""
        members = self._zip.infolist()
        entries = vetted(
            Entry(member.orig_filename, _kind(member), position)
            for position, member in enumerate(members)
        )
        if locked := [member for member in members if member.flag_bits & _ENCRYPTED]:
            raise Rejected("encrypted", name=locked[0].orig_filename)
        return entries

    def blocks(self, entry: Entry) -> Iterator[bytes]:
        """The bytes of a member. Raises `Rejected` if they cannot be unpacked."""
        member = self._zip.infolist()[entry.position]
        if member.compress_type not in _METHODS:
            raise Rejected("packing_method", name=entry.name)
        with damage_is_a_refusal(), self._zip.open(member) as stream:
            while block := stream.read(BLOCK_BYTES):
                yield block


class _NoLongReads:
    """A file that is never read in long pieces.

    `zipfile` reads the list of contents in one piece, as long as the archive says it is, and makes
    an object for each line of it: a few hundred MiB of list would fill the memory.
    """

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1, /) -> bytes:
        """As a file reads. Raises `Rejected` if the piece is too long."""
        at_most = _MAX_READ + 1
        data = self._file.read(at_most if size < 0 else min(size, at_most))
        if len(data) == at_most:
            raise Rejected("too_many_files", limit=MAX_ENTRIES)
        return data


def _kind(member: zipfile.ZipInfo) -> Kind:
    file_type = stat.S_IFMT(member.external_attr >> 16)
    if file_type == stat.S_IFLNK:
        return Kind.LINK
    if member.orig_filename.endswith("/") or file_type == stat.S_IFDIR:
        return Kind.FOLDER
    # A zip made on Windows says nothing of the Unix type: 0.
    return Kind.FILE if file_type in (0, stat.S_IFREG) else Kind.SPECIAL
