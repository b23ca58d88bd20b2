"""The words of the channel."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.guest import frames
from grader.guest.frames import HEADER, Header

u64, u32, u8 = st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.integers(0, 255)

REQUESTS = (frames.OPEN, frames.PREDICT_JPEG, frames.PREDICT_PNG)
REPLIES = (
    *(frames.HELLO, frames.READY, frames.FAILED),
    *(frames.ANSWER, frames.SQUEEZED_ANSWER, frames.NO_ANSWER),
)


@given(st.builds(Header, u64, u8, u32, u32, u32))
def test_a_header_survives_the_wire(header: Header) -> None:
    content = header.pack()
    assert len(content) == HEADER.size
    for kind in (bytes, bytearray, memoryview):
        assert Header.unpack(kind(content)) == header


def test_a_header_is_little_endian_without_gaps() -> None:
    content = Header(1, 2, 3, 4, 5).pack()
    assert content == bytes.fromhex("0100000000000000 02 03000000 04000000 05000000")


@pytest.mark.parametrize("length", [0, HEADER.size - 1, HEADER.size + 1])
def test_bytes_that_are_no_header_are_refused(length: int) -> None:
    with pytest.raises(struct.error):
        Header.unpack(bytes(length))


@pytest.mark.parametrize(
    "header", [Header(2**64, 1), Header(-1, 1), Header(0, 256), Header(0, 1, length=2**32)]
)
def test_a_number_that_does_not_fit_is_refused(header: Header) -> None:
    with pytest.raises(struct.error):
        header.pack()


def test_no_two_kinds_are_the_same_and_no_request_looks_like_a_reply() -> None:
    assert len({*REQUESTS, *REPLIES}) == len(REQUESTS) + len(REPLIES)


def test_every_kind_of_image_has_its_request() -> None:
    assert frames.SUFFIX_OF == {frames.PREDICT_JPEG: ".jpg", frames.PREDICT_PNG: ".png"}
