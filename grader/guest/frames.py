"""The words of the channel between host and guest. Standard library only: both sides import it.

The host leads. It sends one request and waits for one reply; nothing else is ever on the wire.

========  =====================================================================================
request   nonce u64, kind u8, height u32, width u32, length u32, then ``length`` bytes
reply     nonce u64, kind u8, height u32, width u32, length u32, then ``length`` bytes
========  =====================================================================================

All numbers are little-endian. ``HELLO`` is the one reply without a request; its nonce is 0.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

HEADER = struct.Struct("<QBIII")

TEXT_LIMIT = 64 * 1024
"""Longest text, in bytes, that a reply may carry."""

# Requests
OPEN = 1  # JSON: how to import the source and load the model
PREDICT_JPEG = 2  # an image of height x width pixels
PREDICT_PNG = 3

# Replies
HELLO = 16  # the guest runs; no code of the student's has run yet
READY = 17  # JSON: the environment
FAILED = 18  # JSON: why the guest cannot get ready
ANSWER = 19  # height x width float32 values, row by row
SQUEEZED_ANSWER = 20  # the same, after axes of length 1 were dropped
NO_ANSWER = 21  # JSON: what was wrong with the answer

SUFFIX_OF = {PREDICT_JPEG: ".jpg", PREDICT_PNG: ".png"}


class Header(NamedTuple):
    """The fixed part of a request or a reply."""

    nonce: int
    kind: int
    height: int = 0
    width: int = 0
    length: int = 0

    def pack(self) -> bytes:
        """The header's bytes."""
        return HEADER.pack(*self)

    @classmethod
    def unpack(cls, content: bytes | bytearray | memoryview) -> Header:
        """The header in exactly `HEADER.size` bytes."""
        return cls(*HEADER.unpack(content))
