"""Findings and plans in memory, and readiness on top of them: of a house that no cloud stands behind."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from drd.domain.findings import Finding, distinct, worst_first
from drd.domain.ids import TenantId
from drd.domain.plan_status import GreenDrill, StandingPlan
from drd.operations.evaluate_readiness import EvaluateReadiness, ReadinessParts
from drd.operations.list_findings import ListFindings
from drd.ports.capabilities import Provider
from drd.ports.inventory import Inventory
from drd.ports.runbooks import Runbooks
from drd.ports.services import Services
from drd.readiness.asking import World
from tests.fakes.engine_house import House
from tests.fakes.scripted_world import ScriptedActions, ScriptedChecks


class MemoryFindings:
    """Answers the port `Findings`."""

    def __init__(self) -> None:
        """Begin empty."""
        self.scopes: dict[str, tuple[tuple[Finding, ...], datetime]] = {}

    async def put(self, scope: str, findings: Collection[Finding], at: datetime) -> None:
        """See the port."""
        before = {(each.code, each.subject): each.since for each in self.scopes.get(scope, ((), at))[0]}
        kept = [
            replace(each, since=before.get((each.code, each.subject)) or each.since or at)
            for each in distinct(findings)
        ]
        self.scopes[scope] = (tuple(kept), at)

    async def keep(self, kind: str, scopes: Collection[str]) -> None:
        """See the port."""
        for scope in [each for each in self.scopes if each.startswith(f"{kind}/") and each not in scopes]:
            del self.scopes[scope]

    async def list(self, tenant: TenantId | None = None) -> tuple[Finding, ...]:
        """See the port."""
        found = [each for findings, _ in self.scopes.values() for each in findings]
        return worst_first(each for each in found if tenant in {None, each.tenant})

    async def looked(self) -> Mapping[str, datetime]:
        """See the port."""
        return {scope: at for scope, (_, at) in self.scopes.items()}


class MemoryPlanBook:
    """Answers the port `PlanBook`; a test says which drills were green."""

    def __init__(self) -> None:
        """Begin empty."""
        self.plans: tuple[StandingPlan, ...] = ()
        self.green: tuple[GreenDrill, ...] = ()

    async def note(self, tenant: TenantId, plans: Collection[StandingPlan], at: datetime) -> tuple[StandingPlan, ...]:
        """See the port."""
        known = {replace(each, since=None): each for each in self.plans}
        noted = tuple(known.get(replace(each, since=None), replace(each, since=at)) for each in plans)
        self.plans = (*(each for each in self.plans if each.tenant != tenant), *noted)
        return noted

    async def standing(self) -> tuple[StandingPlan, ...]:
        """See the port."""
        return self.plans

    async def drills(self) -> tuple[GreenDrill, ...]:
        """See the port."""
        return self.green


class ReadinessHouse:
    """Readiness of a served house: nobody can be asked, so what must be asked is unknown."""

    def __init__(self, house: House, *, services: Services, inventory: Inventory, runbooks: Runbooks) -> None:
        """Take the house and what stands in it."""
        self.findings, self.plan_book = MemoryFindings(), MemoryPlanBook()
        nobody = Provider("fake", ())
        self.evaluate = EvaluateReadiness(
            ReadinessParts(
                runbooks=runbooks,
                services=services,
                inventory=inventory,
                findings=self.findings,
                plan_book=self.plan_book,
                world=World(
                    standing=nobody,
                    failover=nobody,
                    reach=house.reach,
                    drill_reach=house.drill_reach,
                    actions=ScriptedActions(house.world),
                    checks=ScriptedChecks(house.world),
                    clock=house.clock,
                ),
                host=house.clock,
                stamp=lambda: "as it was",
                fresh=timedelta(hours=1),
            )
        )
        self.listing = ListFindings(
            findings=self.findings,
            plan_book=self.plan_book,
            services=services,
            runbooks=runbooks,
            clock=house.clock,
        )
