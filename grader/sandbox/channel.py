"""The host's end of the channel: one image out, one array of known size back.

The host knows how large an answer must be from its own image. It never allocates memory, nor
believes anything, because of a number that the guest sent.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.datasets.photographs import Photograph
from grader.guest import frames
from grader.guest.frames import Header
from grader.records import Cause
from grader.sandbox.base import Box, BoxGone

Talk = dict[str, Any]
"""What a guest says in JSON. It may choose words in a report, nothing else."""

_ANSWERS = {frames.ANSWER: False, frames.SQUEEZED_ANSWER: True}
_REQUEST_FOR = {suffix: kind for kind, suffix in frames.SUFFIX_OF.items()}


class Channel:
    """Speaks the protocol of `grader.guest.frames` with the guest of one box.

    Every method may raise `BoxGone`; a frame that is not the protocol has the cause BAD_FRAME.
    """

    def __init__(self, box: Box) -> None:
        self._box = box

    def await_hello(self, deadline: float) -> None:
        """Wait for the guest's first sign of life. No code of the student's has run before it."""
        header = self._exchange(b"", deadline)
        if header != Header(0, frames.HELLO):
            raise BoxGone(Cause.BAD_FRAME, f"not a hello: {header}")

    def open(self, source: str, model: str, deadline: float) -> tuple[bool, Talk]:
        """Have the solution imported and its model loaded.

        Args:
            source: File name of the source in the box.
            model: File name of the model in the box.
            deadline: On the clock of `time.monotonic`.

        Returns:
            Whether the guest is ready, and what it says of its environment or of its failure.
        """
        body = json.dumps({"source": source, "model": model}).encode()
        header = self._request(frames.OPEN, body, deadline)
        if header.kind not in (frames.READY, frames.FAILED):
            raise BoxGone(Cause.BAD_FRAME, f"not a reply to an opening: {header}")
        return header.kind == frames.READY, self._read_talk(header, deadline)

    def ask(
        self, photograph: Photograph, deadline: float
    ) -> tuple[npt.NDArray[np.float32], bool] | Talk:
        """Have one image predicted.

        Returns:
            float32 (H, W) of the photograph's size with any values, and whether axes of length 1
            were dropped; or what the guest says of an answer that is none.
        """
        kind = _REQUEST_FOR[photograph.suffix]
        size = (photograph.height, photograph.width)
        header = self._request(kind, photograph.content, deadline, size)
        if header.kind == frames.NO_ANSWER:
            return self._read_talk(header, deadline)
        answer = np.empty(size, dtype="<f4")
        expected = Header(header.nonce, header.kind, *size, answer.nbytes)
        if header.kind not in _ANSWERS or header != expected:
            raise BoxGone(Cause.BAD_FRAME, f"not an answer for {size}: {header}")
        self._box.exchange(b"", answer.data.cast("B"), deadline)
        return answer, _ANSWERS[header.kind]

    def _request(
        self, kind: int, body: bytes, deadline: float, size: tuple[int, int] = (0, 0)
    ) -> Header:
        nonce = secrets.randbits(64)
        request = Header(nonce, kind, size[0], size[1], len(body)).pack() + body
        header = self._exchange(request, deadline)
        if header.nonce != nonce:
            raise BoxGone(Cause.BAD_FRAME, "a wrong nonce")
        return header

    def _exchange(self, request: bytes, deadline: float) -> Header:
        content = bytearray(frames.HEADER.size)
        self._box.exchange(request, memoryview(content), deadline)
        return Header.unpack(content)

    def _read_talk(self, header: Header, deadline: float) -> Talk:
        if header.length > frames.TEXT_LIMIT:
            raise BoxGone(Cause.BAD_FRAME, f"a text of {header.length} bytes")
        content = bytearray(header.length)
        self._box.exchange(b"", memoryview(content), deadline)
        try:
            talk = json.loads(bytes(content))
        except (ValueError, RecursionError) as error:
            raise BoxGone(Cause.BAD_FRAME, f"a text that is no JSON: {error}") from None
        if not isinstance(talk, dict):
            raise BoxGone(Cause.BAD_FRAME, "a text that is no JSON object")
        return talk
