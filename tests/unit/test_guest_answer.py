"""What predict may return, and what each value is taken for."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from grader.guest.answer import Unusable, Usable, bring_to_form

H, W = 3, 5
MAP = np.linspace(0, 1, H * W).reshape(H, W)


class _Exploding:
    def __array__(self, *_: object, **__: object) -> None:
        raise RuntimeError("not today")


class _Leaving:
    def __array__(self, *_: object, **__: object) -> None:
        raise SystemExit


class _Convertible:
    def __array__(self, *_: object, **__: object) -> Any:
        return MAP


class _Matrix(np.ndarray):
    pass


USABLE: dict[str, tuple[Any, bool]] = {
    "float64": (MAP, False),
    "float32": (MAP.astype(np.float32), False),
    "float16": (MAP.astype(np.float16), False),
    "long double": (MAP.astype(np.longdouble), False),
    "big endian": (MAP.astype(">f8"), False),
    "uint8": ((MAP * 255).astype(np.uint8), False),
    "int64": ((MAP > 0.5).astype(np.int64), False),
    "bool": (MAP > 0.5, False),
    "a list of lists": (MAP.tolist(), False),
    "a tuple of rows": (tuple(MAP), False),
    "column order": (np.asfortranarray(MAP), False),
    "a view with strides": (np.repeat(MAP, 2, axis=1)[:, ::2], False),
    "a read-only array": (np.broadcast_to(np.float32(0.5), (H, W)), False),
    "(H, W, 1)": (MAP[..., None], True),
    "(1, H, W)": (MAP[None], True),
    "(1, H, W, 1)": (MAP[None, ..., None], True),
    "(1, 1, H, W, 1, 1)": (MAP[None, None, ..., None, None], True),
    "a subclass of an array": (MAP.view(_Matrix), False),
    "np.matrix": (MAP.view(np.matrix), False),
    "a masked array": (np.ma.masked_array(MAP, MAP > 0.9), False),
    "an object that knows how to be an array": (_Convertible(), False),
    "values out of range, which the host remarks on": (MAP * 40 - 20, False),
    "NaN, which the host refuses": (np.where(MAP > 0.5, np.nan, MAP), False),
}


@pytest.mark.parametrize(("returned", "squeezed"), USABLE.values(), ids=USABLE)
def test_it_is_an_answer(returned: Any, squeezed: bool) -> None:
    result = bring_to_form(returned, H, W)
    assert isinstance(result, Usable)
    assert result.squeezed is squeezed
    assert type(result.values) is np.ndarray
    assert result.values.dtype == np.dtype("<f4")
    assert result.values.flags.c_contiguous
    expected = np.asarray(returned).reshape(H, W).astype(np.float32)
    np.testing.assert_array_equal(result.values, expected)


UNUSABLE: dict[str, tuple[Any, str, dict[str, str | int]]] = {
    "None": (None, "wrong_type", {"type": "NoneType"}),
    "a string": ("mask", "wrong_type", {"type": "str"}),
    "bytes": (b"mask", "wrong_type", {"type": "bytes"}),
    "a dictionary": ({"mask": MAP}, "wrong_type", {"type": "dict"}),
    "a generator": ((row for row in MAP), "wrong_type", {"type": "generator"}),
    "rows of different lengths": ([[0.0, 1.0], [0.0]], "wrong_type", {"type": "list"}),
    "fractions": ([[Fraction(1, 2)] * W] * H, "wrong_type", {"type": "list"}),
    "objects": (MAP.astype(object), "wrong_type", {"type": "ndarray of object"}),
    "complex": (MAP.astype(complex), "wrong_type", {"type": "ndarray of complex128"}),
    "texts": (MAP.astype(str), "wrong_type", {"type": "ndarray of <U32"}),
    "times": (MAP.astype("datetime64[s]"), "wrong_type", {"type": "ndarray of datetime64[s]"}),
    "a structured array": (
        np.zeros((H, W), dtype=[("p", "f4")]),
        "wrong_type",
        {"type": "ndarray of [('p', '<f4')]"},
    ),
    "an __array__ that raises": (_Exploding(), "wrong_type", {"type": "_Exploding"}),
    "an empty list": ([], "empty", {"shape": "(0,)"}),
    "an empty slice": (MAP[1:-0], "empty", {"shape": "(0, 5)"}),
    "a number": (0.5, "wrong_dimensions", {"shape": "()"}),
    "a row": (MAP[0], "wrong_dimensions", {"shape": "(5,)"}),
    "flattened": (MAP.ravel(), "wrong_dimensions", {"shape": "(15,)"}),
    "three channels": (np.stack([MAP] * 3, -1), "wrong_dimensions", {"shape": "(3, 5, 3)"}),
    "two images": (np.stack([MAP] * 2), "wrong_dimensions", {"shape": "(2, 3, 5)"}),
    "a single axis in the middle": (MAP[:, None], "wrong_dimensions", {"shape": "(3, 1, 5)"}),
    "lying on its side": (MAP.T, "wrong_size", {"height": 5, "width": 3}),
    "the network's own size": (np.zeros((256, 256)), "wrong_size", {"height": 256, "width": 256}),
    "a batch of another size": (np.zeros((1, 8, 8, 1)), "wrong_size", {"height": 8, "width": 8}),
    "one pixel, to be stretched": (np.ones((1, 1)), "wrong_size", {"height": 1, "width": 1}),
    "one row, to be stretched": (MAP[:1], "wrong_size", {"height": 1, "width": 5}),
}


@pytest.mark.parametrize(("returned", "kind", "facts"), UNUSABLE.values(), ids=UNUSABLE)
def test_it_is_no_answer(returned: Any, kind: str, facts: dict[str, str | int]) -> None:
    assert bring_to_form(returned, H, W) == Unusable(kind, facts)


@pytest.mark.parametrize("size", [(1, 7), (7, 1), (1, 1)])
def test_an_image_one_pixel_wide_or_high_is_answered_like_any_other(size: tuple[int, int]) -> None:
    strip = np.linspace(0, 1, size[0] * size[1]).reshape(size)
    for returned in (strip, strip[..., None], strip[None], strip[None, ..., None]):
        result = bring_to_form(returned, *size)
        assert isinstance(result, Usable)
        assert result.squeezed is (returned.ndim > 2)
        np.testing.assert_array_equal(result.values, strip.astype(np.float32))


def test_a_strip_on_its_side_is_of_a_wrong_size() -> None:
    assert bring_to_form(np.zeros((1, 7)), 7, 1) == Unusable(
        "wrong_size", {"height": 1, "width": 7}
    )
    assert bring_to_form(np.zeros(7), 7, 1) == Unusable("wrong_dimensions", {"shape": "(7,)"})


def test_a_value_too_large_for_float32_becomes_infinite_and_the_host_refuses_it() -> None:
    with np.errstate(over="ignore"):
        result = bring_to_form(np.full((H, W), 1e300), H, W)
    assert isinstance(result, Usable)
    assert np.isinf(result.values).all()


def test_a_class_with_a_name_of_a_million_letters_still_fits_into_a_reply() -> None:
    result = bring_to_form(type("X" * 10**6, (), {})(), H, W)
    assert result == Unusable("wrong_type", {"type": "X" * 200})


def test_an_answer_that_wants_to_exit_is_left_to_the_guests_main() -> None:
    """It catches SystemExit around the whole call, so that the note names it."""
    with pytest.raises(SystemExit):
        bring_to_form(_Leaving(), H, W)
