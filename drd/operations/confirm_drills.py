"""Look twice at the end of every drill, minutes apart, and say what the drill was worth. Before, it is not green.

Whoever looks leaves what it saw in the store, so that the next daemon goes on where this one died. Nothing is removed
here: the reaper does that, under another identity.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from drd.domain.drill_claims import children_of, claims_of_run, copies_of
from drd.domain.drill_verdict import (
    AGAIN,
    APART,
    Claim,
    DrillVerdict,
    Listing,
    claim_of_listings,
    claims_of_child,
    due_at,
    judged,
    some,
)
from drd.domain.errors import DrdError, JournalUnavailableError, NotFoundError
from drd.domain.events import Event, Kind
from drd.domain.findings import Finding, Severity
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, RecoveryPlan
from drd.engine.loading import check_chain
from drd.operations.looking_for_leftovers import Look, Traces
from drd.ports.capabilities import Provider
from drd.ports.clock import Clock
from drd.ports.drills import Drills
from drd.ports.findings import Findings
from drd.ports.journal import Journal, RunCard
from drd.ports.ledger import Ledger
from drd.ports.observer import Seen
from drd.ports.services import Services

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
"""Longest host time between looks for drills that another daemon ended and left unconfirmed."""

LEFT_OVER, UNSEEN = "drill-left-over", "drill-unconfirmed"
_KIND = "drill"
_WAIT_SECONDS = 2.0
_LEAST_SECONDS = 0.05
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillParts:
    """What drills are confirmed with.

    Attributes:
        provider: sees everything and is asked for nothing else.
        longest: the time limit of drills.
        told: each hears of a drill that got its verdict; must not raise.
    """

    drills: Drills
    journal: Journal
    ledger: Ledger
    services: Services
    findings: Findings
    provider: Provider
    clock: Clock
    longest: timedelta
    told: tuple[Callable[[RunId], None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """A drill as its journal tells it; no plan where that cannot be believed."""

    plan: RecoveryPlan | None = None
    events: tuple[Event, ...] = ()
    damage: str = ""


class ConfirmDrills:
    """Confirms drills. An observer of the engine: a drill's end only wakes it."""

    def __init__(self, parts: DrillParts) -> None:
        """Take what is needed."""
        self._parts = parts
        self._ended = asyncio.Event()

    def saw(self, seen: Seen) -> None:
        """Wake up when a drill ends."""
        if seen.event.kind is Kind.RUN_FINISHED and seen.plan.mode is Mode.DRILL:
            self._ended.set()

    async def __call__(self) -> datetime | None:
        """Make every listing that is due, and give verdicts; gives when the next listing is due.

        May be called at any time, also by several daemons.

        Raises:
            JournalUnavailableError: the others have to wait.
        """
        parts = self._parts
        look = Look(provider=parts.provider, ledger=parts.ledger, clock=parts.clock)
        waiting = [await self._turn(look, card) for card in await parts.drills.unconfirmed(most=_AT_ONCE)]
        waiting.append(await self._look_again(look))
        return min((each for each in waiting if each is not None), default=None)

    async def serve(self) -> None:
        """Confirm until cancelled: first the drills that are left, then as they end."""
        while True:
            self._ended.clear()
            try:
                await self._nap(await self())
            except JournalUnavailableError as error:
                _log.warning("drills wait for the database", because=str(error))
                await asyncio.sleep(_WAIT_SECONDS)

    async def _nap(self, due: datetime | None) -> None:
        clock, seconds = self._parts.clock, LOOK_SECONDS
        if due is not None:
            seconds = min(seconds, clock.host_seconds(max(due - clock.now(), timedelta(0))))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, _LEAST_SECONDS)):
                await self._ended.wait()

    async def _turn(self, look: Look, card: RunCard) -> datetime | None:
        """Do what is due for one drill; gives when something is due again, None once it has its verdict."""
        listings = list(await self._parts.drills.listings(card.id))
        now = self._parts.clock.now()
        due = due_at(card.ended_at or now, listings)
        if due is not None and due > now:
            return due
        story = await self._story(card)
        if due is not None:
            listing = await self._listed(look, card, story)
            if not await self._parts.drills.note(card.id, listing, number=len(listings) + 1):
                # Another daemon looked in the same instant: what it saw counts.
                return now + AGAIN
            listings.append(listing)
            due = due_at(card.ended_at or now, listings)
        return due if due is not None else await self._settle(card, story, listings)

    async def _listed(self, look: Look, card: RunCard, story: _Story) -> Listing:
        parts = self._parts
        subscriptions: set[str] = set()
        with contextlib.suppress(NotFoundError):
            # The municipality may have left the catalogue since; then the ledger and the plan say where to look.
            subscriptions |= set(parts.services.tenant(card.tenant).subscriptions)
        if story.plan is not None:
            subscriptions |= {item.resource.subscription for item in story.plan.items}
        traces = Traces(
            run=card.id,
            accepted_at=card.accepted_at,
            entries=await parts.ledger.of_run(card.id),
            copies=copies_of(story.plan, story.events) if story.plan is not None else frozenset(),
            subscriptions=frozenset(subscriptions),
        )
        return await look(traces)

    async def _story(self, card: RunCard) -> _Story:
        """Read a drill's journal; one that cannot be believed says nothing."""
        if card.abandoned is not None:
            return _Story(damage=f"abandoned by {card.abandoned.actor}: {card.abandoned.damage}")
        try:
            events = await self._parts.journal.events(card.id)
            check_chain(card.id, events)
            plan = await self._parts.journal.plan(card.plan_hash)
            claims_of_run(plan, events, longest=self._parts.longest)
        except JournalUnavailableError:
            raise
        except (DrdError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            _log.warning("a drill's journal cannot be believed", run=card.id, tenant=card.tenant, because=str(error))
            return _Story(damage=f"its journal cannot be believed: {error}")
        return _Story(plan=plan, events=events)

    async def _settle(self, card: RunCard, story: _Story, listings: Sequence[Listing]) -> datetime | None:
        seen = claim_of_listings(listings)
        if seen is None:
            raise ValueError("a drill is judged after it was looked at")
        children = [await self._child(run) for run in self._children(story)]
        if any(child is not None and child.verdict is DrillVerdict.UNCONFIRMED for child in children):
            return self._parts.clock.now() + AGAIN
        claims = [seen, *self._own(story)]
        for child in children:
            if child is not None and child.verdict is not None:
                name = f"{child.service or child.runbook} ({child.id})"
                claims += claims_of_child(name, child.verdict, succeeded=child.state is RunState.SUCCEEDED)
        # The finding first: a daemon that dies in between comes back to it.
        await self._tell(card, listings[-1])
        judgement = judged(claims)
        if await self._parts.drills.settle(card.id, judgement):
            verdict, because = judgement.verdict.value, judgement.because
            _log.info("drill", run=card.id, tenant=card.tenant, verdict=verdict, because=because)
            for hear in self._parts.told:
                hear(card.id)
        return None

    def _own(self, story: _Story) -> tuple[Claim, ...]:
        if story.plan is None:
            return (Claim(verdict=DrillVerdict.INCONCLUSIVE, because=story.damage),)
        return claims_of_run(story.plan, story.events, longest=self._parts.longest)

    def _children(self, story: _Story) -> tuple[RunId, ...]:
        return children_of(story.plan, story.events) if story.plan is not None else ()

    async def _child(self, run: RunId) -> RunCard | None:
        try:
            return await self._parts.journal.run(run)
        except NotFoundError:
            return None

    async def _tell(self, card: RunCard, listing: Listing) -> None:
        """Keep what was seen as a finding, for as long as it is so."""
        found = () if listing.empty else (finding_of(card, listing),)
        if found or f"{_KIND}/{card.id}" in await self._parts.findings.looked():
            await self._parts.findings.put(f"{_KIND}/{card.id}", found, self._parts.clock.now())

    async def _look_again(self, look: Look) -> datetime | None:
        """Look at what was left until it is gone. A verdict stays what it is; the finding goes."""
        parts, now = self._parts, self._parts.clock.now()
        open_ = {each.subject for each in await parts.findings.list() if each.code in {LEFT_OVER, UNSEEN}}
        if not open_:
            return None
        looked = await parts.findings.looked()
        for run in sorted(open_):
            scope = f"{_KIND}/{run}"
            if now - looked.get(scope, now) < APART:
                continue
            card = await self._child(RunId(run))
            if card is None:
                # It left for a file, which a run does only when the ledger holds nothing of it.
                await parts.findings.put(scope, (), now)
            elif card.verdict is not DrillVerdict.UNCONFIRMED:
                await self._tell(card, await self._listed(look, card, await self._story(card)))
        return now + APART


def finding_of(card: RunCard, listing: Listing) -> Finding:
    """Say what a drill left, or that nobody knows."""
    left = bool(listing.found)
    return Finding(
        code=LEFT_OVER if left else UNSEEN,
        severity=Severity.CRITICAL if left else Severity.WARNING,
        tenant=card.tenant,
        subject=card.id,
        message=f"after the drill's end there is {some(listing.found)}" if left else listing.impossible,
        hint="`drd reaper --dry-run` tells what the reaper would remove, and why not the rest"
        if left
        else "let drd's standing identity list resource groups and vaults, then look again with `drd reaper --dry-run`",
        service=card.service,
        runbook=card.runbook,
    )
