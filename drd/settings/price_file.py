"""The section `prices` of the settings: what a drill's parts cost, as somebody looked it up on a day."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from drd.domain.cost import PriceTable
from drd.settings.field import Line, Strict, wrong

_DAY = r"^\d{4}-\d{2}-\d{2}$"
_AMOUNT = r"^\d{1,9}(\.\d{1,9})?$"
_LARGEST = Decimal(10) ** 9


def _amount(value: Any) -> Decimal:  # noqa: ANN401 - anything may stand in a file
    if isinstance(value, Decimal):
        return value
    try:
        # The text is what was written: a float of it would not be.
        amount = Decimal(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or not 0 <= amount < _LARGEST:
        raise wrong(f"{str(value)[:80]!r} is not a price", 'write a number that is not negative, such as "0.096"')
    return amount


def _day(value: Any) -> date:  # noqa: ANN401 - as above
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise wrong(f"{str(value)[:80]!r} is not a day", "write YYYY-MM-DD") from error


Amount = Annotated[
    Decimal, BeforeValidator(_amount), WithJsonSchema({"type": ["string", "number"], "pattern": _AMOUNT})
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "pattern": _DAY})]


class PricesModel(Strict):
    """What the parts of a drill cost. What is left out is unknown, never free: write "0" where it is."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    """The currency, by its three letters."""
    as_of: Day
    """The day on which the prices were looked up."""
    machine_hours: dict[Line, Amount] = Field(default={})
    """An hour of a machine, by Azure's name of its size, such as `Standard_B2ms`."""
    vcpu_hours: dict[Line, Amount] = Field(default={})
    """An hour of one vCPU, by family, such as `Dsv5`; for sizes that are not named."""
    disk_gib_month: Amount | None = None
    """A GiB of disk or snapshot for a month of 730 hours."""
    traffic_gib: Amount | None = None
    """A GiB from region to region."""
    operations: dict[Line, Amount] = Field(default={})
    """Once for each time, by action, such as `asr.test-failover`."""
    drill_budget: Amount | None = None
    """The most that a drill may cost; one that costs more is not started."""

    def table(self) -> PriceTable:
        """Give the table."""
        return PriceTable(
            currency=self.currency,
            as_of=self.as_of,
            machine_hours=self.machine_hours,
            vcpu_hours=self.vcpu_hours,
            disk_gib_month=self.disk_gib_month,
            traffic_gib=self.traffic_gib,
            operations=self.operations,
            drill_budget=self.drill_budget,
        )
