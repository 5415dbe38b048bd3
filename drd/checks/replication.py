"""check.replication: is an item, or every replicated item of the service, protected and within the service's RPO?

In mode failback it must replicate back to the home region too.

```yaml
- {id: replication, uses: check.replication, with: {service: burgerzaken}}
```
"""

from datetime import timedelta
from typing import Self

from pydantic import model_validator

from drd.checks import Item, Length, Name, Values, exactly_one, items_of, protection_of
from drd.domain.canonical import Json
from drd.domain.durations import canonical_duration, format_duration
from drd.domain.estate import Mechanism, ProtectedItem
from drd.domain.plan import Mode
from drd.ports.check import Answer, CheckContext, Question
from drd.ports.replication import REPLICATION


class Params(Values):
    """What is asked about: exactly one of the two."""

    item: Item | None = None
    """A protected item."""
    service: Name | None = None
    """The service: every item of it that Site Recovery protects."""
    rpo: Length | None = None
    """The age that the newest point may have; the service's objective where none is given."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(item=self.item, service=self.service)
        return self


class ReplicationIsWell:
    """Green when every item is protected and its newest point young enough, counted up to now."""

    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read",
    )

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once."""
        items = items_of(context, parameters.item, (Mechanism.SITE_RECOVERY,))
        if not items:
            return Answer(green=False, sentence="no item is protected by Site Recovery")
        bad: list[str] = []
        ages: dict[str, Json] = {}
        for item in items:
            fault, age = await _look(item, context, parameters.rpo or context.rpo)
            ages[item.id] = canonical_duration(age) if age is not None else None
            bad += [fault] if fault else []
        words = "; ".join(bad) or f"{len(items)} items are protected and within the objective"
        return Answer(green=not bad, sentence=words, evidence={"effective-rpo": ages})

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        return f"replication of {parameters.item or parameters.service} is protected and within its objective"


async def _look(item: ProtectedItem, context: CheckContext, rpo: timedelta | None) -> tuple[str, timedelta | None]:
    protection = protection_of(item, Mechanism.SITE_RECOVERY)
    seen = await context.provider.capability(REPLICATION).item(protection.vault, protection.item or item.resource.name)
    age = seen.effective_rpo(context.clock.now())
    if seen.state.casefold() != "protected":
        return f"{item.id} is {seen.state}", age
    if context.mode is Mode.FAILBACK and seen.recovery_region.casefold() != context.home_region.casefold():
        return f"{item.id} does not replicate back to {context.home_region}: reprotect it first", age
    if age is None:
        return f"nobody says how old the newest point of {item.id} is", None
    if rpo is not None and age > rpo:
        return f"the newest point of {item.id} is {format_duration(age)} old, over {format_duration(rpo)}", age
    return "", age


CHECK = Question("check.replication", Params, ReplicationIsWell())
