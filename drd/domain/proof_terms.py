"""What is to be proven by itself, and what of a municipality's backups nobody would ever prove that way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drd.domain.climbing import Climb, asked_rungs, can_be_restored
from drd.domain.estate import Tenant
from drd.domain.findings import Finding, Severity
from drd.domain.ids import TenantId
from drd.domain.ladder import Rung
from drd.domain.sampling import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofTerms:
    """A schedule that proves by restores.

    Attributes:
        tenant: the one that it is for; None for all.
        to: the highest rung.
    """

    schedule: str
    tenant: TenantId | None
    budget: Budget
    to: Rung


def unproven(tenant: Tenant, schedules: Sequence[ProofTerms]) -> Iterator[Finding]:
    """Find that nothing restores a municipality's backups: no schedule, no budget, or no place and nothing to ask.

    One that has no machine with backups has nothing to restore, and no finding.
    """
    climbs = [
        Climb(tenant=tenant, service=service, item=item, to=Rung.L6)
        for service in tenant.services
        for item in service.items
        if can_be_restored(item)
    ]
    if not climbs:
        return
    mine = [each for each in schedules if each.tenant in {None, tenant.id}]
    if not mine:
        message = f"no schedule restores backups of {tenant.id} to prove them"
        yield _found(tenant, "proofs-not-scheduled", message, "add a schedule that does `prove`")
    for each in mine:
        if each.budget.nothing:
            message = f"the schedule {each.schedule} may restore nothing: its budget is zero"
            hint = "allow restores, core-hours and cores; or take the schedule out, and say why"
            yield _found(tenant, "proof-budget-zero", message, hint, subject=each.schedule)
    highest = max((each.to.height for each in mine), default=Rung.L3.height)
    if not any(rung.height <= highest for climb in climbs for rung in asked_rungs(climb)):
        why = "names no place for copies" if tenant.proofs is None else "has no script that is asked of copies"
        message = f"the catalogue of {tenant.id} {why}, so no backup is ever restored to prove it"
        yield _found(tenant, "proofs-not-set-up", message, "write its section `proofs`")


def _found(tenant: Tenant, code: str, message: str, hint: str, *, subject: str = "") -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        tenant=tenant.id,
        subject=subject or tenant.id,
        message=message,
        hint=hint,
    )
