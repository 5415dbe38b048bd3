"""T23: drills that break at any call or lose their daemon, among production that looks just like them, and a reaper."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drd.domain.drill_seal import EXPIRES_TAG, RUN_TAG, STEP_TAG, DrillSeal
from drd.domain.durations import format_instant
from drd.domain.ids import ArmId
from drd.domain.lifecycle import Request
from drd.domain.plan import Mode
from drd.operations.reap import Reap
from proofs.faults import FAULTS, Case, cases_of
from proofs.reaping import SEAL, SUBSCRIPTION, book_of, lock, make_group, with_a_reaper
from proofs.stage import EPOCH, STARTER, Stage

WITHIN = timedelta(minutes=15)
_EVERY = timedelta(minutes=5)
_TO_END = timedelta(minutes=45)
_LIFE, _QUIET = timedelta(hours=4), timedelta(hours=1)
_OTHER_KEY = DrillSeal(b"the key of somebody else's installation")
_DISK, _GROUP = "Microsoft.Compute/disks", "Microsoft.Resources/resourceGroups"
_LOCK = "Microsoft.Authorization/locks"
_LOCKED = 3
"""Which of five is sealed as a drill of our own, long expired, and locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """How a drill left the world, a quarter of an hour of world time after its end, the reaper included.

    Without the ledger that is a quarter of an hour after it was expired: drd itself tells at its end what is left.

    Attributes:
        hits: how often the fault struck.
        died: whether the daemon had to be taken for dead, and its drill for over when it was expired.
        reaped: how many things the reaper removed.
        left: what of the drill is still there, and what the ledger holds open.
        harmed: look-alikes, and anything else that was there before, that are gone.
    """

    case: Case
    hits: int
    died: bool
    reaped: int
    left: frozenset[str]
    harmed: frozenset[str]

    @property
    def good(self) -> bool:
        """Say whether nothing was left, and nothing else was touched."""
        return not self.left and not self.harmed


def leave(case: Case, *, look_alikes: int, dies: bool = False, with_book: bool = True) -> Leaving:
    """Let a drill meet a fault, cancel it, and let the reaper pass as its timer does.

    Args:
        case: the fault; it strikes as long as the drill lasts.
        look_alikes: how many resources of production look like the drill's own.
        dies: the daemon is gone for good where the run waits, instead of cancelling it.
        with_book: whether the reaper can read the daemon's database.
    """

    async def play(stage: Stage, reaper: Reap) -> Leaving:
        # One is made as everybody makes it, the others are put beside it: requests have a limit.
        lock(stage, make_group(stage, "rg-herstel-besluitvorming", {}))
        clock, before = stage.world.clock, stage.resources()
        since = len(stage.entries())
        order = {"method": case.method, "operation": case.operation, "count": 10_000 if case.stubborn else 1}
        stage.control("faults", order | FAULTS[case.fault])
        card = await stage.start(case.runbook, Mode.DRILL, lost=False)
        before |= _look_alikes(stage, card.id, card.accepted_at, look_alikes)
        await stage.until_settled(card.id)
        over = await _ended(stage, card.id, dies=dies)
        stage.control("faults", method="DELETE")
        if not over or not with_book:
            # Nobody but the ledger knows that a drill is over before what it made is expired.
            await clock.sleep(card.accepted_at + _LIFE + _QUIET - clock.now())
        until, reaped = clock.now() + WITHIN, 0
        while clock.now() < until:
            passed = await reaper(book_of(stage) if with_book else None)
            reaped += sum(each.outcome.value == "removed" for each in passed)
            await clock.sleep(min(_EVERY, until - clock.now()))
        there = stage.resources()
        held = await stage.world.store.ledger.open() if with_book else ()
        return Leaving(
            case=case,
            hits=sum(1 for each in stage.entries(since) if each["fault"]),
            died=not over,
            reaped=reaped,
            left=frozenset(there - before) | {str(each.id) for each in held},
            harmed=frozenset(before - there),
        )

    return with_a_reaper(play)


async def _ended(stage: Stage, run: str, *, dies: bool) -> bool:
    """Cancel a run that waits, and wait for its cleanup; False when it does not end, or its daemon is gone."""
    view = await stage.show(run)
    if view.card.state.final:
        return True
    if not dies:
        if not view.progress.halting:
            await stage.ask(run, Request.CANCEL, actor=STARTER)
        until = stage.world.clock.now() + _TO_END
        while stage.world.clock.now() < until:
            if (await stage.show(run)).card.state.final:
                return True
            await stage.world.clock.sleep(timedelta(seconds=30))
    await stage.world.installation.engine.drain()
    return False


def _look_alikes(stage: Stage, run: str, accepted: datetime, count: int) -> set[str]:
    """Make groups and disks of production that carry the drill's own tags, seals of others, its name, or a lock."""
    tags = {RUN_TAG: run, STEP_TAG: "group", EXPIRES_TAG: format_instant(accepted + _LIFE)}
    old = {**tags, EXPIRES_TAG: format_instant(EPOCH - timedelta(days=30))}
    store, before = stage.world.sandbox.world.store, stage.resources()
    first = f"{SUBSCRIPTION}/resourceGroups/rg-herstel-besluitvorming-{run}"
    group, disk = (next(iter(store.each(kind))) for kind in (_GROUP, _DISK))
    (locked,) = store.each(_LOCK)
    for number in range(count):
        own, elsewhere = ArmId(f"{first}-{number}"), ArmId(f"{first}-{number}-elsewhere")
        tagged = (tags, SEAL.tags(elsewhere, old), _OTHER_KEY.tags(own, old), SEAL.tags(own, old))
        if number % 5 < len(tagged):
            store.put(replace(group, id=str(own), tags=tagged[number % 5]), at=EPOCH, by="production")
        else:
            place = f"{SUBSCRIPTION}/resourceGroups/rg-burgerzaken/providers/{_DISK}/{own.name}"
            store.put(replace(disk, id=place, tags=SEAL.tags(elsewhere, old)), at=EPOCH, by="production")
        if number % 5 == _LOCKED:
            store.put(replace(locked, id=f"{own}/providers/{_LOCK}/keep"), at=EPOCH, by="production")
    return stage.resources() - before


def cases(runbooks: tuple[str, ...] = ("burgerzaken", "besluitvorming")) -> list[Case]:
    """Give every fault at every kind of call that these drills make."""
    return [case for runbook in runbooks for case in cases_of(runbook, Mode.DRILL)]


def left_by(number: int, case: Case, *, look_alikes: int) -> Leaving:
    """Play a case; every third loses its daemon, and every second of those without a test failover its database."""
    with_book = number % 2 == 0 or case.runbook != "besluitvorming"
    return leave(case, look_alikes=look_alikes, dies=number % 3 == 0, with_book=with_book)
