"""T1: kill -9 at every moment that can matter. T2: kill -9 again and again while the next daemon takes the run up."""

import os
import queue
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TypeVar

from drd.domain.errors import DrdError
from proofs.bench import REFERENCES, SPEED, Bench, Reference, Trial, bench
from proofs.doomed import MOMENTS
from proofs.processes import HELD
from proofs.result import Extent, Goal, Proof, Result, percentile, told
from proofs.stage import PARENT

T = TypeVar("T")

_BENCHES = 2
_RESUME_SECONDS = 5.0
_RESUME_SHARE = 0.99
_ONE_REAL_IN = 10
"""So many daemons are forked from one that has read its modules, for one that is started by the real command."""
_MOST_DEATHS = 5
_OF_PARENT = 8
_EARLY = 4
"""A recovery's own moments are few: later ones belong to what the run still had to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One trial to make."""

    reference: Reference
    dooms: tuple[str, ...] = ()
    real: bool = False


@dataclass(slots=True)
class _Benches:
    """So many benches, made when they are needed, each used by one thread at a time and replaced when it is spoiled."""

    stack: ExitStack = field(default_factory=ExitStack)
    free: "queue.SimpleQueue[Bench]" = field(default_factory=queue.SimpleQueue)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def use(self, work: Callable[[Bench], T]) -> T:
        try:
            mine = self.free.get_nowait()
        except queue.Empty:
            mine = self._made()
        try:
            return work(mine)
        finally:
            if not mine.spoiled:
                self.free.put(mine)

    def _made(self) -> Bench:
        try:
            return self._entered()
        except DrdError:
            # A machine that has much else to do may take longer than a start may take.
            return self._entered()

    def _entered(self) -> Bench:
        made = bench()
        one = made.__enter__()
        with self.lock:
            self.stack.push(made.__exit__)
        return one


def killed(
    orders: Callable[[Mapping[Reference, Trial]], Sequence[Order]],
    *,
    benches_used: int = _BENCHES,
    one_real_in: int = _ONE_REAL_IN,
) -> list[Trial]:
    """Play every reference undisturbed, ask for orders with what was seen, and carry them out, two at a time."""
    with ThreadPoolExecutor(benches_used) as hands, ExitStack() as stack:
        benches = _Benches(stack=stack)

        def play(order: Order) -> Trial:
            known = seen.get(order.reference)
            expected = known.kinds if known else None
            tried = told(
                "kill" if order.dooms else "play",
                f"{order.reference} {' then '.join(order.dooms)}",
                lambda: benches.use(
                    lambda mine: mine.try_out(order.reference, order.dooms, expected=expected, real=order.real)
                ),
            )
            for trouble in tried.trouble:
                print(f"    {trouble}", flush=True)
            return tried

        seen: dict[Reference, Trial] = {}
        undisturbed = list(hands.map(play, [Order(reference=each) for each in REFERENCES]))
        seen.update({each.reference: each for each in undisturbed})
        bad = [str(each) for each in undisturbed if not each.good]
        if bad:
            raise AssertionError(f"undisturbed runs do not end well: {bad}")
        wanted = orders(seen)
        return list(hands.map(play, [replace(each, real=not n % one_real_in) for n, each in enumerate(wanted)]))


def every_point(seen: Mapping[Reference, Trial]) -> list[Order]:
    """Give all points there are, those of one runbook and moment one after the other."""
    return [
        Order(reference=reference, dooms=(f"{moment}:{number}",))
        for reference, trial in seen.items()
        for moment in MOMENTS
        for number in range(1, trial.moments.get(moment, 0) + 1)
    ]


def chosen(orders: Sequence[Order], count: int, turn: int) -> list[Order]:
    """Choose so many points; of the runbook that starts others, which has as many as all the others, only some."""
    big = [order for order in orders if order.reference.runbook == PARENT]
    small = [order for order in orders if order.reference.runbook != PARENT]
    few = max(count // _OF_PARENT, count - len(small))
    return [*spread(big, few, turn), *spread(small, count - few, turn)]


def spread(orders: Sequence[Order], count: int, turn: int) -> list[Order]:
    """Give so many of them, evenly spread; each turn others."""
    if count >= len(orders):
        return list(orders)
    step = len(orders) / count
    shift = turn * 0.618 % 1.0
    return [orders[int((place + shift) * step) % len(orders)] for place in range(count)]


def sequences(seen: Mapping[Reference, Trial], count: int, seed: int) -> Iterator[Order]:
    """Give sequences of 2 to 5 deaths: somewhere in the run, then while each next daemon takes it up."""
    chance = random.Random(seed)  # noqa: S311 - to choose, not to hide
    points = every_point(seen)
    for _ in range(count):
        reference = chance.choice(REFERENCES)
        first = chance.choice([point for point in points if point.reference == reference])
        again = [_again(chance) for _ in range(chance.randint(1, _MOST_DEATHS - 1))]
        yield Order(reference=first.reference, dooms=(*first.dooms, *again))


def _again(chance: random.Random) -> str:
    """Give a moment of a recovery: every other time a commit, of which it has the most."""
    moments = MOMENTS[:2] if chance.choice((True, False)) else MOMENTS
    return f"{chance.choice(moments)}:{chance.randint(1, _EARLY)}"


def points(extent: Extent) -> Result:
    """T1."""
    # Some moments do not come again, because what waits is committed together: a few more make up for those.
    trials = killed(lambda seen: chosen(every_point(seen), extent.count * 26 // 25, extent.turn))
    reached = [trial for trial in trials if trial.deaths]
    by_moment = {moment: sum(trial.dooms[0].startswith(f"{moment}:") for trial in reached) for moment in MOMENTS}
    places = ", ".join(f"{name} {count}" for name, count in by_moment.items())
    return _result(
        trials,
        done=len(reached),
        before=f"{places}; moments that did not come again, not counted: {len(trials) - len(reached)}; ",
        seeds=f"turn {extent.turn}",
    )


def resumes(extent: Extent) -> Result:
    """T1's time to resume, with nothing else going on that this proof could help."""
    trials = killed(
        lambda seen: spread(_taken_up(every_point(seen)), extent.count * 11 // 10, extent.turn),
        benches_used=1,
        one_real_in=1,
    )
    resumed = [each.total_seconds() for trial in trials for each in trial.resumed]
    late, half = percentile(resumed, _RESUME_SHARE), percentile(resumed, 0.5)
    return Result(
        done=len(resumed),
        bad=tuple(str(trial) for trial in trials if not trial.good),
        figures=(
            f"median {half:.2f} s, longest {max(resumed):.2f} s; moments after which nobody had to take up a run:"
            f" {len(trials) - len(resumed)}; load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
        ),
        goals=(
            Goal(
                text=f"at most {_RESUME_SECONDS:g} s in 99 of 100: {late:.2f} s",
                met=late <= _RESUME_SECONDS,
            ),
        ),
        seeds=f"turn {extent.turn}",
    )


def _taken_up(orders: Iterable[Order]) -> list[Order]:
    """Leave out moments at which no run was claimed yet, and the runbook that starts others."""
    early = ("commit:1", "commit:2")
    return [each for each in orders if each.reference.runbook != PARENT and not each.dooms[0].endswith(early)]


def recoveries(extent: Extent) -> Result:
    """T2."""
    # Not every sequence comes to its second moment: some runs have little left to do. Those do not count.
    trials = killed(lambda seen: list(sequences(seen, extent.count * 5 // 4, extent.seed)))
    reached = [trial for trial in trials if trial.deaths > 1]
    lengths = ", ".join(
        f"{sum(trial.deaths == length for trial in trials)} with {length}" for length in range(_MOST_DEATHS + 1)
    )
    return _result(
        trials,
        done=len(reached),
        before=f"deaths: {lengths}; ",
        seeds=f"seed {extent.seed}",
    )


def _result(trials: Sequence[Trial], *, done: int, before: str, seeds: str) -> Result:
    resumed = [each.total_seconds() for trial in trials for each in trial.resumed]
    half = percentile(resumed, 0.5) if resumed else 0.0
    return Result(
        done=done,
        bad=tuple(str(trial) for trial in trials if not trial.good),
        figures=(
            f"{before}effects that happened twice: {sum(len(trial.repeated) for trial in trials)}; runs lost:"
            f" {sum(not trial.state.final for trial in trials)}; effects lost or too many:"
            f" {sum(bool(trial.lost) for trial in trials)}; drills that left something:"
            f" {sum(bool(trial.left) for trial in trials)}; broken hash chains:"
            f" {sum(len(trial.broken) for trial in trials)}; waited for a person:"
            f" {sum(trial.state in HELD for trial in trials)}; runs with a step that was tried again by itself:"
            f" {sum(bool(trial.trouble) for trial in trials)}; over HTTP at x{SPEED}; {len(resumed)} of the next"
            f" processes were started by the real command and resumed after {half:.2f} s (median),"
            f" {max(resumed, default=0):.2f} s (longest); load {os.getloadavg()[1]:.1f}"
        ),
        seeds=seeds,
    )


KILLS = Proof(
    name="kills",
    tests="T1",
    promises="P1, P2, P3",
    says="kill -9 at every moment of 6 runbooks, failed over and drilled",
    asks="0 repeated, 0 lost, 0 left over",
    unit="kills",
    full=500,
    share=100,
    prove=points,
)
RESUMES = Proof(
    name="resumes",
    tests="T1",
    promises="P2",
    says="from the start of the next process, by the command that people use, to its claim of the run",
    asks="soon",
    unit="resumes",
    full=100,
    share=0,
    prove=resumes,
)
RECOVERIES = Proof(
    name="recoveries",
    tests="T2",
    promises="P1, P2, P3",
    says="2 to 5 times kill -9, also while the run is taken up again",
    asks="0 repeated, 0 lost, 0 left over",
    unit="sequences",
    full=200,
    share=6,
    prove=recoveries,
)
