"""List what was found, whether services are ready by it, and how far runbooks are proved."""

from collections.abc import Mapping
from dataclasses import dataclass

from drd.domain.actor import Actor, Role
from drd.domain.errors import NotFoundError
from drd.domain.findings import Finding, Severity, worst_first
from drd.domain.ids import RunbookId, ServiceId, TenantId
from drd.domain.plan_status import PlanStatus, status_of
from drd.domain.readiness import Ready, merged, ready
from drd.ports.clock import Clock
from drd.ports.findings import Findings
from drd.ports.plan_book import PlanBook
from drd.ports.runbooks import Runbooks
from drd.ports.services import Services

_WORST_FIRST = (
    PlanStatus.FAULTY,
    PlanStatus.UNKNOWN,
    PlanStatus.NEVER_DRILLED,
    PlanStatus.CHANGED,
    PlanStatus.NO_DRILL,
    PlanStatus.VERIFIED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingWish:
    """Which findings are wanted; None for any. `severity` is the least bad that is still wanted."""

    tenant: TenantId | None = None
    service: ServiceId | None = None
    runbook: RunbookId | None = None
    severity: Severity | None = None

    def takes(self, finding: Finding) -> bool:
        """Say whether a finding is wanted."""
        return (
            self.service in {None, finding.service}
            and self.runbook in {None, finding.runbook}
            and (self.severity is None or finding.severity.rank <= self.severity.rank)
        )


class ListFindings:
    """Reads findings and what follows from them."""

    def __init__(
        self, *, findings: Findings, plan_book: PlanBook, services: Services, runbooks: Runbooks, clock: Clock
    ) -> None:
        """Take what is needed."""
        self._findings = findings
        self._plan_book = plan_book
        self._services = services
        self._runbooks = runbooks
        self._clock = clock

    async def list(self, actor: Actor, wish: FindingWish) -> tuple[Finding, ...]:
        """Give what was found last, worst first.

        Raises:
            NotFoundError: there is no such tenant; or nothing was found and there is no such service or runbook, so
                that a name typed wrongly does not read as if all were well.
        """
        actor.must_have(*Role)
        if wish.tenant is not None:
            actor.must_have(*Role, tenant=self._services.tenant(wish.tenant).id)
        found = merged(await self._findings.list(wish.tenant))
        wanted = worst_first(each for each in found if actor.sees(each.tenant) and wish.takes(each))
        if not wanted:
            self._check_names(actor, wish)
        return wanted

    def _check_names(self, actor: Actor, wish: FindingWish) -> None:
        services = {each.id for tenant in self._services.tenants() if actor.sees(tenant.id) for each in tenant.services}
        if wish.service is not None and wish.service not in services:
            raise NotFoundError("no such service", target=wish.service, hint="`drd service list` shows all")
        if wish.runbook is not None and wish.runbook not in {card.id for card in self._runbooks.list()}:
            raise NotFoundError("no such runbook", target=wish.runbook, hint="`drd runbook list` shows all")

    async def ready(self, actor: Actor) -> Mapping[tuple[TenantId, ServiceId], Ready]:
        """Say of every service whether it is ready."""
        actor.must_have(*Role)
        found, looked, now = await self._findings.list(), await self._findings.looked(), self._clock.now()
        by_tenant: dict[TenantId, list[Finding]] = {}
        for each in found:
            by_tenant.setdefault(each.tenant, []).append(each)
        return {
            (tenant.id, service.id): ready(tenant.id, service, by_tenant.get(tenant.id, ()), looked, now=now)
            for tenant in self._services.tenants()
            if actor.sees(tenant.id)
            for service in tenant.services
        }

    async def statuses(self, actor: Actor) -> Mapping[RunbookId, PlanStatus]:
        """Say how far each runbook is proved; of several tenants that use it, the worst counts."""
        actor.must_have(*Role)
        standing, drills = await self._plan_book.standing(), await self._plan_book.drills()
        found: dict[RunbookId, PlanStatus] = {}
        for card in self._runbooks.list():
            plans = [each for each in standing if each.runbook == card.id and actor.sees(each.tenant)]
            judged = {
                status_of(
                    (each for each in plans if each.tenant == tenant),
                    (each for each in drills if (each.tenant, each.runbook) == (tenant, card.id)),
                )
                for tenant in {each.tenant for each in plans}
            }
            noted = {each.mode for each in plans}
            # A mode that is on the card and not among the plans could not be planned.
            faulty = bool(card.faults) or bool(plans and set(card.modes) - noted)
            judged |= {PlanStatus.FAULTY} if faulty else set()
            found[card.id] = min(judged or {PlanStatus.UNKNOWN}, key=_WORST_FIRST.index)
        return found
