"""What happens before the pictures are taken: drills, verifications, a lost region, and services that come back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.api.wire.approvals import AnswerBody
from drd.api.wire.backups import VerifyBody
from drd.api.wire.runbooks import PlanBody
from drd.api.wire.runs import StartBody
from drd.cli.backup_client import Backups
from drd.cli.client import Daemon
from drd.daemon.rehearsal import Rehearsal
from drd.domain.durations import format_instant
from drd.domain.ladder import Rung
from drd.domain.plan import Mode

_TENANT, _EVERYTHING, _REGION = "voorbeeld", "minimale-dienstverlening", "westeurope"
_DRILLS = ("identiteit", "sociaal-huis", "burgerzaken")
_VERIFIED = (("vm-bv-app-1", Rung.L3), ("vm-el-web-1", Rung.L1), ("vm-id-1", Rung.L1))
_LIMIT_SECONDS = 300.0
_LOOK_SECONDS = 0.5
_BEFORE_THE_ANSWER = timedelta(minutes=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Instants of the world: when it began, in the middle of the failover, and the end."""

    began: datetime
    live: datetime
    ended: datetime


class Story:
    """Plays it on a rehearsal, in host time."""

    def __init__(self, stage: Rehearsal) -> None:
        """Take the stage."""
        self._stage = stage

    def play(self) -> Moments:
        """Play it to the end, and give the moments that pictures are taken at.

        Raises:
            TimeoutError: something did not end in time.
        """
        began = self._stage.clock.now()
        with Daemon(self._stage.socket) as daemon, Daemon(self._stage.socket, self._stage.second_actor) as second:
            self._pass(timedelta(minutes=30))
            *earlier, latest = _DRILLS
            for runbook in earlier:
                self._drill(daemon, second, runbook)
            self._verify(daemon, second)
            self._pass(timedelta(hours=1))
            self._drill(daemon, second, latest)
            live = self._lose(daemon, second)
            self._pass(timedelta(minutes=20))
        return Moments(began=began, live=live, ended=self._stage.clock.now())

    def _drill(self, daemon: Daemon, second: Daemon, runbook: str) -> None:
        daemon.start(StartBody(runbook=runbook, tenant=_TENANT, mode=Mode.DRILL))
        self._finish(daemon, second)
        self._pass(timedelta(minutes=15))

    def _verify(self, daemon: Daemon, second: Daemon) -> None:
        with Backups(self._stage.socket) as backups:
            for item, rung in _VERIFIED:
                backups.verify(VerifyBody(item=item, tenant=_TENANT, to=rung))
        self._finish(daemon, second)

    def _lose(self, daemon: Daemon, second: Daemon) -> datetime:
        """Lose the region and bring everything back; gives an instant at which an answer was awaited."""
        lost = self._stage.lose_region(_REGION, ago=timedelta(minutes=5))
        plan = daemon.plan(PlanBody(runbook=_EVERYTHING, tenant=_TENANT, mode=Mode.FAILOVER, graceful=False))
        daemon.start(
            StartBody(
                runbook=_EVERYTHING,
                tenant=_TENANT,
                mode=Mode.FAILOVER,
                graceful=False,
                incident_at=format_instant(lost),
                confirm=plan.to_confirm,
                reason=f"{_REGION} is lost",
                plan_hash=plan.hash,
            )
        )
        self._until(lambda: bool(daemon.approvals()))
        self._answer(daemon, second)
        # The next question is of a single service, while others are under way.
        self._until(lambda: bool(daemon.approvals()))
        self._pass(_BEFORE_THE_ANSWER)
        live = self._stage.clock.now()
        self._finish(daemon, second)
        return live

    def _answer(self, daemon: Daemon, second: Daemon) -> None:
        for each in daemon.approvals():
            second.answer(each.id, AnswerBody(decision="approve", reason="the crisis team agrees"))

    def _finish(self, daemon: Daemon, second: Daemon) -> None:
        """Answer what is asked until no run is under way."""

        def over() -> bool:
            self._answer(daemon, second)
            return not daemon.runs(active=True)

        self._until(over)

    def _until(self, reached: Callable[[], bool]) -> None:
        until = time.monotonic() + _LIMIT_SECONDS
        while not reached():
            if time.monotonic() > until:
                raise TimeoutError(f"not reached within {_LIMIT_SECONDS} s")
            time.sleep(_LOOK_SECONDS)

    def _pass(self, length: timedelta) -> None:
        time.sleep(length.total_seconds() / self._stage.speed)
