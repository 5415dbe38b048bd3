"""How the process looks after its memory: what it starts with stays, and garbage is looked for less often."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_YOUNG, _MIDDLE, _OLD = 5_000, 10, 20
"""A run makes many objects that live as long as it does; the interpreter's own pace (700, 10, 10) walks them so often
that it costs a third of a run that does nothing."""

_DRAWING = ("rich", "pygments")


def hold_collector() -> None:
    """Look for no garbage until `settle_memory`: loading makes next to none, and looking costs a sixth of the start."""
    gc.disable()


@contextmanager
def without_drawing() -> Iterator[None]:
    """Let libraries do without what draws for people: several load it because it is there, and a service shows nothing.

    It costs 7 MiB. What was loaded before stays, and afterwards it can be loaded again.
    """
    loaded: dict[str, Any] = sys.modules
    withheld = [name for name in _DRAWING if name not in loaded]
    for name in withheld:
        loaded[name] = None
    try:
        yield
    finally:
        for name in withheld:
            del loaded[name]


def settle_memory() -> None:
    """Take everything that is loaded out of the collector's sight, and let it look rarely. Called once, after start."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    gc.enable()
