"""A sandbox with an estate in it, ready for requests, in the caller's process."""

from collections.abc import Callable
from datetime import datetime

from drd.sandbox.app import Sandbox
from drd.sandbox.clock import WorldClock, host_now
from drd.sandbox.desktops import attend
from drd.sandbox.estate.file import Estate, sample_estate
from drd.sandbox.estate.planting import plant_estate
from drd.sandbox.front import Front
from drd.sandbox.providers import ALL_ROUTES
from drd.sandbox.world import new_world


def build_sandbox(
    *,
    clock: WorldClock,
    seed: int = 1,
    host: Callable[[], datetime] = host_now,
    spread: float | None = None,
    page_size: int = 100,
    identity_header: str = "sandbox-identity",
    estate: Estate | None = None,
) -> Sandbox:
    """Return a sandbox with an estate planted.

    Args:
        clock: world time; the estate stands since long before its present instant.
        seed: decides every id and duration.
        host: host time, for the journal, tokens and certificates.
        spread: share by which durations differ from the recorded ones; None takes the profile's, 0 makes them exact.
        page_size: how many items a list answers at once.
        identity_header: what callers of the token endpoint must send as `X-IDENTITY-HEADER`.
        estate: what `read_estate` read; the municipality `voorbeeld` when None.
    """
    world = new_world(
        clock=clock, seed=seed, host=host, spread=spread, page_size=page_size, identity_header=identity_header
    )
    plant_estate(world, estate or sample_estate())
    attend(world)
    world.probes.answer = Front(world).probe
    return Sandbox(world, ALL_ROUTES)
