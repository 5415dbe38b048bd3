"""Whether users would follow a name in time: how long resolvers keep the old values, against the RTO."""

from collections.abc import AsyncIterator
from datetime import timedelta

from drd.domain.durations import format_duration
from drd.domain.errors import DrdError
from drd.domain.findings import Finding, Severity
from drd.domain.ids import ArmId
from drd.domain.plan import Mode, Step
from drd.ports.networks import RECORDS
from drd.readiness.asking import World
from drd.readiness.matter import Matter, own_steps

_SHARE = 4
"""A name may take a fourth of the recovery time objective."""


async def look_at_names(matter: Matter, world: World) -> AsyncIterator[Finding]:
    """Look at the records that a failover switches."""
    plan = matter.plans.get(Mode.FAILOVER)
    if plan is None or plan.objectives is None:
        return
    for step in own_steps(plan):
        if step.call.uses == "dns.switch":
            for finding in await _record(matter, step, plan.objectives.rto, world):
                yield finding


async def _record(matter: Matter, step: Step, rto: timedelta, world: World) -> list[Finding]:
    values = step.call.values
    zone, name = ArmId(str(values.get("zone", ""))), str(values.get("record", ""))
    subject = f"{name}.{zone.name}"
    try:
        record = await world.standing.capability(RECORDS).get(zone, name, str(values.get("type", "A")))
    except DrdError as error:
        return [matter.unknown("dns-unknown", subject, error)]
    kept = timedelta(seconds=record.ttl_seconds) if record else timedelta(0)
    if kept <= rto / _SHARE:
        return []
    said = f"resolvers keep its values for {format_duration(kept)}, and the objective is {format_duration(rto)}"
    return [matter.found("dns-ttl-too-long", subject, said, severity=Severity.CRITICAL if kept > rto else None)]
