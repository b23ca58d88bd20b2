"""A first look at the two files once they are ours: what can be said without reading them.

The HDF5 file is recognised by its signature and by nothing else: opening one on the host would let
it read other files (external storage, external links, virtual datasets).
"""

from __future__ import annotations

import os
from typing import BinaryIO

from grader.intake.copying import Copy
from grader.intake.parcel import Missing

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_FIRST_USER_BLOCK = 512
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_LOOKS_LIKE = (
    (b"version https://git-lfs.github.com/spec/", "model_is_pointer"),
    (b"PK\x03\x04", "model_is_zip"),
    (b"<", "model_is_web_page"),
)


def check_source(source: Copy) -> None:
    """See that there is something in ``segmentation.py``. Raises `Missing`."""
    if not source.path.read_bytes().removeprefix(_BYTE_ORDER_MARK).strip():
        raise Missing("source_empty")


def check_model(model: Copy) -> None:
    """See that the model is an HDF5 file. Raises `Missing`."""
    if model.size == 0:
        raise Missing("model_empty")
    with model.path.open("rb") as file:
        if _has_signature(file, model.size):
            return
        file.seek(0)
        head = file.read(200).lstrip()
    for beginning, reason in _LOOKS_LIKE:
        if head.startswith(beginning):
            raise Missing(reason)
    raise Missing("model_not_hdf5")


def _has_signature(file: BinaryIO, size: int) -> bool:
    """Whether the signature is at 0, 512, 1024, 2048, ... (HDF5 file format 3.0, II.A)."""
    offset = 0
    while offset + len(_SIGNATURE) <= size:
        file.seek(offset, os.SEEK_SET)
        if file.read(len(_SIGNATURE)) == _SIGNATURE:
            return True
        offset = offset * 2 or _FIRST_USER_BLOCK
    return False
