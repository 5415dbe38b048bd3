"""Quotas of vCPUs: what a subscription may have in a region, and the sizes that are closed to it there."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from drd.sandbox.compute.resource_sku import build_restriction
from drd.sandbox.compute.size import families, find_size
from drd.sandbox.compute.usage import CORES, build_quota
from drd.sandbox.estate.field import Name, Region, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Problem, Section


class QuotaModel(Strict):
    """The limits of one region; what is not named has the service's own limit."""

    region: Region
    limits: dict[Name, int] = Field(default_factory=dict)
    """vCPUs by family, such as `standardDSv5Family`, or under `cores` for all families together."""
    closed: list[Name] = Field(default_factory=list)
    """Sizes that the subscription cannot have in this region, whatever its quota."""


def plant(plot: Plot, rows: Sequence[QuotaModel]) -> None:
    """Plant limits and restrictions."""
    for row in rows:
        for name, limit in row.limits.items():
            plot.put(build_quota(subscription=plot.subscription, region=row.region, name=name, limit=limit))
        for size in row.closed:
            plot.put(build_restriction(subscription=plot.subscription, region=row.region, size=size))


def _check(rows: Sequence[QuotaModel]) -> Iterable[Problem]:
    known = {CORES, *(one.name for one in families())}
    for place, row in enumerate(rows):
        for name in row.limits:
            if name not in known:
                hint = f"the families are {', '.join(sorted(known))}"
                yield Problem(path=(place, "limits", name), message=f'there is no family "{name}"', hint=hint)
        for size_at, size in enumerate(row.closed):
            if find_size(size) is None:
                hint = "write Azure's name of the size, such as Standard_D2s_v5"
                yield Problem(path=(place, "closed", size_at), message=f'there is no size "{size}"', hint=hint)


SECTION = Section(
    key="quotas",
    shape=list[QuotaModel],
    plant=plant,
    about="What the subscription may have of vCPUs in a region, and the sizes that are closed to it there.",
    check=_check,
)
