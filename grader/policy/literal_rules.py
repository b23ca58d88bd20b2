"""Rules on data that is written into the source, as someone does who hides weights there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.assignment import PolicySettings
from grader.policy.source import Sighting, Source

MAX_LITERAL_BYTES = 10_000
MAX_NUMBERS = 1000

_PACKED_BYTES = 1000
_PIECE_BYTES = 64
_PACKED = re.compile(r"[A-Za-z0-9+/=_\-\r\n]+")

_CONTAINERS = (ast.List, ast.Tuple, ast.Set, ast.Dict)


def large_literal(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """A text, bytes or a number is very long, or looks like base64 and is long.

    Many pieces of base64 are as much as one. A long comment between triple quotes is a comment.
    """
    comments = {id(node.value) for node in source.nodes if isinstance(node, ast.Expr)}
    pieces: list[tuple[int, int]] = []
    for node in source.nodes:
        if not isinstance(node, ast.Constant):
            continue
        size, is_packed = _size(node.value), _is_packed(node.value)
        is_comment = id(node) in comments and not is_packed
        if (size > MAX_LITERAL_BYTES and not is_comment) or (is_packed and size >= _PACKED_BYTES):
            yield _kilobytes(node.lineno, size)
        elif is_packed:
            pieces.append((node.lineno, size))
    if (together := sum(size for _, size in pieces)) > MAX_LITERAL_BYTES:
        yield _kilobytes(min(line for line, _ in pieces), together)


def large_list(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """A list or another container has very many numbers written into it."""
    inner: set[int] = set()
    for node in source.nodes:  # breadth first: the outermost container comes first
        if not isinstance(node, _CONTAINERS) or id(node) in inner:
            continue
        parts = tuple(ast.walk(node))
        inner.update(id(part) for part in parts if isinstance(part, _CONTAINERS))
        count = sum(isinstance(part, ast.Constant) and _is_number(part.value) for part in parts)
        if count > MAX_NUMBERS:
            yield Sighting(node.lineno, {"count": count})


def _size(value: object) -> int:
    """Bytes that a literal holds."""
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, bytes):
        return len(value)
    return value.bit_length() // 8 if isinstance(value, int) else 0


def _is_packed(value: object) -> bool:
    """Whether a literal looks like base64 or hexadecimal digits, and is no mere word."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return isinstance(value, str) and len(value) >= _PIECE_BYTES and bool(_PACKED.fullmatch(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kilobytes(line: int, size: int) -> Sighting:
    return Sighting(line, {"size_kb": round(size / 1000, 1)})
