"""From what use cases give to the shapes on the wire: services, items, recovery points."""

from datetime import datetime

from drd.api.wire.estate import ItemPointsShape, ItemShape, RecoveryPointShape, RecoveryShape, ServiceShape
from drd.api.wire.shape import seconds
from drd.domain.readiness import Ready
from drd.operations.list_services import ItemView, ServiceView
from drd.ports.readings import Recovery


def service_shape(view: ServiceView, now: datetime, ready: Ready | None = None) -> ServiceShape:
    """Present a service: what was promised against what is known."""
    service = view.service
    return ServiceShape(
        id=service.id,
        tenant=view.tenant.id,
        name=service.name.to_json(),
        tier=service.tier,
        runbook=service.runbook,
        owner=service.owner,
        depends_on=service.depends_on,
        rpo_seconds=seconds(service.objectives.rpo),
        rto_seconds=round(service.objectives.rto.total_seconds()),
        point_at=view.point_at,
        point_age_seconds=seconds(view.point_age),
        recovery_point=view.point_verdict.value,
        proven_at=view.proven_at,
        proven_age_seconds=seconds(now - view.proven_at) if view.proven_at else None,
        last=_recovery(view.last),
        last_drill=_recovery(view.last_drill),
        ready=ready.answer.value if ready else "unknown",
        findings=ready.findings if ready else 0,
        items=tuple(item_shape(each, now) for each in view.items),
        checks=tuple(f"{check.id} ({check.call.uses})" for check in service.checks),
    )


def _recovery(recovery: Recovery | None) -> RecoveryShape | None:
    if recovery is None:
        return None
    return RecoveryShape(
        run=recovery.run,
        mode=recovery.mode,
        state=recovery.state.value,
        ended_at=recovery.ended_at,
        achieved_recovery_time_seconds=seconds(recovery.achieved_recovery_time),
        achieved_recovery_point_seconds=seconds(recovery.achieved_recovery_point),
        verdict=recovery.verdict.value if recovery.verdict else None,
    )


def item_shape(view: ItemView, now: datetime) -> ItemShape:
    """Present an item as last seen. A mechanism without a fresh fact is unknown."""
    states = {protection.mechanism.value: "unknown" for protection in view.item.protection}
    states.update({each.mechanism.value: each.state for each in view.facts})
    newest = view.newest_point_at
    return ItemShape(
        id=view.item.id,
        tenant=view.tenant,
        service=view.service,
        kind=view.item.kind.value,
        resource=str(view.item.resource),
        labels=dict(view.item.labels),
        mechanisms=tuple(protection.mechanism.value for protection in view.item.protection),
        states=states,
        stale=view.stale,
        newest_point_at=newest,
        point_age_seconds=seconds(now - newest) if newest else None,
        proven_point_at=view.proven_point_at,
        proven_age_seconds=seconds(now - view.proven_point_at) if view.proven_point_at else None,
        points_total=sum(each.points_total for each in view.facts),
    )


def item_points_shape(view: ItemView, now: datetime) -> ItemPointsShape:
    """Present an item with its points, newest first."""
    points = [
        RecoveryPointShape(
            id=point.id,
            time=point.time,
            mechanism=facts.mechanism.value,
            consistency=point.consistency,
            region=point.region,
            usable=point.usable,
            cleanliness=point.cleanliness.value,
        )
        for facts in view.facts
        for point in facts.points
    ]
    points.sort(key=lambda point: point.time, reverse=True)
    return ItemPointsShape(item=item_shape(view, now), points=tuple(points))
