"""Who is at the other end of the socket. The kernel tells the caller's user id; the settings say who that is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drd.domain.actor import Actor, Role
from drd.domain.errors import ForbiddenError
from drd.domain.ids import TenantId

ACT_AS = "x-drd-act-as"
"""Header by which a person answers for a contact, where the settings allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may use the socket.

    Attributes:
        act_as: names under which this person may act; each with the roles that go with it.
    """

    name: str
    uid: int
    roles: frozenset[Role]
    contacts: frozenset[str] = frozenset()
    tenants: frozenset[TenantId] = frozenset()
    act_as: Mapping[str, Actor] = field(default_factory=dict)


class Authentication:
    """Finds the actor of a request."""

    def __init__(self, people: tuple[Person, ...]) -> None:
        """Take who is known."""
        self._people = {person.uid: person for person in people}

    def actor(self, uid: int | None, act_as: str) -> Actor:
        """Give the actor.

        Raises:
            ForbiddenError: for an unknown user, or one who may not act under that name.
        """
        person = self._people.get(uid) if uid is not None else None
        if person is None:
            raise ForbiddenError(
                "the daemon does not know you",
                target=f"user id {uid}" if uid is not None else "",
                hint="an administrator adds your user to the settings (section roles)",
            )
        if not act_as:
            return Actor(name=person.name, roles=person.roles, contacts=person.contacts, tenants=person.tenants)
        other = person.act_as.get(act_as)
        if other is None:
            raise ForbiddenError(
                f"{person.name} may not act as {act_as}", hint="the settings name who may (section roles, act-as)"
            )
        return other
