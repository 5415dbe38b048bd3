"""check.capacity: is there room for the machines that a recovery will make: quota, sizes on offer, places reserved?

```yaml
- {id: room, uses: check.capacity, with: {sizes: {Standard_D2s_v5: 12, Standard_E4s_v5: 2}, region: recovery}}
```
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from drd.checks import Resource, Values
from drd.domain.canonical import Json
from drd.domain.errors import NotFoundError
from drd.ports.capacity import CAPACITY, CORES, Quota, Reservation, Size
from drd.ports.check import Answer, CheckContext, Question

SizeName = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]


class Params(Values):
    """What will be needed, and where."""

    sizes: Annotated[dict[SizeName, Annotated[int, Field(ge=1, le=10_000)]], Field(min_length=1)]
    """How many machines of each size."""
    region: Literal["home", "recovery"] = "recovery"
    """Where the machines will be."""
    subscription: Annotated[str, Field(pattern="^[0-9a-fA-F-]{36}$")] | None = None
    """Whose quota; that of the service's items where it is not given."""
    reservation: Resource | None = None
    """A capacity reservation group: then there must be free places in it too, which a quota does not promise."""


class ThereIsRoom:
    """Green when nothing that can be known beforehand is in the way. Only a reservation promises more."""

    permissions: tuple[str, ...] = (
        "Microsoft.Compute/locations/usages/read",
        "Microsoft.Compute/skus/read",
        "Microsoft.Compute/capacityReservationGroups/capacityReservations/read",
    )

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once."""
        region = context.home_region if parameters.region == "home" else context.recovery_region
        subscription, capacity = _subscription(parameters, context), context.provider.capability(CAPACITY)
        offered = {size.name.casefold(): size for size in await capacity.sizes(subscription, region)}
        quotas = {quota.name.casefold(): quota for quota in await capacity.quotas(subscription, region)}
        group = parameters.reservation
        reserved = await capacity.reservations(group) if group is not None else None
        needed = _needed(parameters.sizes, offered)
        bad = [
            *_not_offered(parameters.sizes, offered, region),
            *_beyond(needed, quotas),
            *(_not_reserved(parameters.sizes, reserved) if reserved is not None else ()),
        ]
        count = sum(parameters.sizes.values())
        good = f"there is room for {count} machines ({needed[CORES]} vCPUs) in {region}"
        free: dict[str, Json] = {name: quota.free for name, quota in quotas.items() if name in _folded(needed)}
        return Answer(
            green=not bad,
            sentence="; ".join(bad) or good,
            evidence={"region": region, "needed": dict(needed), "free": free},
        )

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        wanted = ", ".join(f"{count} {name}" for name, count in parameters.sizes.items())
        return f"there is room for {wanted} in the {parameters.region} region"


def _subscription(parameters: Params, context: CheckContext) -> str:
    if parameters.subscription is not None:
        return parameters.subscription
    found = next((item.resource.subscription for item in context.items.values()), None)
    if found is None:
        raise NotFoundError(
            "it is not known whose quota is asked about", target="check.capacity", hint="write subscription: ID"
        )
    return found


def _needed(sizes: Mapping[str, int], offered: Mapping[str, Size]) -> Counter[str]:
    """Count vCPUs by family, and all of them under `cores`."""
    needed: Counter[str] = Counter()
    for name, count in sizes.items():
        size = offered.get(name.casefold())
        if size is not None:
            needed[size.family] += size.cores * count
            needed[CORES] += size.cores * count
    return needed


def _folded(names: Mapping[str, int]) -> set[str]:
    return {name.casefold() for name in names}


def _not_offered(sizes: Mapping[str, int], offered: Mapping[str, Size], region: str) -> Iterator[str]:
    for name in sizes:
        size = offered.get(name.casefold())
        if size is None:
            yield f"{region} does not offer {name}"
        elif size.closed:
            yield f"{name} is closed to the subscription in {region} ({size.closed})"


def _beyond(needed: Mapping[str, int], quotas: Mapping[str, Quota]) -> Iterator[str]:
    for name, cores in needed.items():
        quota = quotas.get(name.casefold())
        if quota is None:
            yield f"no quota of {name} is told"
        elif quota.free < cores:
            yield f"{cores} vCPUs of {name} are needed, {quota.free} of {quota.limit} are free"


def _not_reserved(sizes: Mapping[str, int], reserved: tuple[Reservation, ...]) -> Iterator[str]:
    free: Counter[str] = Counter()
    for one in reserved:
        free[one.size.casefold()] += max(0, one.places - one.taken)
    for name, count in sizes.items():
        if free[name.casefold()] < count:
            yield f"{count} places for {name} are needed, {free[name.casefold()]} are reserved and free"


CHECK = Question("check.capacity", Params, ThereIsRoom())
