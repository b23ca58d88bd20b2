"""A box whose guest is a child process, talked to over three pipes.

Three small threads move bytes, so that no call of ours can be stopped by a guest that does not
read or write. Everything is judged in one place, in the thread that waits for the reply.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from typing import IO

from grader.records import Cause, Ending
from grader.sandbox.base import BoxGone
from grader.sandbox.watch import Watch

_CHUNK_BYTES = 65536
_PIPE_BYTES = 1024 * 1024
_WAITING_CHUNKS = 8  # a guest that floods the channel blocks itself after 2 MiB
_LOG_HEAD_BYTES = _LOG_TAIL_BYTES = 32 * 1024
_TICK_S = 0.05
_GRACE_S = 2.0


class PipeBox:
    """Implements `Box` for a child process.

    Args:
        process: Started with three pipes, unbuffered.
        watch: Tells of broken limits, and ends the processes.
        log_limit_bytes: How much the guest may print.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], watch: Watch, log_limit_bytes: int
    ) -> None:
        self._process = process
        self._watch = watch
        self._log_limit_bytes = log_limit_bytes
        self._started = time.monotonic()
        self._log = _Log()
        self._replies: queue.Queue[bytes] = queue.Queue(_WAITING_CHUNKS)
        self._requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._rest = memoryview(b"")
        self._ending: Ending | None = None
        self._abandoned = threading.Event()
        assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018
        _widen(process.stdout)
        for pump in (
            lambda pipe=process.stdin: self._pump_requests(pipe),
            lambda pipe=process.stdout: self._pump_replies(pipe),
            lambda pipe=process.stderr: self._pump_log(pipe),
        ):
            threading.Thread(target=pump, daemon=True).start()

    def exchange(self, request: bytes, reply: memoryview, deadline: float) -> None:
        """See `Box.exchange`."""
        if request:
            if len(self._rest) or not self._replies.empty():
                raise BoxGone(Cause.BAD_FRAME, "bytes that nobody had asked for")
            self._requests.put(request)
        filled = 0
        while filled < len(reply):
            if not len(self._rest):
                self._rest = memoryview(self._next_chunk(deadline))
            part = self._rest[: len(reply) - filled]
            reply[filled : filled + len(part)] = part
            self._rest = self._rest[len(part) :]
            filled += len(part)

    def close(self, cause: Cause, detail: str = "") -> Ending:
        """See `Box.close`."""
        if self._ending is not None:
            return self._ending
        self._requests.put(None)
        if cause in (Cause.CLOSED, Cause.EXITED):
            self._wait(_GRACE_S)
        if cause is Cause.CLOSED and (len(self._rest) or self._talks_on()):
            cause, detail = Cause.BAD_FRAME, "bytes after the last answer"
        self._abandoned.set()
        had_ended = self._process.poll() is not None
        self._watch.end_everything(self._process)
        self._wait(_GRACE_S)
        usage = self._watch.usage()
        if cause is Cause.EXITED:
            cause = Cause.MEMORY if usage.memory_killed else cause
        exit_code, signal_name = self._account(had_ended)
        if cause is Cause.EXITED and signal_name:
            cause = Cause.SIGNALLED
        self._ending = Ending(
            cause=cause,
            exit_code=exit_code,
            signal=signal_name,
            wall_time_s=time.monotonic() - self._started,
            cpu_time_s=usage.cpu_time_s,
            peak_memory_mib=usage.peak_memory_mib,
            log=self._log.content(),
            detail=detail,
        )
        self._watch.release()
        return self._ending

    # --- waiting --------------------------------------------------------------------------------

    def _next_chunk(self, deadline: float) -> bytes:
        while True:
            self._check_limits(deadline)
            try:
                chunk = self._replies.get(timeout=_TICK_S)
            except queue.Empty:
                continue
            if not chunk:
                raise BoxGone(Cause.EXITED)
            return chunk

    def _check_limits(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise BoxGone(Cause.DEADLINE)
        if self._log.size > self._log_limit_bytes:
            raise BoxGone(Cause.LOG_FLOOD)
        if broken := self._watch.broken_limit():
            raise BoxGone(broken)

    def _talks_on(self) -> bool:
        try:
            return self._replies.get(timeout=_TICK_S) != b""
        except queue.Empty:
            return False

    def _wait(self, timeout_s: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)

    def _account(self, had_ended: bool) -> tuple[int | None, str | None]:
        """Exit code and signal, if the box ended by itself."""
        code = self._process.poll()
        if not had_ended or code is None:
            return None, None
        number = -code if code < 0 else code - 128  # a shell or bwrap adds 128 for its child
        try:
            return (None, signal.Signals(number).name) if number > 0 else (code, None)
        except ValueError:
            return code, None

    # --- the three pumps ------------------------------------------------------------------------

    def _pump_requests(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError), pipe:
            while (request := self._requests.get()) is not None:
                pipe.write(request)
                pipe.flush()

    def _pump_replies(self, pipe: IO[bytes]) -> None:
        _pump(pipe, self._hand_over)
        self._hand_over(b"")

    def _pump_log(self, pipe: IO[bytes]) -> None:
        _pump(pipe, self._log.add)

    def _hand_over(self, chunk: bytes) -> None:
        while not self._abandoned.is_set():
            with contextlib.suppress(queue.Full):
                self._replies.put(chunk, timeout=_TICK_S)
                return


class _Log:
    """The beginning and the end of what a guest printed, in bounded memory."""

    def __init__(self) -> None:
        self.size = 0
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        room = _LOG_HEAD_BYTES - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        del self._tail[:-_LOG_TAIL_BYTES]

    def content(self) -> bytes:
        left_out = self.size - len(self._head) - len(self._tail)
        gap = b"\n[... %d bytes left out ...]\n" % left_out if left_out else b""
        return bytes(self._head) + gap + bytes(self._tail)


def _pump(pipe: IO[bytes], sink: Callable[[bytes], None]) -> None:
    with contextlib.suppress(OSError, ValueError), pipe:
        while chunk := os.read(pipe.fileno(), _CHUNK_BYTES):
            sink(chunk)


def _widen(pipe: IO[bytes]) -> None:
    """Let an answer of usual size fit into the pipe: fewer switches between the processes."""
    try:
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, AttributeError, OSError):
        pass  # not Linux, or a stricter limit for this user: slower, nothing else
