"""T15: the daemon that holds a run is frozen, cut off, killed or drained; another takes over, then the first wakes."""

import os
import random
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from drd.cli.faults import CommandError
from drd.domain.events import Kind, first_broken
from drd.domain.lifecycle import RunState
from proofs import account
from proofs.doomed import IN_COMMIT, MOMENTS
from proofs.link import Condition
from proofs.pair import LEASE_SECONDS, Member, Pair, pair
from proofs.processes import to_event
from proofs.result import Extent, Goal, Proof, Result, told

_RUNBOOKS = ("burgerzaken", "e-loket", "besluitvorming", "databank")
_WAYS = ("freeze", "freeze", "no database", "freeze", "kill", "freeze", "no azure", "freeze", "drain", "freeze")
"""What happens to who holds the run; most are frozen."""
_MOMENTS = (*MOMENTS, IN_COMMIT)
_LAST = {"before-commit": 9, "after-commit": 9, IN_COMMIT: 9, "before-send": 4, "after-accept": 4, "after-reply": 4}
"""Every run that is used here comes so often to these moments."""
_FIRST = 3
"""Before that, who started the run may not have heard yet that it did."""
_FROZEN_SECONDS = 60.0
_ASK_SECONDS = 0.1
_ATTEMPTS = 4
_AT_ONCE = 2
"""So many changes may be on the way to the wire at the same time."""
_LONGEST = timedelta(seconds=30)
_TAKE_OVER_SECONDS = 45.0
_SETTLE_SECONDS = 0.5
_AWAY_SECONDS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One trial.

    Attributes:
        take_over: host time from the fault to the other daemon's claim; None where nobody had to take over.
        late: changes that the first daemon sent after it came back. Nothing else tells two daemons of one identity
            apart, so each has a link of its own.
        expected: what an undisturbed run sets in motion.
        said: the daemons' last words, where it is not over.
    """

    way: str
    runbook: str
    moment: str
    state: RunState
    take_over: timedelta | None
    late: int
    repeated: Mapping[tuple[str, str], int]
    kinds: Mapping[str, int]
    expected: Mapping[str, int]
    broken: bool
    claims: tuple[str, ...]
    said: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Say whether the run ended well with every effect once, and the first daemon sent nothing any more."""
        whole = self.state is RunState.SUCCEEDED and not self.repeated and not self.broken
        # Who freezes between its last look at the lease and the wire sends when it wakes: what others did must bear it.
        allowed = _AT_ONCE if self.moment.startswith("before-send") else 0
        quiet = self.way != "freeze" or self.late <= allowed
        return (
            whole and quiet and self.kinds == self.expected and (self.way == "no azure" or self.take_over is not None)
        )

    def __str__(self) -> str:
        """Name it."""
        return f"{self.way} {self.runbook} {self.moment}"


class _Trials:
    """Trials on one pair, with what undisturbed runs set in motion."""

    def __init__(self, made: Pair, chance: random.Random) -> None:
        self._pair = made
        self._chance = chance
        self._expected: dict[str, Mapping[str, int]] = {}

    def take(self, way: str, runbook: str) -> Take:
        """Make one trial: whoever moves the run is frozen at a moment of its work, and then comes what should."""
        made = self._pair
        expected = self._undisturbed(runbook)
        moment, run, holder = self._reached(runbook)
        other = made.other(holder)
        began = datetime.now(UTC)
        self._strike(way, holder)
        taken = self._wait_for_claim(run, other, began) if way != "no azure" else None
        time.sleep(self._chance.random() if way != "no azure" else _AWAY_SECONDS)
        back = self._mend(way, holder)
        view = made.settle(run, other)
        time.sleep(_SETTLE_SECONDS)
        events = made.events(run, other)
        entries = made.made.entries()
        return Take(
            way=way,
            runbook=runbook,
            moment=moment,
            state=view.run.state if view else RunState.RUNNING,
            take_over=taken,
            late=sum(at > back for at in holder.arm.changes),
            repeated=account.repeated(entries),
            kinds=account.kinds(entries),
            expected=expected,
            # A journal that nobody shows is not seen to be whole.
            broken=not events or first_broken([to_event(each) for each in events]) is not None,
            claims=tuple(str(event.payload["daemon"]) for event in events if event.kind is Kind.RUN_CLAIMED),
            said=() if view and view.run.state.final else tuple(each.last_words() for each in made.members),
        )

    def _undisturbed(self, runbook: str) -> Mapping[str, int]:
        if runbook not in self._expected:
            made = self._pair
            made.ready()
            run = made.start(made.members[0], runbook)
            view = made.settle(run, made.members[0])
            assert view is not None, "an undisturbed run does not end"
            assert view.run.state is RunState.SUCCEEDED, view
            self._expected[runbook] = account.kinds(made.made.entries())
        return self._expected[runbook]

    def _reached(self, runbook: str) -> tuple[str, str, Member]:
        """Start runs until somebody froze; gives the moment, the run and who froze."""
        made, chance = self._pair, self._chance
        for _ in range(_ATTEMPTS):
            made.ready()
            name = chance.choice(_MOMENTS)
            moment = f"{name}:{chance.randint(_FIRST if 'commit' in name else 1, _LAST[name])}"
            # Who starts a run nearly always moves it. Only one is told: both must not freeze, one after the other.
            first = chance.choice(made.members)
            first.tell(f"{moment} SIGSTOP")
            run = made.start(first, runbook)
            if self._frozen(run, first):
                return moment, run, first
            # The moment did not come this time; what is under way must be over before another run may begin.
            first.tell("")
            made.settle(run, first)
        raise AssertionError(f"nobody froze in {_ATTEMPTS} runs of {runbook}")

    def _frozen(self, run: str, first: Member) -> bool:
        """Answer what the run asks, through who will not freeze, until the first is frozen; gives whether it is."""
        made = self._pair
        other = made.other(first)
        until = time.monotonic() + _FROZEN_SECONDS
        while time.monotonic() < until:
            if made.wait_for_frozen(first, _ASK_SECONDS):
                return True
            view = made.look(run, other)
            if view and view.run.state.final:
                return False
        return False

    def _strike(self, way: str, holder: Member) -> None:
        strikes: Mapping[str, Callable[[], None]] = {
            "freeze": lambda: None,
            "kill": lambda: holder.signal(signal.SIGKILL),
            "drain": lambda: holder.signal(signal.SIGTERM),
            "no database": lambda: holder.base.be(self._chance.choice((Condition.SILENT, Condition.REFUSED))),
            "no azure": lambda: holder.arm.be(self._chance.choice((Condition.SILENT, Condition.REFUSED))),
        }
        strikes[way]()
        if way != "freeze":
            holder.signal(signal.SIGCONT)

    def _mend(self, way: str, holder: Member) -> datetime:
        """Let the first daemon come back; gives when."""
        back = datetime.now(UTC)
        if way == "freeze":
            holder.signal(signal.SIGCONT)
        elif way == "no database":
            holder.base.be(Condition.WHOLE)
        elif way == "no azure":
            holder.arm.be(Condition.WHOLE)
        return back

    def _wait_for_claim(self, run: str, other: Member, began: datetime) -> timedelta | None:
        def claims() -> list[datetime]:
            made = self._pair
            return [
                made.made.host_instant(event.at)
                for event in made.events(run, other)
                if event.kind is Kind.RUN_CLAIMED and event.payload["daemon"] == other.name
            ]

        # On a busy machine it may have claimed before this proof saw that the first one stands still.
        self._pair.until(run, other, lambda _view: claims(), seconds=_TAKE_OVER_SECONDS)
        found = claims()
        return max(found[-1] - began, timedelta(0)) if found else None


def takes(
    count: int, seed: int, *, lease_seconds: int | None = LEASE_SECONDS, ways: Sequence[str] = _WAYS
) -> list[Take]:
    """Make so many trials on one pair, one after the other."""
    chance = random.Random(seed)  # noqa: S311 - to choose, not to hide
    wanted = [(ways[number % len(ways)], chance.choice(_RUNBOOKS)) for number in range(count)]
    found: list[Take] = []
    while len(found) < count:
        with pair(lease_seconds=lease_seconds) as made:
            trials = _Trials(made, chance)
            while len(found) < count:
                way, runbook = wanted[len(found)]
                found.append(told("take over", f"{way} {runbook}", lambda: _tried(trials, way, runbook)))  # noqa: B023 - at once
                if not found[-1].good:
                    # What is left of a bad trial would disturb the next.
                    break
    return found


def _tried(trials: _Trials, way: str, runbook: str) -> Take:
    try:
        return trials.take(way, runbook)
    except (AssertionError, CommandError) as error:
        return Take(
            way=way,
            runbook=runbook,
            moment=f"nowhere: {error}",
            state=RunState.RUNNING,
            take_over=None,
            late=0,
            repeated={},
            kinds={},
            expected={},
            broken=False,
            claims=(),
        )


def several(extent: Extent) -> Result:
    """T15, and what draining and killing do with two daemons."""
    found = takes(extent.count, extent.seed)
    usual = takes(2, extent.seed, lease_seconds=None, ways=("freeze", "kill")) if extent.count >= _FULL else []
    ways = {way: sum(each.way == way for each in found) for way in dict.fromkeys(_WAYS)}
    short = [each.take_over.total_seconds() for each in found if each.take_over is not None]
    return Result(
        done=len(found),
        bad=tuple(str(each) for each in [*found, *usual] if not each.good),
        figures=(
            f"{', '.join(f'{way} {count}' for way, count in ways.items())}; effects that happened twice:"
            f" {sum(len(each.repeated) for each in found)}; effects lost or too many:"
            f" {sum(each.kinds != each.expected for each in found)}; changes that a daemon sent after it came back:"
            f" {sum(each.late for each in found if each.way != 'no azure')}; taken over after at most"
            f" {max(short, default=0):.1f} s with leases of {LEASE_SECONDS} s; broken hash chains:"
            f" {sum(each.broken for each in found)}; load {os.getloadavg()[1]:.1f}"
        ),
        goals=_goals(usual),
        seeds=f"seed {extent.seed}",
    )


def _goals(usual: Sequence[Take]) -> tuple[Goal, ...]:
    if not usual:
        return ()
    lengths = {each.way: each.take_over for each in usual}
    texts = ", ".join(
        f"{way} {took.total_seconds():.1f} s" if took else f"{way} never" for way, took in lengths.items()
    )
    met = all(took is not None and took <= _LONGEST for took in lengths.values())
    return (Goal(text=f"take-over at the usual settings within {_LONGEST.total_seconds():g} s: {texts}", met=met),)


_FULL = 50

PROOF = Proof(
    name="several-daemons",
    tests="T15",
    promises="P1, P2",
    says="two daemons on one PostgreSQL: who holds the run is frozen and wakes, is cut off, killed, drained",
    asks="nothing repeated, nothing lost, who wakes sends nothing more",
    unit="trials",
    full=_FULL,
    share=10,
    prove=several,
)
