"""Who may take which runs: the most urgent first, within the limits, and no daemon more than its share."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from drd.domain.lifecycle import RunState
from drd.store.terms import Limits

_QUIET = frozenset({RunState.PAUSED.value, RunState.PARKED.value, RunState.WAITING.value})
"""States in which a run waits for a person; it keeps no place from others of its tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """A run that is not over. `holder` is the boot whose lease on it counts, None where it is free."""

    id: str
    tenant: str
    parent: str | None
    state: str
    holder: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """The daemon that asks.

    Attributes:
        others: most runs by boot, of the other daemons that take runs now.
        taken: runs that it still has in its hands, or that rest.
        awaited: runs that a run here waits for, though they are no children of its own.
        overdue: runs that were free for so long that the others seem to leave them.
    """

    boot: str
    limits: Limits
    others: dict[str, int] = field(default_factory=dict)
    taken: Collection[str] = ()
    awaited: Collection[str] = ()
    overdue: Collection[str] = ()


def allot(runs: Sequence[OpenRun], to: Claimant) -> list[str]:
    """Give the runs that the claimant takes now, in the order given.

    A run that waits for child runs counts nowhere: a child must never wait for the place that its parent holds.
    """
    parents = {run.parent for run in runs if run.parent is not None}
    counting = [run for run in runs if run.id not in parents]
    held = Counter(run.holder for run in counting)
    busy = Counter(run.tenant for run in counting if run.holder is not None and run.state not in _QUIET)
    room = to.limits.runs - held[to.boot]
    share = _share(counting, held, to) - held[to.boot]
    picked: list[str] = []
    for run in runs:
        if run.holder is not None or run.id in to.taken:
            continue
        if run.id not in parents and run.id not in to.awaited:
            full = to.limits.per_tenant is not None and busy[run.tenant] >= to.limits.per_tenant
            if full or room <= 0 or (share <= 0 and run.id not in to.overdue):
                continue
            room, share = room - 1, share - 1
            if run.state not in _QUIET:
                busy[run.tenant] += 1
        picked.append(run.id)
    return picked


def _share(counting: Sequence[OpenRun], held: Counter[str | None], to: Claimant) -> int:
    able = [boot for boot, most in to.others.items() if held[boot] < most]
    known = {None, to.boot, *able}
    shared = sum(run.holder in known for run in counting)
    return -(-shared // (len(able) + 1))
