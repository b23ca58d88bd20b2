"""What a fact may become before a student reads it.

A fact of a note may come from the student's own program, and a program that has seen a secret
image can hide its pixels in any text or number that it chooses. So for a secret split every fact
passes an allowlist: a gap of a sentence is filled from a closed set of words, from a small whole
number, or not at all.
"""

from __future__ import annotations

import builtins
import math
import re
import signal
from collections.abc import Callable, Mapping

from grader.records import Facts
from grader.text import clean

Fact = str | int | float

OWN_EXCEPTION = "an exception of its own"
OTHER_TYPE = "an object of another type"
OTHER_SHAPE = "(?)"
OTHER_END = "it ended by itself"
TOO_MANY_PROCESSES = "too many processes and threads"

_LARGEST_SIDE = 65_535
_LARGEST_LINE = 99_999
_WIDEST_INDENT = 40

_BUILTIN_EXCEPTIONS = frozenset(
    name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
)

KNOWN_EXCEPTIONS = _BUILTIN_EXCEPTIONS | {
    # TensorFlow
    "AbortedError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "OutOfRangeError",
    "ResourceExhaustedError",
    "UnimplementedError",
    "UnknownError",
    # NumPy
    "AxisError",
    "DTypePromotionError",
    "LinAlgError",
    # Pillow
    "DecompressionBombError",
    "UnidentifiedImageError",
}

KNOWN_TYPES = frozenset(
    {
        "NoneType", "bool", "bytes", "complex", "dict", "float", "generator", "int", "list", "map",
        "set", "str", "tuple", "ndarray", "EagerTensor", "Tensor", "KerasTensor", "Image",
        "MaskedArray", "DataFrame",
    }
)  # fmt: skip

_SHAPE = re.compile(r"\(\d{1,5}(, \d{1,5}){0,3},?\)|\(\)", re.ASCII)
_SIGNAL = re.compile(r"SIG[A-Z0-9]+")
_NUMBER = re.compile(r"\d{1,7}(\.\d{1,3})?", re.ASCII)
_EXIT_CODE = re.compile(r"code (-?\d{1,3})\b", re.ASCII)
_SIGNALS = frozenset(known.name for known in signal.Signals)


def open_facts(facts: Facts) -> dict[str, Fact]:
    """Facts for a reader who may know everything: texts are cleaned, nothing is left out."""
    shown: dict[str, Fact] = {name: _open_fact(value) for name, value in facts.items()}
    if isinstance(facts.get("exception"), str):
        shown["exception"] = with_text(str(facts["exception"]), str(facts.get("text", "")))
    if "line" in facts:
        shown["place"] = place(facts["line"])
    return shown


def closed_facts(facts: Facts) -> dict[str, Fact]:
    """Facts for a student about a secret split: only what the allowlist lets through."""
    shown: dict[str, Fact] = {
        name: allowed(facts[name]) for name, allowed in _ALLOWED.items() if name in facts
    }
    if "line" in facts:
        shown["place"] = place(facts["line"])
    return shown


def clean_block(text: str, limit: int) -> str:
    """Clean text of several lines, keeping how far each is indented: tracebacks need it."""
    lines = (f"{_indent(line)}{clean(line, limit)}".rstrip() for line in text.splitlines())
    return "\n".join(lines).strip("\n")[:limit]


def with_text(exception: str, text: str) -> str:
    """Name an exception with its cleaned text; a failed import is named by its text alone."""
    name, said = clean(exception), clean(text).rstrip(" .")
    if not said:
        return name
    return said if name in ("ImportError", "ModuleNotFoundError") else f"{name}: {said}"


def place(line: object) -> str:
    """Write where in ``segmentation.py`` it happened; nothing if that is not known."""
    if isinstance(line, int) and 1 <= line <= _LARGEST_LINE:
        return f" (line {line})"
    return ""


def known_exception(name: object) -> str:
    """Name an exception that Python or a usual library defines, and no other.

    The names of a student's own classes are the student's text.
    """
    last = str(name).rpartition(".")[-1]
    return last if last in KNOWN_EXCEPTIONS else OWN_EXCEPTION


def _indent(line: str) -> str:
    return " " * min(len(line) - len(line.lstrip(" ")), _WIDEST_INDENT)


def _open_fact(value: Fact) -> Fact:
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, int) else clean(value)


def _known_type(described: object) -> str:
    """Tell a type as the guest describes it: ``list``, or ``ndarray of <U5``."""
    name, _, values = str(described).partition(" of ")
    if name not in KNOWN_TYPES:
        return OTHER_TYPE
    return f"{name} of {_values(values)}" if values else name


def _values(dtype: str) -> str:
    if dtype == "object":
        return "objects"
    if dtype.startswith("complex"):
        return "complex numbers"
    return "text" if dtype[:2] in ("<U", ">U", "|S") else "other values"


def _short_shape(shape: object) -> str:
    return str(shape) if _SHAPE.fullmatch(str(shape)) else OTHER_SHAPE


def _way_to_end(crash: object) -> str:
    if (found := _SIGNAL.search(str(crash))) and found[0] in _SIGNALS:
        return found[0]
    if found := _EXIT_CODE.search(str(crash)):
        return f"exit code {found[1]}"
    return TOO_MANY_PROCESSES if crash == TOO_MANY_PROCESSES else OTHER_END


def _side(pixels: object) -> str:
    is_side = isinstance(pixels, int) and 0 <= pixels <= _LARGEST_SIDE
    return str(pixels) if is_side else "?"


def _limit(value: object) -> str:
    """Write a number that the host knows or counts; no program can choose it."""
    if isinstance(value, str):
        return value if _NUMBER.fullmatch(value) else "?"
    return f"{value:.10g}" if isinstance(value, int | float) else "?"


def _two_digits(value: object) -> str:
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return f"{value:.2g}" if is_number else "?"


_ALLOWED: Mapping[str, Callable[[object], str]] = {
    "exception": known_exception,
    "type": _known_type,
    "shape": _short_shape,
    "crash": _way_to_end,
    "height": _side,
    "width": _side,
    "expected_height": _side,
    "expected_width": _side,
    "low": _two_digits,
    "high": _two_digits,
    "limit_s": _limit,
    "memory_mib": _limit,
    "log_mib": _limit,
    "boxes": _limit,
    "cases": _limit,
    "answered": _limit,
}
