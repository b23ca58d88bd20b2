"""The guest's story: say hello, get the solution ready, answer one image after the other.

Nothing here is trusted by the host. The student's code runs in this process and may do with it
what it likes; the host checks every byte that comes out.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

from . import frames
from .frames import Header


class Line:
    """The guest's end of the channel."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies

    def next_request(self) -> tuple[Header, bytes]:
        """Wait for a request; leave the process when the host has hung up."""
        header = Header.unpack(self._read(frames.HEADER.size))
        return header, self._read(header.length)

    def reply(self, header: Header, body: Any = b"") -> None:
        """Send one reply."""
        self._replies.write(header.pack())
        self._replies.write(body)
        self._replies.flush()

    def reply_text(self, nonce: int, kind: int, content: dict[str, Any]) -> None:
        """Send one reply with a JSON body."""
        body = json.dumps(content).encode()
        if len(body) > frames.TEXT_LIMIT:
            body = json.dumps({**content, "text": "", "traceback": ""}).encode()
        self.reply(Header(nonce, kind, length=len(body)), body)

    def _read(self, count: int) -> bytes:
        content = self._requests.read(count)
        if len(content) < count:
            os._exit(0)
        return content


def main() -> None:
    """Run until the host hangs up."""
    home = Path.cwd()  # a student's code may go elsewhere later
    line = _take_over_the_pipes()
    _bind_ourselves(processes=int(sys.argv[2]))
    _forget_where_we_came_from()
    line.reply(Header(0, frames.HELLO))
    header, body = line.next_request()
    solution = _get_ready(line, home, header.nonce, json.loads(body))
    if solution is None:
        return
    while True:
        header, body = line.next_request()
        _answer(line, solution, home, header, body)


def _take_over_the_pipes() -> Line:
    """Keep both pipes for ourselves; whatever the student prints goes to the log (stderr)."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    _leave_with_the_host(requests.fileno())
    return Line(requests, replies)


def _bind_ourselves(processes: int) -> None:
    if processes:
        import resource

        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))


def _leave_with_the_host(descriptor: int) -> None:
    """End this process when the host is gone, even in the middle of a student's endless loop."""
    try:
        from select import POLLHUP, poll
    except ImportError:  # Windows has no poll; there the next read ends us
        return

    def watch() -> None:
        watcher = poll()
        watcher.register(descriptor, POLLHUP)
        while not any(event & POLLHUP for _, event in watcher.poll()):
            pass
        os._exit(0)

    threading.Thread(target=watch, name="leave-with-the-host", daemon=True).start()


def _forget_where_we_came_from() -> None:
    """Our own folder is no place for a student's imports."""
    ours = str(Path(__file__).resolve().parent.parent)
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry).resolve() != Path(ours)]


def _get_ready(line: Line, home: Path, nonce: int, opening: dict[str, str]) -> Any:
    from .solution import NotReady, Solution, environment

    try:
        solution = Solution(home / opening["source"], home / opening["model"])
    except NotReady as failure:
        line.reply_text(nonce, frames.FAILED, failure.report)
        return None
    line.reply_text(nonce, frames.READY, environment())
    return solution


def _answer(line: Line, solution: Any, home: Path, header: Header, image: bytes) -> None:
    from .answer import Unusable, bring_to_form
    from .solution import describe_exception

    path = home / f"image{frames.SUFFIX_OF[header.kind]}"
    try:
        path.write_bytes(image)
        result = bring_to_form(solution.predict(path), header.height, header.width)
    except BaseException as error:  # SystemExit too
        facts = describe_exception(error, solution.source)
        line.reply_text(header.nonce, frames.NO_ANSWER, {"kind": "exception", **facts})
        return
    finally:
        path.unlink(missing_ok=True)
    if isinstance(result, Unusable):
        line.reply_text(header.nonce, frames.NO_ANSWER, {"kind": result.kind, **result.facts})
        return
    kind = frames.SQUEEZED_ANSWER if result.squeezed else frames.ANSWER
    reply = Header(header.nonce, kind, header.height, header.width, result.values.nbytes)
    line.reply(reply, result.values.data)
