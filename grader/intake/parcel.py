"""What intake works with: a parcel, its entries, and the ways to turn it away."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar, Protocol

from grader.errors import GraderError, SystemFault
from grader.text import clean
from grader.verdicts import Verdict

SOURCE_NAME = "segmentation.py"
MODEL_NAME = "segmentation_model.hdf5"
WANTED = (SOURCE_NAME, MODEL_NAME)

MAX_ENTRIES = 2000
"""A submission is two files; a parcel with more entries than this is a mistake or an attack."""

BLOCK_BYTES = 1 << 18
"""How much is in memory at once while a file is copied."""


class Kind(Enum):
    """What an entry is. Only an ordinary file is ever read."""

    FILE = auto()
    FOLDER = auto()
    LINK = auto()
    HARD_LINK = auto()
    SPECIAL = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a parcel.

    Attributes:
        name: Its path as the parcel spells it, with ``/`` between the parts. Not to be trusted.
        kind: What it is.
        position: Its number in an archive, from 0.
    """

    name: str
    kind: Kind
    position: int = 0

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the path, without empty ones and without ``.``."""
        return tuple(part for part in self.name.split("/") if part not in ("", "."))


class Parcel(Protocol):
    """A folder or an archive, open for reading."""

    def entries(self) -> Sequence[Entry]:
        """All entries. Raises `TurnedAway` if the parcel plays a trick."""

    def blocks(self, entry: Entry) -> Iterator[bytes]:
        """The bytes of an ordinary file, at most `BLOCK_BYTES` at once. Nobody counts them here."""


class TurnedAway(Exception):
    """Ends the intake of one parcel from deep inside; `receive` makes a `Refusal` of it.

    ``reason`` is a key of `messages.REFUSALS`; the facts that are text are cleaned for display.
    """

    verdict: ClassVar[Verdict]

    def __init__(self, reason: str, **facts: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = {
            gap: clean(fact) if isinstance(fact, str) else fact for gap, fact in facts.items()
        }


class Missing(TurnedAway):
    """A file that the assignment asks for is not there, or there is nothing in it."""

    verdict = Verdict.MISSING_FILE


class Rejected(TurnedAway):
    """The parcel cannot be unpacked safely and in one way only."""

    verdict = Verdict.REJECTED_ARCHIVE


@contextmanager
def damage_is_a_refusal() -> Iterator[None]:
    """Turn whatever an unpacking library throws at foreign bytes into one of our own endings.

    Raises:
        Rejected: The bytes are at fault.
        SystemFault: The disk or the memory is.
    """
    try:
        yield
    except (TurnedAway, GraderError):
        raise
    except MemoryError as error:
        raise SystemFault(
            "There was not enough memory to unpack a submission. Free some, then grade it again."
        ) from error
    except OSError as error:
        if error.errno in _ERRNOS_OF_BAD_BYTES:
            raise Rejected("damaged") from error
        raise SystemFault(
            f"A submission could not be read: {error.strerror}."
            " Check the disk, then grade it again."
        ) from error
    except Exception as error:
        raise Rejected("damaged") from error


# bz2 and gzip report bad data as an OSError without a number; a false offset makes seek say EINVAL.
_ERRNOS_OF_BAD_BYTES = frozenset({None, errno.EINVAL, errno.EOVERFLOW})
