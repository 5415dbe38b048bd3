"""How the process looks after its memory."""

import gc
import sys
from collections.abc import Iterator

import pytest

from drd.daemon.memory import settle_memory, without_drawing


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave the collector as it was."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_loaded_is_not_walked_again_and_again() -> None:
    """It stays for the life of the process; the collector still looks at what comes after."""
    settle_memory()

    assert gc.get_freeze_count() > 0
    assert gc.isenabled()
    assert gc.get_threshold()[0] > 700


def test_rings_of_garbage_are_still_found() -> None:
    """Less often is not never."""
    settle_memory()
    ring: list[object] = []
    ring.append(ring)
    del ring

    assert gc.collect() > 0


def test_what_draws_for_people_cannot_be_loaded_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tells an error afterwards finds it again."""
    monkeypatch.delitem(sys.modules, "pygments", raising=False)

    with without_drawing(), pytest.raises(ImportError):
        __import__("pygments")
    assert __import__("pygments") is not None


def test_what_draws_for_people_stays_where_it_was_loaded_before() -> None:
    """Taken away under who uses it, it would break them."""
    drawing = __import__("pygments")

    with without_drawing():
        assert __import__("pygments") is drawing
