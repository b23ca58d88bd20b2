"""How sure a mean over images is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_RESAMPLES = 2000
_BLOCK_VALUES = 1_000_000  # bounds one block's indices and values to 8 MB each


def bootstrap_interval(values: Sequence[float], *, seed: int) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean.

    Source: Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), section 13.3.

    Args:
        values: One value for each image, in any range; at least one.
        seed: Of the resampling, so that a report can be made again.

    Returns:
        The 2.5 and 97.5 % quantiles of the means of 2,000 resamples.
    """
    sample = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK_VALUES // sample.size)
    means = [
        sample[generator.integers(sample.size, size=(rows, sample.size))].mean(axis=1)
        for rows in _block_sizes(_RESAMPLES, block)
    ]
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975))
    return float(low), float(high)


def _block_sizes(total: int, block: int) -> list[int]:
    return [min(block, total - start) for start in range(0, total, block)]
