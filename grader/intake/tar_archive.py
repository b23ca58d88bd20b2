"""A tar archive as a parcel, read forward only.

`tarfile` parses the 512 bytes of a header, and nothing more of it is used: its reader takes
extended headers of any size into memory, and follows false sizes backwards without end
(CVE-2025-8194). Format: POSIX.1-2017, pax, section "pax Interchange Format"; long names: GNU tar's
manual, "Basic Tar Format".
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from grader.intake.member_names import vetted
from grader.intake.parcel import (
    BLOCK_BYTES,
    MAX_ENTRIES,
    Entry,
    Kind,
    Rejected,
    damage_is_a_refusal,
)

HEADER_BYTES = tarfile.BLOCKSIZE
_MAX_EXTENSION_BYTES = 1 << 16
_MAX_HEADERS = 3 * MAX_ENTRIES  # a member may have two headers in front of its own

_KINDS = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.AREGTYPE: Kind.FILE,
    tarfile.CONTTYPE: Kind.FILE,
    tarfile.DIRTYPE: Kind.FOLDER,
    tarfile.SYMTYPE: Kind.LINK,
    tarfile.LNKTYPE: Kind.HARD_LINK,
}


class Stream(Protocol):
    """Something that gives bytes."""

    def read(self, size: int, /) -> bytes | None:
        """At most ``size`` bytes; none at the end."""


def starts_like_tar(head: bytes) -> bool:
    """Whether a file that begins with these (at least 512) bytes is a tar archive."""
    try:
        _parse(head[:HEADER_BYTES])
    except tarfile.HeaderError:
        return False
    return True


class TarArchive:
    """A tar archive, packed or not. Every unpacked byte is counted, also of what is skipped."""

    def __init__(self, rewind: Callable[[], Stream], limit_mib: int) -> None:
        """Take an archive.

        Args:
            rewind: Gives the unpacked bytes from their beginning.
            limit_mib: How many MiB of them are read at most.
        """
        self._rewind = rewind
        self._limit_mib = limit_mib

    def entries(self) -> tuple[Entry, ...]:
        """All members. Raises `Rejected` for a trick, damage, or too much to unpack."""
        with damage_is_a_refusal():
            tape = self._tape()
            entries = vetted(
                Entry(member.name, member.kind, position)
                for position, member in enumerate(_members(tape))
            )
            tape.forward_to_the_end()
        return entries

    def blocks(self, entry: Entry) -> Iterator[bytes]:
        """The bytes of a member. Raises `Rejected` if they cannot be unpacked."""
        with damage_is_a_refusal():
            tape = self._tape()
            for position, member in enumerate(_members(tape)):
                if position == entry.position:
                    yield from tape.blocks(member.size)
                    return

    def _tape(self) -> _Tape:
        return _Tape(self._rewind(), self._limit_mib)


@dataclass(slots=True)
class _Member:
    name: str
    kind: Kind
    size: int


class _Tape:
    """A stream that only goes forward and counts what it gave."""

    def __init__(self, stream: Stream, limit_mib: int) -> None:
        self._stream = stream
        self._limit_mib = limit_mib
        self.position = 0

    def header(self) -> bytes:
        """The next 512 bytes; none at the end."""
        first = self._read(HEADER_BYTES)
        return first + self.exactly(HEADER_BYTES - len(first)) if first else b""

    def exactly(self, size: int) -> bytes:
        """The next ``size`` bytes. Raises `Rejected` if there are not as many."""
        return b"".join(self.blocks(size))

    def blocks(self, size: int) -> Iterator[bytes]:
        """The next ``size`` bytes in blocks. Raises `Rejected` if there are not as many."""
        while size > 0:
            block = self._read(min(size, BLOCK_BYTES))
            if not block:
                raise Rejected("damaged")
            size -= len(block)
            yield block

    def forward_to(self, position: int) -> None:
        """Pass over everything before this position."""
        for _ in self.blocks(position - self.position):
            pass

    def forward_to_the_end(self) -> None:
        """Pass over everything: only at its end does a packed stream compare its checksum."""
        while self._read(BLOCK_BYTES):
            pass

    def _read(self, size: int) -> bytes:
        data = self._stream.read(size) or b""
        self.position += len(data)
        if self.position > self._limit_mib << 20:
            raise Rejected("unpacked_too_large", limit_mib=self._limit_mib)
        return data


def _members(tape: _Tape) -> Iterator[_Member]:
    """The members in order; while one is out, the tape stands at its first byte."""
    extension: dict[str, str] = {}
    for _ in range(_MAX_HEADERS):
        header = _next_header(tape)
        if header is None:
            return
        start, size = tape.position, header.size
        if header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
            extension |= _pax_records(_extension_bytes(tape, size))
        elif header.type == tarfile.GNUTYPE_LONGNAME:
            extension["path"] = _text(_extension_bytes(tape, size).partition(b"\0")[0])
        elif header.type not in (tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK):
            member = _described(header, extension)
            size, extension = member.size, {}
            yield member
        tape.forward_to(start + _whole_blocks(size))
    raise Rejected("too_many_files", limit=MAX_ENTRIES)


def _next_header(tape: _Tape) -> tarfile.TarInfo | None:
    first = tape.position == 0
    try:
        header = _parse(tape.header())
    except tarfile.HeaderError as error:
        tape.forward_to_the_end()  # if it is damaged, that is the better answer
        raise Rejected("not_an_archive" if first else "damaged") from error
    if header is not None and header.size < 0:
        raise Rejected("damaged")
    return header


def _parse(header: bytes) -> tarfile.TarInfo | None:
    """Parse a header; None is the end of the archive: nothing more, or a block of zeros."""
    if not header.strip(b"\0"):
        return None
    return tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")


def _described(header: tarfile.TarInfo, extension: dict[str, str]) -> _Member:
    kind = _KINDS.get(header.type, Kind.SPECIAL)
    if any(key.startswith("GNU.sparse") for key in extension):
        kind = Kind.SPECIAL  # its bytes are not the file's bytes
    size = int(extension.get("size", header.size))
    if size < 0:
        raise Rejected("damaged")
    return _Member(extension.get("path", header.name), kind, size)


def _extension_bytes(tape: _Tape, size: int) -> bytes:
    if size > _MAX_EXTENSION_BYTES:
        raise Rejected("damaged")
    return tape.exactly(size)


def _pax_records(data: bytes) -> dict[str, str]:
    """Read lines ``<length> <key>=<value>``; a length counts its whole line with its end."""
    records: dict[str, str] = {}
    start = 0
    while start < len(data) and data[start] != 0:
        blank = data.index(b" ", start, start + 8)
        end = start + int(data[start:blank])
        key, equals, value = data[blank + 1 : end - 1].partition(b"=")
        if end > len(data) or not equals or data[end - 1 : end] != b"\n":
            raise Rejected("damaged")
        records[_text(key)] = _text(value)
        start = end
    return records


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _whole_blocks(size: int) -> int:
    return -(-size // HEADER_BYTES) * HEADER_BYTES
