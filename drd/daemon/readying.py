"""Plugs readiness together: what it knows of the settings, and whom it may ask."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from drd.daemon.people import answerers_of
from drd.domain.clock_offset import ClockOffset
from drd.engine.simulation import Simulator
from drd.operations.evaluate_readiness import EvaluateReadiness, ReadinessParts
from drd.operations.list_findings import ListFindings
from drd.ports.clock import Clock
from drd.readiness.asking import World
from drd.runbook.shelf import Shelf
from drd.settings.loading import Configuration
from drd.store.opening import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Readying:
    """What readiness is plugged to.

    Attributes:
        fresh: world time for which what a collection saw is believed.
        clock_offset: how far the host's clock is off, where an answer told.
    """

    configuration: Configuration
    runbooks: Shelf
    store: Store
    world: World
    host: Clock
    fresh: timedelta
    clock_offset: Callable[[], ClockOffset | None]

    def evaluate(self) -> EvaluateReadiness:
        """Make what looks."""
        settings, services, world = self.configuration.settings.file, self.configuration.services, self.world
        simulator = Simulator(actions=world.actions, checks=world.checks)
        return EvaluateReadiness(
            ReadinessParts(
                runbooks=self.runbooks,
                services=services,
                inventory=self.store.inventory,
                findings=self.store.findings,
                plan_book=self.store.plan_book,
                world=world,
                host=self.host,
                stamp=self.runbooks.stamp,
                fresh=self.fresh,
                rooms=self.store.rooms,
                answerers=answerers_of(settings.roles, [each.id for each in services.tenants()]),
                region=settings.daemon.region or "",
                clock_offset=self.clock_offset,
                to_green=lambda plan: simulator.forecast(plan).to_green,
            )
        )

    def listing(self) -> ListFindings:
        """Make what reads the findings."""
        return ListFindings(
            findings=self.store.findings,
            plan_book=self.store.plan_book,
            services=self.configuration.services,
            runbooks=self.runbooks,
            clock=self.world.clock,
        )
