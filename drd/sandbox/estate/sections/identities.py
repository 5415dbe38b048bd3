"""Managed identities, and which roles each holds in the subscription or in one of its groups."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import Field

from drd.sandbox.estate.field import Name, Strict, Uuid
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Problem, Section, named_rows
from drd.sandbox.identities import Identity
from drd.sandbox.roles import OWNER, READER, RoleDefinition, read_role

_FILES = Path(__file__).parents[1] / "roles"
_AZURES = {"owner": OWNER, "reader": READER}


class HoldingModel(Strict):
    """A role that an identity holds."""

    role: Name
    """The name of a role's file without its ending, or `owner` or `reader`."""
    group: Name = ""
    """The resource group that it counts in; left out, the whole subscription."""


class IdentityModel(Strict):
    """A managed identity."""

    name: Name
    client_id: Uuid
    """What callers ask for a token with."""
    object_id: Uuid
    """What role assignments name."""
    roles: list[HoldingModel] = Field(default_factory=list)
    """What it may do."""


def known_roles() -> dict[str, RoleDefinition]:
    """Return the roles that an estate may give, by the name that its file uses."""
    own = {path.stem: read_role(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(_FILES.glob("*.json"))}
    return {**_AZURES, **own}


def plant(plot: Plot, identities: Sequence[IdentityModel]) -> None:
    """Make the identities known and give them their roles in this subscription."""
    roles = known_roles()
    for role in roles.values():
        plot.world.roles.define(role)
    for one in identities:
        plot.world.identities.register(Identity(name=one.name, client_id=one.client_id, object_id=one.object_id))
        for holding in one.roles:
            scope = plot.group_id(holding.group) if holding.group else f"/subscriptions/{plot.subscription}"
            plot.world.roles.assign(one.name, roles[holding.role], scope)


def _groups(identities: Sequence[IdentityModel]) -> Iterable[Named]:
    return [
        Named(path=(place, "roles", number, "group"), name=holding.group, of="groups")
        for place, one in enumerate(identities)
        for number, holding in enumerate(one.roles)
        if holding.group
    ]


def _unknown_roles(identities: Sequence[IdentityModel]) -> Iterable[Problem]:
    known = known_roles()
    return [
        Problem(
            path=(place, "roles", number, "role"),
            message=f'there is no role "{holding.role}"',
            hint=f"known are {', '.join(known)}",
        )
        for place, one in enumerate(identities)
        for number, holding in enumerate(one.roles)
        if holding.role not in known
    ]


SECTION = Section(
    key="identities",
    shape=list[IdentityModel],
    plant=plant,
    about="Managed identities and the roles that they hold.",
    gives=named_rows,
    uses=_groups,
    check=_unknown_roles,
)
