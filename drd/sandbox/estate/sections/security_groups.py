"""Network security groups and their rules."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from drd.sandbox.estate.field import Name, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Section, named_rows, used_by
from drd.sandbox.network.security_group import Rule, build_security_group


class RuleModel(Strict):
    """One rule."""

    name: Name
    priority: int = Field(ge=100, le=4096)
    direction: Literal["Inbound", "Outbound"]
    access: Literal["Allow", "Deny"]
    source: str = "*"
    """A prefix or a service tag; `*` for all."""
    destination: str = "*"
    """A prefix or a service tag; `*` for all."""
    ports: str = "*"
    """A port or a range; `*` for all."""


class SecurityGroupModel(Strict):
    """One security group."""

    name: Name
    group: Name
    rules: list[RuleModel] = Field(default_factory=list)


def plant(plot: Plot, rows: Sequence[SecurityGroupModel]) -> None:
    """Plant the security groups."""
    for one in rows:
        built = build_security_group(
            id=plot.id(one.group, "Microsoft.Network/networkSecurityGroups", one.name),
            location=plot.places[one.group],
            rules=[Rule(**rule.model_dump()) for rule in one.rules],
        )
        plot.know("security-groups", one.name, plot.put(built))


SECTION = Section(
    key="security-groups",
    shape=list[SecurityGroupModel],
    plant=plant,
    about="Network security groups.",
    gives=named_rows,
    uses=lambda rows: used_by(rows, "group", "groups"),
)
