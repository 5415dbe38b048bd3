"""Plugs together what looks at the ends of drills and says what they were worth."""

from collections.abc import Callable
from datetime import timedelta

from drd.domain.ids import RunId
from drd.operations.confirm_drills import ConfirmDrills, DrillParts
from drd.ports.capabilities import Provider
from drd.ports.clock import Clock
from drd.ports.services import Services
from drd.store.opening import Store


def confirming(
    *,
    services: Services,
    store: Store,
    provider: Provider,
    clock: Clock,
    longest: timedelta,
    told: tuple[Callable[[RunId], None], ...],
) -> ConfirmDrills:
    """Give what confirms drills: an observer of the engine. `told`: each hears of a drill that got its verdict."""
    parts = DrillParts(
        drills=store.drills,
        journal=store.journal,
        ledger=store.ledger,
        services=services,
        findings=store.findings,
        provider=provider,
        clock=clock,
        longest=longest,
        told=told,
    )
    return ConfirmDrills(parts)
