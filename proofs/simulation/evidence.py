"""Everything that is looked at when a simulation is judged: the runs, what was sent, what people ordered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drd.domain.events import Event, Kind
from drd.domain.plan import Phase, RecoveryPlan, Step
from drd.engine.orders import Order
from drd.engine.requests import request_id
from drd.ports.journal import RunCard, RunFilter
from drd.sandbox.journal import Entry
from proofs.simulation.house import House
from proofs.simulation.people import Given, People
from proofs.simulation.play import Play


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One run, as its journal tells it."""

    card: RunCard
    plan: RecoveryPlan
    events: tuple[Event, ...]

    def of_steps(self) -> Iterator[tuple[Event, Step]]:
        """Give the events of the plan's own steps."""
        steps = {step.id: step for step in self.plan.steps}
        return ((event, steps[event.step]) for event in self.events if event.step in steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of one step, by the id of what it sends."""

    run: str
    step: str
    always: bool
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that the checks look at.

    Attributes:
        before: what stood in the subscription before: a fingerprint by id.
        given: the orders that were carried out.
        refused: the orders of which people heard that they were not.
    """

    house: House
    play: Play
    runs: tuple[Told, ...]
    given: Sequence[Given]
    refused: Sequence[Order]
    before: Mapping[str, str]

    @property
    def entries(self) -> Sequence[Entry]:
        """Give the sandbox's journal."""
        return self.house.sandbox.world.journal.entries

    @property
    def clock_was_wrong(self) -> bool:
        """Say whether some host's clock was."""
        return any(clock.was_wrong for clock in self.house.clocks.values())

    def attempts(self) -> dict[str, Attempt]:
        """Give every attempt that was intended, by the id that its requests carry."""
        found = {}
        for told in self.runs:
            always = {str(step.id) for step in told.plan.steps if step.phase is Phase.ALWAYS}
            for event in told.events:
                if event.kind is Kind.STEP_INTENT and event.step:
                    operation = str(event.payload["operation-id"])
                    step = str(event.step)
                    found[request_id(operation)] = Attempt(
                        run=str(told.card.id),
                        step=step,
                        always=step in always or step.endswith("/undo"),
                        sequence=event.sequence,
                    )
        return found


async def gather(house: House, play: Play, people: People, before: Mapping[str, str]) -> Evidence:
    """Read the runs from the journal."""
    told = []
    for card in reversed(await house.base.journal.runs(RunFilter())):
        plan = await house.base.journal.plan(card.plan_hash)
        told.append(Told(card=card, plan=plan, events=await house.base.journal.events(card.id)))
    return Evidence(house=house, play=play, runs=tuple(told), given=people.given, refused=people.refused, before=before)


def fingerprints(house: House) -> dict[str, str]:
    """Give what stands in the subscription: a fingerprint by id. Jobs are history, and stay."""
    return {
        one.id.casefold(): repr((sorted(one.tags.items()), one.location, sorted(one.properties.items(), key=str)))
        for one in house.sandbox.world.store.each()
        if "jobs/" not in one.id.casefold()
    }
