"""Find schedules that do not do what they should: missed, failed or endless slots, pauses, freezes, no runbook."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from itertools import islice

import structlog

from drd.domain.durations import format_instant
from drd.domain.errors import DrdError
from drd.domain.finding_codes import CODES
from drd.domain.findings import Finding, Severity
from drd.domain.ids import RunbookId, TenantId
from drd.domain.plan import Mode
from drd.domain.timetable import LONGEST_FREEZE
from drd.ports.clock import Clock
from drd.ports.findings import Findings
from drd.ports.runbooks import Runbooks
from drd.ports.services import Services
from drd.ports.slots import INTERRUPTED, Pause, Slot, Slots, SlotState
from drd.ports.timetable import ScheduleCard, Timetable

_log = structlog.get_logger(__name__)

SCHEDULES = "schedules"
"""The kind of the scopes under which it finds things: `schedules/TENANT`."""

LOOK_SECONDS = 300.0
"""Host time between looks."""

LONG_PAUSE = timedelta(days=7)
LONG_WORK = timedelta(hours=6)
_LATELY = timedelta(days=1)
_RECENT = 200
_SLOTS_AHEAD = 1000
"""So many are looked at: a schedule that comes that often in less than a quarter is not judged further."""


class LookAtSchedules:
    """Looks at slots and calendar, and replaces what it found before; changes no slot."""

    def __init__(
        self, *, timetable: Timetable, slots: Slots, services: Services, runbooks: Runbooks, findings: Findings,
        clock: Clock,
    ) -> None:  # fmt: skip
        """Take what is needed."""
        self._timetable = timetable
        self._runbooks = runbooks
        self._slots = slots
        self._services = services
        self._findings = findings
        self._clock = clock

    async def __call__(self) -> None:
        """Look at every schedule; one of all municipalities is found in each. May be called at any time.

        Raises:
            JournalUnavailableError: the store is away.
        """
        now = self._clock.now()
        pauses = {each.schedule: each for each in await self._slots.paused()}
        found: dict[TenantId, list[Finding]] = {tenant.id: [] for tenant in self._services.tenants()}
        for card in self._timetable.cards():
            async for code, message, severity in self._found(card, pauses.get(card.id), now):
                for tenant in found if card.tenant is None else found.keys() & {card.tenant}:
                    found[tenant].append(_finding(code, card, tenant, message, severity))
        marked = {scope for scope in await self._findings.looked() if scope.startswith(f"{SCHEDULES}/")}
        for tenant, each in found.items():
            scope = f"{SCHEDULES}/{tenant}"
            if each or scope in marked:
                await self._findings.put(scope, each, now)
        await self._findings.keep(SCHEDULES, [f"{SCHEDULES}/{tenant}" for tenant in found])

    async def serve(self) -> None:
        """Look until cancelled; a look that fails is logged, and there is another one."""
        while True:
            try:
                await self()
            except DrdError as error:
                _log.warning("schedules were not looked at", because=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def _found(
        self, card: ScheduleCard, pause: Pause | None, now: datetime
    ) -> AsyncIterator[tuple[str, str, Severity | None]]:
        recent = await self._slots.recent(card.id, newest=_RECENT)
        ended = [slot for slot in recent if slot.state is not SlotState.CLAIMED]
        for slot in recent:
            if slot.state is SlotState.CLAIMED and now - slot.due_at > LONG_WORK:
                yield "slot-at-work-long", f"it began at {format_instant(slot.due_at)} and has not ended", None
        for code, message in _of_newest(ended):
            yield code, message, None
        missed = [slot for slot in ended if self._was_missed(card, slot, now)]
        if missed:
            last = missed[0]
            message = f"{len(missed)} in the last day, the last at {format_instant(last.due_at)}: {last.because}"
            yield "slot-missed", message, Severity.WARNING if last is ended[0] else Severity.INFO
        if pause is not None and now - pause.since > LONG_PAUSE:
            yield "schedule-paused-long", f"since {format_instant(pause.since)}, {pause}", None
        for code, message in self._ahead(card, pause, now):
            yield code, message, None

    def _was_missed(self, card: ScheduleCard, slot: Slot, now: datetime) -> bool:
        """Say whether a slot was missed lately for no reason that people gave."""
        if slot.state is not SlotState.MISSED or now - slot.due_at > _LATELY or slot.paused:
            return False
        return not self._timetable.barred(card.id, slot.due_at)

    def _ahead(self, card: ScheduleCard, pause: Pause | None, now: datetime) -> Iterator[tuple[str, str]]:
        if pause is None:
            for message in self._barred(card, now):
                yield "schedule-barred-long", message
        for message in self._unstartable(card):
            yield "schedule-without-runbook", message

    def _unstartable(self, card: ScheduleCard) -> Iterator[str]:
        """Say why the runbook that a schedule names cannot be drilled; it may come and go while the daemon runs."""
        if card.runbook:
            modes = {each.id: each.modes for each in self._runbooks.list()}.get(RunbookId(card.runbook))
            if modes is None:
                yield f"there is no runbook {card.runbook}"
            elif Mode.DRILL not in modes:
                yield f"the runbook {card.runbook} has no mode drill"

    def _barred(self, card: ScheduleCard, now: datetime) -> Iterator[str]:
        first = ""
        for coming in islice(self._timetable.coming(card.id, after=now), _SLOTS_AHEAD):
            if coming.starts_at - now > LONGEST_FREEZE:
                # One that comes more seldom than each quarter and is not barred by then is as it should be.
                if first:
                    yield f"{first}; no slot of the next quarter will be run"
                return
            if not coming.barred:
                return
            first = first or coming.barred


def _of_newest(ended: list[Slot]) -> Iterator[tuple[str, str]]:
    if ended and ended[0].state is SlotState.FAILED:
        newest = ended[0]
        code = "slot-interrupted" if newest.because == INTERRUPTED else "slot-failed"
        yield code, f"the slot of {format_instant(newest.due_at)}: {newest.because}"


def _finding(code: str, card: ScheduleCard, tenant: TenantId, message: str, severity: Severity | None) -> Finding:
    known = CODES[code]
    return Finding(
        code=code,
        severity=severity or known.severity,
        tenant=tenant,
        subject=card.id,
        message=message,
        hint=f"`drd schedule list`, `drd schedule next {card.id}`: {known.do[0].lower()}{known.do[1:]}",
    )
