"""A sandbox with an estate in it, ready for requests, in the caller's process."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from drd.document import Refused
from drd.sandbox.app import Sandbox
from drd.sandbox.clock import WorldClock, host_now
from drd.sandbox.desktops import attend
from drd.sandbox.egress import gets_out
from drd.sandbox.estate.file import Estate, parse_estate, sample_estate
from drd.sandbox.estate.planting import plant_estate
from drd.sandbox.front import Front
from drd.sandbox.limits import Limits
from drd.sandbox.providers import ALL_ROUTES
from drd.sandbox.replay import replay
from drd.sandbox.snapshot import Snapshot, SnapshotError, limits_in
from drd.sandbox.world import World, new_world


def build_sandbox(
    *,
    clock: WorldClock,
    seed: int = 1,
    host: Callable[[], datetime] = host_now,
    spread: float | None = None,
    hurry: float = 1.0,
    page_size: int = 100,
    identity_header: str = "sandbox-identity",
    estate: Estate | None = None,
    limits: Limits | None = None,
) -> Sandbox:
    """Return a sandbox with an estate planted.

    Args:
        clock: world time; the estate stands since long before its present instant.
        seed: decides every id and duration.
        host: host time, for the journal, tokens and certificates.
        spread: share by which durations differ from the recorded ones; None takes the profile's, 0 makes them exact.
        hurry: how many times as soon as recorded operations end, and may be asked about again.
        page_size: how many items a list answers at once.
        identity_header: what callers of the token endpoint must send as `X-IDENTITY-HEADER`.
        limits: how many requests are taken; None takes those that Azure documents, `UNLIMITED` refuses none.
        estate: what `read_estate` read; the municipality `voorbeeld` when None.
    """
    world = new_world(
        clock=clock,
        seed=seed,
        host=host,
        spread=spread,
        hurry=hurry,
        page_size=page_size,
        identity_header=identity_header,
        limits=limits,
    )
    return _furnished(world, estate or sample_estate())


def restore_sandbox(snapshot: Snapshot, *, clock: WorldClock, host: Callable[[], datetime] = host_now) -> Sandbox:
    """Return the sandbox that a snapshot was taken of; its time goes on from there, whatever the clock tells.

    Raises:
        SnapshotError: it cannot be restored by this version of the sandbox.
    """
    head = snapshot.head
    try:
        estate = parse_estate(head["estate"]["text"], head["estate"]["name"])
        world = new_world(
            clock=clock,
            seed=head["seed"],
            host=host,
            spread=head["spread"],
            hurry=head.get("hurry", 1.0),
            page_size=head["page-size"],
            identity_header=head["identity-header"],
            limits=limits_in(head),
        )
        world.clock.held = datetime.fromisoformat(head["planted-at"])
        world.identities.adopt(head["tokens"]["kept"], drawn=head["tokens"]["drawn"])
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotError(f"line 1 does not say what it should: {error}") from error
    except Refused as refused:
        raise SnapshotError(f"the estate in the snapshot is refused: {refused}") from refused
    sandbox = _furnished(world, estate)
    replay(sandbox, snapshot)
    return sandbox


def _furnished(world: World, estate: Estate) -> Sandbox:
    def furnish(empty: World) -> None:
        plant_estate(empty, estate)
        attend(empty)
        empty.probes.answer = Front(empty).probe
        empty.probes.way_out = partial(gets_out, empty)

    world.plant(furnish, (estate.name, estate.text))
    return Sandbox(world, ALL_ROUTES)
