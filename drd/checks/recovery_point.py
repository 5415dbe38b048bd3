"""check.recovery-point: is there a usable recovery point, young enough, in the region that would have to restore it?

```yaml
- {id: point, uses: check.recovery-point, with: {item: vm-bv-app-1, younger-than: 48h, region: recovery}}
```
"""

from datetime import datetime, timedelta
from typing import Literal, Self

from pydantic import model_validator

from drd.checks import Item, Length, Name, Values, exactly_one, items_of
from drd.domain.canonical import Json
from drd.domain.durations import format_duration, format_instant
from drd.domain.estate import Mechanism, ProtectedItem, RecoveryPoint
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS, backed_up
from drd.ports.check import Answer, CheckContext, Question
from drd.ports.replication import REPLICATION
from drd.ports.snapshots import OS, SNAPSHOTS


class Params(Values):
    """What is asked about, exactly one of the two, and what is right."""

    item: Item | None = None
    """A protected item."""
    service: Name | None = None
    """The service: every protected item of it."""
    younger_than: Length
    """The age that the newest usable point may have."""
    region: Literal["home", "recovery"] = "home"
    """`home`: what the backup vault's own region can restore; `recovery`: replicated and copied points only."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(item=self.item, service=self.service)
        return self


class PointIsYoung:
    """Green when every item has a usable point that is young enough."""

    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/backupProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/recoveryPoints/read",
        "Microsoft.Compute/snapshots/read",
    )

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once."""
        items = items_of(context, parameters.item, tuple(Mechanism))
        if not items:
            return Answer(green=False, sentence="no item is protected")
        now, bad = context.clock.now(), []
        newest: dict[str, Json] = {}
        for item in items:
            points = [point.time for point in await _points(item, parameters, context) if point.usable]
            time = max(points, default=None)
            newest[item.id] = format_instant(time) if time else None
            bad += [] if time and now - time <= parameters.younger_than else [_said(item, time, now)]
        limit = format_duration(parameters.younger_than)
        words = "; ".join(bad) or f"the newest points of {len(items)} items are younger than {limit}"
        return Answer(green=not bad, sentence=words, evidence={"newest": newest, "region": parameters.region})

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        limit = format_duration(parameters.younger_than)
        what = parameters.item or parameters.service
        return f"{what} has a usable recovery point younger than {limit} in the {parameters.region} region"


def _said(item: ProtectedItem, time: datetime | None, now: datetime) -> str:
    if time is None:
        return f"{item.id} has no usable recovery point"
    return f"the newest point of {item.id} is {format_duration(now - time)} old"


async def _points(item: ProtectedItem, parameters: Params, context: CheckContext) -> tuple[RecoveryPoint, ...]:
    """Read the points of the region that is asked about. Of the home region nothing is asked for `recovery`."""
    found: tuple[RecoveryPoint, ...] = ()
    replicated, kept = item.protected_by(Mechanism.SITE_RECOVERY), item.protected_by(Mechanism.BACKUP)
    if replicated is not None and (parameters.region == "recovery" or kept is None):
        replication = context.provider.capability(REPLICATION)
        found += await replication.points(
            await replication.item(replicated.vault, replicated.item or item.resource.name)
        )
    if kept is not None and parameters.region == "home":
        backups = context.provider.capability(BACKUPS)
        found += await backups.points(backed_up(await backups.items(kept.vault), item, kept))
    if kept is not None and replicated is None and parameters.region == "recovery":
        copies, region = context.provider.capability(CROSS_REGION_BACKUPS), context.recovery_region
        found += await copies.points(backed_up(await copies.items(kept.vault, region), item, kept), region)
    copied = item.protected_by(Mechanism.SNAPSHOT)
    if copied is not None and parameters.region == "recovery":
        snapshots, region = context.provider.capability(SNAPSHOTS), context.recovery_region
        found += await snapshots.points(copied.vault, str(item.id), disk=OS, region=region)
    return found


CHECK = Question("check.recovery-point", Params, PointIsYoung())
