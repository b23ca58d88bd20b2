"""Which kind of archive a file is: its first bytes say so, its name does not."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma

from grader.intake.parcel import BLOCK_BYTES, Missing, Parcel, Rejected, damage_is_a_refusal
from grader.intake.tar_archive import HEADER_BYTES, Stream, TarArchive, starts_like_tar
from grader.intake.zip_archive import ZipArchive

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_BZIP2 = b"BZh"
_XZ = b"\xfd7zXZ\x00"
_XZ_MEMORY_MIB = 128  # xz -9 needs 65; a false header may ask for 4096

_FOREIGN = {
    b"Rar!\x1a\x07": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"MSCF": "CAB",
}


def open_archive(file: io.BufferedReader, limit_mib: int) -> Parcel:
    """Recognise an archive by its content.

    Args:
        file: Seekable, at its beginning. It stays open and belongs to the caller.
        limit_mib: How many MiB of a tar archive are unpacked at most.

    Raises:
        Missing: The file is empty.
        Rejected: It is no archive that we can unpack.
    """
    with damage_is_a_refusal():
        head = file.read(HEADER_BYTES)
    if not head:
        raise Missing("empty")
    if head.startswith(_ZIP):
        return ZipArchive(file)
    if head.startswith((_GZIP, _BZIP2, _XZ)) or starts_like_tar(head):
        return TarArchive(lambda: _unpacked(file, head), limit_mib)
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            raise Rejected("foreign_archive", kind=kind)
    raise Rejected("not_an_archive")


def _unpacked(file: io.BufferedReader, head: bytes) -> Stream:
    file.seek(0)
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file, mode="rb")
    if head.startswith(_BZIP2):
        return bz2.BZ2File(file, "rb")
    if head.startswith(_XZ):
        return _XzStream(file)
    return file


class _XzStream:
    """What `lzma.LZMAFile` does, with a limit of memory, which that class cannot set."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_MIB << 20)

    def read(self, size: int, /) -> bytes:
        data = b""
        while not data and not self._decoder.eof:
            packed = self._file.read(BLOCK_BYTES) if self._decoder.needs_input else b""
            if self._decoder.needs_input and not packed:
                raise Rejected("damaged")  # it ends too early
            data = self._decode(packed, size)
        return data

    def _decode(self, packed: bytes, size: int) -> bytes:
        try:
            return self._decoder.decompress(packed, size)
        except lzma.LZMAError as error:
            if "limit" in str(error):
                raise Rejected("unpacking_memory", limit_mib=_XZ_MEMORY_MIB) from error
            raise
