"""What a drill costs, by a price table: estimated from its plan beforehand, and from what really stood afterwards.

It is an estimate: no bill is read. What the table, the plan or the catalogue does not tell is named, never counted as
nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from drd.domain.canonical import Json
from drd.domain.ids import StepId
from drd.domain.plan import RecoveryPlan, Step

SIZE, DISK_GIB = "size", "disk-gib"
"""Labels of an item in the catalogue: Azure's name of its machine's size, and the GiB of all of its disks."""

PROBE_SIZE = "Standard_B1s"
"""What the probe of a network is made as where its step names no size: the smallest that runs an agent."""

_PROBE = "network.probe"
_MACHINE, _DISK, _TRAFFIC, _OPERATION, _RESERVATION = "machine", "disk", "traffic", "operation", "reservation"

_PARTS: Mapping[str, tuple[str, ...]] = {
    "asr.test-failover": (_OPERATION, _MACHINE, _DISK),
    "backup.restore-vm": (_OPERATION, _MACHINE, _DISK),
    "backup.restore-disks": (_OPERATION, _DISK),
    "backup.cross-region-restore": (_OPERATION, _DISK, _TRAFFIC),
    "capacity.reserve": (_RESERVATION,),
    "desktop.host": (_MACHINE,),
    "disk.create": (_DISK,),
    _PROBE: (_MACHINE,),
    "scanner.create": (_MACHINE,),
    "snapshot.create": (_DISK,),
    "snapshot.copy": (_DISK, _TRAFFIC),
    "vm.create": (_MACHINE,),
}
"""By action, what of it is paid for. Actions that are not here make nothing that is billed by itself."""

_HOUR, _MONTH_HOURS = timedelta(hours=1), Decimal(730)
_CENTS = Decimal("0.0001")
_NAMED = re.compile(r"Standard_([A-Z]+)(\d+)(?:-\d+)?([a-z]*)(?:_v(\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Prices as somebody wrote them down.

    Attributes:
        as_of: the day on which they were true.
        machine_hours: an hour of a machine, by Azure's name of its size.
        vcpu_hours: an hour of one vCPU, by family (`Dsv5`), for sizes that are not named.
        disk_gib_month: a GiB of disk or snapshot for a month of 730 hours.
        traffic_gib: a GiB that goes from region to region.
        operations: once for each time, by action (`asr.test-failover`).
        drill_budget: the most that a drill may cost; None for no limit.
    """

    currency: str
    as_of: date
    machine_hours: Mapping[str, Decimal] = field(default_factory=dict)
    vcpu_hours: Mapping[str, Decimal] = field(default_factory=dict)
    disk_gib_month: Decimal | None = None
    traffic_gib: Decimal | None = None
    operations: Mapping[str, Decimal] = field(default_factory=dict)
    drill_budget: Decimal | None = None

    def machine_hour(self, size: str) -> Decimal | None:
        """Give the price of an hour of this size; None where the table does not tell."""
        if size in self.machine_hours:
            return self.machine_hours[size]
        named = _NAMED.fullmatch(size)
        if named is None:
            return None
        letters, cores, more, version = named.groups()
        hour = self.vcpu_hours.get(f"{letters}{more}" + (f"v{version}" if version else ""))
        return None if hour is None else hour * int(cores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One part of what a step costs. `amount` is None where it cannot be priced, and `because` says why."""

    step: StepId
    what: str
    amount: Decimal | None
    because: str = ""

    def to_json(self) -> dict[str, Json]:
        """Write it; amounts as text, because money is no float."""
        told: dict[str, Json] = {"step": self.step, "what": self.what}
        return told | ({"because": self.because} if self.amount is None else {"amount": money(self.amount)})


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimate:
    """What a drill costs, as far as it can be told."""

    currency: str
    as_of: date
    charges: tuple[Charge, ...]
    budget: Decimal | None = None

    @property
    def priced(self) -> Decimal:
        """The sum of what can be priced: the drill costs at least that."""
        return sum((each.amount for each in self.charges if each.amount is not None), Decimal(0))

    @property
    def unpriced(self) -> tuple[Charge, ...]:
        """What cannot be priced."""
        return tuple(each for each in self.charges if each.amount is None)

    @property
    def total(self) -> Decimal | None:
        """What it costs; None where part of it cannot be priced."""
        return None if self.unpriced else self.priced

    @property
    def over_budget(self) -> bool | None:
        """Say whether it costs more than it may; None where that cannot be told, or there is no budget."""
        if self.budget is None:
            return None
        if self.priced > self.budget:
            return True
        return None if self.unpriced else False

    def to_json(self) -> dict[str, Json]:
        """Write it for a record. `unknown` is what cannot be told."""
        over = self.over_budget
        return {
            "currency": self.currency,
            "as-of": self.as_of.isoformat(),
            "total": "unknown" if self.total is None else money(self.total),
            "at-least": money(self.priced),
            "charges": [each.to_json() for each in self.charges if each.amount is not None],
            "unpriced": [each.to_json() for each in self.unpriced],
            "budget": "not-applicable" if self.budget is None else money(self.budget),
            "over-budget": ("not-applicable" if self.budget is None else "unknown") if over is None else over,
        }


def money(amount: Decimal) -> str:
    """Write an amount as records hold it: text, because money is no float."""
    return f"{amount.quantize(_CENTS):f}"


def estimate(plan: RecoveryPlan, prices: PriceTable, lengths: Mapping[StepId, timedelta | None]) -> CostEstimate:
    """Estimate what the steps cost of which a length is given: how long what they make stands; None for unknown.

    Steps without one make nothing. Child runs are drills of their own, with estimates of their own.
    """
    charges = tuple(
        charge for step in plan.steps if step.id in lengths for charge in _charges(plan, step, prices, lengths[step.id])
    )
    return CostEstimate(currency=prices.currency, as_of=prices.as_of, charges=charges, budget=prices.drill_budget)


def makers(plan: RecoveryPlan) -> Iterator[Step]:
    """Give the steps whose work is paid for."""
    return (step for step in plan.steps if step.call.uses in _PARTS)


def _charges(plan: RecoveryPlan, step: Step, prices: PriceTable, length: timedelta | None) -> Iterator[Charge]:
    item = plan.item(step.item) if step.item is not None else None
    labels = item.labels if item is not None else {}
    hours = None if length is None else Decimal(length // timedelta(seconds=1)) / Decimal(_HOUR // timedelta(seconds=1))
    for part in _PARTS.get(step.call.uses, ()):
        yield _charge(step, part, _Told(prices=prices, labels=labels, hours=hours))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    prices: PriceTable
    labels: Mapping[str, str]
    hours: Decimal | None

    def gib(self) -> Decimal | None:
        text = self.labels.get(DISK_GIB, "")
        return Decimal(text) if text.isdecimal() else None


def _charge(step: Step, part: str, told: _Told) -> Charge:
    if part == _MACHINE:
        size = _size(step, told.labels)
        return _product(step, part, (
            (told.prices.machine_hour(size) if size else None, _no_price(size)), (told.hours, _NO_LENGTH),
        ))  # fmt: skip
    if part == _DISK:
        month = told.prices.disk_gib_month
        return _product(step, part, (
            (told.gib(), _NO_DISKS), (told.hours, _NO_LENGTH),
            (None if month is None else month / _MONTH_HOURS, "the table has no disk-gib-month"),
        ))  # fmt: skip
    if part == _TRAFFIC:
        return _product(
            step, part, ((told.gib(), _NO_DISKS), (told.prices.traffic_gib, "the table has no traffic-gib"))
        )
    if part == _OPERATION:
        once = told.prices.operations.get(step.call.uses)
        return _product(step, part, ((once, f"the table has no operation {step.call.uses}"),))
    return Charge(step=step.id, what=part, amount=None, because="reserved places are not priced")


_NO_LENGTH = "nobody knows how long it stands"
_NO_DISKS = f"the item has no label {DISK_GIB}"


def _no_price(size: str) -> str:
    return (
        f"the table has no price of {size}" if size else f"neither the step nor the item's label {SIZE} tells the size"
    )


def _size(step: Step, labels: Mapping[str, str]) -> str:
    given = step.call.values.get(SIZE)
    if isinstance(given, str) and not given.startswith("${{"):
        return given
    return PROBE_SIZE if step.call.uses == _PROBE and given is None else labels.get(SIZE, "")


def _product(step: Step, part: str, factors: Iterable[tuple[Decimal | None, str]]) -> Charge:
    """Multiply; where a factor is unknown, the first such says why there is no amount."""
    amount = Decimal(1)
    for factor, because in factors:
        if factor is None:
            return Charge(step=step.id, what=part, amount=None, because=because)
        amount *= factor
    return Charge(step=step.id, what=part, amount=amount)
