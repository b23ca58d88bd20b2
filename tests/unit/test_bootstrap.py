"""The interval of a mean."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from grader.metrics.bootstrap import bootstrap_interval


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    values = np.random.default_rng(1).random(50).tolist()
    assert bootstrap_interval(values, seed=7) == bootstrap_interval(values, seed=7)
    assert bootstrap_interval(values, seed=7) != bootstrap_interval(values, seed=8)


@pytest.mark.parametrize("count", [2, 5, 120, 2000])
def test_the_interval_contains_the_mean_and_stays_within_the_values(count: int) -> None:
    values = np.random.default_rng(count).random(count)
    low, high = bootstrap_interval(values.tolist(), seed=0)
    assert values.min() <= low < values.mean() < high <= values.max()


def test_values_that_do_not_differ_give_an_interval_without_width() -> None:
    assert bootstrap_interval([0.25] * 8, seed=0) == (0.25, 0.25)
    assert bootstrap_interval([0.7], seed=0) == (0.7, 0.7)


def test_on_normal_samples_it_is_the_textbook_interval() -> None:
    sample = np.random.default_rng(3).normal(0.6, 0.1, 400)
    low, high = bootstrap_interval(sample.tolist(), seed=0)
    half = 1.96 * sample.std(ddof=1) / 20
    assert low == pytest.approx(sample.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(sample.mean() + half, abs=0.1 * half)


def test_about_95_of_100_intervals_contain_the_true_mean() -> None:
    samples = np.random.default_rng(4).normal(0.6, 0.1, (200, 60))
    intervals = [bootstrap_interval(sample.tolist(), seed=n) for n, sample in enumerate(samples)]
    assert 0.88 <= np.mean([low <= 0.6 <= high for low, high in intervals]) <= 0.99


def test_ten_thousand_values_need_little_memory() -> None:
    values = np.random.default_rng(5).random(10_000).tolist()
    tracemalloc.start()
    try:
        bootstrap_interval(values, seed=0)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 32 * 2**20  # all resamples at once would be 320 MB
