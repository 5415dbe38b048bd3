"""Start a run: resolve the plan, check who asks and what was confirmed, and hand it to the engine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from drd.domain.actor import Actor, Role
from drd.domain.canonical import Json
from drd.domain.conductor import KillWish
from drd.domain.durations import format_duration, format_instant, parse_duration, parse_instant
from drd.domain.errors import ConflictError, InvalidError, RefusedError
from drd.domain.ids import RunbookId, TenantId
from drd.domain.plan import Mode, RecoveryPlan
from drd.engine.engine import Engine, StartWish
from drd.operations.estimate_cost import EstimateCost
from drd.operations.kill_conductor import KillConductor, KillOrder
from drd.ports.clock import Clock
from drd.ports.journal import RunCard
from drd.ports.runbooks import PlanWish, Runbooks

_FUTURE_TOLERANCE = timedelta(seconds=60)
"""An incident may be noted by a watch that is a little fast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOrder:
    """What a person asked for.

    Attributes:
        incident_at: an instant, or minus a length of time (`-10m`); empty starts the clock at the declaration.
        confirm: what was typed to confirm: the service's id, or the tenant's for a parent. Drills need none.
        plan_hash: the hash that was shown; empty when nobody looked. A plan that differs now is refused.
        only, skip, recovery_point: see `PlanWish`. Leaving steps out needs a reason.
        key: what asks for the run (`drd.domain.trigger`); the same order with the same key gives the run that it
            started, whenever it comes again. Empty for none.
        kill: a drill that ends the daemon that moves it, once; None for one that does not.
    """

    runbook: RunbookId
    tenant: TenantId | None
    mode: Mode
    actor: Actor
    graceful: bool = True
    incident_at: str = ""
    inputs: Mapping[str, Json] = field(default_factory=dict)
    confirm: str = ""
    reason: str = ""
    plan_hash: str = ""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    recovery_point: str = ""
    key: str = ""
    kill: KillOrder | None = None

    def digest(self) -> str:
        """Give the SHA-256 of what is wished, as it was typed: the same however the runbook looks by then.

        The inputs need not be what a plan may hold: nobody has looked at them yet.
        """
        wished: dict[str, Json] = {
            "runbook": self.runbook,
            "tenant": self.tenant,
            "mode": self.mode.value,
            "actor": self.actor.name,
            "graceful": self.graceful,
            "incident-at": self.incident_at,
            "inputs": dict(self.inputs),
            "reason": self.reason,
            "only": sorted(self.only),
            "skip": sorted(self.skip),
            "recovery-point": self.recovery_point,
        }
        if self.kill is not None:
            # Only where it is wished: what was wished before there was such a thing keeps its digest.
            wished["kill"] = {"seed": self.kill.seed, "among-others": self.kill.among_others}
        return sha256(json.dumps(wished, sort_keys=True).encode("ascii")).hexdigest()

    def plan_wish(self) -> PlanWish:
        """Give what the plan is wanted for."""
        return PlanWish(
            runbook=self.runbook,
            tenant=self.tenant,
            mode=self.mode,
            inputs=self.inputs,
            only=self.only,
            skip=self.skip,
            recovery_point=self.recovery_point,
        )


class StartRun:
    """Starts runs, one a service at a time. The same order with the same key gives the run that it started before."""

    def __init__(
        self,
        *,
        runbooks: Runbooks,
        engine: Engine,
        clock: Clock,
        kills: KillConductor | None = None,
        cost: EstimateCost | None = None,
    ) -> None:
        """Take what is needed; without `kills` a daemon is never ended on purpose, without `cost` nothing is dear."""
        self._runbooks = runbooks
        self._engine = engine
        self._clock = clock
        self._kills = kills
        self._cost = cost

    async def __call__(self, order: StartOrder) -> RunCard:
        """Start, or give the run that the order's key started before.

        Raises:
            ForbiddenError: the actor may not start this mode.
            NotFoundError, InvalidError: no such runbook, or its plan cannot be made.
            RefusedError: not confirmed, or without a reason; the drill is dearer than it may be (`EstimateCost`); or
                the daemon may not be ended (`KillConductor`).
            ConflictError: the service has a run already, the plan is not the one that was shown, or the key came
                with another order before.
        """
        order.actor.must_have(*_who_may(order.mode), tenant=order.tenant)
        digest = order.digest() if order.key else ""
        known = await self._engine.triggered(order.key, digest) if order.key else None
        if known is not None:
            order.actor.must_have(*_who_may(order.mode), tenant=known.tenant)
            return known
        plan = self._runbooks.plan(order.plan_wish())
        order.actor.must_have(*_who_may(order.mode), tenant=plan.tenant)
        _check_confirmed(order, plan)
        _check_unchanged(order, plan)
        if self._cost is not None:
            self._cost.check(plan, graceful=order.graceful)
        wish = StartWish(
            actor=order.actor.name,
            reason=order.reason,
            graceful=order.graceful,
            incident_at=incident_instant(order.incident_at, self._clock.now()),
            key=order.key,
            digest=digest,
            kill=await self._kill(order),
        )
        return await self._engine.start(plan, wish)

    async def _kill(self, order: StartOrder) -> KillWish | None:
        if order.kill is None:
            return None
        if self._kills is None:
            raise RefusedError("this daemon is never ended on purpose", target=order.runbook, code="kill-refused")
        return await self._kills(order.kill, order.mode)


def _who_may(mode: Mode) -> tuple[Role, ...]:
    return (Role.OPERATOR, Role.RESPONDER) if mode is Mode.DRILL else (Role.RESPONDER,)


def _check_confirmed(order: StartOrder, plan: RecoveryPlan) -> None:
    if (order.only or order.skip) and not order.reason.strip():
        raise RefusedError(
            "leaving steps out needs a reason",
            target=order.runbook,
            hint="add --reason TEXT; it stands in the journal",
            code="no-reason",
        )
    if order.mode is Mode.DRILL:
        return
    if order.confirm != plan.to_confirm():
        raise RefusedError(
            f"a {order.mode.value} must be confirmed by typing {plan.to_confirm()!r}",
            target=order.runbook,
            hint=f"add --confirm {plan.to_confirm()}",
            code="not-confirmed",
        )
    if not order.reason.strip():
        raise RefusedError(
            f"a {order.mode.value} needs a reason",
            target=order.runbook,
            hint="add --reason TEXT; it stands in the journal",
            code="no-reason",
        )


def _check_unchanged(order: StartOrder, plan: RecoveryPlan) -> None:
    if order.plan_hash and order.plan_hash != plan.hash():
        raise ConflictError(
            "the plan changed since it was shown",
            target=order.runbook,
            hint="look at the new plan with `drd runbook plan` and start again",
        )


def incident_instant(text: str, now: datetime) -> datetime | None:
    """Read `--incident-at`: an instant, minus a length of time before now, or nothing.

    Raises:
        InvalidError: for an instant in the future.
        PermanentError: for what is neither.
    """
    if not text:
        return None
    instant = now - parse_duration(text[1:]) if text.startswith("-") else parse_instant(text)
    if instant > now + _FUTURE_TOLERANCE:
        raise InvalidError(
            f"the incident lies {format_duration(instant - now)} in the future",
            target=text,
            hint=f"drd's clock says {format_instant(now)}",
        )
    return min(instant, now)
