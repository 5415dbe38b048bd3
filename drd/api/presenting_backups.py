"""From what use cases give to the shapes on the wire: what is proven."""

from collections.abc import Sequence
from datetime import datetime

from drd.api.presenting import run_shape
from drd.api.wire.backups import (
    BackupShape,
    CleanPointShape,
    SampledShape,
    ServiceProofShape,
    VerificationShape,
    VerifiedShape,
)
from drd.domain.clean_point import Search
from drd.domain.ids import ItemId
from drd.domain.ladder import Rung, Verification
from drd.operations.list_backups import BackupView, ServiceProof
from drd.operations.sample_backups import Sampled
from drd.operations.verify_backup import Verified


def verification_shape(each: Verification) -> VerificationShape:
    """Present a verification."""
    findings = each.measured.get("findings", ())
    return VerificationShape(
        id=each.id,
        tenant=each.tenant,
        service=each.service,
        item=each.item,
        mechanism=each.mechanism.value if each.mechanism else None,
        point=each.point,
        point_time=each.point_time,
        rung=each.rung,
        outcome=each.outcome,
        at=each.at,
        took_seconds=round(each.took.total_seconds()),
        because=each.because,
        run=each.run,
        findings=tuple(str(code) for code in findings) if isinstance(findings, list | tuple) else (),
        chosen=str(each.measured.get("chosen", "")),
        said=str(each.measured.get("said", "")),
    )


def backup_shape(view: BackupView, now: datetime) -> BackupShape:
    """Present what is proven of an item."""
    standing = view.standing
    return BackupShape(
        tenant=view.item.tenant,
        service=view.item.service,
        item=view.item.item.id,
        tier=view.tier,
        newest_point_at=view.item.newest_point_at,
        proven_point_at=view.item.proven_point_at,
        proven=standing.proven.rung if standing.proven else None,
        proven_at=standing.proven.at if standing.proven else None,
        failed=tuple(rung for rung in Rung if rung in standing.newest and not standing.newest[rung].proves),
        score_percent=round(standing.score * 100),
        due_at=view.due_at,
        overdue=view.due_at is None or view.due_at < now,
    )


def service_proof_shape(proof: ServiceProof, now: datetime) -> ServiceProofShape:
    """Present what is proven of a service."""
    view = proof.service
    return ServiceProofShape(
        tenant=view.tenant.id,
        service=view.service.id,
        tier=view.service.tier,
        newest_point_at=view.point_at,
        proven_point_at=view.proven_at,
        proven=proof.proven,
        score_percent=round(proof.score * 100),
        due_at=proof.due_at,
        overdue=proof.due_at is None or proof.due_at < now,
    )


def verified_shape(verified: Verified) -> VerifiedShape:
    """Present what is known at once."""
    return VerifiedShape(
        verifications=tuple(verification_shape(each) for each in verified.verifications),
        run=run_shape(verified.run) if verified.run else None,
    )


def sampled_shapes(chosen: Sequence[Sampled]) -> list[SampledShape]:
    """Present what was chosen."""
    return [
        SampledShape(
            tenant=each.tenant,
            item=each.item,
            point=each.point.id,
            point_time=each.point.time,
            because=each.because,
            run=run_shape(each.run) if each.run else None,
            refused=each.refused,
        )
        for each in chosen
    ]


def clean_point_shape(item: ItemId, search: Search) -> CleanPointShape:
    """Present where a search stands."""
    return CleanPointShape(
        item=item,
        found=search.found.id if search.found else None,
        found_time=search.found.time if search.found else None,
        exact=search.exact,
        next=search.next.id if search.next else None,
        next_time=search.next.time if search.next else None,
        unexamined=search.unexamined,
        because=search.because,
    )
