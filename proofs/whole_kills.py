"""kill -9 of a real daemon at chosen moments of a failover or a drill of everything, with the runbooks as they ship."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from proofs import account
from proofs.doomed import MOMENTS
from proofs.processes import after_starts, drive, house, start_drill, start_failover
from proofs.result import Extent, Proof, Result, told
from proofs.stage import PARENT, TENANT

SPEED = 120
WHOLE = {
    "asr.failover": 7,
    "asr.commit": 7,
    "asr.plan-failover": 1,
    "asr.job-resume": 1,
    "asr.plan-commit": 1,
    "dns.write": 10,
    "traffic.endpoint-write": 2,
    "backup.cross-region-restore": 1,
    "group.create": 2,
    "disk.create": 1,
    "nic.create": 122,
    "vm.create": 122,
    "vm.extension": 240,
    "deployment.write": 120,
    "hostpool.token": 2,
    "workspace.write": 1,
}
"""What a failover of everything sets in motion, and nothing else."""

COMMITS = 50
"""A failover of everything commits at least so many times to the journal."""
MADE_BY_AZURE = 120 + 120 + 240
"""Of these, the interfaces, machines and extensions that deployments make."""
SENDS = sum(WHOLE.values()) - MADE_BY_AZURE


_ONE_DRILL_IN = 2
"""Every second point, so that a share of two takes both modes and neither's account grows old unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One trial to make."""

    mode: Mode
    doom: str

    def __str__(self) -> str:
        """Name it."""
        return f"{self.mode.value} of everything {self.doom}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """How a failover went whose daemon was killed.

    Attributes:
        deaths: daemons that died.
        met: every objective was met. World time ran on while there was no daemon, so it need not be.
        resumed: host time from the start of each next daemon to the first run that it took.
        asked: the same to the first request that it sent for a run.
        lost: effects that did not happen, or more of them than there should be, by kind.
        left: what a drill left in the sandbox.
    """

    dooms: tuple[str, ...]
    deaths: int
    state: RunState
    green: bool
    met: bool
    repeated: dict[tuple[str, str], int]
    lost: dict[str, int]
    left: frozenset[str]
    broken: tuple[str, ...]
    resumed: tuple[timedelta, ...]
    asked: tuple[timedelta, ...]
    seconds: float
    trouble: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Say whether nothing was sent twice, nothing was lost, and the run ended well."""
        bad = (self.repeated, self.lost, self.left, self.broken)
        return self.state is RunState.SUCCEEDED and self.green and not any(bad) and self.deaths == len(self.dooms)


REHEARSED = {
    "asr.test-failover": 7,
    "asr.test-failover-cleanup": 7,
    "asr.plan-test-failover": 1,
    "asr.job-resume": 1,
    "asr.plan-test-failover-cleanup": 1,
    "backup.cross-region-restore": 1,
    "group.create": 8,
    "group.delete": 8,
    "disk.create": 1,
    "nic.create": 129,
    "vm.create": 129,
    "vm.extension": 240,
    "vm.managed-run-command": 7,
    "deployment.write": 127,
    "hostpool.write": 2,
    "hostpool.token": 2,
}
"""What a drill of everything sets in motion, the seven probes of its networks among it, and nothing else."""
MADE_BY_AZURE_FOR_PROBES = 7 + 7 + 7
"""Of these, the interfaces, machines and commands that the probes' deployments make."""
SENDS_OF_DRILL = sum(REHEARSED.values()) - MADE_BY_AZURE - MADE_BY_AZURE_FOR_PROBES


def kill_at(*dooms: str, mode: Mode = Mode.FAILOVER, speed: int = SPEED, seed: int = 1) -> Killed:
    """Fail everything over, or rehearse it, with a daemon that dies at the first moment; the next one at the next."""
    with house(speed=speed, seed=seed) as made:
        made.dooms.extend(dooms)
        made.kill()
        made.revive()
        made.starts.clear()
        before = made.resources()
        lost = mode is Mode.FAILOVER
        run = start_failover(made, PARENT, confirm=TENANT) if lost else start_drill(made, PARENT)
        driven = drive(made, run)
        entries = made.entries()
        kinds = account.kinds(entries)
        whole_of = WHOLE if lost else REHEARSED
        return Killed(
            dooms=dooms,
            deaths=made.deaths,
            state=driven.view.run.state,
            green=all(child.figures.green_at is not None for child in driven.view.children),
            met=all(child.figures.met for child in driven.view.children),
            repeated=account.repeated(entries),
            lost={kind: kinds[kind] for kind in {*whole_of, *kinds} if kinds[kind] != whole_of.get(kind, 0)},
            left=frozenset() if lost else frozenset(made.resources() - before),
            broken=driven.broken(),
            resumed=tuple(after_starts(made.starts, [made.host_instant(at) for at in driven.claims()])),
            asked=tuple(after_starts(made.starts, _requests(entries, rehearsed=not lost))),
            seconds=driven.seconds,
            trouble=driven.trouble(),
        )


def _requests(entries: Iterable[account.Entry], *, rehearsed: bool) -> list[datetime]:
    return [account.instant(entry["host-at"]) for entry in account.of_runs(entries, rehearsed=rehearsed)]


def orders(count: int, *, turn: int = 0) -> list[Order]:
    """Give so many points, spread over the run and over the moments; every second one in a drill.

    Args:
        count: how many.
        turn: rotates them, so that days cover others.
    """
    found = []
    for place in range(count):
        mode = Mode.DRILL if (place + turn) % _ONE_DRILL_IN == 0 else Mode.FAILOVER
        moment = MOMENTS[(place + turn) % len(MOMENTS)]
        most = COMMITS if moment.endswith("commit") else SENDS if mode is Mode.FAILOVER else SENDS_OF_DRILL
        number = 1 + (place * most // count + turn * 7) % most
        found.append(Order(mode=mode, doom=f"{moment}:{number}"))
    return found


def whole_kills(extent: Extent) -> Result:
    """Kill a daemon that moves everything, 120 virtual PCs included."""
    wanted = orders(extent.count, turn=extent.turn)
    killed = [told("whole kill", each, partial(kill_at, each.doom, mode=each.mode)) for each in wanted]
    return Result(
        done=len(killed),
        bad=tuple(str(order) for order, each in zip(wanted, killed, strict=True) if not each.good),
        figures=(
            f"{sum(each.deaths for each in killed)} deaths; effects that happened twice:"
            f" {sum(len(each.repeated) for each in killed)}; runs or effects lost:"
            f" {sum(bool(each.lost) for each in killed)}; drills that left something:"
            f" {sum(bool(each.left) for each in killed)}; over HTTP at x{SPEED}"
        ),
        seeds=f"turn {extent.turn}",
    )


PROOF = Proof(
    name="whole-kills",
    tests="T1",
    promises="P1, P2, P3",
    says="kill -9 while everything is moved or drilled, 120 virtual PCs included, with the runbooks as they ship",
    asks="0 repeated, 0 lost, 0 left over",
    unit="whole kills",
    full=20,
    share=2,
    prove=whole_kills,
)
