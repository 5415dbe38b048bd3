"""Who may use the socket, as the settings say; the user that runs the daemon is always admin."""

import os
import pwd
from collections.abc import Iterable
from dataclasses import dataclass, replace

from drd.api.authentication import Authentication, Person
from drd.domain.actor import Actor, Role
from drd.domain.errors import InvalidError
from drd.domain.ids import TenantId
from drd.settings.settings_file import RoleModel


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the daemon knows, and what is odd about the settings: roles of users whom this host does not have."""

    authentication: Authentication
    findings: tuple[str, ...]


def people_of(roles: Iterable[RoleModel]) -> Known:
    """Turn the settings' roles into people. A role of an unknown user gives nobody any right, so it is a finding.

    Raises:
        InvalidError: when the rows of one user contradict each other; all such faults at once.
    """
    people: dict[int, Person] = {}
    faults: list[str] = []
    findings: list[str] = []
    for row in roles:
        uid = _uid(row.user)
        known = people.get(uid) if uid is not None else None
        if uid is None:
            findings.append(f"roles: this host has no user {row.user!r}; create it, or write its number")
        elif known and known.tenants != frozenset(row.tenants):
            faults.append(f"roles: the rows of {row.user!r} name different tenants; a user's roles count for the same")
        else:
            people[uid] = _joined(known, _person(uid, row))
    if faults:
        raise InvalidError("the settings' roles cannot be used", faults=tuple(faults), hint="mend `roles`")
    own = os.getuid()
    mine = people.get(own) or Person(name=_name(own), uid=own, roles=frozenset())
    people[own] = replace(mine, roles=mine.roles | {Role.ADMIN}, tenants=frozenset())
    return Known(Authentication(tuple(people.values())), tuple(findings))


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
    """Join two rows of one user, which count for the same tenants."""
    if known is None:
        return more
    return Person(
        name=known.name,
        uid=known.uid,
        roles=known.roles | more.roles,
        contacts=known.contacts | more.contacts,
        tenants=known.tenants,
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


def answerers_of(roles: Iterable[RoleModel], tenants: Iterable[TenantId]) -> dict[tuple[TenantId, str], frozenset[str]]:
    """Give who may answer an approval, by tenant and contact; under an empty contact those who may answer any."""
    rows = tuple(roles)
    found: dict[tuple[TenantId, str], frozenset[str]] = {}
    for tenant in tenants:
        for row in (each for each in rows if not each.tenants or tenant in each.tenants):
            own = (row.actor or str(row.user), row.role, row.contacts)
            for actor, role, contacts in (own, *((each.actor, each.role, each.contacts) for each in row.act_as)):
                if role in {Role.APPROVER.value, Role.ADMIN.value}:
                    for contact in ("", *contacts):
                        found[tenant, contact] = found.get((tenant, contact), frozenset()) | {actor}
    return found
