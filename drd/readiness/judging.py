"""Looks at one matter from every side. A side from which looking fails is a finding, and hides no other side."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeAlias

from drd.domain.findings import Finding
from drd.readiness.asking import World
from drd.readiness.certificates import look_at_certificates
from drd.readiness.clocks import look_at_clock
from drd.readiness.drills import look_at_drills
from drd.readiness.items import look_at_items
from drd.readiness.matter import Known, Matter
from drd.readiness.names import look_at_names
from drd.readiness.order import look_at_dependencies, look_at_order
from drd.readiness.people import (
    look_at_approvals,
    look_at_contacts,
    look_at_identities,
    look_at_owner,
    look_at_place,
)
from drd.readiness.plans import look_at_plans
from drd.readiness.questions import look_at_questions
from drd.readiness.rights import look_at_rights
from drd.readiness.room import look_at_room, look_at_room_together
from drd.readiness.verbs import look_at_verbs

_Side: TypeAlias = Callable[[], Iterator[Finding] | AsyncIterator[Finding]]


class Judge:
    """Judges with what is known, and asks the world for the rest."""

    def __init__(self, known: Known, world: World) -> None:
        """Take both."""
        self._known = known
        self._world = world

    async def judge(self, matter: Matter) -> list[Finding]:
        """Give everything that is found. Raises nothing that looking itself raised."""
        found: list[Finding] = []
        for name, side in self._sides(matter).items():
            try:
                looked = side()
                if isinstance(looked, AsyncIterator):
                    found += [each async for each in looked]
                else:
                    found += looked
            except Exception as error:  # noqa: BLE001 - whatever went wrong, silence would be taken for good
                said = f"looking at {name} failed: {type(error).__name__}: {error}"
                found.append(matter.found("readiness-unknown", f"{_subject(matter)}/{name}", said))
        return found

    def _sides(self, matter: Matter) -> dict[str, _Side]:
        if matter.card is not None:
            return self._of_runbook(matter)
        return self._of_service(matter) if matter.service is not None else self._of_tenant(matter)

    def _of_runbook(self, matter: Matter) -> dict[str, _Side]:
        known, world = self._known, self._world
        return {
            "plans": lambda: look_at_plans(matter, known),
            "drills": lambda: look_at_drills(matter, known),
            "approvals": lambda: look_at_approvals(matter, known),
            "order": lambda: look_at_order(matter),
            "rights": lambda: look_at_rights(matter, world),
            "verbs": lambda: look_at_verbs(matter, world),
            "room": lambda: look_at_room(matter, world),
            "names": lambda: look_at_names(matter, world),
            "questions": lambda: look_at_questions(matter, world),
        }

    def _of_service(self, matter: Matter) -> dict[str, _Side]:
        known, world = self._known, self._world
        return {
            "runbook": lambda: _without_runbook(matter, known),
            "items": lambda: look_at_items(matter, known),
            "dependencies": lambda: look_at_dependencies(matter),
            "owner": lambda: look_at_owner(matter),
            "certificates": lambda: look_at_certificates(matter, known, world),
        }

    def _of_tenant(self, matter: Matter) -> dict[str, _Side]:
        known, world = self._known, self._world
        return {
            "contacts": lambda: look_at_contacts(matter),
            "place": lambda: look_at_place(matter, known),
            "clock": lambda: look_at_clock(matter, known),
            "identities": lambda: look_at_identities(matter, world),
            "room": lambda: look_at_room_together(matter, world),
        }


def _subject(matter: Matter) -> str:
    return matter.runbook or (matter.service.id if matter.service else matter.tenant.id)


def _without_runbook(matter: Matter, known: Known) -> Iterator[Finding]:
    service = matter.service
    if service is None or service.runbook in known.runbooks:
        return
    said = f"there is no runbook {service.runbook}" if service.runbook else "the catalogue names no runbook for it"
    yield matter.found("service-without-runbook", service.id, said)
