"""How long a recovery will take, by what recoveries took: percentiles of what was measured, and of nothing else."""

from collections.abc import Sequence
from datetime import timedelta

NEWEST = 20
"""So many of the newest recoveries of a service count: what was long ago says little of today's estate."""

PERCENTILES = (50, 90)
_WHOLE = 100


def percentile(lengths: Sequence[timedelta], rank: int) -> timedelta:
    """Give the shortest length that so many percent of the lengths do not exceed (the nearest rank).

    Of few lengths a high percentile is the longest of them. Nothing is interpolated: what is told was measured.

    Raises:
        ValueError: there are none.
    """
    if not lengths:
        raise ValueError("nothing was measured")
    place = -(-rank * len(lengths) // _WHOLE)
    return sorted(lengths)[max(place, 1) - 1]
