"""Roles as Azure has them: what a definition allows, and which identity holds it where.

A right counts where it is assigned and everywhere below. What one role takes back (`NotActions`) another may give.
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from drd.sandbox.arm import fold

_NAMES = uuid.UUID("6f1d0f0e-6d7c-4a53-9d5f-5a3d0c1b7e42")
_SUBSCRIPTION_PARTS = 3
"""Segments of a subscription's id, with the empty one before the first slash."""

_MEMBERS = {
    "Name": str,
    "IsCustom": bool,
    "Description": str,
    "Actions": list,
    "NotActions": list,
    "DataActions": list,
    "NotDataActions": list,
    "AssignableScopes": list,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDefinition:
    """A role: patterns of ARM operations, with `*` for anything, compared without regard to case."""

    name: str
    description: str = ""
    is_custom: bool = True
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    assignable_scopes: tuple[str, ...] = ("/",)
    id: str = ""

    def allows(self, operation: str) -> bool:
        """Tell whether the role holds an operation."""
        wanted = operation.casefold()
        return _any_of(self.actions, wanted) and not _any_of(self.not_actions, wanted)


OWNER = RoleDefinition(
    name="Owner", description="Everything.", is_custom=False, actions=("*",), id="8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
)
"""Azure's own role; its id is the same everywhere."""

READER = RoleDefinition(
    name="Reader",
    description="Everything may be seen.",
    is_custom=False,
    actions=("*/read",),
    id="acdd72a7-3385-48ef-bd42-f606fba81ae7",
)
"""Azure's own role; its id is the same everywhere."""


def read_role(data: Mapping[str, Any]) -> RoleDefinition:
    """Return the role that a file in the form of Azure's custom roles describes.

    Raises:
        ValueError: a member is unknown, missing or of a wrong type.
    """
    wrong = sorted(set(data) ^ set(_MEMBERS))
    wrong += sorted(name for name, kind in _MEMBERS.items() if name in data and not isinstance(data[name], kind))
    if wrong:
        message = (
            f"a role needs exactly the members {', '.join(_MEMBERS)}, each of its type; look at {', '.join(wrong)}"
        )
        raise ValueError(message)
    return RoleDefinition(
        name=data["Name"],
        description=data["Description"],
        is_custom=data["IsCustom"],
        actions=tuple(data["Actions"]),
        not_actions=tuple(data["NotActions"]),
        data_actions=tuple(data["DataActions"]),
        not_data_actions=tuple(data["NotDataActions"]),
        assignable_scopes=tuple(data["AssignableScopes"]),
        id=str(uuid.uuid5(_NAMES, data["Name"])),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One identity's role at a scope: `""` for everything, else a subscription's, a group's or a resource's id."""

    id: str
    identity: str
    role: RoleDefinition
    scope: str

    @property
    def key(self) -> str:
        """Return the scope as it is compared."""
        return fold(self.scope)


def covers(outer: str, inner: str) -> bool:
    """Tell whether a folded scope holds another one."""
    return not outer or inner == outer or inner.startswith(outer + "/")


@dataclass(slots=True)
class Roles:
    """All definitions and assignments. What an identity may is remembered until either changes."""

    definitions: dict[str, RoleDefinition] = field(default_factory=dict)
    assignments: dict[str, Assignment] = field(default_factory=dict)
    _scopes: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def define(self, role: RoleDefinition) -> RoleDefinition:
        """Add a definition, or replace the one with its id."""
        self.definitions[role.id] = role
        for one in [one for one in self.assignments.values() if one.role.id == role.id]:
            self.assign(one.identity, role, one.scope, id=one.id)
        self._scopes.clear()
        return role

    def assign(self, identity: str, role: RoleDefinition, scope: str, *, id: str = "") -> Assignment:  # noqa: A002 - ARM's word
        """Give an identity a role at a scope and everything below it."""
        self.definitions.setdefault(role.id, role)
        kept = scope.rstrip("/")
        name = id or str(uuid.uuid5(_NAMES, f"{identity}|{role.id}|{fold(kept)}"))
        assignment = Assignment(id=name, identity=identity, role=role, scope=kept)
        self.assignments[name] = assignment
        self._scopes.clear()
        return assignment

    def withdraw(self, assignment: str) -> Assignment | None:
        """Take an assignment back by its id; return it, or None when there was none."""
        self._scopes.clear()
        return self.assignments.pop(assignment, None)

    def may(self, identity: str, operation: str, scope: str) -> bool:
        """Tell whether an identity holds an operation at a folded scope."""
        scopes = self._scopes.get((identity, operation))
        if scopes is None:
            scopes = tuple(
                {
                    one.key
                    for one in self.assignments.values()
                    if one.identity == identity and one.role.allows(operation)
                }
            )
            self._scopes[identity, operation] = scopes
        return any(covers(outer, scope) for outer in scopes)

    def held(self, identity: str, scope: str) -> Iterable[Assignment]:
        """Return what an identity holds that counts at a folded scope."""
        return [one for one in self.assignments.values() if one.identity == identity and covers(one.key, scope)]

    def seen(self, identity: str, subscriptions: Iterable[str]) -> list[str]:
        """Return the subscriptions in which an identity holds anything: others are not listed to it."""
        keys = {one.key for one in self.assignments.values() if one.identity == identity}
        places = {"/".join(key.split("/", _SUBSCRIPTION_PARTS)[:_SUBSCRIPTION_PARTS]) for key in keys}
        return [one for one in subscriptions if "" in keys or fold(f"/subscriptions/{one}") in places]


def roles_of_owner(identity: str) -> Roles:
    """Return the roles of an empty world: Azure's own, of which one identity holds Owner everywhere."""
    roles = Roles(definitions={READER.id: READER})
    roles.assign(identity, OWNER, "")
    return roles


def _any_of(patterns: tuple[str, ...], operation: str) -> bool:
    return any(_compiled(pattern).fullmatch(operation) is not None for pattern in patterns)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern.casefold()).replace(r"\*", ".*"))
