"""Who may use the socket, as the settings say; the user that runs the daemon is always admin."""

import os
import pwd
from collections.abc import Iterable

from drd.api.authentication import Authentication, Person
from drd.domain.actor import Actor, Role
from drd.domain.errors import InvalidError
from drd.domain.ids import TenantId
from drd.settings.settings_file import RoleModel


def authentication_of(roles: Iterable[RoleModel]) -> Authentication:
    """Turn the settings' roles into people.

    Raises:
        InvalidError: for names that this host does not know, all of them at once.
    """
    rows = tuple(roles)
    people: dict[int, Person] = {}
    unknown: list[str] = []
    for row in rows:
        uid = _uid(row.user)
        if uid is None:
            unknown.append(f"roles: this host has no user {row.user!r}")
        else:
            people[uid] = _joined(people.get(uid), _person(uid, row))
    if unknown:
        hint = "create the users, or write their numbers"
        raise InvalidError("the settings name unknown users", faults=tuple(unknown), hint=hint)
    own = os.getuid()
    mine = people.get(own) or Person(name=_name(own), uid=own, roles=frozenset())
    people[own] = Person(
        name=mine.name, uid=own, roles=mine.roles | {Role.ADMIN}, contacts=mine.contacts, act_as=mine.act_as
    )
    return Authentication(tuple(people.values()))


def _person(uid: int, row: RoleModel) -> Person:
    tenants = frozenset(TenantId(tenant) for tenant in row.tenants)
    return Person(
        name=row.actor or _name(uid),
        uid=uid,
        roles=frozenset({Role(row.role)}),
        contacts=frozenset(row.contacts),
        tenants=tenants,
        act_as={
            other.actor: Actor(
                name=other.actor,
                roles=frozenset({Role(other.role)}),
                contacts=frozenset(other.contacts),
                tenants=tenants,
            )
            for other in row.act_as
        },
    )


def _joined(known: Person | None, more: Person) -> Person:
    """Join two rows of one user; the tenants of both count for the roles of both."""
    if known is None:
        return more
    everywhere = not known.tenants or not more.tenants
    return Person(
        name=known.name,
        uid=known.uid,
        roles=known.roles | more.roles,
        contacts=known.contacts | more.contacts,
        tenants=frozenset() if everywhere else known.tenants | more.tenants,
        act_as={**known.act_as, **more.act_as},
    )


def _uid(user: int | str) -> int | None:
    if isinstance(user, int):
        return user
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
