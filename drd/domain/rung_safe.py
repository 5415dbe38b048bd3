"""L1: a recovery point is complete and safe: consistent, with a copy in the recovery region, in vaults that protect it.

A pure function over what the last collection saw, as L0.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from drd.domain.conformity import Promises, conforms
from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.findings import Finding, Severity
from drd.domain.ids import ArmId
from drd.domain.ladder import Outcome
from drd.domain.posture import PostureAnswer, SeenVault, posture_of
from drd.domain.rung_exists import RungAnswer, SeenPoints, Subject, because

_WHOLE = frozenset({"application", "file-system"})
_TRANSFER = timedelta(hours=24)
"""So long Azure may take to bring a snapshot into the vault."""


def is_safe(
    subject: Subject, seen: Sequence[SeenPoints], vaults: Sequence[SeenVault], promises: Promises, now: datetime
) -> RungAnswer:
    """Tell whether the item's points are complete and safe. Failed beats unknown, unknown beats passed.

    The vaults and the policies in `promises` are those that were ever seen of the item's tenant.
    """
    known = [each for each in seen if now - each.seen_at <= subject.fresh]
    postures = _postures(subject, vaults, now)
    unknown = [
        f"the points by {each.mechanism.value}" for each in subject.item.protection if not _has(known, each.mechanism)
    ]
    unknown += [text for answer in postures for text in answer.unknown]
    unknown += _tiers_unknown(known)
    conformity = conforms(subject, known, promises)
    unknown += conformity.unknown
    findings = [found for answer in postures for found in answer.findings]
    findings += [*conformity.findings, *_consistency(subject, known)]
    findings += _not_in_vault(subject, known, now)
    findings += _copy_away(subject, known, vaults, complete=not unknown)
    newest = max(
        ((point.time, each.mechanism, point) for each in known for point in each.points if point.usable),
        key=lambda each: each[0],
        default=None,
    )
    return RungAnswer(
        outcome=_outcome(findings, unknown, nothing=newest is None),
        because=_because(findings, unknown),
        findings=tuple(found for found in findings if found.subject == subject.id),
        mechanism=newest[1] if newest else None,
        point=newest[2] if newest else None,
        measured={
            "findings": sorted({each.code for each in findings}),
            "unknown": list(unknown),
            "tiers": list(newest[2].tiers) if newest else [],
            **conformity.measured,
        },
    )


def _has(known: Sequence[SeenPoints], mechanism: Mechanism) -> bool:
    return any(each.mechanism is mechanism for each in known)


def _postures(subject: Subject, vaults: Sequence[SeenVault], now: datetime) -> list[PostureAnswer]:
    found = {each.posture.id: each for each in vaults}
    answers = []
    for protection in subject.item.protection:
        if protection.mechanism is not Mechanism.BACKUP:
            continue
        vault = found.get(protection.vault)
        if vault is None:
            answers.append(PostureAnswer(unknown=(f"the vault {protection.vault.name}",)))
            continue
        answers.append(posture_of(vault, recovery_region=subject.recovery_region, fresh=subject.fresh, now=now))
    return answers


def _outcome(findings: Sequence[Finding], unknown: Sequence[str], *, nothing: bool) -> Outcome:
    if any(each.severity is Severity.CRITICAL for each in findings):
        return Outcome.FAILED
    return Outcome.INCONCLUSIVE if unknown or nothing else Outcome.PASSED


def _because(findings: Sequence[Finding], unknown: Sequence[str]) -> str:
    told = because(
        findings, "" if unknown else "consistent, as the policy promises, in both regions, in vaults that protect it"
    )
    nobody = f"not known: {', '.join(unknown)}" if unknown else ""
    return "; ".join(each for each in (told, nobody) if each)


def _consistency(subject: Subject, known: Sequence[SeenPoints]) -> Iterator[Finding]:
    usable = [point for each in known for point in each.points if point.usable]
    if usable and not any(point.consistency in _WHOLE for point in usable):
        yield subject.finding(
            "only-crash-consistent-points",
            Severity.WARNING,
            f"no point of {subject.id} is consistent: what was being written when it was made may be torn",
            "see why the guest's agent does not quiesce it: its extension, and the job's warnings",
        )


def _backups(known: Sequence[SeenPoints]) -> list[RecoveryPoint]:
    """Give the usable points of backups that were listed; of one that is only told nobody knows where it is kept."""
    found = (point for each in known if each.mechanism is Mechanism.BACKUP for point in each.points)
    return [point for point in found if point.usable and point.id]


def _tiers_unknown(known: Sequence[SeenPoints]) -> Iterator[str]:
    points = _backups(known)
    if points and not any(point.tiers for point in points):
        yield "the tier of its backups"


def _not_in_vault(subject: Subject, known: Sequence[SeenPoints], now: datetime) -> Iterator[Finding]:
    """Find that backups are snapshots beside the machine only: who deletes the machine's group can delete them too."""
    told = [point for point in _backups(known) if point.tiers]
    late = any(now - point.time > _TRANSFER for point in told)
    if late and not any({"vault", "archive"} & set(point.tiers) for point in told):
        yield subject.finding(
            "points-not-in-vault",
            Severity.CRITICAL,
            f"no usable backup of {subject.id} has reached its vault: all are snapshots beside the machine",
            "see why the transfer does not end: the vault's jobs, and the policy's tiers",
        )


def _copy_away(
    subject: Subject, known: Sequence[SeenPoints], vaults: Sequence[SeenVault], *, complete: bool
) -> Iterator[Finding]:
    """Find that no mechanism keeps a copy in the recovery region. Where something is unknown, nothing is certain."""
    if not complete or any(_is_away(subject, each, vaults) for each in known):
        return
    yield subject.finding(
        "no-copy-in-recovery-region",
        Severity.CRITICAL,
        f"no usable point of {subject.id} is in {subject.recovery_region}: with {subject.home_region} it is lost",
        "replicate it, copy its snapshots, or keep its backups in a geo-redundant vault with cross-region restore",
    )


def _is_away(subject: Subject, seen: SeenPoints, vaults: Sequence[SeenVault]) -> bool:
    usable = [point for point in seen.points if point.usable]
    if not usable:
        return False
    if seen.mechanism is Mechanism.SITE_RECOVERY:
        return True
    if any(point.region == subject.recovery_region for point in usable):
        return True
    protection = subject.item.protected_by(seen.mechanism)
    return seen.mechanism is Mechanism.BACKUP and protection is not None and _crosses(protection.vault, vaults)


def _crosses(wanted: ArmId, vaults: Sequence[SeenVault]) -> bool:
    return any(each.posture.id == wanted and each.posture.cross_region_restore is True for each in vaults)
