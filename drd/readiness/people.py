"""Whether somebody answers, owns and is told, and whether drd itself stands where it will be needed."""

from collections.abc import AsyncIterator, Iterator

from drd.domain.errors import DrdError
from drd.domain.findings import Finding
from drd.domain.ids import ArmId
from drd.domain.plan import ApprovalTerms
from drd.ports.rights import RIGHTS
from drd.readiness.asking import World
from drd.readiness.matter import Known, Matter

_NO_TOKEN = "token-unavailable"  # noqa: S105 - the code of an error


def look_at_approvals(matter: Matter, known: Known) -> Iterator[Finding]:
    """Look at the runbook's questions: enough people may answer each."""
    for mode, plan in matter.plans.items():
        for step in plan.steps:
            if step.approval is not None:
                said = _unanswerable(matter, known, step.approval)
                if said:
                    yield matter.found("approver-missing", f"{matter.runbook}/{mode.value}/{step.id}", said)


def _unanswerable(matter: Matter, known: Known, terms: ApprovalTerms) -> str:
    unknown = [name for name in terms.by if matter.tenant.contact(name) is None]
    if unknown:
        return f"the catalogue has no contact {', '.join(unknown)}"
    wanted = terms.by or ("",)
    people = frozenset[str]().union(*(known.answerers.get((matter.tenant.id, name), frozenset()) for name in wanted))
    if len(people) >= terms.minimum:
        return ""
    who = ", ".join(terms.by) or "anybody who approves"
    return f"it asks {terms.minimum} of {who}, and the settings let {len(people)} answer"


def look_at_owner(matter: Matter) -> Iterator[Finding]:
    """Look at who a service belongs to."""
    service = matter.service
    if service is not None and (not service.owner or matter.tenant.contact(service.owner) is None):
        yield matter.found("owner-missing", service.id, "nobody is named who owns it")


def look_at_contacts(matter: Matter) -> Iterator[Finding]:
    """Look at whom a message could reach."""
    if not any(contact.notify for contact in matter.tenant.contacts):
        yield matter.found("nobody-notified", matter.tenant.id, "no contact has an address for messages")


def look_at_place(matter: Matter, known: Known) -> Iterator[Finding]:
    """Look at where this daemon runs: what is lost with the home region cannot bring it back."""
    home = matter.tenant.home_region
    if not known.region:
        yield matter.found("place-unknown", matter.tenant.id, "nobody said in which region drd runs")
    elif known.region.casefold() == home.casefold():
        yield matter.found("place-in-home-region", matter.tenant.id, f"drd runs in {home}, and would be lost with it")


async def look_at_identities(matter: Matter, world: World) -> AsyncIterator[Finding]:
    """Look whether each identity gets a token at all."""
    for duty, provider in (("standing", world.standing), ("failover", world.failover)):
        name = matter.tenant.identities.get(duty, duty)
        for subscription in matter.tenant.subscriptions[:1]:
            try:
                await provider.capability(RIGHTS).held(ArmId(f"/subscriptions/{subscription}"))
            except DrdError as error:
                # Any other trouble is told by whoever needs the answer.
                if error.code == _NO_TOKEN:
                    yield matter.found("identity-unusable", name, str(error))
