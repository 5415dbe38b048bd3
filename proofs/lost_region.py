"""The lost region in virtual time, told as figures (P1, P7, P8)."""

from dataclasses import dataclass
from datetime import timedelta

from drd.domain.events import Event, Kind, first_broken
from drd.domain.figures import recovery_figures
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, Phase
from drd.operations.show_run import RunView
from proofs import account
from proofs.figures import Told, differences, question, times_of_points
from proofs.stage import PARENT, SERVICES, Entries, Stage, troubles, virtually, whole

GREEN = len(SERVICES) - 2
"""Services whose checks all ask guests; the e-counter's also ask Traffic Manager, those of virtual PCs their pools."""
POINTS = 11
"""Machines that are brought back; each has a recovery point that was used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A failover of everything, and what the sandbox saw of it.

    Attributes:
        apart: how far the runs' figures are from what the sandbox saw, by what is compared.
        recomputed: every run's last event holds the figures that its journal gives anew.
    """

    seed: int
    view: RunView
    events: dict[str, tuple[Event, ...]]
    entries: Entries
    apart: dict[str, timedelta]
    recomputed: bool
    open_entries: int

    @property
    def asked_of_lost_region(self) -> list[str]:
        """Give the runs' requests that the lost region had to answer."""
        asked = account.asked_of_lost_region(account.of_runs(self.entries))
        return [f"{entry['method']} {entry['path']}" for entry in asked]

    @property
    def longest_apart(self) -> timedelta:
        """Give the largest difference of a figure."""
        return max(self.apart.values())

    @property
    def good(self) -> bool:
        """Say whether the promises were kept and all objectives met."""
        green = all(child.card.state is RunState.SUCCEEDED and child.figures.met for child in self.view.children)
        return (
            self.view.card.state is RunState.SUCCEEDED
            and green
            and not troubles(self.view)
            and not account.repeated(self.entries)
            and not self.asked_of_lost_region
            and self.recomputed
            and len(self.apart) == GREEN + POINTS
            and self.longest_apart <= timedelta(seconds=1)
            and all(first_broken(events) is None for events in self.events.values())
            and not self.open_entries
        )


def play(*, seed: int, spread: float | None) -> Played:
    """Lose the home region, and fail everything over."""

    async def played(stage: Stage) -> Played:
        stage.lose_home()
        card = await stage.start(PARENT, Mode.FAILOVER, lost=True)
        view = await stage.until_settled(card.id)
        entries = stage.entries()
        times = times_of_points(entries, lambda path, version: stage.arm("GET", f"{path}?api-version={version}").json())
        events = {str(each.card.id): await stage.events(each.card.id) for each in whole(view)}
        apart: dict[str, timedelta] = {}
        for child in view.children:
            apart |= differences(_told(child, events[child.card.id]), entries, times)
        return Played(
            seed=seed,
            view=view,
            events=events,
            entries=entries,
            apart=apart,
            recomputed=all(_recomputed(each, events[each.card.id]) for each in whole(view)),
            open_entries=len(await stage.world.store.ledger.open()),
        )

    return virtually(played, seed=seed, spread=spread)


def _recomputed(view: RunView, events: tuple[Event, ...]) -> bool:
    told = events[-1].payload.get("figures")
    return events[-1].kind is Kind.RUN_FINISHED and told == recovery_figures(view.plan, events).to_json()


def _told(view: RunView, events: tuple[Event, ...]) -> Told:
    after = [step.call.values for step in view.plan.steps if step.phase is Phase.AFTER]
    figures = events[-1].payload["figures"]
    assert isinstance(figures, dict)
    return Told(
        service=str(view.card.service),
        figures=figures,
        questions=tuple(question(values) for values in after),
    )
