"""check.clean-point: is there a usable recovery point that the vault's scan found clean, from before an attack?

```yaml
- {id: clean, uses: check.clean-point, with: {service: burgerzaken, before: "2026-11-20T02:00:00Z", region: recovery}}
```
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import PlainValidator, WithJsonSchema, model_validator

from drd.checks import Item, Name, Values, exactly_one, items_of, wrong
from drd.domain.canonical import Json
from drd.domain.durations import format_instant, parse_instant
from drd.domain.errors import PermanentError
from drd.domain.estate import Mechanism, ProtectedItem, RecoveryPoint
from drd.domain.points import NEWEST_CLEAN, Choice, chosen_point, judged
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS, backed_up
from drd.ports.check import Answer, CheckContext, Question


def _instant(value: Any) -> datetime | None:  # noqa: ANN401 - anything may stand in a file
    try:
        return parse_instant(str(value)) if value else None
    except PermanentError as error:
        raise wrong(error.message, error.hint) from error


class Params(Values):
    """What is asked about, exactly one of the two, and what is clean enough."""

    item: Item | None = None
    """A protected item."""
    service: Name | None = None
    """The service: every item of it that is backed up."""
    before: Annotated[datetime | None, PlainValidator(_instant), WithJsonSchema({"type": "string"})] = None
    """Only points older than this instant count; an empty text is no limit."""
    accept_unknown: bool = False
    """Whether a point of which the scan says nothing counts as clean."""
    region: Literal["home", "recovery"] = "home"
    """`home`: what the vault's own region holds; `recovery`: of those only what was copied to the recovery region."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(item=self.item, service=self.service)
        return self

    @property
    def choice(self) -> Choice:
        """Give the wish."""
        return Choice(wanted=NEWEST_CLEAN, before=self.before, accept_unknown=self.accept_unknown)


class PointIsClean:
    """Green when every item has such a point. Asks the home region: only its vault tells what a scan found."""

    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/backupProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read",
    )

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once."""
        items = items_of(context, parameters.item, (Mechanism.BACKUP,))
        if not items:
            return Answer(green=False, sentence="no item is backed up")
        bad: list[str] = []
        found: dict[str, Json] = {}
        for item in items:
            try:
                point = chosen_point(await _points(item, parameters, context), parameters.choice)
            except PermanentError as refusal:
                bad.append(f"{item.id}: {refusal.message}")
                continue
            found[item.id] = format_instant(point.time)
        words = "; ".join(bad) or f"{len(items)} of {len(items)} items have a clean recovery point"
        return Answer(green=not bad, sentence=words, evidence={"clean": found, "region": parameters.region})

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        what = parameters.item or parameters.service
        older = f" from before {format_instant(parameters.before)}" if parameters.before is not None else ""
        return f"{what} has a clean recovery point{older} in the {parameters.region} region"


async def _points(item: ProtectedItem, parameters: Params, context: CheckContext) -> tuple[RecoveryPoint, ...]:
    kept = item.protected_by(Mechanism.BACKUP)
    if kept is None:
        return ()
    backups, copies = context.provider.capability(BACKUPS), context.provider.capability(CROSS_REGION_BACKUPS)
    own = await backups.points(backed_up(await backups.items(kept.vault), item, kept))
    if parameters.region == "home":
        return own
    region = context.recovery_region
    return judged(await copies.points(backed_up(await copies.items(kept.vault, region), item, kept), region), own)


CHECK = Question("check.clean-point", Params, PointIsClean())
